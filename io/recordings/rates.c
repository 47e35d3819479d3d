/* SPDX-License-Identifier: BSD-3-Clause */
/* Counts the spikes of populations in bins over all ranks, and writes them as rates.h5 at the end. */
#include "io/recordings/rates.h"

#include "base/memory.h"
#include "base/status.h"
#include "files/h5.h"
#include "files/publish.h"
#include "net/part.h"
#include "files/together.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Room for attributes and groups, generously; the config text is added. */
enum { METADATA_BYTES = 1 << 16, METADATA_BYTES_PER_POPULATION = 1 << 13 };
enum { SUM_MOST = 1 << 20 }; /* counts in one collective call */

struct volley_rate_writer {
    volley_comm *comm; /* borrowed, as the next three */
    const volley_network *network;
    const char *directory;
    const volley_provenance *provenance;
    uint64_t *counts; /* [rates_bins][n_populations], on rank 0 alone; owned */
    int64_t added;    /* bins */
};

int volley_rate_writer_create(volley_comm *comm, const volley_network *network, const char *directory,
                              const volley_provenance *provenance, volley_rate_writer **out) {
    volley_rate_writer *writer = NULL;
    int code = VOLLEY_NEW(writer, 1);
    if (code == VOLLEY_OK) {
        *writer = (volley_rate_writer){
            .comm = comm, .network = network, .directory = directory, .provenance = provenance};
        if (volley_comm_rank(comm) == 0)
            code = VOLLEY_NEW(writer->counts, network->rates_bins * network->n_populations);
    }
    *out = writer;
    return volley_comm_agree(comm, code);
}

int64_t volley_rate_writer_pending(const volley_rate_writer *writer, int64_t stamp) {
    const volley_network *network = writer->network;
    if (network->rates_interval == 0 || stamp < network->record_start_step)
        return 0;
    int64_t bins = (stamp - network->record_start_step) / network->rates_interval;
    return (bins < network->rates_bins ? bins : network->rates_bins) - writer->added;
}

void volley_rate_writer_add(volley_rate_writer *writer, uint64_t *counts, int64_t n) {
    int64_t populations = writer->network->n_populations;
    for (int64_t done = 0; done < n * populations; done += SUM_MOST) {
        int64_t left = n * populations - done;
        volley_comm_sum_u64(writer->comm, counts + done, left < SUM_MOST ? (int)left : SUM_MOST);
    }
    if (writer->counts != NULL && n > 0)
        memcpy(writer->counts + writer->added * populations, counts,
               (size_t)(n * populations) * sizeof *counts);
    writer->added += n;
}

const uint64_t *volley_rate_writer_counts(const volley_rate_writer *writer, uint64_t *n) {
    *n = (uint64_t)(writer->added * writer->network->n_populations);
    return writer->counts;
}

int volley_rate_writer_go_on(volley_rate_writer *writer, const uint64_t *counts, uint64_t n) {
    uint64_t populations = (uint64_t)writer->network->n_populations;
    CHECK(n % populations == 0 && n / populations <= (uint64_t)writer->network->rates_bins, VOLLEY_USAGE,
          "the checkpoint has rates in %llu bins, more than this run", (unsigned long long)(n / populations));
    if (writer->counts != NULL && n > 0)
        memcpy(writer->counts, counts, n * sizeof *counts);
    writer->added = (int64_t)(n / populations);
    return VOLLEY_OK;
}

static int put_column(volley_h5 group, const char *name, const char *units, const double *values,
                      uint64_t n) {
    volley_h5 dataset = 0;
    int code = volley_h5_create_dataset(group, name, VOLLEY_H5_FLOAT64, n, &dataset);
    if (code == VOLLEY_OK)
        code = volley_h5_put_string(dataset, "units", units);
    if (code == VOLLEY_OK)
        code = volley_h5_write(NULL, dataset, VOLLEY_H5_FLOAT64, 0, n, values);
    int closed = volley_h5_close(&dataset);
    return code != VOLLEY_OK ? code : closed;
}

