/* SPDX-License-Identifier: BSD-3-Clause */
/* What the connection rules and distributions promise, on the rows that the engine runs with. All seeds are
 * fixed; the bounds are those of support/statistics.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/rng.h"
#include "net/draw.h"
#include "support/edges.h"
#include "support/statistics.h"

#include <string.h>

enum { N_A = 400, N_B = 250, TEXT = 100000 };

/* Two populations and the projections given; gids of A are 0 .. N_A - 1, of B follow. */
static test_edges build(test_built *b, const char *projections) {
    static char text[TEXT];
    snprintf(text, sizeof text,
             "simulation: {dt: 0.1, duration: 1.0, seed: 4711}\n"
             "populations:\n"
             "  A: {model: iaf_psc_exp, size: %d}\n"
             "  B: {model: iaf_psc_delta, size: %d}\n"
             "projections:\n%s",
             N_A, N_B, projections);
    test_build_text(b, text, 2, VOLLEY_SIMD_PLAIN);
    test_edges all = test_collect(b);
    assert_true(all.sorted);
    return all;
}

static void release(test_built *b, test_edges *all) {
    test_edges_free(all);
    test_built_free(b);
}

/* Synapses by target, by source and by pair (pair[target * N_A + source], targets from first_target on). */
typedef struct tally {
    double target[N_A], source[N_A];
    int pair[N_A * N_A], twice, self;
} tally;

static tally *count(const test_edges *all, int64_t first_target) {
    tally *t = calloc(1, sizeof *t);
    for (int64_t i = 0; i < all->n; i++) {
        int64_t target = all->edge[i].target - first_target, source = all->edge[i].source;
        assert_true(target >= 0 && target < N_A && source >= 0 && source < N_A);
        t->target[target]++;
        t->source[source]++;
        t->twice += t->pair[target * N_A + source]++ > 0;
        t->self += all->edge[i].source == all->edge[i].target;
    }
    return t;
}

/* Synapses per source are uniform. `share` is the variance of one target's choice relative to drawing with
 * replacement. */
static void assert_uniform_sources(const tally *t, int64_t edges, double share) {
    double value = 0, mean = (double)edges / N_A;
    for (int s = 0; s < N_A; s++)
        value += (t->source[s] - mean) * (t->source[s] - mean) / (mean * share);
    assert_normal(test_chi_square_z(value, N_A - 1));
}

static void test_fixed_indegree(void **state) {
    (void)state;
    enum { DEGREE = 60 };
    test_built b;
    test_edges all = build(
        &b,
        "  p: {source: A, target: B, connect: {rule: fixed_indegree, indegree: 60}, weight: 1, delay: 1}\n");
    assert_true(all.n == DEGREE * N_B);
    tally *t = count(&all, N_A);
    for (int i = 0; i < N_B; i++)
        assert_true(t->target[i] == DEGREE);
    assert_uniform_sources(t, all.n, 1.0);
    /* second and further synapses of a pair: the cells left out by throwing DEGREE balls on N_A cells */
    double empty = pow(1.0 - 1.0 / N_A, DEGREE), two = pow(1.0 - 2.0 / N_A, DEGREE);
    double mean = N_B * (DEGREE - N_A * (1.0 - empty));
    double variance = N_B * (N_A * empty + (double)N_A * (N_A - 1) * two - (double)N_A * N_A * empty * empty);
    assert_normal((t->twice - mean) / sqrt(variance));
    free(t);
    release(&b, &all);
}

static void test_refused(void **state) {
    (void)state;
    test_built b;
    test_edges all = build(&b, "  p: {source: A, target: A, connect: {rule: fixed_indegree, indegree: 60, "
                               "autapses: false, multapses: false},"
                               " weight: 1, delay: 1}\n");
    assert_true(all.n == 60 * N_A);
    tally *t = count(&all, 0);
    assert_int_equal(t->twice, 0);
    assert_int_equal(t->self, 0);
    for (int i = 0; i < N_A; i++)
        assert_true(t->target[i] == 60);
    assert_uniform_sources(t, all.n, 1.0 - 60.0 / (N_A - 1));
    free(t);
    release(&b, &all);
    /* every other neuron, and no choice left */
    all = build(&b, "  p: {source: A, target: A, connect: {rule: fixed_indegree, indegree: 399, autapses: "
                    "false, multapses: false},"
                    " weight: 1, delay: 1}\n");
    t = count(&all, 0);
    assert_true(all.n == (int64_t)N_A * (N_A - 1) && t->twice == 0 && t->self == 0);
    free(t);
    release(&b, &all);
    /* autapses refused alone, and neither */
    all = build(&b, "  p: {source: A, target: A, connect: {rule: fixed_indegree, indegree: 60, autapses: "
                    "false}, weight: 1, delay: 1}\n");
    t = count(&all, 0);
    assert_true(t->self == 0 && t->twice > 0);
    assert_uniform_sources(t, all.n, 1.0);
    free(t);
    release(&b, &all);
    all = build(
        &b,
        "  p: {source: A, target: A, connect: {rule: fixed_indegree, indegree: 60}, weight: 1, delay: 1}\n");
    t = count(&all, 0);
    assert_normal((t->self - 60.0) / sqrt(60.0));
    free(t);
    release(&b, &all);
}

