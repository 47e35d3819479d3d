/* SPDX-License-Identifier: BSD-3-Clause */
/* Neurons that a config names in another order than ascending: pairs and lists of numbers follow that order.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/edges.h"

enum { N = 10 };

/* A of 10 neurons, then B; one projection, and what follows. */
static const char head[] = "simulation: {dt: 0.1, duration: 1.0}\n"
                           "populations:\n"
                           "  A: {model: iaf_psc_exp, size: 10}\n"
                           "  B: {model: iaf_psc_exp, size: 10}\n";

static void build(test_built *b, const char *source, const char *target, const char *rest) {
    char text[2000];
    snprintf(
        text, sizeof text,
        "%sprojections:\n  P: {source: {population: A, neurons: %s}, target: {population: B, neurons: %s}, "
        "%s}\n",
        head, source, target, rest);
    test_build_text(b, text, 2, VOLLEY_SIMD_PLAIN);
}

/* Weight of every pair, 0 where there is none, and its delay in steps. */
static void collect(const test_built *b, double weight[N][N], int delay[N][N]) {
    test_edges all = test_collect(b);
    memset(weight, 0, sizeof(double[N][N]));
    for (int64_t i = 0; i < all.n; i++) {
        weight[all.edge[i].source][all.edge[i].target - N] += all.edge[i].weight;
        delay[all.edge[i].source][all.edge[i].target - N] = all.edge[i].delay;
    }
    test_edges_free(&all);
}

static void expect_pairs(const char *source, const char *target, const int (*pairs)[2], int n) {
    double weight[N][N];
    int delay[N][N], found = 0;
    test_built b;
    char rest[500] = "connect: {rule: one_to_one}, weight: {values: [1", delays[200] = "1.0";
    for (int i = 1; i < n; i++) {
        snprintf(rest + strlen(rest), sizeof rest - strlen(rest), ", %d", i + 1);
        snprintf(delays + strlen(delays), sizeof delays - strlen(delays), ", %d.%d", i / 10 + 1, i % 10);
    }
    snprintf(rest + strlen(rest), sizeof rest - strlen(rest), "]}, delay: {values: [%s]}", delays);
    build(&b, source, target, rest);
    collect(&b, weight, delay);
    for (int i = 0; i < n; i++) {
        assert_true(weight[pairs[i][0]][pairs[i][1]] == i + 1.0);
        assert_int_equal(delay[pairs[i][0]][pairs[i][1]], 10 + i);
    }
    for (int s = 0; s < N; s++)
        for (int t = 0; t < N; t++)
            found += weight[s][t] != 0.0;
    assert_int_equal(found, n);
    test_built_free(&b);
}

static void test_pairs(void **state) {
    (void)state;
    expect_pairs("{ids: [5, 3, 9]}", "{ids: [1, 8, 0]}", (const int[][2]){{5, 1}, {3, 8}, {9, 0}}, 3);
    expect_pairs("{ids: [5, 3, 9]}", "{range: [2, 5]}", (const int[][2]){{5, 2}, {3, 3}, {9, 4}}, 3);
    expect_pairs("{first: 3}", "{ids: [9, 8, 7]}", (const int[][2]){{0, 9}, {1, 8}, {2, 7}}, 3);
    expect_pairs("{ids: [3, 5, 9]}", "{ids: [0, 1, 8]}", (const int[][2]){{3, 0}, {5, 1}, {9, 8}}, 3);
    expect_pairs("{every: 3}", "{ids: [4, 6, 5, 3]}", (const int[][2]){{0, 4}, {3, 6}, {6, 5}, {9, 3}}, 4);
    expect_pairs(
        "{ids: [4, 5, 6, 7, 8, 9, 0, 1, 2, 3]}", "{ids: [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]}",
        (const int[][2]){{4, 9}, {5, 8}, {6, 7}, {7, 6}, {8, 5}, {9, 4}, {0, 3}, {1, 2}, {2, 1}, {3, 0}}, 10);
}

