/* SPDX-License-Identifier: BSD-3-Clause */
/* Cutting a distributed graph by PT-Scotch. */
#include "base/memory.h"
#include "base/status.h"
#include "partition/graph.h"
#include "partition/partition.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#ifdef VOLLEY_HAVE_SCOTCH
#include <ptscotch.h>
#endif

extern const volley_partition_method volley_partition_scotch;
const volley_partition_method volley_partition_scotch = {
    .name = "scotch",
    .meaning = "the graph of the neurons, or of populations and projections, cut by PT-Scotch so that few "
               "spikes have to travel",
    .by_graph = true,
#ifndef VOLLEY_HAVE_SCOTCH
    .missing = "PT-Scotch",
#endif
};

void volley_graph_free(volley_graph *graph) {
    free(graph->start);
    free(graph->neighbour);
    free(graph->weight);
    free(graph->cost);
    *graph = (volley_graph){0};
}

#ifdef VOLLEY_HAVE_SCOTCH
/* Sums of loads have to fit SCOTCH_Num, whatever it is. */
#define LOAD_SUM 5e8

/* Largest share by which a part may pass the mean. */
static const double imbalance = 0.03;

/* The graph in the numbers of PT-Scotch. */
typedef struct numbers {
    SCOTCH_Num *start, *cost, *neighbour, *weight, *part;
} numbers;

static void free_numbers(numbers *m) {
    free(m->start);
    free(m->cost);
    free(m->neighbour);
    free(m->weight);
    free(m->part);
}

/* Sums over all ranks, as doubles. */
static void find_sums(volley_comm *comm, const volley_graph *graph, double *cost, double *weight,
                      double *arcs, double *all) {
    double mine[3] = {0.0, 0.0, (double)graph->start[graph->n]}, sum[3] = {0.0, 0.0, 0.0};
    for (int64_t i = 0; i < graph->n; i++)
        mine[0] += graph->cost[i];
    for (int64_t i = 0; i < graph->start[graph->n]; i++)
        mine[1] += graph->weight[i];
    volley_comm_gather_double(comm, mine, 3, all);
    for (int r = 0; r < volley_comm_size(comm); r++)
        for (int i = 0; i < 3; i++)
            sum[i] += all[3 * r + i];
    *cost = sum[0];
    *weight = sum[1];
    *arcs = sum[2];
}

/* A load as a whole number, at least 1. */
static SCOTCH_Num load(double value, double scale) {
    double scaled = value * scale;
    return scaled < 1.0 ? 1 : (SCOTCH_Num)scaled;
}

static int convert(volley_comm *comm, const volley_graph *graph, double *all, numbers *m) {
    double cost, weight, arcs;
    int64_t n = graph->n, edges = graph->start[n];
    find_sums(comm, graph, &cost, &weight, &arcs, all);
    double most = SCOTCH_numSizeof() == 4 ? (double)INT32_MAX : (double)INT64_MAX / 4;
    CHECK(sizeof(SCOTCH_Num) == (size_t)SCOTCH_numSizeof(), VOLLEY_USAGE,
          "this PT-Scotch has numbers of %d bytes, and the one volley was built with had %d",
          SCOTCH_numSizeof(), (int)sizeof(SCOTCH_Num));
    CHECK(arcs + LOAD_SUM < most && (double)graph->total + LOAD_SUM < most, VOLLEY_USAGE,
          "the graph of %.4g vertices and %.4g edges is more than this PT-Scotch can number; allowed about "
          "%.4g",
          (double)graph->total, arcs / 2, (most - LOAD_SUM) / 2);
    TRY(VOLLEY_NEW(m->start, n + 1));
    TRY(VOLLEY_NEW(m->cost, n + 1));
    TRY(VOLLEY_NEW(m->part, n + 1));
    TRY(VOLLEY_NEW(m->neighbour, edges + 1));
    TRY(VOLLEY_NEW(m->weight, edges + 1));
    double cost_scale = cost > 0.0 ? LOAD_SUM / cost : 1.0,
           weight_scale = weight > 0.0 ? LOAD_SUM / weight : 1.0;
    for (int64_t i = 0; i <= n; i++)
        m->start[i] = (SCOTCH_Num)graph->start[i];
    for (int64_t i = 0; i < n; i++)
        m->cost[i] = load(graph->cost[i], cost_scale);
    for (int64_t i = 0; i < edges; i++) {
        m->neighbour[i] = (SCOTCH_Num)graph->neighbour[i];
        m->weight[i] = load(graph->weight[i], weight_scale);
    }
    return VOLLEY_OK;
}

/* Collective. PT-Scotch prints what is wrong itself. */
static int cut(volley_comm *comm, const volley_graph *graph, numbers *m) {
    ASSERT(m->start && m->cost && m->neighbour && m->weight && m->part);
    SCOTCH_Dgraph dgraph;
    SCOTCH_Strat strategy;
    MPI_Comm world = *(MPI_Comm *)volley_comm_mpi(comm);
    SCOTCH_Num n = (SCOTCH_Num)graph->n, edges = m->start[graph->n], ranks = volley_comm_size(comm);
    /* The ranks are the parallelism; threads of its own would fight for their cores. */
    setenv("SCOTCH_PTHREAD_NUMBER", "1", 0);
    SCOTCH_randomReset();
    CHECK(SCOTCH_stratInit(&strategy) == 0, VOLLEY_FAILED, "PT-Scotch has failed");
    CHECK(SCOTCH_dgraphInit(&dgraph, world) == 0, VOLLEY_FAILED, "PT-Scotch has failed");
    int failed = SCOTCH_dgraphBuild(&dgraph, 0, n, n, m->start, m->start + 1, m->cost, NULL, edges, edges,
                                    m->neighbour, NULL, m->weight);
    if (!failed)
        failed = SCOTCH_stratDgraphMapBuild(&strategy, SCOTCH_STRATQUALITY, ranks, ranks, imbalance);
    ASSERT(failed || SCOTCH_dgraphCheck(&dgraph) == 0);
    if (!failed)
        failed = SCOTCH_dgraphPart(&dgraph, ranks, &strategy, m->part);
    SCOTCH_dgraphExit(&dgraph);
    SCOTCH_stratExit(&strategy);
    CHECK(!failed, VOLLEY_FAILED, "PT-Scotch could not cut the graph");
    return VOLLEY_OK;
}

int volley_graph_cut(volley_comm *comm, const volley_graph *graph, uint32_t *part) {
    numbers m = {0};
    double *all;
    int status = volley_comm_worst(comm, VOLLEY_NEW(all, 3 * (int64_t)volley_comm_size(comm)));
    if (status == VOLLEY_OK)
        status = volley_comm_worst(comm, convert(comm, graph, all, &m));
    if (status == VOLLEY_OK)
        status = volley_comm_worst(comm, cut(comm, graph, &m));
    for (int64_t i = 0; status == VOLLEY_OK && i < graph->n; i++)
        part[i] = (uint32_t)m.part[i];
    free_numbers(&m);
    free(all);
    return status;
}
#else
int volley_graph_cut(volley_comm *comm, const volley_graph *graph, uint32_t *part) {
    (void)comm;
    (void)graph;
    (void)part;
    return volley_fail(VOLLEY_USAGE, "volley was built without PT-Scotch");
}
#endif