/* Synapses per target are uniform. `share`: as above, of one source's choice. */
static void assert_uniform_targets(const tally *t, int64_t edges, int64_t n, double share) {
    double value = 0, mean = (double)edges / (double)n;
    for (int64_t i = 0; i < n; i++)
        value += (t->target[i] - mean) * (t->target[i] - mean) / (mean * share);
    assert_normal(test_chi_square_z(value, (double)n - 1));
}

static void test_fixed_outdegree(void **state) {
    (void)state;
    test_built b;
    test_edges all = build(&b, "  p: {source: A, target: B, connect: {rule: fixed_outdegree, outdegree: 60}, "
                               "weight: 1, delay: 1}\n");
    assert_true(all.n == 60 * N_A);
    tally *t = count(&all, N_A);
    for (int i = 0; i < N_A; i++)
        assert_true(t->source[i] == 60);
    assert_uniform_targets(t, all.n, N_B, 1.0);
    /* second and further synapses of a pair, as in test_fixed_indegree */
    double empty = pow(1.0 - 1.0 / N_B, 60), two = pow(1.0 - 2.0 / N_B, 60);
    double mean = N_A * (60 - N_B * (1.0 - empty));
    double variance = N_A * (N_B * empty + (double)N_B * (N_B - 1) * two - (double)N_B * N_B * empty * empty);
    assert_normal((t->twice - mean) / sqrt(variance));
    free(t);
    release(&b, &all);
    all = build(&b, "  p: {source: A, target: A, connect: {rule: fixed_outdegree, outdegree: 60}, weight: 1, "
                    "delay: 1}\n");
    t = count(&all, 0);
    assert_normal((t->self - 60.0) / sqrt(60.0));
    free(t);
    release(&b, &all);
    all = build(&b, "  p: {source: A, target: A, connect: {rule: fixed_outdegree, outdegree: 60, autapses: "
                    "false}, weight: 1, delay: 1}\n");
    t = count(&all, 0);
    assert_true(t->self == 0 && t->twice > 0);
    assert_uniform_targets(t, all.n, N_A, 1.0);
    free(t);
    release(&b, &all);
}

static void test_outdegree_refused(void **state) {
    (void)state;
    test_built b;
    test_edges all = build(&b, "  p: {source: A, target: A, connect: {rule: fixed_outdegree, outdegree: 60, "
                               "autapses: false, multapses: false}, weight: 1, delay: 1}\n");
    tally *t = count(&all, 0);
    assert_true(all.n == 60 * N_A && t->self == 0 && t->twice == 0);
    for (int i = 0; i < N_A; i++)
        assert_true(t->source[i] == 60);
    assert_uniform_targets(t, all.n, N_A, 1.0 - 60.0 / (N_A - 1));
    free(t);
    release(&b, &all);
    /* subsets that share neurons 200, 204, ... 296; no choice left: 99 or 100 targets, 99 edges */
    all = build(
        &b, "  p: {source: {population: A, neurons: {range: [200, 300]}}, target: {population: A, neurons: "
            "{every: 4}}, connect: {rule: fixed_outdegree, outdegree: 99, autapses: false, multapses: "
            "false}, weight: 1, delay: 1}\n");
    t = count(&all, 0);
    assert_true(all.n == 99 * 100 && t->self == 0 && t->twice == 0);
    for (int i = 0; i < N_A; i++) {
        assert_true(t->source[i] == (i >= 200 && i < 300 ? 99 : 0));
        assert_true(i % 4 == 0 || t->target[i] == 0);
    }
    free(t);
    release(&b, &all);
}