/* One number for each pair, by target, then source. */
static void test_all_to_all(void **state) {
    (void)state;
    static const int sources[] = {7, 2}, targets[] = {4, 0, 6};
    double weight[N][N];
    int delay[N][N];
    test_built b;
    build(&b, "{ids: [7, 2]}", "{ids: [4, 0, 6]}",
          "connect: {rule: all_to_all}, weight: {values: [1, 2, 3, 4, 5, 6]}, delay: 1.0");
    collect(&b, weight, delay);
    for (int t = 0; t < 3; t++)
        for (int s = 0; s < 2; s++)
            assert_true(weight[sources[s]][targets[t]] == 2.0 * t + s + 1.0);
    test_built_free(&b);
    build(&b, "{ids: [2]}", "{ids: [4, 0, 6]}",
          "connect: {rule: all_to_all}, weight: {values: [1, 2, 3]}, delay: 1.0");
    collect(&b, weight, delay);
    for (int t = 0; t < 3; t++)
        assert_true(weight[2][targets[t]] == t + 1.0);
    test_built_free(&b);
    build(&b, "{ids: [7, 2]}", "{ids: [4]}",
          "connect: {rule: all_to_all}, weight: {values: [1, 2]}, delay: 1.0");
    collect(&b, weight, delay);
    assert_true(weight[7][4] == 1.0 && weight[2][4] == 2.0);
    test_built_free(&b);
}

static volley_network *parse(const char *rest) {
    char text[2000];
    volley_network *network = NULL;
    snprintf(text, sizeof text, "%s%s", head, rest);
    if (volley_config_parse(text, "test.yaml", NULL, 0, &network) != VOLLEY_OK)
        return NULL;
    return network;
}

/* A number for each target of patterns. */
static void test_patterns(void **state) {
    (void)state;
    volley_network *network =
        parse("stimuli:\n  S: {model: patterns, target: [{population: A, neurons: {ids: [5, 3, "
              "9]}}, {population: B, neurons: {ids: [2, 1]}}], params: {interval: 0.5, "
              "values: [[1, 2, 3, 4, 5], [6, 7, 8, 9, 10]]}}\n");
    assert_non_null(network);
    static const double right[] = {2, 1, 3, 5, 4, 7, 6, 8, 10, 9}; /* A 3, 5, 9, B 1, 2 */
    for (int i = 0; i < 10; i++)
        assert_true(network->stimuli[0].patterns.value[i] == right[i]);
    volley_network_destroy(&network);
}

/* Rules that draw do not depend on the order; recordings ascend; nothing stands twice. */
static void test_others(void **state) {
    (void)state;
    double one[N][N], other[N][N];
    int delay[N][N];
    test_built b;
    static const char *const rules[] = {"{rule: fixed_indegree, indegree: 7}", "{rule: bernoulli, p: 0.5}",
                                        "{rule: fixed_outdegree, outdegree: 3}", "{rule: all_to_all}"};
    for (int k = 0; k < 4; k++) {
        char rest[200];
        snprintf(rest, sizeof rest, "connect: %s, weight: 1.0, delay: 1.0", rules[k]);
        build(&b, "{ids: [5, 3, 9, 0]}", "{ids: [8, 1, 2]}", rest);
        collect(&b, one, delay);
        test_built_free(&b);
        build(&b, "{ids: [0, 3, 5, 9]}", "{ids: [1, 2, 8]}", rest);
        collect(&b, other, delay);
        test_built_free(&b);
        assert_memory_equal(one, other, sizeof one);
    }
    volley_network *network =
        parse("record:\n  spikes: [{population: A, neurons: {ids: [5, 3, 9]}}]\n  state: "
              "[{population: B, variables: [V_m], neurons: {ids: [9, 2]}}]\n");
    assert_non_null(network);
    assert_true(network->record_subset[0].ids[0] == 3 && network->record_subset[0].ids[2] == 9);
    assert_true(network->state_records[0].neurons.ids[0] == 2);
    volley_network_destroy(&network);
    static const char *const twice[] = {"[5, 3, 5]", "[1, 1]", "[9, 2, 4, 2]", "[3, 2, 1, 1]"};
    for (int k = 0; k < 4; k++) {
        char rest[300];
        snprintf(rest, sizeof rest, "record: {spikes: [{population: A, neurons: {ids: %s}}]}\n", twice[k]);
        assert_null(parse(rest));
        assert_non_null(strstr(volley_error_message(), "the same neuron twice"));
        volley_error_clear();
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_pairs), cmocka_unit_test(test_all_to_all),
                                       cmocka_unit_test(test_patterns), cmocka_unit_test(test_others)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
