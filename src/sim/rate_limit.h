/* SPDX-License-Identifier: BSD-3-Clause */
/* limits.max_rate: no population may fire faster, on average over any 100 ms.
 *
 * The window ends at every step in turn, so what is found depends neither on where the run began to count nor
 * on the interval of exchanges. What is before time 0 counts as silence. Every rank counts the spikes of all
 * ranks, which an allgather brings anyway, so all find the same excess in the same step without a word; with
 * routes each counts its own, and a sum over the ranks follows every exchange. A rank that had no memory for
 * the spikes of an interval has not seen them: therefore what was found goes out as VOLLEY_FLAG_RATE with the
 * next exchange, and all ranks stop then. */
#ifndef VOLLEY_SIM_RATE_LIMIT_H
#define VOLLEY_SIM_RATE_LIMIT_H

#include "comm/exchange.h"
#include "net/network.h"
#include "sim/checkpoint/checkpoint.h"

#include <stdbool.h>

typedef struct volley_rate_limit {
    const volley_network *network;
    int64_t window;   /* steps of 100 ms, at least 1 */
    uint64_t *steps;  /* [window][n_populations] spikes of stamp s in row s % window; NULL: no limit */
    uint64_t *spikes; /* [n_populations] sums of the rows */
    uint64_t *counts; /* [interval][n_populations] of one exchange */
    bool exceeded;
    int32_t population; /* the first one that was too fast */
    double rate;        /* Hz, mean of the window */
    int64_t stamp;      /* end of the window, the first one that was too fast */
} volley_rate_limit;

/* Prepares the limit of the network for exchanges of at most `interval` steps; VOLLEY_EXHAUSTED without
 * memory. The network is borrowed. */
int volley_rate_limit_create(volley_rate_limit *limit, const volley_network *network, int64_t interval);
void volley_rate_limit_free(volley_rate_limit *limit);

/* Counts the spikes of one interval, whose first step is stamped first_stamp; counts[i] gids of step i, one
 * step after another. comm NULL: they are those of all ranks; else those of this rank, and it is collective.
 */
void volley_rate_limit_count(volley_rate_limit *limit, volley_comm *comm, int64_t n_steps,
                             const int64_t *counts, const uint64_t *gids, int64_t first_stamp);

/* Adds the window to what checkpoints hold. Not collective. */
int volley_rate_limit_add_lists(volley_rate_limit *limit, volley_owners *owners);

/* VOLLEY_FAILED with the message when a window was too fast. */
int volley_rate_limit_status(const volley_rate_limit *limit);

#endif
