/* SPDX-License-Identifier: BSD-3-Clause */
/* Spike exchange: once per interval all ranks hand in their spikes and get those they need, in two ways that
 * give the same bits.
 *
 * Allgather (without routes): one allgather of fixed slots. Slot of a rank: [count, flags, (count of step 0,
 * ... of step n - 1 when the interval n > 1) | gids ...] in 32-bit words; gids take one word while the
 * network has fewer than 2^32 neurons, else two. After it all ranks hold the same headers and decide the
 * same: a rank with VOLLEY_FLAG_ERROR set sends count 0 and there is no second round; else, if any count
 * exceeds the slot, ONE Allgatherv brings the excess only, and every rank sets the slot to the next power of
 * two of the largest count. After some time without such counts it shrinks again.
 *
 * Neighbours (with routes): a spike goes only to the ranks that have targets of its neuron. Every pair of
 * ranks has a slot of its own: [counts of the steps | gids ...], moved by one MPI_Neighbor_alltoallv; what
 * does not fit goes from rank to rank. Beside it a reduction brings the union of the flags, so that all ranks
 * take the same decision here, too.
 *
 * With one rank the loopback is used: no MPI call, same results; it counts a call per interval all the same.
 */
#ifndef VOLLEY_COMM_EXCHANGE_H
#define VOLLEY_COMM_EXCHANGE_H

#include "comm/comm.h"
#include "comm/routes.h"

#include <stdint.h>

enum volley_exchange_flag {
    VOLLEY_FLAG_ERROR = 1,      /* this rank has failed; its message is pending */
    VOLLEY_FLAG_CHECKPOINT = 2, /* a checkpoint is wanted */
    VOLLEY_FLAG_STOP = 4,       /* stop after a checkpoint */
    VOLLEY_FLAG_FLUSH = 8,      /* a recording buffer is full: collective write wanted */
    VOLLEY_FLAG_RATE = 16,      /* rate limit exceeded */
    VOLLEY_FLAG_STATES = 32,    /* as FLUSH, for states and rates */
};

/* Spikes of one interval: those of all ranks, or with routes this rank's own and those sent to it. Step i of
 * the interval has gid[start[i] .. start[i + 1]), ascending. Borrowed from the exchange; valid until its next
 * call. */
typedef struct volley_spikes {
    int64_t n_steps;
    const int64_t *start; /* [n_steps + 1] */
    const uint64_t *gid;
    uint64_t total; /* spikes of all ranks, also those that did not come here; 0 after an error */
    uint32_t flags; /* union of the flags of all ranks */
} volley_spikes;

/* What this rank has done so far. */
typedef struct volley_exchange_figures {
    uint64_t calls;     /* exchanges and overflow rounds; the same on all ranks */
    uint64_t overflows; /* overflow rounds among them; the same on all ranks */
    /* What came from other ranks, counted as if every rank sent to every receiver itself; a reduction of
     * flags counts as log2(ranks) messages. */
    uint64_t messages, bytes;
} volley_exchange_figures;

typedef struct volley_exchange volley_exchange;

/* Collective. initial_slot: gids per slot at the start, at least 1. max_interval: largest number of steps of
 * one call. routes: NULL for the allgather, on all ranks; else borrowed. The caller owns *exchange. */
int volley_exchange_create(volley_comm *comm, uint64_t n_neurons, int64_t max_interval, uint32_t initial_slot,
                           const volley_routes *routes, volley_exchange **exchange);
void volley_exchange_destroy(volley_exchange **exchange);

/* Collective. Sends this rank's spikes of n_steps steps (n_steps <= max_interval; counts[i] gids of step i,
 * ascending inside a step, one step after another in `gids`) and gives those that came, merged to ascending
 * gid per step; none at all when a rank has raised VOLLEY_FLAG_ERROR. Returns VOLLEY_EXHAUSTED when the
 * result cannot grow (no spikes then; the caller raises VOLLEY_FLAG_ERROR in its next call, if it has not
 * been raised already), VOLLEY_FAILED when this rank has more than 2^32 - 1 spikes (the flag is raised at
 * once), else VOLLEY_OK; a failure of another rank shows in spikes->flags. A rank without memory for its part
 * of a collective call ends the job: the others could not go on without it. */
int volley_exchange_run(volley_exchange *exchange, int64_t n_steps, const int64_t *counts,
                        const uint64_t *gids, uint32_t flags, volley_spikes *spikes);

volley_exchange_figures volley_exchange_so_far(const volley_exchange *exchange);

/* Sets how many 32-bit words of excess go at once; more go in pieces (2^31 - 1 unless told). Alike on all
 * ranks. For tests. */
void volley_exchange_limit_words(volley_exchange *exchange, uint64_t words);

/* Merges `n` ascending lists, list i being values[start[i] .. start[i + 1]), into one ascending list in
 * place; scratch has room for all of them. Used for ranks and for threads. */
void volley_merge_ascending(uint64_t *values, const int64_t *start, int64_t n, uint64_t *scratch);

#endif
