/* SPDX-License-Identifier: BSD-3-Clause */
/* Merges the segments of a run into spikes.h5, and turns a finished spikes.h5 back into a segment when a run
 * resumes. */
#include "io/spikes/spike_merge.h"

#include "base/memory.h"
#include "base/status.h"
#include "files/publish.h"
#include "io/read/result_reader.h"
#include "files/redistribute.h"
#include "io/spikes/spike_file.h"
#include "io/spikes/spike_order.h"
#include "files/together.h"
#include "net/part.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

double volley_spike_until(const volley_network *network, int64_t step) {
    return volley_step_to_ms(network, step) + 0.25 * network->dt_ms;
}

/* Spikes that one rank copies in one round: 16 bytes each. */
enum { ROUND = 1 << 21 };

/* Brings the counts found in the files into the order of the network's populations. */
static int widen(const volley_network *network, const volley_spike_files *found, uint64_t *count) {
    bool *taken = NULL;
    TRY(VOLLEY_NEW(taken, found->n_populations));
    for (int32_t p = 0; p < network->n_populations; p++) {
        int32_t q = volley_part_is_first(network, p) && volley_part_records(network, p)
                        ? volley_spike_files_find(found, volley_part_name(&network->populations[p]))
                        : -1;
        if (q < 0)
            continue;
        taken[q] = true;
        for (int64_t f = 0; f < found->n_files; f++)
            count[f * network->n_populations + p] = found->count[f * found->n_populations + q];
    }
    int code = VOLLEY_OK;
    for (int32_t q = 0; q < found->n_populations && code == VOLLEY_OK; q++)
        if (!taken[q])
            code = volley_fail(VOLLEY_FAILED,
                               "%s: a segment holds spikes of population %s, which this run does not record",
                               found->directory, found->name[q]);
    free(taken);
    return code;
}

static int name_populations(const volley_network *network, volley_spike_files *files) {
    TRY(VOLLEY_NEW(files->name, network->n_populations));
    files->n_populations = network->n_populations;
    TRY(VOLLEY_NEW(files->total, files->n_populations));
    TRY(VOLLEY_NEW(files->count, files->n_files * files->n_populations));
    if (files->step == NULL)
        TRY(VOLLEY_NEW(files->step, files->n_files));
    for (int32_t p = 0; p < files->n_populations; p++) {
        files->name[p] = volley_strdup(volley_part_name(&network->populations[p]));
        CHECK(files->name[p] != NULL, VOLLEY_EXHAUSTED, "out of memory: a population's name");
    }
    return VOLLEY_OK;
}

int volley_spike_share(volley_comm *comm, const volley_network *network, const char *directory,
                       enum volley_spike_source source, int64_t step, volley_spike_files *files) {
    volley_spike_files found = {.open_file = -1};
    *files = (volley_spike_files){.open_file = -1};
    int root = volley_comm_rank(comm) == 0;
    int code = root ? volley_spike_files_open_until(directory, source, step, &found) : VOLLEY_OK;
    files->n_files = found.n_files;
    volley_comm_broadcast(comm, &files->n_files, sizeof files->n_files);
    if (code == VOLLEY_OK)
        code = name_populations(network, files);
    if (code == VOLLEY_OK) {
        files->directory = volley_strdup(directory);
        if (files->directory == NULL)
            code = volley_fail(VOLLEY_EXHAUSTED, "out of memory: a directory name");
    }
    if (code == VOLLEY_OK && root) {
        code = widen(network, &found, files->count);
        for (int64_t f = 0; f < found.n_files; f++)
            files->step[f] = found.step[f];
    }
    volley_spike_files_close(&found);
    TRY(volley_io_together(comm, code));
    uint64_t n_files = (uint64_t)files->n_files, n_populations = (uint64_t)files->n_populations;
    volley_comm_broadcast(comm, files->step, n_files * sizeof *files->step);
    volley_comm_broadcast(comm, files->count, n_files * n_populations * sizeof *files->count);
    for (uint64_t i = 0; i < n_files * n_populations; i++)
        files->total[i % n_populations] += files->count[i];
    return VOLLEY_OK;
}

typedef struct columns {
    double *timestamps;
    uint64_t *node_ids;
} columns;

