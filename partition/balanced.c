/* SPDX-License-Identifier: BSD-3-Clause */
/* Every population is cut into one slice per rank, all of the same expected work. What is left over by whole
 * numbers goes to the ranks with the least work so far, so that many small populations do not burden the same
 * ranks. */
#include "partition/partition_impl.h"

#include "base/memory.h"
#include "base/status.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

/* From neuron `start` of the population on, each neuron costs `change` more than the ones before. */
typedef struct step_up {
    int64_t start;
    double change;
} step_up;

typedef struct rank_load {
    double cost;
    int64_t neurons;
    int rank;
} rank_load;

typedef struct balance {
    const volley_network *network;
    volley_partition *partition;
    int ranks;
    rank_load *loads; /* [ranks], by rank */
    rank_load *order; /* [ranks], least load first */
    step_up *steps;   /* [2 n_projections + 2]: the cost along one population, then an end mark */
    int64_t n_steps;
    int32_t *populations; /* the most expensive neurons first: cheap ones fill gaps more finely */
    double *neuron_cost;  /* [n_populations], mean */
} balance;

static int by_start(const void *a, const void *b) {
    const step_up *x = a, *y = b;
    return (x->start > y->start) - (x->start < y->start);
}

static int by_load(const void *a, const void *b) {
    const rank_load *x = a, *y = b;
    if (x->cost != y->cost)
        return x->cost < y->cost ? -1 : 1;
    if (x->neurons != y->neurons)
        return x->neurons < y->neurons ? -1 : 1;
    return (x->rank > y->rank) - (x->rank < y->rank);
}

/* Turns the changes into sums, joining those at the same neuron: afterwards `change` is the cost of one
 * neuron from `start` up to the next entry. */
static void add_up(balance *b, int64_t n, int64_t size) {
    qsort(b->steps, (size_t)n, sizeof *b->steps, by_start);
    double cost = 0.0;
    int64_t kept = -1;
    for (int64_t i = 0; i < n && b->steps[i].start < size; i++) {
        cost += b->steps[i].change;
        if (kept < 0 || b->steps[i].start > b->steps[kept].start)
            kept++;
        b->steps[kept] = (step_up){b->steps[i].start, cost};
    }
    b->n_steps = kept + 1;
    b->steps[b->n_steps] = (step_up){size, 0.0};
}

/* The cost along one population. A subset that is not a range counts with its mean over the range it spans.
 */
static void find_costs(balance *b, int32_t population) {
    const volley_network *network = b->network;
    const volley_population *found = &network->populations[population];
    int64_t n = 0;
    b->steps[n++] = (step_up){0, found->model->relative_cost};
    for (int32_t i = 0; i < network->n_projections; i++) {
        const volley_subset *target = &network->projections[i].target;
        if (target->population != population || target->count < 1)
            continue;
        int64_t first = volley_subset_at(target, 0), last = volley_subset_at(target, target->count - 1);
        double cost = volley_partition_input_cost(network, &network->projections[i]);
        double mean = cost * ((double)target->count / (double)(last - first + 1));
        b->steps[n++] = (step_up){first, mean};
        b->steps[n++] = (step_up){last + 1, -mean};
    }
    add_up(b, n, found->size);
}

/* Expected work of the neurons [begin, end) of the population in b->steps. */
static double cost_between(const balance *b, int64_t begin, int64_t end) {
    double cost = 0.0;
    for (int64_t i = 0; i < b->n_steps; i++) {
        int64_t from = b->steps[i].start > begin ? b->steps[i].start : begin;
        int64_t to = b->steps[i + 1].start < end ? b->steps[i + 1].start : end;
        if (to > from)
            cost += b->steps[i].change * (double)(to - from);
    }
    return cost;
}

/* Where the work of the neurons before reaches `goal`, as a fraction of neurons. */
static double reach(const balance *b, double goal) {
    double before = 0.0;
    for (int64_t i = 0; i < b->n_steps; i++) {
        double length = (double)(b->steps[i + 1].start - b->steps[i].start);
        double cost = b->steps[i].change * length;
        if (cost > 0.0 && before + cost >= goal)
            return (double)b->steps[i].start + length * ((goal - before) / cost);
        before += cost;
    }
    return (double)b->steps[b->n_steps].start;
}

static bool costs_are_equal(const balance *b) {
    for (int64_t i = 1; i < b->n_steps; i++)
        if (fabs(b->steps[i].change - b->steps[0].change) > 1e-9 * fabs(b->steps[0].change))
            return false;
    return true;
}

