/* SPDX-License-Identifier: BSD-3-Clause */
/* The inside of the spike exchange, for its ways of moving spikes (allgather.c, neighbour.c). */
#ifndef VOLLEY_COMM_TRANSPORT_H
#define VOLLEY_COMM_TRANSPORT_H

#include "comm/exchange.h"

#include <mpi.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Larger slots would not fit the int counts of MPI; counts beyond it come as excess each time. */
enum { VOLLEY_MAX_SLOT = 1 << 28 };

/* Spikes from one rank: counts[i] gids of step i, one step after another, of which the first `room` stand at
 * `head` and the others at `rest`. */
typedef struct volley_letter {
    const uint32_t *counts; /* [n_steps] */
    const uint32_t *head, *rest;
    int64_t room, taken;
} volley_letter;

/* The room for the spikes of a rank that is sent whatever they are; both ends know it. It grows at once when
 * it was too small, and shrinks after many calls that did not need it. */
typedef struct volley_slot {
    int64_t gids;                 /* its size */
    int64_t smallest, largest;    /* it can have */
    int64_t recent, recent_calls; /* largest count of the latest calls, and how many they are */
} volley_slot;

/* What this rank sends in one call. */
typedef struct volley_outgoing {
    int64_t n_steps, total;
    const int64_t *counts; /* [n_steps] */
    const uint64_t *gids;
} volley_outgoing;

typedef struct volley_transport {
    int (*create)(volley_exchange *x, uint32_t initial_slot, const volley_routes *routes);
    /* Collective. Moves the spikes into x->letters, in the order of the ranks, and makes *flags the union
     * over all ranks and *total the spikes of all ranks. There are no letters when a rank has raised
     * VOLLEY_FLAG_ERROR, nor when it fails. */
    int (*move)(volley_exchange *x, const volley_outgoing *out, uint32_t *flags, uint64_t *total);
    /* Adapts slots when the letters have been read. */
    void (*settle)(volley_exchange *x);
    void (*destroy)(volley_exchange *x);
} volley_transport;

extern const volley_transport volley_allgather, volley_neighbour;

struct volley_exchange {
    volley_comm *comm;
    MPI_Comm world;
    int rank, size;
    int gid_words; /* 32-bit words of a gid: 1 or 2 */
    int64_t max_interval;
    uint64_t max_words; /* excess beyond this many words goes in pieces */
    const volley_transport *transport;
    void *state;            /* of the transport */
    volley_letter *letters; /* [n_letters], room for one of each rank */
    int n_letters;
    uint64_t *gid, *scratch;
    size_t gid_capacity, scratch_capacity;
    int64_t *start;     /* [max_interval + 1] */
    int64_t *run_start; /* [size + 1]: lists of the ranks inside a step */
    volley_exchange_figures figures;
};

/* n gids as words. */
static inline void volley_pack(const volley_exchange *x, uint32_t *words, const uint64_t *gids, int64_t n) {
    if (x->gid_words == 1)
        for (int64_t i = 0; i < n; i++)
            words[i] = (uint32_t)gids[i];
    else if (n > 0)
        memcpy(words, gids, (size_t)n * sizeof *gids);
}

/* Adapts a slot to the count of a call. */
void volley_slot_settle(volley_slot *slot, int64_t count);

#endif