/* Weights of a list tell its edges apart; at one pair they stand in the order of the list. */
static void test_list(void **state) {
    (void)state;
    test_built b;
    test_edges all =
        build(&b, "  p: {source: {population: A, neurons: {every: 3}}, target: {population: B, neurons: "
                  "{range: [10, 20]}}, connect: {rule: list, edges: [[9, 12], [0, 19], [9, 12], "
                  "[399, 10], [3, 12], [9, 12]]}, weight: {values: [1, 2, 3, 4, 5, 6]}, "
                  "delay: {values: [1, 2, 1, 4, 5, 1]}}\n");
    static const int source[] = {9, 0, 9, 399, 3, 9}, target[] = {12, 19, 12, 10, 12, 12};
    static const int delay[] = {10, 20, 10, 40, 50, 10};
    bool seen[6] = {0};
    double last = 0;
    assert_true(all.n == 6);
    for (int64_t i = 0; i < all.n; i++) {
        int k = (int)all.edge[i].weight - 1;
        assert_true(k >= 0 && k < 6 && !seen[k]);
        seen[k] = true;
        assert_true(all.edge[i].source == source[k] && all.edge[i].target == N_A + target[k]);
        assert_int_equal(all.edge[i].delay, delay[k]);
        if (source[k] == 9) {
            assert_true(all.edge[i].weight > last);
            last = all.edge[i].weight;
        }
    }
    release(&b, &all);
}

static void test_fixed_total(void **state) {
    (void)state;
    enum { TOTAL = 30000 };
    test_built b;
    test_edges all = build(
        &b,
        "  p: {source: A, target: B, connect: {rule: fixed_total, number: 30000}, weight: 1, delay: 1}\n");
    assert_true(all.n == TOTAL);
    tally *t = count(&all, N_A);
    double value = 0, mean = (double)TOTAL / N_B;
    for (int i = 0; i < N_B; i++)
        value += (t->target[i] - mean) * (t->target[i] - mean) / mean;
    assert_normal(test_chi_square_z(value, N_B - 1));
    /* neighbours share most of the tree */
    assert_normal((test_correlation_z(t->target, t->target + 1, N_B - 1) + 1.0 / sqrt(N_B)));
    assert_uniform_sources(t, all.n, 1.0);
    free(t);
    release(&b, &all);
    all = build(&b, "  p: {source: A, target: A, connect: {rule: fixed_total, number: 20000, autapses: "
                    "false}, weight: 1, delay: 1}\n");
    t = count(&all, 0);
    assert_true(all.n == 20000 && t->self == 0 && t->twice > 0);
    free(t);
    release(&b, &all);
    all = build(
        &b, "  p: {source: A, target: B, connect: {rule: fixed_total, number: 0}, weight: 1, delay: 1}\n");
    assert_true(all.n == 0);
    release(&b, &all);
}

static void test_bernoulli(void **state) {
    (void)state;
    const double p = 0.13, variance = N_A * p * (1.0 - p);
    test_built b;
    test_edges all =
        build(&b, "  p: {source: A, target: B, connect: {rule: bernoulli, p: 0.13}, weight: 1, delay: 1}\n");
    tally *t = count(&all, N_A);
    assert_int_equal(t->twice, 0);
    assert_normal(((double)all.n - N_A * N_B * p) / sqrt(N_B * variance));
    double value = 0;
    for (int i = 0; i < N_B; i++)
        value += (t->target[i] - N_A * p) * (t->target[i] - N_A * p) / variance;
    assert_normal(test_chi_square_z(value, N_B));
    assert_uniform_sources(t, all.n, 1.0 - p);
    free(t);
    release(&b, &all);
    all = build(&b, "  p: {source: A, target: A, connect: {rule: bernoulli, p: 1.0, autapses: false}, "
                    "weight: 1, delay: 1}\n");
    t = count(&all, 0);
    assert_true(all.n == (int64_t)N_A * (N_A - 1) && t->self == 0 && t->twice == 0);
    free(t);
    release(&b, &all);
    all = build(&b, "  p: {source: A, target: A, connect: {rule: bernoulli, p: 0.5}, weight: 1, delay: 1}\n");
    t = count(&all, 0);
    assert_normal((t->self - N_A * 0.5) / sqrt(N_A * 0.25));
    free(t);
    release(&b, &all);
}

/* True when `source` is one of the nearest 2 x `reach` sources of a ring of N_A around `centre`. */
static bool is_near(int64_t source, int64_t centre, int64_t reach) {
    int64_t ahead = (source - centre + N_A) % N_A;
    return (ahead >= 1 && ahead <= reach) || ahead >= N_A - reach;
}