/* Not collective. Copies this rank's share of all spikes, one population after another: one rank writes many
 * small populations, and many ranks a large one. */
static int copy_share(volley_spike_file *file, volley_spike_files *files, uint64_t all, columns *c) {
    int ranks = volley_comm_size(file->shared.comm), rank = volley_comm_rank(file->shared.comm);
    uint64_t first = volley_block_first(all, ranks, rank), end = volley_block_first(all, ranks, rank + 1);
    uint64_t before = 0, n;
    for (int32_t p = 0; p < files->n_populations && before < end; before += files->total[p++]) {
        uint64_t from = first > before ? first - before : 0;
        uint64_t until = end - before < files->total[p] ? end - before : files->total[p];
        for (; from < until; from += n) {
            n = until - from < ROUND ? until - from : ROUND;
            TRY(volley_spike_files_read(files, p, from, n, c->timestamps, c->node_ids));
            TRY(volley_spike_file_write(file, p, from, n, c->timestamps, c->node_ids));
        }
    }
    return VOLLEY_OK;
}

static int copy_by_time(volley_spike_file *file, volley_spike_files *files, uint64_t all) {
    uint64_t share = volley_block_first(all, volley_comm_size(file->shared.comm), 1);
    uint64_t most = share < ROUND ? share : ROUND;
    columns c = {0};
    int code = VOLLEY_NEW(c.timestamps, most);
    if (code == VOLLEY_OK)
        code = VOLLEY_NEW(c.node_ids, most);
    if (code == VOLLEY_OK)
        code = copy_share(file, files, all, &c);
    free(c.timestamps);
    free(c.node_ids);
    return code;
}

/* The code may differ between ranks. */
static int copy_all(volley_spike_file *file, volley_spike_files *files) {
    uint64_t all = 0;
    for (int32_t p = 0; p < files->n_populations; p++)
        all += files->total[p];
    return file->order == VOLLEY_ORDER_BY_ID ? volley_spike_order_copy(file, files, all)
                                             : copy_by_time(file, files, all);
}

/* Removes the segments beyond step `after`, but not that of step `but`; the newest first, so that what is
 * left has no gap whenever the process is killed. */
static int remove_segments(const volley_spike_files *files, int64_t after, int64_t but) {
    for (int64_t f = files->n_files - 1; f >= 0; f--) {
        if (files->step[f] <= after || files->step[f] == but)
            continue;
        char *path = volley_path(files->directory, "spikes-%lld.part.h5", (long long)files->step[f]);
        if (path == NULL)
            return VOLLEY_EXHAUSTED;
        int code = unlink(path) != 0 ? volley_fail_errno("cannot remove", path) : VOLLEY_OK;
        free(path);
        TRY(code);
    }
    return VOLLEY_OK;
}

int volley_spike_merge(volley_comm *comm, const volley_network *network, const volley_provenance *provenance,
                       const char *directory) {
    volley_spike_files files;
    int code = volley_spike_share(comm, network, directory, VOLLEY_SPIKES_SEGMENTS, INT64_MAX, &files);
    if (code == VOLLEY_OK) {
        volley_spike_file file;
        code = volley_spike_file_create(comm, network, provenance, directory, "spikes.h5", files.total,
                                        network->steps, network->spike_order, &file);
        if (code == VOLLEY_OK)
            code = copy_all(&file, &files);
        code = volley_spike_file_finish(&file, code);
    }
    if (code == VOLLEY_OK && volley_comm_rank(comm) == 0)
        code = remove_segments(&files, -1, -1);
    code = volley_io_together(comm, code);
    volley_spike_files_close(&files);
    return code;
}

int volley_spike_count_until(volley_spike_files *files, int32_t p, double until, uint64_t *n) {
    uint64_t low = 0, high = files->total[p];
    while (low < high) {
        uint64_t middle = low + (high - low) / 2, id;
        double time;
        TRY(volley_spike_files_read(files, p, middle, 1, &time, &id));
        if (time <= until)
            low = middle + 1;
        else
            high = middle;
    }
    *n = low;
    return VOLLEY_OK;
}