static void give(balance *b, int32_t population, int rank, int64_t begin, int64_t end) {
    volley_slice *row = volley_partition_row(b->partition, population);
    row[rank] = (volley_slice){.start = begin, .stride = 1, .count = end - begin};
    b->loads[rank].cost += cost_between(b, begin, end);
    b->loads[rank].neurons += end - begin;
}

/* Equal neurons: the counts of the ranks differ by one at most, the larger ones going to the least loaded
 * ranks. */
static void cut_equal(balance *b, int32_t population, int64_t size) {
    int64_t each = size / b->ranks, more = size % b->ranks;
    volley_slice *row = volley_partition_row(b->partition, population);
    for (int r = 0; r < b->ranks; r++) {
        b->order[r] = b->loads[r];
        row[r].count = each;
    }
    if (more > 0)
        qsort(b->order, (size_t)b->ranks, sizeof *b->order, by_load);
    for (int64_t i = 0; i < more; i++)
        row[b->order[i].rank].count++;
    int64_t begin = 0;
    for (int r = 0; r < b->ranks; r++) {
        int64_t end = begin + row[r].count;
        give(b, population, r, begin, end);
        begin = end;
    }
}

/* Unequal neurons: every cut lies next to where equal work wants it, on the side that evens out the loads. */
static void cut_unequal(balance *b, int32_t population, int64_t size) {
    double total = cost_between(b, 0, size), goal = total;
    for (int r = 0; r < b->ranks; r++)
        goal += b->loads[r].cost;
    goal /= b->ranks;
    int64_t begin = 0;
    for (int r = 0; r < b->ranks; r++) {
        double wanted = r + 1 == b->ranks ? (double)size : reach(b, total * (r + 1) / b->ranks);
        int64_t low = (int64_t)floor(wanted), high = (int64_t)ceil(wanted);
        low = low < begin ? begin : low > size ? size : low;
        high = high < low ? low : high > size ? size : high;
        double with_low = b->loads[r].cost + cost_between(b, begin, low) - goal;
        double with_high = b->loads[r].cost + cost_between(b, begin, high) - goal;
        int64_t end = fabs(with_high) < fabs(with_low) ? high : low;
        give(b, population, r, begin, end);
        begin = end;
    }
}

/* Populations by descending cost of a neuron; insertion sort keeps the config's order among equal ones. */
static void order_populations(balance *b) {
    for (int32_t p = 0; p < b->network->n_populations; p++) {
        int64_t size = b->network->populations[p].size;
        find_costs(b, p);
        b->neuron_cost[p] = size > 0 ? cost_between(b, 0, size) / (double)size : 0.0;
        int32_t at = p;
        for (; at > 0 && b->neuron_cost[b->populations[at - 1]] < b->neuron_cost[p]; at--)
            b->populations[at] = b->populations[at - 1];
        b->populations[at] = p;
    }
}

static void cut_populations(balance *b) {
    for (int r = 0; r < b->ranks; r++)
        b->loads[r] = (rank_load){.cost = 0.0, .neurons = 0, .rank = r};
    order_populations(b);
    for (int32_t i = 0; i < b->network->n_populations; i++) {
        int32_t p = b->populations[i];
        find_costs(b, p);
        if (costs_are_equal(b))
            cut_equal(b, p, b->network->populations[p].size);
        else
            cut_unequal(b, p, b->network->populations[p].size);
    }
}

static int allocate(balance *b) {
    TRY(VOLLEY_NEW(b->loads, b->ranks));
    TRY(VOLLEY_NEW(b->order, b->ranks));
    TRY(VOLLEY_NEW(b->steps, 2 * (int64_t)b->network->n_projections + 2));
    TRY(VOLLEY_NEW(b->populations, b->network->n_populations));
    return VOLLEY_NEW(b->neuron_cost, b->network->n_populations);
}

static int make(const volley_network *network, int ranks, volley_partition *partition) {
    balance b = {.network = network, .partition = partition, .ranks = ranks};
    int code = allocate(&b);
    if (code == VOLLEY_OK)
        cut_populations(&b);
    free(b.loads);
    free(b.order);
    free(b.steps);
    free(b.populations);
    free(b.neuron_cost);
    return code;
}

extern const volley_partition_method volley_partition_balanced;
const volley_partition_method volley_partition_balanced = {
    .name = "balanced",
    .meaning = "every population cut into slices of equal expected work, one per rank",
    .make = make,
    .contiguous = true,
};
