/* SPDX-License-Identifier: BSD-3-Clause */
/* Computes the expected synapses, rows, runs and events of a rank from the description. */
#include "forecast/expectation.h"
#include "base/memory.h"
#include "base/status.h"
#include "wiring/buckets.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Storage class of a projection; whether its constant weight gets an index of its own does not matter here.
 */
static int class_of(const volley_projection *projection) {
    if (projection->weight.kind == VOLLEY_CONSTANT && projection->plasticity.rule == NULL)
        return VOLLEY_CLASS_CONSTANT;
    return projection->weight_bytes == 4 ? VOLLEY_CLASS_FLOAT32 : VOLLEY_CLASS_FLOAT64;
}

/* Projections that share rows: of one table and source population, in the constant class also of one weight.
 */
typedef struct member {
    int table;
    int32_t population;
    double weight;
    int32_t projection;
} member;

static int by_row(const void *a, const void *b) {
    const member *x = a, *y = b;
    if (x->table != y->table)
        return x->table < y->table ? -1 : 1;
    if (x->population != y->population)
        return x->population < y->population ? -1 : 1;
    if (x->weight != y->weight)
        return x->weight < y->weight ? -1 : 1;
    return (x->projection > y->projection) - (x->projection < y->projection);
}

static void set_rates(const volley_network *network, const double *rate, volley_expected *e) {
    for (int32_t p = 0; p < network->n_populations; p++) {
        double known = rate != NULL && isfinite(rate[p]) ? rate[p] : volley_known_rate(network, p);
        e->assumed |= !isfinite(known);
        e->rate[p] = isfinite(known) ? known : VOLLEY_ASSUMED_RATE;
        e->spikes += e->rate[p] * (double)network->populations[p].size;
    }
}

/* A table is flat when all its projections have the same constant delay and weight. */
static void join_table(const volley_network *network, const volley_projection *projection, int32_t *first,
                       volley_expected_table *table) {
    bool constant = projection->weight.kind == VOLLEY_CONSTANT && projection->delay.kind == VOLLEY_CONSTANT;
    if (*first < 0) {
        *first = (int32_t)(projection - network->projections);
        table->flat = constant;
        return;
    }
    const volley_projection *other = &network->projections[*first];
    table->flat = table->flat && constant && other->weight.a == projection->weight.a &&
                  other->delay.a == projection->delay.a;
}

static int make_tables(const volley_network *network, member *members, volley_expected *e) {
    int n_plastic = 0, receptors = volley_network_receptors(network), plastic = VOLLEY_CLASSES * receptors;
    for (int32_t p = 0; p < network->n_projections; p++)
        n_plastic += network->projections[p].plasticity.rule != NULL;
    e->n_tables = plastic + n_plastic;
    TRY(VOLLEY_NEW(e->table, e->n_tables));
    TRY(VOLLEY_NEW(e->table_of, network->n_projections));
    int32_t *first;
    TRY(VOLLEY_NEW(first, e->n_tables));
    for (int t = 0; t < e->n_tables; t++) {
        first[t] = -1;
        e->table[t].projection = -1;
        e->table[t].class = t / receptors; /* of static tables */
    }
    for (int32_t p = 0; p < network->n_projections; p++) {
        const volley_projection *projection = &network->projections[p];
        int class = class_of(projection), t = class * receptors + projection->receptor;
        if (projection->plasticity.rule != NULL) {
            t = plastic++;
            e->table[t].projection = p;
            e->table[t].class = class;
        }
        e->table_of[p] = t;
        join_table(network, projection, &first[t], &e->table[t]);
        members[p] = (member){t, projection->source.population, 0.0, p};
        if (class == VOLLEY_CLASS_CONSTANT)
            members[p].weight = projection->weight.a;
    }
    free(first);
    return VOLLEY_OK;
}

/* Synapses of one projection in a row of one block. */
static double per_row(const volley_projection *projection, const volley_expected *e) {
    double sources = (double)projection->source.count;
    return sources > 0 ? volley_expected_synapses(projection) / e->ranks / e->blocks / sources : 0.0;
}

/* Expected runs in a row of one block that these projections share: the delays that occur in it. */
static double runs_of_row(const volley_network *network, const member *members, int n,
                          const volley_expected *e) {
    int64_t low = INT64_MAX, high = 0;
    for (int i = 0; i < n; i++) {
        int64_t from, to;
        volley_delay_bounds(&network->projections[members[i].projection].delay, &from, &to);
        low = from < low ? from : low;
        high = to > high ? to : high;
    }
    double runs = 0.0;
    for (int64_t d = low; d <= high; d++) {
        double mean = 0.0;
        for (int i = 0; i < n; i++) {
            const volley_projection *projection = &network->projections[members[i].projection];
            double from = d <= 1 ? -INFINITY : (double)d - 0.5;
            mean +=
                per_row(projection, e) * volley_distribution_share(&projection->delay, from, (double)d + 0.5);
        }
        /* all sources have about the same number where it is large, so it is split evenly */
        runs += -expm1(-mean) + fmax(0.0, mean / VOLLEY_RUN_MAX - 1.0);
    }
    return runs;
}

