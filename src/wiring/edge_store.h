/* SPDX-License-Identifier: BSD-3-Clause */
/* The edges of rules that are not drawn by the target (fixed_outdegree, list): a table for each such
 * projection with the edges of the rank's own targets, from which the rule's `draw` replays them. */
#ifndef VOLLEY_WIRING_EDGE_STORE_H
#define VOLLEY_WIRING_EDGE_STORE_H

#include "wiring/layout.h"
#include "wiring/route.h"
#include "comm/comm.h"

#include <stdint.h>

/* Edge k of the rank's neuron number i of the target population stands at start[i] + k. */
typedef struct volley_edge_table {
    uint64_t *start;     /* [own neurons of the target population + 1]; NULL: the rule has no table */
    uint32_t *sources32; /* positions in the source subset, in the narrower type that holds them all */
    uint64_t *sources64;
    float *weights32; /* where edges have weights of their own, in the precision of the projection */
    double *weights64;
    uint16_t *delays; /* steps, where edges have delays of their own */
} volley_edge_table;

typedef struct volley_tables {
    int32_t n_projections;
    volley_edge_table *of;      /* [n_projections] */
    volley_edge_table *trained; /* [n_projections] initial weights from a result directory, with the sources
                                   and delays that they belong to; no start: none */
} volley_tables;

/* Pushes this rank's part of the edges of a projection whose list is in a file. Parts follow one another in
 * the order of the ranks and of the file. */
typedef int (*volley_edge_feed)(void *context, int32_t projection, volley_router *router);

/* Collective. Makes the tables of all projections. comm NULL: one rank. feed: needed for lists in files only.
 * The caller owns *tables. Fails on all ranks when one fails; only ranks with a failure of their own hold a
 * message. */
int volley_tables_create(volley_comm *comm, const volley_partition *partition, const volley_layout *layout,
                         int simd, volley_edge_feed feed, void *context, volley_tables **tables);

/* Collective. Makes the tables of initial weights from result directories. `feed` pushes this rank's part of
 * the synapses of a projection, in the order of the ranks and of the file. Failures as above. */
int volley_tables_trained(volley_comm *comm, const volley_partition *partition, const volley_layout *layout,
                          volley_edge_feed feed, void *context, volley_tables *tables);

/* Frees these tables, when the synapses have been built. */
void volley_tables_forget_trained(volley_tables *tables);

void volley_tables_destroy(volley_tables **tables);

#endif
