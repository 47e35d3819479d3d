/* SPDX-License-Identifier: BSD-3-Clause */
/* Walking the in-edges of a thread's own targets: the generator behind both passes of the build. */
#ifndef VOLLEY_WIRING_EDGES_H
#define VOLLEY_WIRING_EDGES_H

#include "wiring/synapses.h"

/* One target of one projection. */
typedef struct volley_edge_target {
    int32_t projection;
    int64_t slot; /* target number in the thread */
    int64_t gid;
    int64_t position;            /* in the projection's target subset */
    uint64_t first;              /* where its edges stand in the projection's table, 0 without one */
    uint64_t trained, n_trained; /* the same in the table of initial weights, and how many */
} volley_edge_target;

/* Called before the edges of each target. */
typedef void (*volley_edge_begin)(void *context, const volley_edge_target *target);

/* Draws the sources of all edges of projection p onto the thread's targets number [low, high), in canonical
 * order (target, k), and hands them to `sink` in pieces. */
int volley_edges_walk(const volley_wiring *wiring, int32_t p, int thread, int64_t low, int64_t high,
                      volley_edge_begin begin, volley_connect_sink sink, void *context);

/* gids of the sources of n edges, from their positions in the source subset. */
void volley_edges_gids(const volley_wiring *wiring, int32_t p, int64_t n, const int64_t *sources,
                       int64_t *gid);

/* The weights of edges first .. first + n - 1 of the target, n <= VOLLEY_CONNECT_PIECE: drawn, or those that
 * stand in the projection's table. `out` has room for VOLLEY_CONNECT_PIECE items. */
int volley_edges_weights(const volley_wiring *wiring, const volley_edge_target *target, uint64_t key,
                         int64_t first, int64_t n, const int64_t *sources, double *out);

/* Compares these edges with those that their initial weights, from a result directory, belong to:
 * VOLLEY_USAGE, naming the first one that differs. */
int volley_edges_check_trained(const volley_wiring *wiring, const volley_edge_target *target, int64_t first,
                               int64_t n, const int64_t *sources, const uint16_t *delay);

/* The delays of these edges in steps: nearest, half up, at least one. */
int volley_edges_delays(const volley_wiring *wiring, const volley_edge_target *target, uint64_t key,
                        int64_t first, int64_t n, const int64_t *sources, uint16_t *delay);

#endif