/* Watts and Strogatz: a ring without rewiring, uniform sources with all edges rewired, and between them a
 * share of `rewiring` (1 - 20 / 400) away from the ring. */
static void test_small_world(void **state) {
    (void)state;
    test_built b;
    test_edges all = build(&b, "  p: {source: A, target: A, connect: {rule: small_world, indegree: 20, "
                               "rewiring: 0.0}, weight: 1, delay: 1}\n");
    tally *t = count(&all, 0);
    assert_true(all.n == 20 * N_A && t->self == 0 && t->twice == 0);
    for (int64_t i = 0; i < all.n; i++)
        assert_true(is_near(all.edge[i].source, all.edge[i].target, 10));
    free(t);
    release(&b, &all);
    all = build(&b, "  p: {source: A, target: A, connect: {rule: small_world, indegree: 60, rewiring: 1.0, "
                    "autapses: false}, weight: 1, delay: 1}\n");
    t = count(&all, 0);
    assert_true(all.n == 60 * N_A && t->self == 0 && t->twice > 0);
    assert_uniform_sources(t, all.n, 1.0);
    free(t);
    release(&b, &all);
    all = build(&b, "  p: {source: A, target: A, connect: {rule: small_world, indegree: 20, rewiring: 0.3}, "
                    "weight: 1, delay: 1}\n");
    double far = 0, share = 0.3 * (1.0 - 20.0 / N_A), n = (double)all.n;
    t = count(&all, 0);
    for (int64_t i = 0; i < all.n; i++)
        far += !is_near(all.edge[i].source, all.edge[i].target, 10);
    for (int i = 0; i < N_A; i++)
        assert_true(t->target[i] == 20);
    assert_normal((far - n * share) / sqrt(n * share * (1.0 - share)));
    assert_normal((t->self - n * 0.3 / N_A) / sqrt(n * 0.3 / N_A));
    free(t);
    release(&b, &all);
    /* Targets of another population stand along the ring. */
    all = build(&b, "  p: {source: A, target: B, connect: {rule: small_world, indegree: 4, rewiring: 0.0}, "
                    "weight: 1, delay: 1}\n");
    assert_true(all.n == 4 * N_B);
    for (int64_t i = 0; i < all.n; i++)
        assert_true(is_near(all.edge[i].source, (all.edge[i].target - N_A) * N_A / N_B, 2));
    release(&b, &all);
}

static void test_explicit_rules(void **state) {
    (void)state;
    test_built b;
    test_edges all = build(&b, "  p: {source: {population: A, neurons: {range: [100, 200]}}, target: "
                               "{population: A, neurons: {every: 4}},"
                               " connect: {rule: one_to_one}, weight: 1, delay: 1}\n");
    assert_true(all.n == 100);
    for (int64_t i = 0; i < all.n; i++)
        assert_true(all.edge[i].target == 4 * (all.edge[i].source - 100));
    release(&b, &all);
    all = build(&b, "  p: {source: A, target: B, connect: {rule: all_to_all}, weight: 1, delay: 1}\n");
    tally *t = count(&all, N_A);
    assert_true(all.n == (int64_t)N_A * N_B && t->twice == 0);
    free(t);
    release(&b, &all);
    all = build(&b, "  p: {source: {population: A, neurons: {first: 30}}, target: A, connect: {rule: "
                    "all_to_all, autapses: false},"
                    " weight: 1, delay: 1}\n");
    t = count(&all, 0);
    assert_true(all.n == (int64_t)30 * N_A - 30 && t->twice == 0 && t->self == 0);
    free(t);
    release(&b, &all);
}

/* The distribution function of a bounded normal or lognormal, or a uniform. */
static double cdf(double x, const void *context) {
    const volley_distribution *d = context;
    if (d->kind == VOLLEY_UNIFORM)
        return fmin(1.0, fmax(0.0, (x - d->a) / (d->b - d->a)));
    bool logarithm = d->kind == VOLLEY_LOGNORMAL;
    double z = ((logarithm ? log(x) : x) - d->a) / d->b;
    double low =
        test_normal_cdf(((logarithm ? (d->min > 0 ? log(d->min) : -INFINITY) : d->min) - d->a) / d->b);
    double high = test_normal_cdf(((logarithm ? log(d->max) : d->max) - d->a) / d->b);
    return fmin(1.0, fmax(0.0, (test_normal_cdf(z) - low) / (high - low)));
}

