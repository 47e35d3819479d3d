/* SPDX-License-Identifier: BSD-3-Clause */
/* The graph of populations and projections. Its vertices are pieces of consecutive neurons of one population,
 * each a small share of a rank's work, and every rank holds an equal number of them. */
#include "base/memory.h"
#include "base/special.h"
#include "base/status.h"
#include "partition/graph.h"
#include "partition/partition_impl.h"

#include <math.h>
#include <stdlib.h>

/* Pieces that make up the work of one rank, where populations are large enough. */
enum { PIECES = 8 };

typedef struct pieces {
    const volley_network *network;
    int64_t *first;     /* [n_populations + 1]: number of the first piece of a population */
    double *population; /* [n_populations]: cost */
    int64_t total;
} pieces;

static int32_t population_of(const pieces *s, int64_t piece) {
    int32_t p = 0;
    while (piece >= s->first[p + 1])
        p++;
    return p;
}

/* Neurons [begin, end) of its population. */
static void bounds(const pieces *s, int32_t p, int64_t piece, int64_t *begin, int64_t *end) {
    int64_t n = s->first[p + 1] - s->first[p], i = piece - s->first[p],
            size = s->network->populations[p].size;
    *begin = (int64_t)((unsigned __int128)size * (uint64_t)i / (uint64_t)n);
    *end = (int64_t)((unsigned __int128)size * (uint64_t)(i + 1) / (uint64_t)n);
}

