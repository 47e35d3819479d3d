/* SPDX-License-Identifier: BSD-3-Clause */
/* The rows of every table hold the synapses that the generator draws, in canonical order: compared with an
 * eager sort by (source, delay, projection, target, k), for all storage classes and both forms of buckets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/memory.h"
#include "base/rng.h"
#include "wiring/buckets.h"
#include "wiring/edges.h"
#include "support/built.h"

#include <string.h>

typedef struct synapse {
    uint32_t source;
    uint16_t delay;
    int32_t projection;
    int64_t slot, k;
    double weight;
} synapse;

/* All edges of one table in one block, as drawn. */
typedef struct drawn {
    const test_built *built;
    volley_edge_target target;
    uint64_t weight_key, delay_key;
    synapse *all;
    size_t n, room;
} drawn;

static void begin(void *context, const volley_edge_target *target) {
    ((drawn *)context)->target = *target;
}

static int keep(void *context, int64_t first, int64_t n, const int64_t *sources) {
    static double weight[VOLLEY_CONNECT_PIECE];
    static uint16_t delay[VOLLEY_CONNECT_PIECE];
    static int64_t gid[VOLLEY_CONNECT_PIECE];
    drawn *d = context;
    const volley_wiring *wiring = d->built->wiring;
    int32_t p = d->target.projection;
    volley_edges_gids(wiring, p, n, sources, gid);
    TRY(volley_edges_delays(wiring, &d->target, d->delay_key, first, n, sources, delay));
    TRY(volley_edges_weights(wiring, &d->target, d->weight_key, first, n, sources, weight));
    TRY(VOLLEY_RESERVE(d->all, &d->room, d->n + (size_t)n));
    bool single = d->built->network->projections[p].weight_bytes == 4;
    for (int64_t i = 0; i < n; i++)
        d->all[d->n++] = (synapse){volley_source_map_local(&wiring->sources, (uint64_t)gid[i]),
                                   delay[i],
                                   p,
                                   d->target.slot,
                                   first + i,
                                   single ? (double)(float)weight[i] : weight[i]};
    return VOLLEY_OK;
}

#define ORDER(field)                                                                                         \
    if (x->field != y->field)                                                                                \
    return x->field < y->field ? -1 : 1
static int canonical(const void *a, const void *b) {
    const synapse *x = a, *y = b;
    ORDER(source);
    ORDER(delay);
    ORDER(projection);
    ORDER(slot);
    ORDER(k);
    return 0;
}

static void draw_table(drawn *d, int thread, const volley_block *block, int table) {
    const volley_network *network = d->built->network;
    for (int32_t p = 0; p < network->n_projections; p++) {
        if (d->built->wiring->table[p] != table)
            continue;
        d->weight_key = volley_rng_key(network->seed, VOLLEY_RNG_WEIGHT, (uint32_t)p);
        d->delay_key = volley_rng_key(network->seed, VOLLEY_RNG_DELAY, (uint32_t)p);
        test_require(volley_edges_walk(d->built->wiring, p, thread, block->first_target,
                                       block->first_target + block->n_targets, begin, keep, d));
    }
    if (d->n > 0)
        qsort(d->all, d->n, sizeof *d->all, canonical);
}

static double row_weight(const volley_wiring *wiring, const volley_rows *rows, int64_t run, size_t at) {
    if (rows->weight32 != NULL)
        return (double)rows->weight32[at];
    return rows->weight64 != NULL ? rows->weight64[at] : wiring->weights[rows->run_weight[run]];
}

