/* SPDX-License-Identifier: BSD-3-Clause */
/* Writes the populations, times and ids of one SONATA spike file, and its hash. */
#include "io/spikes/spike_file.h"

#include "base/hash.h"
#include "base/status.h"
#include "files/publish.h"
#include "net/part.h"

#include <stdio.h>
#include <string.h>

/* Room for everything but the raw data, generously: attributes, groups, the config text is added. */
enum { METADATA_BYTES = 1 << 16, METADATA_BYTES_PER_POPULATION = 1 << 13 };

static int put_dataset(volley_h5 group, const char *name, enum volley_h5_type type, uint64_t total,
                       const char *units) {
    volley_h5 dataset = 0;
    int code = volley_h5_create_dataset(group, name, type, total, &dataset);
    if (code == VOLLEY_OK && units != NULL)
        code = volley_h5_put_string(dataset, "units", units);
    int closed = volley_h5_close(&dataset);
    return code != VOLLEY_OK ? code : closed;
}

static int create_population(const volley_spike_file *file, volley_h5 spikes, int32_t p, uint64_t total) {
    static const char *const orders[] = {"none", "by_id", "by_time"};
    static const int numbers[] = {
        [VOLLEY_ORDER_BY_TIME] = 2, [VOLLEY_ORDER_BY_ID] = 1, [VOLLEY_ORDER_NONE] = 0};
    const volley_population *population = &file->network->populations[p];
    uint64_t size = (uint64_t)volley_part_size(population);
    uint64_t recorded = (uint64_t)volley_part_recorded(file->network, p);
    volley_h5 group = 0;
    int code = volley_h5_create_group(spikes, volley_part_name(population), &group);
    if (code == VOLLEY_OK)
        code = volley_h5_put_enum(group, "sorting", orders, 3, numbers[file->order]);
    if (code == VOLLEY_OK)
        code = volley_h5_put(group, "size", VOLLEY_H5_UINT64, &size, 0);
    if (code == VOLLEY_OK && recorded < size)
        code = volley_h5_put(group, "recorded_neurons", VOLLEY_H5_UINT64, &recorded, 0);
    if (code == VOLLEY_OK)
        code = put_dataset(group, "timestamps", VOLLEY_H5_FLOAT64, total, "ms");
    if (code == VOLLEY_OK)
        code = put_dataset(group, "node_ids", VOLLEY_H5_UINT64, total, NULL);
    int closed = volley_h5_close(&group);
    return code != VOLLEY_OK ? code : closed;
}

typedef struct contents {
    const volley_spike_file *file;
    const volley_provenance *provenance;
    const uint64_t *total; /* [n_populations] */
    int64_t until_step;
} contents;

static int put_contents(volley_h5 file, void *context) {
    const contents *c = context;
    const volley_network *network = c->file->network;
    double from = volley_step_to_ms(network, network->record_start_step);
    double until = volley_step_to_ms(network, c->until_step);
    TRY(volley_provenance_put(file, c->provenance));
    TRY(volley_h5_put(file, "recorded_from_ms", VOLLEY_H5_FLOAT64, &from, 0));
    TRY(volley_h5_put(file, "recorded_until_ms", VOLLEY_H5_FLOAT64, &until, 0));
    volley_h5 spikes = 0;
    TRY(volley_h5_create_group(file, "spikes", &spikes));
    int code = VOLLEY_OK;
    for (int32_t p = 0; p < network->n_populations && code == VOLLEY_OK; p++)
        if (volley_part_is_first(network, p) && volley_part_records(network, p))
            code = create_population(c->file, spikes, p, c->total[p]);
    int closed = volley_h5_close(&spikes);
    return code != VOLLEY_OK ? code : closed;
}

static uint64_t file_bytes(const volley_network *network, const volley_provenance *provenance,
                           const uint64_t *total) {
    uint64_t bytes = METADATA_BYTES;
    for (const char *c = provenance->config; c && *c; c++)
        bytes++;
    for (int32_t p = 0; p < network->n_populations; p++)
        bytes += METADATA_BYTES_PER_POPULATION + 16 * total[p];
    return bytes;
}

int volley_spike_file_create(volley_comm *comm, const volley_network *network,
                             const volley_provenance *provenance, const char *directory, const char *name,
                             const uint64_t *total, int64_t until_step, volley_spike_order order,
                             volley_spike_file *file) {
    *file = (volley_spike_file){.network = network, .order = order};
    contents c = {file, provenance, total, until_step};
    return volley_shared_file_make(comm, volley_path(directory, "%s", name), "",
                                   file_bytes(network, provenance, total), VOLLEY_OK, false, put_contents, &c,
                                   &file->shared);
}

int volley_spike_file_write(volley_spike_file *file, int32_t population, uint64_t first, uint64_t count,
                            const double *timestamps, const uint64_t *node_ids) {
    const char *of = volley_part_name(&file->network->populations[population]);
    char name[512];
    snprintf(name, sizeof name, "spikes/%s/timestamps", of);
    TRY(volley_h5_write_own(file->shared.file, name, VOLLEY_H5_FLOAT64, first, count, timestamps));
    snprintf(name, sizeof name, "spikes/%s/node_ids", of);
    return volley_h5_write_own(file->shared.file, name, VOLLEY_H5_UINT64, first, count, node_ids);
}

uint64_t volley_spikes_hash(int32_t population, uint64_t n, const double *timestamps,
                            const uint64_t *node_ids) {
    uint64_t sum = 0, of_population = volley_hash_add(0, (uint64_t)population);
    for (uint64_t i = 0; i < n; i++) {
        uint64_t bits;
        memcpy(&bits, &timestamps[i], sizeof bits);
        sum += volley_hash_add(volley_hash_add(of_population, bits), node_ids[i]);
    }
    return sum;
}

int volley_spike_file_finish(volley_spike_file *file, int code) {
    code = volley_shared_file_finish(&file->shared, code);
    *file = (volley_spike_file){0};
    return code;
}