/* Position of the first neuron of the subset that is not below `index`. */
static int64_t position_of(const volley_subset *subset, int64_t index) {
    int64_t low = 0, high = subset->count;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (volley_subset_at(subset, middle) < index)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Positions [*from, *to) of a subset that lie in the piece; 0 of a subset of another population. */
static int64_t overlap(const pieces *s, const volley_subset *subset, int32_t p, int64_t piece, int64_t *from,
                       int64_t *to) {
    int64_t begin, end;
    *from = *to = 0;
    if (subset->population != p)
        return 0;
    bounds(s, p, piece, &begin, &end);
    *from = position_of(subset, begin);
    *to = position_of(subset, end);
    return *to - *from;
}

static double cost_of(const pieces *s, int32_t p, int64_t piece) {
    int64_t begin, end, from, to;
    bounds(s, p, piece, &begin, &end);
    double cost = s->network->populations[p].model->relative_cost * (double)(end - begin);
    for (int32_t i = 0; i < s->network->n_projections; i++) {
        const volley_projection *projection = &s->network->projections[i];
        if (projection->target.population == p)
            cost += volley_partition_input_cost(s->network, projection) *
                    (double)overlap(s, &projection->target, p, piece, &from, &to);
    }
    return cost;
}

/* Cuts populations so that no piece is more than a small share of a rank's work. */
static int cut_populations(pieces *s, int ranks) {
    const volley_network *network = s->network;
    double total = 0.0;
    TRY(VOLLEY_NEW(s->first, network->n_populations + 1));
    TRY(VOLLEY_NEW(s->population, network->n_populations));
    for (int32_t p = 0; p < network->n_populations; p++)
        s->first[p + 1] = p + 1; /* whole populations, for their cost */
    for (int32_t p = 0; p < network->n_populations; p++)
        total += s->population[p] = cost_of(s, p, p);
    for (int32_t p = 0; p < network->n_populations; p++) {
        double wanted = ceil(s->population[p] / total * ranks * PIECES);
        int64_t n = wanted > 1.0 ? (int64_t)wanted : 1, size = network->populations[p].size;
        n = n < size ? n : size;
        s->first[p + 1] = s->first[p] + n; /* none of an empty one */
    }
    s->total = s->first[network->n_populations];
    return VOLLEY_OK;
}

/* Whole numbers of 1/1024 spikes per second, so that both ends of an edge come to the same sum. */
#define UNIT 1024.0

/* Spikes per second, in units, of source piece a that target piece b is expected to need, by one projection.
 */
static double needed(const pieces *s, const volley_projection *p, int32_t pa, int64_t a, int32_t pb,
                     int64_t b) {
    int64_t a_from, a_to, b_from, b_to;
    double sources = (double)overlap(s, &p->source, pa, a, &a_from, &a_to);
    double targets = (double)overlap(s, &p->target, pb, b, &b_from, &b_to);
    if (sources < 1.0 || targets < 1.0)
        return 0.0;
    double rate = volley_partition_expected_rate(s->network, pa);
    volley_connect_spec spec = volley_projection_spec(p);
    if (p->rule->pairs_positions && p->partner != NULL) {
        int64_t pairs = 0;
        for (int64_t t = b_from; t < b_to; t++)
            pairs += p->partner[t] >= a_from && p->partner[t] < a_to;
        return floor(rate * (double)pairs * UNIT);
    }
    if (p->rule->pairs_positions) {
        int64_t low = a_from > b_from ? a_from : b_from, high = a_to < b_to ? a_to : b_to;
        return high > low ? floor(rate * (double)(high - low) * UNIT) : 0.0;
    }
    double synapses = p->rule->mean_indegree(&spec) * targets / (double)p->source.count; /* of one source */
    return floor(rate * sources * -volley_expm1(-synapses) * UNIT);
}

/* Adds what one projection asks between piece v and all others to weight[]. */
static void add_projection(const pieces *s, const volley_projection *p, int32_t pv, int64_t v,
                           double *weight) {
    int32_t sources = p->source.population, targets = p->target.population;
    for (int64_t u = s->first[targets]; sources == pv && u < s->first[targets + 1]; u++)
        weight[u] += needed(s, p, pv, v, targets, u);
    for (int64_t u = s->first[sources]; targets == pv && u < s->first[sources + 1]; u++)
        weight[u] += needed(s, p, sources, u, pv, v);
}

static int add_vertex(const pieces *s, int64_t v, double *weight, volley_graph *graph, size_t *capacities) {
    int32_t p = population_of(s, v);
    int64_t at = graph->start[v - graph->first];
    for (int64_t u = 0; u < s->total; u++)
        weight[u] = 0.0;
    for (int32_t i = 0; i < s->network->n_projections; i++)
        add_projection(s, &s->network->projections[i], p, v, weight);
    for (int64_t u = 0; u < s->total; u++) {
        if (u == v || weight[u] <= 0.0)
            continue;
        TRY(VOLLEY_RESERVE(graph->neighbour, &capacities[0], at + 1));
        TRY(VOLLEY_RESERVE(graph->weight, &capacities[1], at + 1));
        graph->neighbour[at] = u;
        graph->weight[at++] = weight[u];
    }
    graph->start[v - graph->first + 1] = at;
    graph->cost[v - graph->first] = cost_of(s, p, v);
    return VOLLEY_OK;
}

static int build(const pieces *s, int rank, int ranks, volley_graph *graph) {
    size_t capacities[2] = {0, 0};
    double *weight;
    graph->total = s->total;
    graph->first = s->total * rank / ranks;
    graph->n = s->total * (rank + 1) / ranks - graph->first;
    TRY(VOLLEY_NEW(graph->start, graph->n + 1));
    TRY(VOLLEY_NEW(graph->cost, graph->n));
    TRY(VOLLEY_NEW(weight, s->total));
    int status = VOLLEY_OK;
    for (int64_t i = 0; status == VOLLEY_OK && i < graph->n; i++)
        status = add_vertex(s, graph->first + i, weight, graph, capacities);
    free(weight);
    return status;
}

/* Collective. The parts of all pieces, then of their neurons. */
static int spread(volley_comm *comm, const pieces *s, const volley_graph *graph, uint32_t *piece_parts,
                  uint64_t *start, uint32_t *parts) {
    int ranks = volley_comm_size(comm);
    ASSERT(piece_parts && start && parts);
    TRY(volley_graph_cut(comm, graph, piece_parts + graph->first));
    for (int r = 0; r <= ranks; r++)
        start[r] = (uint64_t)(s->total * r / ranks) * sizeof *piece_parts;
    volley_comm_gather_bytes(comm, piece_parts, start, UINT64_MAX);
    for (int32_t p = 0; p < s->network->n_populations; p++)
        for (int64_t v = s->first[p]; v < s->first[p + 1]; v++) {
            int64_t begin, end;
            bounds(s, p, v, &begin, &end);
            for (int64_t i = begin; i < end; i++)
                parts[s->network->populations[p].first_gid + i] = piece_parts[v];
        }
    return VOLLEY_OK;
}

static int prepare(const volley_comm *comm, pieces *s, volley_graph *graph, uint32_t **piece_parts,
                   uint64_t **start, uint32_t **parts) {
    int rank = volley_comm_rank(comm), ranks = volley_comm_size(comm);
    TRY(cut_populations(s, ranks));
    TRY(build(s, rank, ranks, graph));
    TRY(VOLLEY_NEW(*piece_parts, s->total + 1));
    TRY(VOLLEY_NEW(*start, ranks + 1));
    return VOLLEY_NEW(*parts, s->network->n_neurons + 1);
}

int volley_graph_populations(volley_comm *comm, const volley_network *network, uint32_t **parts) {
    pieces s = {.network = network};
    volley_graph graph = {0};
    uint32_t *piece_parts = NULL;
    uint64_t *start = NULL;
    *parts = NULL;
    int worst = volley_comm_worst(comm, prepare(comm, &s, &graph, &piece_parts, &start, parts));
    ASSERT(worst != VOLLEY_OK || (piece_parts && start && *parts));
    if (worst == VOLLEY_OK)
        worst = spread(comm, &s, &graph, piece_parts, start, *parts);
    volley_graph_free(&graph);
    free(piece_parts);
    free(start);
    free(s.first);
    free(s.population);
    if (worst != VOLLEY_OK) {
        free(*parts);
        *parts = NULL;
    }
    return worst;
}