/* Weights of 40,000 synapses follow the distribution and are independent of each other and of the source. */
static void check_weights(const char *text, const volley_distribution *d) {
    char projection[400];
    snprintf(projection, sizeof projection,
             "  p: {source: A, target: B, connect: {rule: fixed_indegree, indegree: 160}, delay: 1, "
             "weight_precision: float64,"
             " weight: %s}\n",
             text);
    test_built b;
    test_edges all = build(&b, projection);
    assert_true(all.n == 40000);
    double *weight = malloc((size_t)all.n * sizeof *weight), *next = malloc((size_t)all.n * sizeof *next);
    double *source = malloc((size_t)all.n * sizeof *source), room[176];
    double mean = 0, square = 0;
    for (int64_t i = 0; i < all.n; i++) {
        weight[i] = all.edge[i].weight;
        source[i] = (double)all.edge[i].source;
        mean += weight[i] / (double)all.n;
    }
    for (int64_t i = 0; i < all.n; i++)
        square += (weight[i] - mean) * (weight[i] - mean) / (double)all.n;
    assert_normal((mean - volley_distribution_mean(d)) / sqrt(square / (double)all.n));
    assert_normal(test_correlation_z(weight, source, all.n));
    assert_true(test_distance(weight, all.n, cdf, d) < 2.5);
    assert_true(weight[0] >= d->min && weight[all.n - 1] <= d->max);
    /* in the order of k, where items share blocks of random bits */
    uint64_t key = volley_rng_key(4711, VOLLEY_RNG_WEIGHT, 0);
    for (int64_t target = 0; target < N_B; target++) {
        assert_int_equal(
            volley_draw_batch(d, VOLLEY_SIMD_PLAIN, key, (uint64_t)(N_A + target), 0, 160, 0, room),
            VOLLEY_OK);
        memcpy(next + target * 160, room, 160 * sizeof *next);
    }
    assert_normal(test_correlation_z(next, next + 1, all.n - 1));
    assert_normal(test_correlation_z(next, next + 160, all.n - 160));
    qsort(next, (size_t)all.n, sizeof *next, test_compare_double);
    assert_memory_equal(next, weight, (size_t)all.n * sizeof *next); /* the rows hold just these */
    free(weight);
    free(next);
    free(source);
    release(&b, &all);
}

static void test_weights(void **state) {
    (void)state;
    const double inf = INFINITY;
    check_weights("{normal: {mean: 20.0, std: 3.0, min: 0.0}}",
                  &(volley_distribution){VOLLEY_NORMAL, 20, 3, 0, inf, NULL, 0});
    check_weights("{normal: {mean: 1.0, std: 2.0, min: 0.0, max: 2.5}}",
                  &(volley_distribution){VOLLEY_NORMAL, 1, 2, 0, 2.5, NULL, 0});
    check_weights("{lognormal: {mean: 0.5, std: 0.7}}",
                  &(volley_distribution){VOLLEY_LOGNORMAL, 0.5, 0.7, -inf, inf, NULL, 0});
    check_weights("{lognormal: {mean: 0.5, std: 0.7, min: 1.0, max: 4.0}}",
                  &(volley_distribution){VOLLEY_LOGNORMAL, 0.5, 0.7, 1, 4, NULL, 0});
    check_weights("{uniform: {low: -7.0, high: -2.0}}",
                  &(volley_distribution){VOLLEY_UNIFORM, -7, -2, -inf, inf, NULL, 0});
}

/* Counts of delays against expected shares of step 1, 2, ... */
static void check_delays(const char *text, const double *share, int steps) {
    char projection[400];
    double found[64] = {0}, expected[64];
    snprintf(
        projection, sizeof projection,
        "  p: {source: A, target: B, connect: {rule: fixed_indegree, indegree: 160}, weight: 1, delay: %s}\n",
        text);
    test_built b;
    test_edges all = build(&b, projection);
    for (int64_t i = 0; i < all.n; i++) {
        assert_in_range(all.edge[i].delay, 1, steps);
        found[all.edge[i].delay - 1]++;
    }
    for (int d = 0; d < steps; d++) {
        expected[d] = share[d] * (double)all.n;
        if (share[d] == 0)
            assert_true(found[d] == 0);
    }
    int first = 0;
    while (share[first] == 0)
        first++;
    assert_normal(test_counts_z(found + first, expected + first, steps - first, 1));
    release(&b, &all);
}

