/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads all spikes of a directory up to a checkpoint, and compares their numbers and hashes with it. */
#include "io/spikes/spike_check.h"

#include "base/memory.h"
#include "base/status.h"
#include "files/publish.h"
#include "io/read/result_reader.h"
#include "files/redistribute.h"
#include "io/spikes/spike_file.h"
#include "io/spikes/spike_merge.h"
#include "files/together.h"
#include "net/part.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Spikes that are read at once: 16 bytes each. */
enum { ROUND = 1 << 18 };

typedef struct columns {
    double *timestamps;
    uint64_t *node_ids;
} columns;

/* The first population of the network by the name of each in the files; -1: none. */
static int find_places(const volley_network *network, const volley_spike_files *files, int32_t **places) {
    TRY(VOLLEY_NEW(*places, files->n_populations));
    for (int32_t q = 0; q < files->n_populations; q++)
        (*places)[q] = -1;
    for (int32_t p = 0; p < network->n_populations; p++) {
        int32_t q = volley_part_is_first(network, p)
                        ? volley_spike_files_find(files, volley_part_name(&network->populations[p]))
                        : -1;
        if (q >= 0)
            (*places)[q] = p;
    }
    return VOLLEY_OK;
}

/* Adds spikes [first, end) of population p of the files, which is `place` of the network, to what has been
 * found. */
static int add(volley_spike_files *files, int32_t p, int32_t place, uint64_t first, uint64_t end,
               const columns *c, volley_spike_segment *found) {
    for (uint64_t n; first < end; first += n) {
        n = end - first < ROUND ? end - first : ROUND;
        TRY(volley_spike_files_read(files, p, first, n, c->timestamps, c->node_ids));
        found->spikes += n;
        found->hash += volley_spikes_hash(place, n, c->timestamps, c->node_ids);
    }
    return VOLLEY_OK;
}

static int make_columns(columns *c) {
    *c = (columns){0};
    TRY(VOLLEY_NEW(c->timestamps, ROUND));
    return VOLLEY_NEW(c->node_ids, ROUND);
}

static void free_columns(columns *c) {
    free(c->timestamps);
    free(c->node_ids);
}

/* This rank's part of all spikes up to the step. */
static int add_part(volley_comm *comm, const volley_network *network, volley_spike_files *files, int64_t step,
                    volley_spike_segment *found) {
    int ranks = volley_comm_size(comm), rank = volley_comm_rank(comm);
    columns c;
    int code = make_columns(&c);
    for (int32_t p = 0; p < files->n_populations && code == VOLLEY_OK; p++) {
        uint64_t total = 0;
        code = volley_spike_count_until(files, p, volley_spike_until(network, step), &total);
        if (code == VOLLEY_OK)
            code = add(files, p, p, volley_block_first(total, ranks, rank),
                       volley_block_first(total, ranks, rank + 1), &c, found);
    }
    free_columns(&c);
    return code;
}

/* All spikes of one file. */
static int add_file(volley_spike_files *files, int64_t f, const int32_t *places, const columns *c,
                    volley_spike_segment *found) {
    for (int32_t p = 0; p < files->n_populations; p++) {
        uint64_t before = 0;
        for (int64_t g = 0; g < f; g++)
            before += files->count[g * files->n_populations + p];
        TRY(add(files, p, places[p], before, before + files->count[f * files->n_populations + p], c, found));
    }
    return VOLLEY_OK;
}

/* Fails with the name of the segment that is not as it was. */
static int name_segment(volley_spike_files *files, const volley_spike_segment *segment, const int32_t *places,
                        const columns *c) {
    unsigned long long step = segment->step;
    int64_t f = 0;
    while (f < files->n_files && files->step[f] != (int64_t)segment->step)
        f++;
    CHECK(f < files->n_files, VOLLEY_FAILED, "%s/spikes-%llu.part.h5 is missing, with %llu spikes of the run",
          files->directory, step, (unsigned long long)segment->spikes);
    volley_spike_segment found = {0};
    TRY(add_file(files, f, places, c, &found));
    CHECK(found.spikes == segment->spikes, VOLLEY_FAILED,
          "%s/spikes-%llu.part.h5 holds %llu spikes, but the run has written %llu", files->directory, step,
          (unsigned long long)found.spikes, (unsigned long long)segment->spikes);
    CHECK(found.hash == segment->hash, VOLLEY_FAILED,
          "%s/spikes-%llu.part.h5 is damaged: its spikes are not those that the run has written",
          files->directory, step);
    return VOLLEY_OK;
}

/* By rank 0. The message about what does not fit, of which something is known not to. */
static int name_culprit(const volley_network *network, const char *directory, bool merged, int64_t step,
                        const volley_spike_segment *segments, uint64_t n) {
    volley_spike_files files = {.open_file = -1};
    columns c;
    int32_t *places = NULL;
    int code = make_columns(&c);
    volley_error_clear();
    if (code == VOLLEY_OK && !merged)
        code = volley_spike_files_open_until(directory, VOLLEY_SPIKES_SEGMENTS, step, &files);
    if (code == VOLLEY_OK && !merged)
        code = find_places(network, &files, &places);
    for (uint64_t i = 0; i < n && !merged && code == VOLLEY_OK; i++)
        code = name_segment(&files, &segments[i], places, &c);
    if (code == VOLLEY_OK)
        code = volley_fail(VOLLEY_FAILED, "%s/%s not the spikes of the run up to %.10g ms", directory,
                           merged ? "spikes.h5 holds" : "spikes-*.part.h5 hold",
                           volley_step_to_ms(network, step));
    volley_spike_files_close(&files);
    free(places);
    free_columns(&c);
    return code;
}

static int is_merged(const char *directory, int *merged) {
    char *path = volley_path(directory, "spikes.h5");
    *merged = path != NULL && access(path, F_OK) == 0;
    int code = path == NULL ? VOLLEY_EXHAUSTED : VOLLEY_OK;
    free(path);
    return code;
}

int volley_spike_check(volley_comm *comm, const volley_network *network, const char *directory, int64_t step,
                       const volley_spike_segment *segments, uint64_t n) {
    int root = volley_comm_rank(comm) == 0, merged = 0;
    TRY(volley_io_together(comm, root ? is_merged(directory, &merged) : VOLLEY_OK));
    volley_comm_broadcast(comm, &merged, sizeof merged);
    volley_spike_segment found = {0};
    uint64_t spikes = 0, hash = 0;
    for (uint64_t i = 0; i < n; i++) {
        spikes += segments[i].spikes;
        hash += segments[i].hash;
    }
    volley_spike_files files;
    int code = volley_spike_share(comm, network, directory,
                                  merged ? VOLLEY_SPIKES_RESULT : VOLLEY_SPIKES_SEGMENTS, step, &files);
    if (code == VOLLEY_OK)
        code = volley_io_together(comm, add_part(comm, network, &files, step, &found));
    volley_spike_files_close(&files);
    volley_comm_sum_u64(comm, &found.spikes, 1);
    volley_comm_sum_u64(comm, &found.hash, 1);
    if (code == VOLLEY_EXHAUSTED || (code == VOLLEY_OK && found.spikes == spikes && found.hash == hash))
        return code;
    return volley_io_together(comm,
                              root ? name_culprit(network, directory, merged, step, segments, n) : VOLLEY_OK);
}
