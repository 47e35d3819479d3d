/* SPDX-License-Identifier: BSD-3-Clause */
/* Sorts the spikes of a file by id, in shares that fit into the memory of a rank. */
#include "io/spikes/spike_order.h"

#include "base/memory.h"
#include "base/status.h"
#include "files/redistribute.h"
#include "files/together.h"
#include "net/part.h"

#include <stdbool.h>
#include <stdlib.h>

enum { ROUND = 1 << 18 /* spikes that a rank reads at once */, BINS_MAX = 1 << 16 };

static uint64_t share_spikes = 1 << 23;

void volley_spike_order_set_share(uint64_t spikes) {
    share_spikes = spikes;
}

typedef struct spike {
    uint64_t id;
    double time;
} spike;

/* Ids in bins; which share each bin goes to, and where the shares begin in the file. Share s is that of rank
 * s % ranks in pass s / ranks. */
typedef struct plan {
    uint64_t size, width, bins; /* neurons; ids in a bin */
    uint64_t *spikes;           /* [bins] */
    int32_t *share;             /* [bins] */
    uint64_t *first;            /* [shares + 1] */
    int32_t shares, ranks;
} plan;

/* What a rank holds at a time. */
typedef struct buffers {
    double *times;        /* [ROUND] */
    uint64_t *ids;        /* [ROUND] */
    spike *out;           /* [ROUND] of the pass */
    int32_t *to;          /* [ROUND] their ranks */
    spike *mine;          /* of this rank's share */
    uint64_t n, room;     /* of mine; room is that of the largest share */
    double *sorted_times; /* [room] */
    uint64_t *sorted_ids; /* [room] */
} buffers;

static void free_all(plan *p, buffers *b) {
    free(p->spikes);
    free(p->share);
    free(p->first);
    free(b->times);
    free(b->ids);
    free(b->out);
    free(b->to);
    free(b->mine);
    free(b->sorted_times);
    free(b->sorted_ids);
}

/* Collective. Reads this rank's block of the spikes in rounds, equally many on all ranks: *n is 0 on a rank
 * whose block has ended, and *more false on all after the last round. */
static int read_round(volley_comm *comm, volley_spike_files *files, int32_t population, uint64_t done,
                      buffers *b, uint64_t *n, bool *more) {
    int ranks = volley_comm_size(comm), rank = volley_comm_rank(comm);
    uint64_t total = files->total[population], first = volley_block_first(total, ranks, rank) + done;
    uint64_t end = volley_block_first(total, ranks, rank + 1);
    *more = done < volley_block_first(total, ranks, 1);
    *n = first < end ? end - first : 0;
    *n = *n < ROUND ? *n : ROUND;
    if (!*more)
        return VOLLEY_OK;
    return volley_io_together(comm, volley_spike_files_read(files, population, first, *n, b->times, b->ids));
}

static int prepare(const volley_spike_files *files, int32_t population, uint64_t size, int ranks, plan *p,
                   buffers *b) {
    uint64_t total = files->total[population], passes = total / (share_spikes * (uint64_t)ranks) + 1;
    p->size = size;
    p->width = size / BINS_MAX + 1;
    p->bins = size / p->width + 1;
    p->ranks = ranks;
    p->shares = (int32_t)(passes * (uint64_t)ranks);
    TRY(VOLLEY_NEW(p->spikes, p->bins));
    TRY(VOLLEY_NEW(p->share, p->bins));
    TRY(VOLLEY_NEW(p->first, p->shares + 1));
    TRY(VOLLEY_NEW(b->times, ROUND));
    TRY(VOLLEY_NEW(b->ids, ROUND));
    TRY(VOLLEY_NEW(b->out, ROUND));
    return VOLLEY_NEW(b->to, ROUND);
}

static int check_ids(uint64_t size, const volley_spike_files *files, const buffers *b, uint64_t n) {
    for (uint64_t i = 0; i < n; i++)
        CHECK(b->ids[i] < size, VOLLEY_FAILED, "%s: a segment holds a spike of neuron %llu; there are %llu",
              files->directory, (unsigned long long)b->ids[i], (unsigned long long)size);
    return VOLLEY_OK;
}

/* Collective. Counts the spikes of every bin, and gives each bin to the share in which its middle lies. */
static int make_plan(volley_comm *comm, volley_spike_files *files, int32_t population, plan *p, buffers *b) {
    uint64_t n, before = 0, total = files->total[population];
    bool more = true;
    for (uint64_t done = 0; more; done += ROUND) {
        TRY(read_round(comm, files, population, done, b, &n, &more));
        if (!more)
            break;
        TRY(volley_io_together(comm, check_ids(p->size, files, b, n)));
        for (uint64_t i = 0; i < n; i++)
            p->spikes[b->ids[i] / p->width]++;
    }
    volley_comm_sum_u64(comm, p->spikes, (int)p->bins);
    for (uint64_t i = 0; i < p->bins; i++) {
        uint64_t middle = before + p->spikes[i] / 2;
        p->share[i] = volley_block_owner(total, p->shares, middle < total ? middle : total - 1);
        before += p->spikes[i];
        p->first[p->share[i] + 1] = before;
    }
    for (int32_t s = 0; s < p->shares; s++) {
        if (p->first[s + 1] < p->first[s]) /* a share without bins */
            p->first[s + 1] = p->first[s];
        uint64_t length = p->first[s + 1] - p->first[s];
        b->room = length > b->room ? length : b->room;
    }
    int code = VOLLEY_NEW(b->mine, b->room);
    if (code == VOLLEY_OK)
        code = VOLLEY_NEW(b->sorted_times, b->room);
    if (code == VOLLEY_OK)
        code = VOLLEY_NEW(b->sorted_ids, b->room);
    return volley_io_together(comm, code);
}

