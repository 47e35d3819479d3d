/* SPDX-License-Identifier: BSD-3-Clause */
/* Collects the spikes of a rank, and writes them as segments and at last as spikes.h5. */
#include "io/spikes/spikes.h"

#include "base/memory.h"
#include "base/status.h"
#include "files/provenance.h"
#include "files/publish.h"
#include "io/spikes/spike_blocks.h"
#include "io/spikes/spike_file.h"
#include "io/spikes/spike_merge.h"
#include "files/together.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct volley_spike_writer {
    volley_comm *comm;              /* borrowed */
    const volley_network *network;  /* borrowed */
    volley_provenance *provenance;  /* owned: rank 0's on all ranks */
    char *directory;                /* owned */
    volley_spike_segment *segments; /* [n_segments], owned */
    size_t n_segments, capacity;
};

static int make_writer(volley_comm *comm, const volley_network *network, const char *directory,
                       volley_spike_writer **writer) {
    TRY(VOLLEY_NEW(*writer, 1));
    (*writer)->comm = comm;
    (*writer)->network = network;
    (*writer)->directory = volley_strdup(directory);
    CHECK((*writer)->directory != NULL, VOLLEY_EXHAUSTED, "out of memory: a directory name");
    return VOLLEY_OK;
}

int volley_spike_writer_create(volley_comm *comm, const volley_network *network, const char *directory,
                               const volley_provenance *provenance, volley_spike_writer **writer) {
    *writer = NULL;
    int code = volley_io_together(comm, make_writer(comm, network, directory, writer));
    if (code == VOLLEY_OK)
        code = volley_provenance_share(comm, provenance, &(*writer)->provenance);
    code = volley_comm_agree(comm, code);
    if (code != VOLLEY_OK)
        volley_spike_writer_destroy(writer);
    return code;
}

void volley_spike_writer_destroy(volley_spike_writer **writer) {
    if (*writer == NULL)
        return;
    free((*writer)->provenance);
    free((*writer)->directory);
    free((*writer)->segments);
    free(*writer);
    *writer = NULL;
}

/* Room for the largest of this rank's parts. */
static int allocate_columns(const volley_network *network, const volley_spike_blocks *blocks,
                            double **timestamps, uint64_t **node_ids) {
    uint64_t most = 0;
    for (int32_t p = 0; p < network->n_populations; p++)
        most = blocks->count[p] > most ? blocks->count[p] : most;
    TRY(VOLLEY_NEW(*timestamps, most));
    return VOLLEY_NEW(*node_ids, most);
}

/* Not collective. *hash gets that of this rank's spikes. */
static int write_blocks(volley_spike_file *file, const volley_spike_blocks *blocks, uint64_t *hash) {
    const volley_network *network = file->network;
    double *timestamps = NULL;
    uint64_t *node_ids = NULL;
    uint64_t start = 0;
    int code = allocate_columns(network, blocks, &timestamps, &node_ids);
    for (int32_t p = 0; p < network->n_populations && code == VOLLEY_OK; start += blocks->count[p++]) {
        if (blocks->count[p] == 0)
            continue;
        volley_spike_blocks_decode(blocks, network, p, start, timestamps, node_ids);
        *hash += volley_spikes_hash(p, blocks->count[p], timestamps, node_ids);
        code = volley_spike_file_write(file, p, blocks->first[p], blocks->count[p], timestamps, node_ids);
    }
    free(timestamps);
    free(node_ids);
    return code;
}

static uint64_t total_spikes(const volley_network *network, const volley_spike_blocks *blocks) {
    uint64_t sum = 0;
    for (int32_t p = 0; p < network->n_populations && blocks->total; p++)
        sum += blocks->total[p];
    return sum;
}

static int add_segment(volley_spike_writer *writer, const volley_spike_segment *segment) {
    TRY(VOLLEY_RESERVE(writer->segments, &writer->capacity, writer->n_segments + 1));
    writer->segments[writer->n_segments++] = *segment;
    return VOLLEY_OK;
}

const volley_spike_segment *volley_spike_writer_segments(const volley_spike_writer *writer, uint64_t *n) {
    *n = writer->n_segments;
    return writer->segments;
}

int volley_spike_writer_take(volley_spike_writer *writer, const volley_spike_segment *segments, uint64_t n) {
    TRY(VOLLEY_RESERVE(writer->segments, &writer->capacity, n));
    if (n > 0)
        memcpy(writer->segments, segments, n * sizeof *segments);
    writer->n_segments = n;
    return VOLLEY_OK;
}

int volley_spike_writer_segment(volley_spike_writer *writer, const volley_recorded_spike *spikes, int64_t n,
                                int64_t step) {
    volley_spike_blocks blocks;
    volley_spike_segment segment = {.step = (uint64_t)step};
    int code = volley_spike_blocks_make(writer->comm, writer->network, spikes, n, &blocks);
    segment.spikes = total_spikes(writer->network, &blocks);
    if (code == VOLLEY_OK && segment.spikes > 0) {
        char name[64];
        snprintf(name, sizeof name, "spikes-%lld.part.h5", (long long)step);
        volley_spike_file file;
        code = volley_spike_file_create(writer->comm, writer->network, writer->provenance, writer->directory,
                                        name, blocks.total, step, VOLLEY_ORDER_BY_TIME, &file);
        if (code == VOLLEY_OK)
            code = write_blocks(&file, &blocks, &segment.hash);
        code = volley_spike_file_finish(&file, code);
        volley_comm_sum_u64(writer->comm, &segment.hash, 1);
        if (code == VOLLEY_OK)
            code = add_segment(writer, &segment);
    }
    volley_spike_blocks_free(&blocks);
    return volley_comm_agree(writer->comm, code);
}

int volley_spike_writer_go_on(volley_spike_writer *writer, int64_t step) {
    bool one = false;
    int code = volley_spike_unmerge(writer->comm, writer->network, writer->provenance, writer->directory,
                                    step, &one);
    for (size_t i = 1; one && i < writer->n_segments; i++) {
        writer->segments[0].spikes += writer->segments[i].spikes;
        writer->segments[0].hash += writer->segments[i].hash;
    }
    if (one && writer->n_segments > 0) {
        writer->segments[0].step = (uint64_t)step;
        writer->n_segments = 1;
    }
    return volley_comm_agree(writer->comm, code);
}

int volley_spike_writer_finish(volley_spike_writer *writer) {
    int code = volley_spike_merge(writer->comm, writer->network, writer->provenance, writer->directory);
    return volley_comm_agree(writer->comm, code);
}
