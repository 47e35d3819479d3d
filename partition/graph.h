/* SPDX-License-Identifier: BSD-3-Clause */
/* A graph that is spread over the ranks, and cutting it into one part per rank. */
#ifndef VOLLEY_PARTITION_GRAPH_H
#define VOLLEY_PARTITION_GRAPH_H

#include "comm/comm.h"
#include "net/network.h"

#include <stdint.h>

/* The vertices of this rank: numbers first .. first + n - 1, which ascend with the rank. Every edge stands at
 * both its ends, with the same weight; there are no loops, and no two edges between the same vertices. Arrays
 * are owned. */
typedef struct volley_graph {
    int64_t first, n, total; /* total: vertices of all ranks */
    int64_t *start;          /* [n + 1] */
    int64_t *neighbour;      /* [start[n]] */
    double *weight;          /* [start[n]] what it costs to cut the edge */
    double *cost;            /* [n] work of the vertex */
} volley_graph;

void volley_graph_free(volley_graph *graph);

/* Collective. Cuts the graph into as many parts as there are ranks, of nearly equal cost, so that little
 * weight is cut: part[i] of own vertex i. VOLLEY_USAGE on all ranks when the graph is larger than PT-Scotch
 * can number, or this build lacks it. Fails on all ranks when one fails; only ranks with a failure of their
 * own hold a message. */
int volley_graph_cut(volley_comm *comm, const volley_graph *graph, uint32_t *part);

/* Collective. Cuts the network by its populations and projections: parts[gid] for all neurons, on all ranks.
 * Large populations are cut into pieces of consecutive neurons; an edge weighs as many spikes as are expected
 * to be needed at its other end. The caller owns *parts. Failures as above. */
int volley_graph_populations(volley_comm *comm, const volley_network *network, uint32_t **parts);

#endif