static void check_table(const test_built *built, int thread, volley_block *block, int table) {
    drawn d = {.built = built};
    const volley_rows *rows = &block->tables[table];
    draw_table(&d, thread, block, table);
    assert_int_equal(rows->n_synapses, d.n);
    size_t at = 0;
    for (int64_t source = 0; rows->row_start != NULL && source < built->wiring->sources.n_sources; source++) {
        assert_int_equal(rows->row_start[source], at);
        for (int64_t run = rows->run_start[source]; run < rows->run_start[source + 1]; run++) {
            assert_true(rows->run_length[run] > 0);
            for (size_t end = at + rows->run_length[run]; at < end; at++) {
                assert_int_equal(d.all[at].source, source);
                assert_int_equal(d.all[at].delay, rows->run_delay[run]);
                assert_int_equal(d.all[at].slot, block->first_target + rows->target[at]);
                assert_true(d.all[at].weight == row_weight(built->wiring, rows, run, at));
            }
        }
        assert_int_equal(rows->row_start[source + 1], at);
    }
    assert_int_equal(at, d.n);
    free(d.all);
}

/* What the plans of a network's tables were. */
typedef struct plans {
    int wide, narrow, many_buckets, many_stretches, flat;
} plans;

static void note_plan(const test_built *built, int thread, volley_block *block, int table, plans *seen) {
    volley_buckets buckets;
    if (built->wiring->flat[table]) {
        seen->flat++;
        return;
    }
    test_require(volley_buckets_plan(built->wiring, thread, block, table, &buckets));
    for (int i = 0; i < buckets.n_families; i++) {
        const volley_family *family = &buckets.families[i];
        *(buckets.wide ? &seen->wide : &seen->narrow) += 1;
        seen->many_buckets += family->n_buckets > 2;
        seen->many_stretches += family->n_targets > 2 * (double)(1 << family->target_bits);
    }
    volley_buckets_free(&buckets);
}

static plans check(const char *text, int threads, int simd) {
    test_built built;
    plans seen = {0};
    test_build_text(&built, text, threads, simd);
    for (int t = 0; t < threads; t++)
        for (int64_t b = 0; b < built.wiring->synapses[t].n_blocks; b++) {
            volley_block *block = &built.wiring->synapses[t].blocks[b];
            for (int i = 0; i < block->n_tables; i++) {
                check_table(&built, t, block, i);
                note_plan(&built, t, block, i, &seen);
            }
        }
    test_built_free(&built);
    return seen;
}

/* Three populations whose projections share tables, every class and both receptors. */
static const char *const dense =
    "simulation: {duration: 1, seed: 5}\n"
    "populations:\n"
    "  A: {model: iaf_psc_exp, size: 310}\n  B: {model: iaf_psc_exp, size: 97}\n"
    "  C: {model: iaf_psc_exp, size: 450}\n"
    "projections:\n"
    "  ca: {source: C, target: A, connect: {rule: fixed_indegree, indegree: 200},\n"
    "       weight: {normal: {mean: 3, std: 1, min: 0}}, delay: {uniform: {low: 0.1, high: 100.0}}}\n"
    "  aa: {source: A, target: A, connect: {rule: fixed_total, number: 30000},\n"
    "       weight: {normal: {mean: 2, std: 1, min: 0}}, delay: {normal: {mean: 1.5, std: 0.7, min: 0.05}}}\n"
    "  ab: {source: {population: A, neurons: {every: 3}}, target: B, weight_precision: float64,\n"
    "       connect: {rule: bernoulli, p: 0.4}, weight: {lognormal: {mean: 3, std: 5}}, delay: 2.5}\n"
    "  cb: {source: C, target: B, weight_precision: float64, connect: {rule: all_to_all},\n"
    "       weight: 1.25, delay: {uniform: {low: 0.5, high: 9.0}}, plasticity: {rule: stdp}}\n"
    "  ba: {source: B, target: A, connect: {rule: fixed_indegree, indegree: 40}, weight: -1,\n"
    "       delay: {uniform: {low: 1.0, high: 1.6}}}\n"
    "  ca2: {source: C, target: A, connect: {rule: fixed_indegree, indegree: 70}, weight: -2,\n"
    "        delay: {uniform: {low: 1.0, high: 1.6}}}\n"
    "  ca3: {source: C, target: {population: A, neurons: {range: [20, 200]}}, weight: -1,\n"
    "        connect: {rule: fixed_outdegree, outdegree: 60}, delay: {uniform: {low: 1.0, high: 1.6}}}\n";

