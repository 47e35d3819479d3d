/* SPDX-License-Identifier: BSD-3-Clause */
/* Draws the graph of neurons on all ranks, and has it cut into a partition. */
#include "wiring/neuron_graph.h"
#include "base/memory.h"
#include "base/status.h"
#include "wiring/edges.h"
#include "partition/graph.h"

#include <stdlib.h>
#include <string.h>

/* One end of an edge as the other end's rank is told: neuron `own` of that rank has `other` as a neighbour.
 */
typedef struct arc {
    int64_t own, other;
} arc;

typedef struct collector {
    const volley_network *network;
    const volley_partition *blocks; /* equal ranges of gids */
    const volley_wiring *wiring;
    volley_graph *graph;
    arc *arcs;
    size_t n, capacity;
    int64_t target, source_population, gid[VOLLEY_CONNECT_PIECE];
    double event_cost;
    int32_t projection;
} collector;

static void begin(void *context, const volley_edge_target *target) {
    collector *c = context;
    c->target = target->gid;
}

static int collect(void *context, int64_t first, int64_t n, const int64_t *sources) {
    collector *c = context;
    (void)first;
    volley_edges_gids(c->wiring, c->projection, n, sources, c->gid);
    c->graph->cost[c->target - c->graph->first] += c->event_cost * (double)n;
    TRY(VOLLEY_RESERVE(c->arcs, &c->capacity, c->n + (size_t)n));
    for (int64_t i = 0; i < n; i++)
        if (c->gid[i] != c->target)
            c->arcs[c->n++] = (arc){c->target, c->gid[i]};
    return VOLLEY_OK;
}

/* The edges onto this rank's range, and what each of its neurons costs. */
static int draw(collector *c) {
    const volley_network *network = c->network;
    TRY(VOLLEY_NEW(c->graph->cost, c->graph->n + 1));
    for (int32_t p = 0; p < network->n_populations; p++) {
        const volley_population *population = &network->populations[p];
        volley_slice slice = c->wiring->layout->slices[p];
        for (int64_t i = 0; i < slice.count; i++)
            c->graph->cost[population->first_gid + slice.start + i - c->graph->first] =
                population->model->relative_cost;
    }
    for (int32_t p = 0; p < network->n_projections; p++) {
        c->projection = p;
        c->event_cost = volley_partition_event_cost(network, &network->projections[p]);
        TRY(volley_edges_walk(c->wiring, p, 0, 0, INT64_MAX, begin, collect, c));
    }
    return VOLLEY_OK;
}

static int by_pair(const void *a, const void *b) {
    const arc *x = a, *y = b;
    if (x->own != y->own)
        return x->own < y->own ? -1 : 1;
    return (x->other > y->other) - (x->other < y->other);
}

/* Collective. Adds every edge at its source's end. */
static int exchange_arcs(volley_comm *comm, collector *c) {
    int ranks = volley_comm_size(comm);
    uint64_t *counts = NULL, *received = NULL, *next = NULL, total = 0;
    arc *out = NULL, *in = NULL;
    int status = VOLLEY_NEW(counts, ranks);
    if (status == VOLLEY_OK)
        status = VOLLEY_NEW(received, ranks);
    if (status == VOLLEY_OK)
        status = VOLLEY_NEW(next, ranks);
    if (status == VOLLEY_OK)
        status = VOLLEY_NEW(out, c->n);
    int worst = volley_comm_worst(comm, status);
    ASSERT(worst != VOLLEY_OK || (counts && received && next));
    if (worst == VOLLEY_OK) {
        for (size_t i = 0; i < c->n; i++)
            counts[volley_partition_owner(c->blocks, c->arcs[i].other)]++;
        for (int r = 1; r < ranks; r++)
            next[r] = next[r - 1] + counts[r - 1];
        for (size_t i = 0; i < c->n; i++)
            out[next[volley_partition_owner(c->blocks, c->arcs[i].other)]++] =
                (arc){c->arcs[i].other, c->arcs[i].own};
        worst = volley_comm_alltoall(comm, out, counts, sizeof *out, (void **)&in, received);
        free(out);
        out = NULL;
    }
    if (worst == VOLLEY_OK) {
        for (int r = 0; r < ranks; r++)
            total += received[r];
        status = VOLLEY_RESERVE(c->arcs, &c->capacity, c->n + total);
        if (status == VOLLEY_OK && total > 0)
            memcpy(c->arcs + c->n, in, total * sizeof *in);
        c->n += total;
        worst = volley_comm_worst(comm, status);
    }
    free(counts);
    free(received);
    free(next);
    free(out);
    free(in);
    return worst;
}

/* Rows of the graph; the synapses between two neurons, in both directions, are one edge of their number. */
static int make_rows(collector *c) {
    volley_graph *graph = c->graph;
    int64_t edges = 0;
    if (c->n > 0)
        qsort(c->arcs, c->n, sizeof *c->arcs, by_pair);
    for (size_t i = 0; i < c->n; i++)
        edges += i == 0 || by_pair(&c->arcs[i - 1], &c->arcs[i]) != 0;
    TRY(VOLLEY_NEW(graph->start, graph->n + 1));
    TRY(VOLLEY_NEW(graph->neighbour, edges + 1));
    TRY(VOLLEY_NEW(graph->weight, edges + 1));
    int64_t at = -1;
    for (size_t i = 0; i < c->n; i++) {
        if (i == 0 || by_pair(&c->arcs[i - 1], &c->arcs[i]) != 0) {
            graph->neighbour[++at] = c->arcs[i].other;
            graph->start[c->arcs[i].own - graph->first + 1]++;
        }
        graph->weight[at] += 1.0;
    }
    for (int64_t i = 0; i < graph->n; i++)
        graph->start[i + 1] += graph->start[i];
    return VOLLEY_OK;
}

