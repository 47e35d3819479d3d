/* SPDX-License-Identifier: BSD-3-Clause */
/* Which ranks need the spikes of which neurons. */
#ifndef VOLLEY_COMM_ROUTES_H
#define VOLLEY_COMM_ROUTES_H

#include "comm/comm.h"

#include <stdint.h>

typedef struct volley_routes {
    int64_t n;     /* own neurons that other ranks need */
    uint64_t *gid; /* [n] ascending */
    /* neuron i goes to destinations[to[start[i]]], ... destinations[to[start[i + 1] - 1]] */
    uint64_t *start; /* [n + 1] */
    uint32_t *to;
    int n_destinations, n_origins;
    int *destinations, *origins; /* ranks, ascending */
    void *graph;                 /* the MPI communicator of these neighbours, as a pointer to an MPI_Comm */
} volley_routes;

/* Collective. counts[r]: how many neurons of rank r this rank needs the spikes of; their gids, ascending, for
 * rank 0, 1, ... one after another in `needed`; none of its own. The caller owns *routes. Fails on all ranks
 * when one fails, with VOLLEY_EXHAUSTED; the message is pending on that one. destroy is collective, too. */
int volley_routes_create(volley_comm *comm, const uint64_t *needed, const uint64_t *counts,
                         volley_routes **routes);
void volley_routes_destroy(volley_routes **routes);

#endif
