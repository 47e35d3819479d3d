/* SPDX-License-Identifier: BSD-3-Clause */
/* Writes the snapshots of a run into weights.h5, one projection and column at a time. */
#include "io/recordings/weight_output.h"

#include "base/memory.h"
#include "base/status.h"
#include "files/ranges.h"
#include "files/together.h"
#include "net/part.h"
#include "io/recordings/weight_file.h"

#include <stdbool.h>
#include <stdlib.h>

struct volley_weight_writer {
    volley_comm *comm; /* borrowed, as the next two */
    const volley_network *network;
    const char *directory;
    volley_provenance *provenance; /* owned: rank 0's on all ranks */
    volley_weight_set *sets;       /* [n_weight_records] */
    volley_shared_file file;
    int64_t from; /* step from which the run goes on; 0: a new run */
};

int volley_weight_writer_create(volley_comm *comm, const volley_network *network, const char *directory,
                                const volley_provenance *provenance, volley_weight_writer **out) {
    volley_weight_writer *writer = NULL;
    int code = VOLLEY_NEW(writer, 1);
    if (code == VOLLEY_OK) {
        *writer = (volley_weight_writer){.comm = comm, .network = network, .directory = directory};
        code = VOLLEY_NEW(writer->sets, network->n_weight_records);
    }
    *out = writer;
    code = volley_io_together(comm, code);
    if (code == VOLLEY_OK)
        code = volley_provenance_share(comm, provenance, &writer->provenance);
    return volley_comm_agree(comm, code);
}

int volley_weight_writer_place(volley_weight_writer *writer, int32_t record, const int64_t *positions,
                               const uint64_t *counts, uint64_t n) {
    const volley_weight_record *r = &writer->network->weight_records[record];
    const volley_subset *targets = &writer->network->projections[r->projection].target;
    const volley_population *population = &writer->network->populations[targets->population];
    volley_weight_set *set = &writer->sets[record];
    uint64_t *keys = NULL;
    set->snapshots = volley_weight_record_count(writer->network, r);
    int code = VOLLEY_NEW(set->target, n);
    if (code == VOLLEY_OK)
        code = volley_ranges_create(n, &set->ranges);
    if (code == VOLLEY_OK)
        code = VOLLEY_NEW(keys, n);
    code = volley_io_together(writer->comm, code);
    if (code == VOLLEY_OK) {
        for (uint64_t i = 0; i < n; i++) {
            set->target[i] = (uint64_t)volley_part_id(population, volley_subset_at(targets, positions[i]));
            set->ranges.start[i + 1] = set->ranges.start[i] + counts[i];
            keys[i] = (uint64_t)positions[i];
        }
        code = volley_ranges_place(writer->comm, keys, (uint64_t)targets->count, &set->ranges);
    }
    free(keys);
    return code;
}

int volley_weight_writer_open(volley_weight_writer *writer) {
    int32_t n = writer->network->n_weight_records;
    if (n == 0)
        return VOLLEY_OK;
    if (writer->from > 0)
        TRY(volley_weight_file_go_on(writer->comm, writer->network, writer->provenance, writer->directory,
                                     writer->from, writer->sets, &writer->file));
    else
        TRY(volley_weight_file_create(writer->comm, writer->network, writer->provenance, writer->directory,
                                      writer->sets, &writer->file));
    for (int32_t i = 0; i < n; i++) {
        volley_column targets = {
            writer->sets[i].destination, VOLLEY_H5_UINT64, -1, NULL, writer->sets[i].target, NULL};
        TRY(volley_ranges_write(writer->comm, &writer->sets[i].ranges, &targets));
    }
    return VOLLEY_OK;
}

void volley_weight_writer_go_on(volley_weight_writer *writer, int64_t step) {
    writer->from = step;
}

int volley_weight_writer_sync(volley_weight_writer *writer) {
    return writer->file.comm != NULL ? volley_shared_file_sync(&writer->file) : VOLLEY_OK;
}

int volley_weight_writer_column(volley_weight_writer *writer, int32_t record, enum volley_weight_column which,
                                const void *values) {
    const volley_weight_set *set = &writer->sets[record];
    volley_column c = {set->source, VOLLEY_H5_UINT64, -1, values, NULL, NULL};
    if (which == VOLLEY_WEIGHT_DELAY)
        c = (volley_column){set->delay, VOLLEY_H5_FLOAT64, -1, values, NULL, NULL};
    return volley_ranges_write(writer->comm, &set->ranges, &c);
}

int volley_weight_writer_snapshot(volley_weight_writer *writer, int32_t record, const void *values) {
    volley_weight_set *set = &writer->sets[record];
    int32_t p = writer->network->weight_records[record].projection;
    int bytes = writer->network->projections[p].weight_bytes;
    volley_column c = {
        set->weight, bytes == 4 ? VOLLEY_H5_FLOAT32 : VOLLEY_H5_FLOAT64, set->written, values, NULL, NULL};
    ASSERT(set->written < set->snapshots);
    TRY(volley_ranges_write(writer->comm, &set->ranges, &c));
    set->written++;
    return VOLLEY_OK;
}

int volley_weight_writer_finish(volley_weight_writer *writer) {
    int32_t n = writer->network->n_weight_records;
    bool complete = true;
    for (int32_t i = 0; i < n; i++)
        complete &= writer->sets[i].written == writer->sets[i].snapshots;
    if (!complete)
        return volley_comm_agree(writer->comm, volley_weight_file_shorten(&writer->file, writer->network,
                                                                          writer->provenance,
                                                                          writer->directory, writer->sets));
    return volley_comm_agree(writer->comm,
                             volley_weight_file_finish(&writer->file, writer->sets, n, VOLLEY_OK));
}

void volley_weight_writer_destroy(volley_weight_writer **out) {
    volley_weight_writer *writer = *out;
    if (writer == NULL)
        return;
    int32_t n = writer->sets != NULL ? writer->network->n_weight_records : 0;
    volley_weight_file_finish(&writer->file, writer->sets, n, VOLLEY_FAILED);
    for (int32_t i = 0; i < n; i++) {
        free(writer->sets[i].target);
        volley_ranges_free(&writer->sets[i].ranges);
    }
    free(writer->sets);
    free(writer->provenance);
    free(writer);
    *out = NULL;
}