/* Collective. The graph of this rank's range of neurons. */
static int make_graph(volley_comm *comm, const volley_partition *blocks, const volley_wiring *wiring,
                      volley_graph *graph) {
    int rank = volley_comm_rank(comm);
    collector *c;
    int status = VOLLEY_NEW(c, 1);
    graph->n = volley_partition_local_count(blocks, rank);
    graph->first = graph->n > 0 ? volley_partition_global(blocks, rank, 0) : 0;
    graph->total = wiring->layout->network->n_neurons;
    if (status == VOLLEY_OK) {
        *c = (collector){
            .network = wiring->layout->network, .blocks = blocks, .wiring = wiring, .graph = graph};
        status = draw(c);
    }
    int worst = volley_comm_worst(comm, status);
    if (worst == VOLLEY_OK)
        worst = exchange_arcs(comm, c);
    if (worst == VOLLEY_OK) {
        worst = volley_comm_worst(comm, make_rows(c));
    }
    if (c != NULL)
        free(c->arcs);
    free(c);
    return worst;
}

/* Collective. Cuts the graph and gathers the parts of all neurons. */
static int cut(volley_comm *comm, const volley_partition *blocks, const volley_graph *graph,
               uint32_t *parts) {
    int ranks = volley_comm_size(comm);
    uint64_t *start;
    int worst = volley_comm_worst(comm, VOLLEY_NEW(start, ranks + 1));
    if (worst == VOLLEY_OK)
        worst = volley_graph_cut(comm, graph, parts + graph->first);
    if (worst == VOLLEY_OK) {
        for (int r = 0; r < ranks; r++)
            start[r + 1] = start[r] + (uint64_t)volley_partition_local_count(blocks, r) * sizeof *parts;
        volley_comm_gather_bytes(comm, parts, start, UINT64_MAX);
    }
    free(start);
    return worst;
}

/* Collective. */
static int cut_neurons(volley_comm *comm, const volley_network *network, int simd, volley_edge_feed feed,
                       void *context, uint32_t **parts) {
    volley_partition *blocks = NULL;
    volley_layout *layout = NULL;
    volley_tables *tables = NULL;
    volley_wiring *wiring = NULL;
    volley_graph graph = {0};
    volley_network by_blocks = *network; /* what is borrowed stays the network's */
    by_blocks.partition = "block";
    int status = volley_partition_create(&by_blocks, volley_comm_size(comm), &blocks);
    if (status == VOLLEY_OK)
        status = volley_layout_create(network, blocks, volley_comm_rank(comm), 1, &layout);
    if (status == VOLLEY_OK)
        status = VOLLEY_NEW(*parts, network->n_neurons + 1);
    int worst = volley_comm_worst(comm, status);
    if (worst == VOLLEY_OK)
        worst = volley_tables_create(comm, blocks, layout, simd, feed, context, &tables);
    if (worst == VOLLEY_OK) {
        worst = volley_comm_worst(comm, volley_wiring_draft(layout, tables, simd, &wiring));
    }
    if (worst == VOLLEY_OK)
        worst = make_graph(comm, blocks, wiring, &graph);
    volley_wiring_destroy(&wiring);
    volley_tables_destroy(&tables);
    if (worst == VOLLEY_OK)
        worst = cut(comm, blocks, &graph, *parts);
    volley_graph_free(&graph);
    volley_layout_destroy(&layout);
    volley_partition_destroy(&blocks);
    return worst;
}

bool volley_scotch_by_neurons(const volley_network *network) {
    if (network->partition_graph != VOLLEY_GRAPH_AUTO)
        return network->partition_graph == VOLLEY_GRAPH_NEURONS;
    double all = 0.0, structured = 0.0, most = (double)(INT64_C(1) << 29);
    for (int32_t p = 0; p < network->n_projections; p++) {
        double synapses = volley_expected_synapses(&network->projections[p]);
        all += synapses;
        structured += network->projections[p].rule->uniform ? 0.0 : synapses;
    }
    return all > 0.0 && all <= most && 2.0 * structured >= all;
}

int volley_scotch_partition(volley_comm *comm, const volley_network *network, int simd, volley_edge_feed feed,
                            void *context, volley_partition **partition, const char **by) {
    int ranks = volley_comm_size(comm), status;
    bool neurons = volley_scotch_by_neurons(network);
    uint32_t *parts = NULL;
    *partition = NULL;
    *by = neurons ? "neurons" : "populations";
    if (ranks == 1)
        status = VOLLEY_NEW(parts, network->n_neurons);
    else if (neurons)
        status = cut_neurons(comm, network, simd, feed, context, &parts);
    else
        status = volley_graph_populations(comm, network, &parts);
    if (status == VOLLEY_OK)
        status = volley_partition_from_parts(network, ranks, volley_comm_rank(comm), parts, (uint32_t)ranks,
                                             partition);
    free(parts);
    return status;
}