/* Spikes in a bin of the population that p stands for in files. */
static uint64_t count_spikes(const volley_rate_writer *writer, uint64_t bin, int32_t p) {
    const volley_network *network = writer->network;
    uint64_t n = 0;
    for (int32_t q = p; q < network->n_populations && volley_part_first(network, q) == p; q++)
        n += writer->counts[bin * (uint64_t)network->n_populations + (uint64_t)q];
    return n;
}

static int put_population(const volley_rate_writer *writer, volley_h5 rates, int32_t p, double *values) {
    const volley_network *network = writer->network;
    const volley_population *population = &network->populations[p];
    double interval_ms = volley_step_to_ms(network, network->rates_interval);
    double neurons_s = (double)volley_part_size(population) * interval_ms * 1e-3;
    uint64_t n = (uint64_t)writer->added;
    volley_h5 group = 0;
    TRY(volley_h5_create_group(rates, volley_part_name(population), &group));
    for (uint64_t k = 0; k < n; k++)
        values[k] = (double)count_spikes(writer, k, p) / neurons_s;
    int code = put_column(group, "rate", "Hz", values, n);
    for (uint64_t k = 0; k < n; k++)
        values[k] =
            volley_step_to_ms(network, network->record_start_step + (int64_t)k * network->rates_interval);
    if (code == VOLLEY_OK)
        code = put_column(group, "time", "ms", values, n);
    if (code == VOLLEY_OK)
        code = volley_h5_put(group, "interval_ms", VOLLEY_H5_FLOAT64, &interval_ms, 0);
    int closed = volley_h5_close(&group);
    return code != VOLLEY_OK ? code : closed;
}

static int put_contents(const volley_rate_writer *writer, volley_h5 file) {
    volley_h5 rates = 0;
    double *values = NULL;
    TRY(VOLLEY_NEW(values, writer->added));
    int code = volley_provenance_put(file, writer->provenance);
    if (code == VOLLEY_OK)
        code = volley_h5_create_group(file, "rates", &rates);
    for (int32_t p = 0; p < writer->network->n_populations && code == VOLLEY_OK; p++)
        if (volley_part_is_first(writer->network, p))
            code = put_population(writer, rates, p, values);
    free(values);
    int closed = volley_h5_close(&rates);
    return code != VOLLEY_OK ? code : closed;
}

static int write_file(const volley_rate_writer *writer, const char *temporary, const char *path) {
    uint64_t populations = (uint64_t)writer->network->n_populations;
    uint64_t bytes = METADATA_BYTES + strlen(writer->provenance->config) +
                     populations * (METADATA_BYTES_PER_POPULATION + 16 * (uint64_t)writer->added);
    TRY(volley_touch(temporary));
    TRY(volley_reserve_blocks(temporary, bytes));
    volley_h5 file = 0;
    TRY(volley_h5_create(NULL, temporary, &file));
    int code = put_contents(writer, file);
    int closed = volley_h5_close(&file);
    if (code == VOLLEY_OK)
        code = closed;
    return code == VOLLEY_OK ? volley_publish(temporary, path) : code;
}

static int finish(const volley_rate_writer *writer) {
    char *path = volley_path(writer->directory, "rates.h5");
    char *temporary = volley_path(writer->directory, "rates.h5.tmp");
    int code = path == NULL || temporary == NULL ? VOLLEY_EXHAUSTED : write_file(writer, temporary, path);
    if (code != VOLLEY_OK && temporary != NULL)
        unlink(temporary);
    free(path);
    free(temporary);
    return code;
}

int volley_rate_writer_finish(volley_rate_writer *writer) {
    if (writer->network->rates_interval == 0)
        return VOLLEY_OK;
    return volley_comm_agree(writer->comm, volley_comm_rank(writer->comm) == 0 ? finish(writer) : VOLLEY_OK);
}

void volley_rate_writer_destroy(volley_rate_writer **writer) {
    if (*writer == NULL)
        return;
    free((*writer)->counts);
    free(*writer);
    *writer = NULL;
}
