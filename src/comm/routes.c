/* SPDX-License-Identifier: BSD-3-Clause */
/* Finds out, once before the loop, which rank needs the spikes of which neurons, and makes the graph of
 * neighbours. */
#include "comm/routes.h"
#include "base/memory.h"
#include "base/status.h"

#include <mpi.h>
#include <stdlib.h>

/* One neuron and one rank that needs it. */
typedef struct pair {
    uint64_t gid;
    uint32_t to; /* number of the destination */
} pair;

static int by_gid(const void *a, const void *b) {
    const pair *x = a, *y = b;
    if (x->gid != y->gid)
        return x->gid < y->gid ? -1 : 1;
    return (x->to > y->to) - (x->to < y->to);
}

/* The ranks with a count. */
static int list_ranks(const uint64_t *counts, int ranks, int **list, int *n) {
    for (int r = 0; r < ranks; r++)
        *n += counts[r] > 0;
    TRY(VOLLEY_NEW(*list, *n));
    for (int r = 0, at = 0; r < ranks; r++)
        if (counts[r] > 0)
            (*list)[at++] = r;
    return VOLLEY_OK;
}

/* Orders what the destinations asked for by neuron. */
static int sort(volley_routes *routes, const uint64_t *asked, const uint64_t *counts) {
    uint64_t total = 0;
    for (int d = 0; d < routes->n_destinations; d++)
        total += counts[routes->destinations[d]];
    pair *pairs;
    TRY(VOLLEY_NEW(pairs, total));
    for (uint64_t d = 0, at = 0; d < (uint64_t)routes->n_destinations; d++)
        for (uint64_t i = 0; i < counts[routes->destinations[d]]; i++, at++)
            pairs[at] = (pair){asked[at], (uint32_t)d};
    if (total > 0)
        qsort(pairs, total, sizeof *pairs, by_gid);
    for (uint64_t i = 0; i < total; i++)
        routes->n += i == 0 || pairs[i].gid != pairs[i - 1].gid;
    int code = VOLLEY_NEW(routes->gid, routes->n);
    if (code == VOLLEY_OK)
        code = VOLLEY_NEW(routes->start, routes->n + 1);
    if (code == VOLLEY_OK)
        code = VOLLEY_NEW(routes->to, total);
    int64_t at = -1;
    for (uint64_t i = 0; code == VOLLEY_OK && i < total; i++) {
        if (i == 0 || pairs[i].gid != pairs[i - 1].gid)
            routes->gid[++at] = pairs[i].gid;
        routes->to[i] = pairs[i].to;
        routes->start[at + 1] = i + 1;
    }
    free(pairs);
    return code;
}

/* Collective. */
static void make_graph(volley_comm *comm, volley_routes *routes) {
    MPI_Comm world = *(MPI_Comm *)volley_comm_mpi(comm);
    int *volatile unweighted = MPI_UNWEIGHTED; /* GCC takes the constant for an address that is read */
    MPI_Dist_graph_create_adjacent(world, routes->n_origins, routes->origins, unweighted,
                                   routes->n_destinations, routes->destinations, unweighted, MPI_INFO_NULL, 0,
                                   routes->graph);
}

static int take_answer(volley_routes *routes, int ranks, const uint64_t *needed_counts, const uint64_t *asked,
                       const uint64_t *asked_counts) {
    ASSERT(needed_counts && asked_counts);
    TRY(list_ranks(asked_counts, ranks, &routes->destinations, &routes->n_destinations));
    TRY(list_ranks(needed_counts, ranks, &routes->origins, &routes->n_origins));
    TRY(sort(routes, asked, asked_counts));
    MPI_Comm *graph;
    TRY(VOLLEY_NEW(graph, 1));
    *graph = MPI_COMM_NULL;
    routes->graph = graph;
    return VOLLEY_OK;
}

int volley_routes_create(volley_comm *comm, const uint64_t *needed, const uint64_t *counts,
                         volley_routes **out) {
    int ranks = volley_comm_size(comm);
    uint64_t *asked = NULL, *asked_counts = NULL;
    volley_routes *routes = NULL;
    *out = NULL;
    int code = VOLLEY_NEW(routes, 1);
    if (code == VOLLEY_OK)
        code = VOLLEY_NEW(asked_counts, ranks);
    int worst = volley_comm_worst(comm, code);
    if (worst == VOLLEY_OK)
        worst = volley_comm_alltoall(comm, needed, counts, sizeof *needed, (void **)&asked, asked_counts);
    if (worst == VOLLEY_OK) {
        worst = volley_comm_worst(comm, take_answer(routes, ranks, counts, asked, asked_counts));
    }
    if (worst == VOLLEY_OK)
        make_graph(comm, routes);
    free(asked);
    free(asked_counts);
    if (worst != VOLLEY_OK)
        volley_routes_destroy(&routes);
    *out = routes;
    return worst;
}

void volley_routes_destroy(volley_routes **routes) {
    if (*routes == NULL)
        return;
    if ((*routes)->graph != NULL && *(MPI_Comm *)(*routes)->graph != MPI_COMM_NULL)
        MPI_Comm_free((*routes)->graph);
    free((*routes)->graph);
    free((*routes)->gid);
    free((*routes)->start);
    free((*routes)->to);
    free((*routes)->destinations);
    free((*routes)->origins);
    free(*routes);
    *routes = NULL;
}