/* Few synapses and many delays. */
static const char *const sparse =
    "simulation: {duration: 1, seed: 6}\n"
    "populations:\n"
    "  A: {model: iaf_psc_exp, size: 700}\n  B: {model: iaf_psc_exp, size: 300}\n"
    "projections:\n"
    "  ab: {source: A, target: B, connect: {rule: fixed_indegree, indegree: 2},\n"
    "       weight: {normal: {mean: 3, std: 1, min: 0}}, delay: {uniform: {low: 0.1, high: 300.0}}}\n"
    "  bb: {source: B, target: B, connect: {rule: fixed_indegree, indegree: 3},\n"
    "       weight: {normal: {mean: 3, std: 1, min: 0}}, delay: {uniform: {low: 0.1, high: 6000.0}}}\n"
    "  ba: {source: B, target: A, connect: {rule: fixed_indegree, indegree: 1}, weight: -1,\n"
    "       delay: {uniform: {low: 0.1, high: 300.0}}}\n"
    "  aa: {source: A, target: A, connect: {rule: one_to_one}, weight: -2,\n"
    "       delay: {uniform: {low: 0.1, high: 300.0}}}\n"
    "  wide: {source: B, target: A, connect: {rule: fixed_indegree, indegree: 1}, weight_precision: "
    "float64,\n"
    "         weight: {uniform: {low: 1, high: 2}}, delay: {uniform: {low: 0.1, high: 300.0}}}\n";

/* More targets than a block holds. */
static const char *const large =
    "simulation: {duration: 1, seed: 7}\n"
    "populations:\n"
    "  A: {model: iaf_psc_exp, size: 64}\n  B: {model: iaf_psc_exp, size: 70000}\n"
    "projections:\n"
    "  ab: {source: A, target: B, connect: {rule: fixed_indegree, indegree: 5},\n"
    "       weight: {normal: {mean: 3, std: 1, min: 0}}, delay: {uniform: {low: 0.1, high: 0.8}}}\n"
    "  one: {source: {population: A, neurons: {range: [3, 4]}}, target: B, connect: {rule: all_to_all},\n"
    "        weight: -1, delay: 1}\n";

/* Most threads have targets of the projection, but no synapse. */
static const char *const empty =
    "simulation: {duration: 1, seed: 8}\n"
    "populations:\n"
    "  A: {model: iaf_psc_exp, size: 100}\n"
    "projections:\n"
    "  aa: {source: A, target: A, connect: {rule: list, edges: [[5, 20], [7, 20]]},\n"
    "       weight: {normal: {mean: 3, std: 1, min: 0}}, delay: {uniform: {low: 0.1, high: 0.8}}}\n";

static void test_dense(void **state) {
    (void)state;
    int best;
    test_require(volley_simd_level(&best));
    for (int simd = 0; simd <= best; simd++) {
        plans seen = check(dense, 1, simd);
        assert_true(seen.narrow > 0 && seen.many_buckets > 0 && seen.many_stretches > 0);
        check(dense, 3, simd);
    }
}

static void test_sparse(void **state) {
    (void)state;
    plans seen = check(sparse, 1, 0);
    assert_true(seen.wide > 0 && seen.many_buckets > 0);
    check(sparse, 4, 0);
}

static void test_large(void **state) {
    (void)state;
    plans seen = check(large, 1, 0);
    assert_true(seen.narrow > 0 && seen.flat > 0);
}

static void test_empty(void **state) {
    (void)state;
    check(empty, 4, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dense),
        cmocka_unit_test(test_sparse),
        cmocka_unit_test(test_large),
        cmocka_unit_test(test_empty),
    };
    volley_memory_init();
    return cmocka_run_group_tests_name("rows", tests, NULL, NULL);
}