/* Collective. Sends the spikes of a round that belong to the pass to their ranks. */
static int send_round(volley_comm *comm, const plan *p, int32_t pass, uint64_t n, buffers *b) {
    uint64_t kept = 0, received = 0;
    void *items = NULL;
    for (uint64_t i = 0; i < n; i++) {
        int32_t share = p->share[b->ids[i] / p->width];
        if (share / p->ranks != pass)
            continue;
        b->out[kept] = (spike){b->ids[i], b->times[i]};
        b->to[kept++] = share % p->ranks;
    }
    TRY(volley_redistribute(comm, b->out, kept, sizeof *b->out, b->to, &items, &received));
    const spike *came = items;
    for (uint64_t i = 0; i < received; i++)
        b->mine[b->n++] = came[i];
    free(items);
    return VOLLEY_OK;
}

static int compare(const void *a, const void *b) {
    const spike *x = a, *y = b;
    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    return (x->time > y->time) - (x->time < y->time);
}

/* Sorts `mine` by id and then by time, into its columns. */
static void sort_mine(buffers *b) {
    qsort(b->mine, b->n, sizeof *b->mine, compare);
    for (uint64_t i = 0; i < b->n; i++) {
        b->sorted_times[i] = b->mine[i].time;
        b->sorted_ids[i] = b->mine[i].id;
    }
}

/* Collective. */
static int write_pass(volley_spike_file *file, volley_spike_files *files, int32_t population, const plan *p,
                      int32_t pass, buffers *b) {
    volley_comm *comm = file->shared.comm;
    int32_t share = pass * p->ranks + volley_comm_rank(comm);
    uint64_t n;
    bool more = true;
    b->n = 0;
    for (uint64_t done = 0; more; done += ROUND) {
        TRY(read_round(comm, files, population, done, b, &n, &more));
        if (more)
            TRY(send_round(comm, p, pass, n, b));
    }
    ASSERT(b->n == p->first[share + 1] - p->first[share]);
    sort_mine(b);
    return volley_io_together(comm, volley_spike_file_write(file, population, p->first[share], b->n,
                                                            b->sorted_times, b->sorted_ids));
}

/* Collective. */
static int copy_large(volley_spike_file *file, volley_spike_files *files, int32_t population) {
    volley_comm *comm = file->shared.comm;
    plan p = {0};
    buffers b = {0};
    uint64_t size = (uint64_t)volley_part_size(&file->network->populations[population]);
    int code = volley_io_together(comm, prepare(files, population, size, volley_comm_size(comm), &p, &b));
    if (code == VOLLEY_OK)
        code = make_plan(comm, files, population, &p, &b);
    for (int32_t pass = 0; code == VOLLEY_OK && pass < p.shares / p.ranks; pass++)
        code = write_pass(file, files, population, &p, pass, &b);
    free_all(&p, &b);
    return code;
}

/* Not collective. A population that one rank sorts alone: of at most ROUND spikes, for which there is room.
 */
static int copy_small(volley_spike_file *file, volley_spike_files *files, int32_t population, buffers *b) {
    uint64_t size = (uint64_t)volley_part_size(&file->network->populations[population]);
    b->n = files->total[population];
    TRY(volley_spike_files_read(files, population, 0, b->n, b->times, b->ids));
    TRY(check_ids(size, files, b, b->n));
    for (uint64_t i = 0; i < b->n; i++)
        b->mine[i] = (spike){b->ids[i], b->times[i]};
    sort_mine(b);
    return volley_spike_file_write(file, population, 0, b->n, b->sorted_times, b->sorted_ids);
}

static bool is_small(uint64_t spikes) {
    return spikes <= ROUND && spikes <= share_spikes;
}

/* Not collective. The small populations that begin in this rank's share of all spikes. */
static int copy_all_small(volley_spike_file *file, volley_spike_files *files, uint64_t all) {
    int ranks = volley_comm_size(file->shared.comm), rank = volley_comm_rank(file->shared.comm);
    uint64_t before = 0, most = 0;
    for (int32_t i = 0; i < files->n_populations; i++)
        most = is_small(files->total[i]) && files->total[i] > most ? files->total[i] : most;
    plan p = {0};
    buffers b = {0};
    int code = VOLLEY_NEW(b.times, most);
    if (code == VOLLEY_OK)
        code = VOLLEY_NEW(b.ids, most);
    if (code == VOLLEY_OK)
        code = VOLLEY_NEW(b.mine, most);
    if (code == VOLLEY_OK)
        code = VOLLEY_NEW(b.sorted_times, most);
    if (code == VOLLEY_OK)
        code = VOLLEY_NEW(b.sorted_ids, most);
    for (int32_t i = 0; i < files->n_populations && code == VOLLEY_OK; before += files->total[i++])
        if (files->total[i] > 0 && is_small(files->total[i]) &&
            volley_block_owner(all, ranks, before) == rank)
            code = copy_small(file, files, i, &b);
    free_all(&p, &b);
    return code;
}

int volley_spike_order_copy(volley_spike_file *file, volley_spike_files *files, uint64_t all) {
    int code = volley_io_together(file->shared.comm, copy_all_small(file, files, all));
    for (int32_t p = 0; p < files->n_populations && code == VOLLEY_OK; p++)
        if (!is_small(files->total[p]))
            code = copy_large(file, files, p);
    return code;
}
