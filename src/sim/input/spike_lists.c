/* SPDX-License-Identifier: BSD-3-Clause */
/* Spikes under way, in calendars and plastic synapses: checkpoints hold steps and neurons of the spikes that
 * have been emitted lately. They are pushed again, into whatever calendars and receptors this run has. */
#include "sim/state_lists.h"

#include "base/memory.h"
#include "base/status.h"
#include "files/redistribute.h"

#include <omp.h>
#include <stdlib.h>

typedef struct under_way {
    volley_worker *workers;
    volley_comm *comm;
    int threads;
} under_way;

enum { WORDS = 2 }; /* of a spike: step, gid; as volley_recorded_spike */

static bool is_listed(const volley_worker *w, size_t i, int64_t now) {
    return w->log[i].step + w->log_span > now;
}

static uint64_t length(const void *owner, int64_t now) {
    const under_way *u = owner;
    uint64_t n = 0;
    for (int t = 0; t < u->threads; t++)
        for (size_t i = 0; i < u->workers[t].n_log; i++)
            n += is_listed(&u->workers[t], i, now);
    return WORDS * n;
}

static int save(const volley_list_part *part, void *items) {
    const under_way *u = part->owner;
    uint64_t *to = items;
    for (int t = 0; t < u->threads; t++)
        for (size_t i = 0; i < u->workers[t].n_log; i++)
            if (is_listed(&u->workers[t], i, part->now)) {
                *to++ = (uint64_t)u->workers[t].log[i].step;
                *to++ = u->workers[t].log[i].gid;
            }
    return VOLLEY_OK;
}

/* ---- loading ---- */

static int in_order(const void *a, const void *b) {
    const volley_recorded_spike *left = a, *right = b;
    if (left->step != right->step)
        return left->step < right->step ? -1 : 1;
    return (left->gid > right->gid) - (left->gid < right->gid);
}

static int read_spikes(const volley_list_part *part, const uint64_t *words, volley_recorded_spike *spikes) {
    const under_way *u = part->owner;
    uint64_t neurons = (uint64_t)u->workers[0].network->n_neurons, n = part->n / WORDS;
    for (uint64_t i = 0; i < n; i++) {
        uint64_t step = words[WORDS * i], gid = words[WORDS * i + 1];
        CHECK(
            step <= (uint64_t)part->now && gid < neurons, VOLLEY_USAGE,
            "%s: %s: spike %llu is one of neuron %llu at step %llu; allowed neurons below %llu, steps up to "
            "%lld",
            part->path, part->list, (unsigned long long)i, (unsigned long long)gid, (unsigned long long)step,
            (unsigned long long)neurons, (long long)part->now);
        spikes[i] = (volley_recorded_spike){(int64_t)step, gid};
    }
    if (n > 0)
        qsort(spikes, n, sizeof *spikes, in_order);
    return VOLLEY_OK;
}

/* A thread gets the spikes again, step by step; they go back into the log, each once. */
static int replay(const under_way *u, volley_worker *w, const volley_recorded_spike *spikes, uint64_t n,
                  int64_t now) {
    uint64_t *gids = NULL, i = 0;
    TRY(VOLLEY_NEW(gids, n));
    int64_t first = now - w->log_span + 1;
    while (i < n && spikes[i].step < first) /* of a plasticity that looked further back */
        i++;
    for (int64_t stamp = first > 0 ? first : 0; stamp <= now; stamp++) {
        uint64_t begin = i;
        for (; i < n && spikes[i].step <= stamp; i++)
            gids[i - begin] = spikes[i].gid;
        volley_worker_receive_again(w, gids, (int64_t)(i - begin), stamp, now);
    }
    free(gids);
    int ranks = volley_comm_size(u->comm), rank = volley_comm_rank(u->comm);
    TRY(VOLLEY_RESERVE(w->log, &w->log_capacity, w->thread == 0 ? n : 0));
    /* which rank has which of them in the log does not matter */
    uint64_t kept = volley_block_first(n, ranks, rank), end = volley_block_first(n, ranks, rank + 1);
    for (; kept < end && w->thread == 0; kept++)
        w->log[w->n_log++] = spikes[kept];
    return VOLLEY_OK;
}

static int load(const volley_list_part *part, const void *items) {
    const under_way *u = part->owner;
    volley_recorded_spike *spikes = NULL;
    CHECK(part->n % WORDS == 0, VOLLEY_USAGE, "%s: %s holds %llu items; allowed a multiple of %d", part->path,
          part->list, (unsigned long long)part->n, WORDS);
    TRY(VOLLEY_NEW(spikes, part->n / WORDS));
    int code = read_spikes(part, items, spikes);
    if (code == VOLLEY_OK) {
        volley_shared_status shared = {0};
#pragma omp parallel num_threads(u->threads)
        {
            volley_worker *w = &u->workers[omp_get_thread_num()];
            volley_worker_go_on(w, part->now);
            volley_status_share(&shared, replay(u, w, spikes, part->n / WORDS, part->now));
        }
        code = volley_status_result(&shared);
    }
    free(spikes);
    return code;
}

static const volley_list_entry entries[] = {
    {.name = "under_way",
     .form = VOLLEY_LIST_SPREAD,
     .type = VOLLEY_H5_UINT64,
     .length = length,
     .save = save,
     .load = load},
    {.name = NULL},
};

static const volley_list_table table = {.name = "spikes", .entries = entries, .free = free};

int volley_spikes_add_lists(volley_worker *workers, volley_comm *comm, volley_owners *owners) {
    under_way *own;
    TRY(VOLLEY_NEW(own, 1));
    *own = (under_way){workers, comm, workers[0].layout->threads};
    return volley_owners_add(owners, &table, NULL, own);
}