/* Bytes beside the columns while the synapses of these projections are filled in, in all blocks. */
static double ends_of_group(const volley_network *network, const member *members, int n,
                            const volley_expected *e) {
    volley_family family = {.low_delay = INT64_MAX};
    for (int i = 0; i < n; i++) {
        const volley_projection *projection = &network->projections[members[i].projection];
        int64_t from, to;
        volley_delay_bounds(&projection->delay, &from, &to);
        family.low_delay = from < family.low_delay ? from : family.low_delay;
        family.high_delay = to > family.high_delay ? to : family.high_delay;
        family.expected += volley_expected_synapses(projection) / e->ranks / e->blocks;
        family.n_targets += (double)projection->target.count / e->ranks / e->blocks;
        family.n_sources =
            (uint32_t)fmax(family.n_sources, fmin((double)projection->source.count, UINT32_MAX));
    }
    volley_buckets_divide(&family);
    return volley_buckets_ends(&family) * e->blocks;
}

static void add_group(const volley_network *network, const member *members, int n, volley_expected *e) {
    volley_expected_table *table = &e->table[members->table];
    double rate = e->rate[members->population], sources = 0.0;
    for (int i = 0; i < n; i++) {
        const volley_projection *projection = &network->projections[members[i].projection];
        double synapses = volley_expected_synapses(projection) / e->ranks;
        table->synapses += synapses;
        table->events += synapses * rate;
        e->synapses += synapses;
        if (table->projection >= 0)
            e->plastic += synapses;
        sources = fmax(sources, (double)projection->source.count);
    }
    double runs = sources * e->blocks * runs_of_row(network, members, n, e);
    table->runs += runs;
    table->ends += ends_of_group(network, members, n, e);
    table->runs_handled += runs * rate;
}

/* Neurons of each population that have synapses on a rank; where there are two synapses or more for each
 * source, all are marked (wiring/synapses.c). */
static int find_sources(const volley_network *network, volley_expected *e) {
    double *missing; /* share of a population without synapses here */
    TRY(VOLLEY_NEW(missing, network->n_populations));
    for (int32_t p = 0; p < network->n_populations; p++)
        missing[p] = 1.0;
    for (int32_t p = 0; p < network->n_projections; p++) {
        const volley_projection *projection = &network->projections[p];
        double sources = (double)projection->source.count, size;
        if (sources <= 0)
            continue;
        size = (double)network->populations[projection->source.population].size;
        double synapses = volley_expected_synapses(projection) / e->ranks;
        double marked = synapses >= 2.0 * sources ? 1.0 : -expm1(-synapses / sources);
        missing[projection->source.population] *= 1.0 - marked * sources / size;
    }
    double looked_up = 0.0;
    for (int32_t p = 0; p < network->n_populations; p++) {
        double here = (1.0 - missing[p]) * (double)network->populations[p].size;
        e->sources += here;
        looked_up += here * e->rate[p];
    }
    free(missing);
    for (int t = 0; t < e->n_tables; t++)
        if (e->table[t].synapses > 0)
            e->rows_pushed += looked_up * e->blocks;
    return VOLLEY_OK;
}

int volley_expect(const volley_network *network, const double *rate, int ranks, int threads,
                  volley_expected *e) {
    *e = (volley_expected){.ranks = ranks, .threads = threads};
    e->neurons = (double)network->n_neurons / ranks;
    e->blocks = threads * fmax(1.0, ceil(e->neurons / threads / VOLLEY_BLOCK_TARGETS));
    TRY(VOLLEY_NEW(e->rate, network->n_populations));
    set_rates(network, rate, e);
    member *members;
    TRY(VOLLEY_NEW(members, network->n_projections));
    int status = make_tables(network, members, e);
    if (status == VOLLEY_OK) {
        if (network->n_projections > 0)
            qsort(members, (size_t)network->n_projections, sizeof *members, by_row);
        for (int32_t p = 0, n; p < network->n_projections; p += n) {
            for (n = 1; p + n < network->n_projections; n++)
                if (members[p].table != members[p + n].table ||
                    members[p].population != members[p + n].population ||
                    members[p].weight != members[p + n].weight)
                    break;
            add_group(network, members + p, n, e);
        }
        status = find_sources(network, e);
    }
    free(members);
    return status;
}

void volley_expected_free(volley_expected *e) {
    free(e->rate);
    free(e->table);
    free(e->table_of);
    *e = (volley_expected){0};
}