/* The segment of `step` from spikes.h5, of which `files` has less than is there afterwards. */
static int cut(volley_comm *comm, const volley_network *network, const volley_provenance *provenance,
               volley_spike_files *files, int64_t step) {
    double until = volley_spike_until(network, step);
    int code = VOLLEY_OK;
    for (int32_t p = 0; p < files->n_populations && code == VOLLEY_OK; p++)
        code = volley_spike_count_until(files, p, until, &files->total[p]);
    TRY(volley_io_together(comm, code));
    char name[64];
    snprintf(name, sizeof name, "spikes-%lld.part.h5", (long long)step);
    volley_spike_file file;
    code = volley_spike_file_create(comm, network, provenance, files->directory, name, files->total, step,
                                    VOLLEY_ORDER_BY_TIME, &file);
    if (code == VOLLEY_OK)
        code = copy_all(&file, files);
    return volley_spike_file_finish(&file, code);
}

/* Removes what is beyond `step`, and what has become the segment of that step (`cut_made`), spikes.h5 last.
 * By rank 0. */
static int remove_rest(const char *directory, int64_t step, bool cut_made) {
    volley_spike_files files;
    int code = volley_spike_files_list(directory, &files);
    if (code == VOLLEY_OK)
        code = cut_made ? remove_segments(&files, -1, step) : remove_segments(&files, step, -1);
    volley_spike_files_close(&files);
    char *path = volley_path(directory, "spikes.h5");
    if (code == VOLLEY_OK && path == NULL)
        code = VOLLEY_EXHAUSTED;
    if (code == VOLLEY_OK && unlink(path) != 0 && errno != ENOENT)
        code = volley_fail_errno("cannot remove", path);
    free(path);
    return code;
}

/* A run that has gone on from a checkpoint of a run that had ended has one segment up to there. When it goes
 * on from an earlier one, that segment is spikes.h5 again: cutting goes by that name. By rank 0. */
static int name_again(const char *directory, const char *path, double until, int64_t step) {
    volley_spike_files files;
    double first_time = INFINITY;
    int code = volley_spike_files_open_until(directory, VOLLEY_SPIKES_SEGMENTS, step, &files);
    bool beyond = code == VOLLEY_OK && files.n_files > 0 && files.step[0] > step;
    for (int32_t p = 0; beyond && p < files.n_populations && code == VOLLEY_OK; p++) {
        double time;
        uint64_t id;
        if (files.count[p] == 0)
            continue;
        code = volley_spike_files_read(&files, p, 0, 1, &time, &id);
        first_time = time < first_time ? time : first_time;
    }
    if (code == VOLLEY_OK && beyond && first_time <= until) {
        char *segment = volley_path(directory, "spikes-%lld.part.h5", (long long)files.step[0]);
        code = segment == NULL ? VOLLEY_EXHAUSTED : VOLLEY_OK;
        if (code == VOLLEY_OK && rename(segment, path) != 0)
            code = volley_fail_errno("cannot rename to", path);
        free(segment);
    }
    volley_spike_files_close(&files);
    return code;
}

/* Whether there is a spikes.h5 to cut. By rank 0. */
static int find_result(const char *directory, double until, int64_t step, int *there) {
    char *path = volley_path(directory, "spikes.h5");
    int code = path == NULL ? VOLLEY_EXHAUSTED : VOLLEY_OK;
    if (code == VOLLEY_OK && access(path, F_OK) != 0)
        code = name_again(directory, path, until, step);
    *there = code == VOLLEY_OK && access(path, F_OK) == 0;
    free(path);
    return code;
}

int volley_spike_unmerge(volley_comm *comm, const volley_network *network,
                         const volley_provenance *provenance, const char *directory, int64_t step,
                         bool *one) {
    int root = volley_comm_rank(comm) == 0, there = 0;
    int code = volley_io_together(
        comm, root ? find_result(directory, volley_spike_until(network, step), step, &there) : VOLLEY_OK);
    volley_comm_broadcast(comm, &there, sizeof there);
    if (code == VOLLEY_OK && there) {
        volley_spike_files files;
        code = volley_spike_share(comm, network, directory, VOLLEY_SPIKES_RESULT, INT64_MAX, &files);
        if (code == VOLLEY_OK)
            code = cut(comm, network, provenance, &files, step);
        volley_spike_files_close(&files);
    }
    *one = there;
    if (code == VOLLEY_OK && root)
        code = remove_rest(directory, step, there);
    return volley_io_together(comm, code);
}