static void test_delays(void **state) {
    (void)state;
    /* 0.3 and 0.9 ms get half a step of room, the others a whole one: half goes up */
    check_delays("{uniform: {low: 0.3, high: 0.9}}",
                 (double[]){0, 0, 0.5 / 6, 1.0 / 6, 1.0 / 6, 1.0 / 6, 1.0 / 6, 1.0 / 6, 0.5 / 6}, 9);
    check_delays("{uniform: {low: 0.25, high: 0.45}}", (double[]){0, 0, 0.5, 0.5, 0}, 5);
    enum { STEPS = 64 };
    volley_distribution d = {VOLLEY_NORMAL, 15, 7.5, 0.5, INFINITY, NULL, 0};
    double share[STEPS];
    for (int k = 1; k <= STEPS; k++)
        share[k - 1] = cdf(k + 0.5, &d) - cdf(k - 0.5, &d);
    check_delays("{normal: {mean: 1.5, std: 0.75, min: 0.05}}", share, STEPS);
    test_built b;
    test_edges all = build(
        &b, "  p: {source: {population: A, neurons: {first: 6}}, target: {population: B, neurons: {first: "
            "6}}, weight: 1,"
            " connect: {rule: one_to_one}, delay: {values: [0.05, 0.14, 0.15, 0.25, 1.04999, 6553.5]}}\n");
    static const int steps[] = {1, 1, 2, 3, 10, 65535};
    assert_true(all.n == 6);
    for (int i = 0; i < 6; i++)
        assert_int_equal(all.edge[i].delay, steps[all.edge[i].source]);
    release(&b, &all);
}

/* The weight of edge k of a target under test_canonical_order's second projection. */
static int64_t find_k(const double *weights, double weight) {
    for (int64_t k = 0; k < 300; k++)
        if (weights[k] == weight)
            return k;
    return -1;
}

/* At one target, a run adds up in the order of projections, then of k. Both projections have few delays and
 * many multapses; their weights tell them apart and are looked up in the target's own stream. */
static void test_canonical_order(void **state) {
    (void)state;
    test_built b;
    test_edges all = build(&b, "  first: {source: {population: A, neurons: {first: 20}}, target: B, connect: "
                               "{rule: fixed_indegree, indegree: 300},"
                               " delay: {uniform: {low: 0.3, high: 0.7}}, weight_precision: float64, weight: "
                               "{uniform: {low: 1.0, high: 2.0}}}\n"
                               "  second: {source: {population: A, neurons: {first: 20}}, target: B, "
                               "connect: {rule: fixed_indegree, indegree: 300},"
                               " delay: {uniform: {low: 0.3, high: 0.7}}, weight_precision: float64, weight: "
                               "{uniform: {low: 3.0, high: 4.0}}}\n");
    assert_true(all.n == 600 * N_B);
    double weights[2][304];
    int64_t *last = malloc((size_t)(all.runs * N_B) * sizeof *last), pairs = 0;
    memset(last, -1, (size_t)(all.runs * N_B) * sizeof *last);
    for (int64_t target = 0; target < N_B; target++) {
        for (int p = 0; p < 2; p++) {
            volley_distribution d = {VOLLEY_UNIFORM, 1 + 2 * p, 2 + 2 * p, 0, 0, NULL, 0};
            uint64_t key = volley_rng_key(4711, VOLLEY_RNG_WEIGHT, (uint32_t)p);
            volley_draw_batch(&d, VOLLEY_SIMD_PLAIN, key, (uint64_t)(N_A + target), 0, 300, 0, weights[p]);
        }
        for (int64_t i = 0; i < all.n; i++) {
            if (all.edge[i].target != N_A + target)
                continue;
            int p = all.edge[i].weight >= 3.0;
            int64_t k = find_k(weights[p], all.edge[i].weight),
                    *before = &last[all.edge[i].run * N_B + target];
            assert_true(k >= 0 && p * 300 + k > *before);
            pairs += *before >= 0;
            *before = p * 300 + k;
        }
    }
    assert_true(pairs > 100000); /* else nothing was compared */
    free(last);
    release(&b, &all);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fixed_indegree),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_fixed_outdegree),
        cmocka_unit_test(test_outdegree_refused),
        cmocka_unit_test(test_list),
        cmocka_unit_test(test_fixed_total),
        cmocka_unit_test(test_bernoulli),
        cmocka_unit_test(test_small_world),
        cmocka_unit_test(test_explicit_rules),
        cmocka_unit_test(test_weights),
        cmocka_unit_test(test_delays),
        cmocka_unit_test(test_canonical_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
