/* SPDX-License-Identifier: BSD-3-Clause */
/* Bringing edges from the ranks that know them to the ranks that own their targets. */
#ifndef VOLLEY_WIRING_ROUTE_H
#define VOLLEY_WIRING_ROUTE_H

#include "wiring/layout.h"
#include "comm/comm.h"

#include <stdbool.h>
#include <stdint.h>

/* Edges that a rank sends at once. */
enum { VOLLEY_ROUTER_ROUND = 1 << 20 };

/* What one round brought: counts[r] edges from rank r, one rank after another. */
typedef struct volley_parcel {
    char *edges;
    uint64_t *counts; /* [ranks] */
    uint64_t visited; /* edges of ranks that have had their turn */
} volley_parcel;

/* One projection under way. Edges are packed: source position, index of the target in its population (4 bytes
 * each where the numbers fit, else 8), then weight (float or double) and delay (16 bits) where edges have
 * their own. */
typedef struct volley_router {
    volley_comm *comm; /* NULL: one rank */
    int ranks;
    const volley_partition *partition;
    const volley_network *network;
    const volley_projection *projection;
    int source_bytes, target_bytes, weight_bytes, delay_bytes; /* 0: edges have none */
    uint64_t edge_bytes;
    uint64_t n, room;        /* edges waiting to be sent */
    char *waiting;           /* [room] */
    int *destination;        /* [room] */
    char *sorted;            /* [room], by destination */
    uint64_t *counts, *next; /* [ranks] */
    volley_parcel *parcels;
    size_t n_parcels, parcels_room;
    bool ended; /* all ranks have left: no more rounds */
} volley_router;

/* Not collective. weights, delays: the edges have their own. Released with volley_router_free, also after a
 * failure. */
int volley_router_init(volley_comm *comm, const volley_partition *partition, const volley_layout *layout,
                       const volley_projection *projection, bool weights, bool delays, volley_router *router);
void volley_router_free(volley_router *router);

/* Sends n edges from `sources` to `targets` (positions in the projection's subsets), with weights and delays
 * in steps where the edges have them. Rounds are collective: a rank may wait here until the others push or
 * finish. A failure of any rank is returned on all. */
int volley_router_push(volley_router *router, int64_t n, const int64_t *sources, const int64_t *targets,
                       const double *weights, const uint16_t *delays);

/* Collective. Takes part in rounds until no rank has edges left. `status`: this rank's so far, even when it
 * has not pushed at all. Returns the worst of all ranks. */
int volley_router_finish(volley_router *router, int status);

/* For tests: edges that a rank sends in one round. */
void volley_router_limit_round(uint64_t edges);

#endif
