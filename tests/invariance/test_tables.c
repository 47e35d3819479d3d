/* SPDX-License-Identifier: BSD-3-Clause */
/* The tables of edges are the same however many ranks there are, however they divide the neurons, and in
 * however many rounds the edges travel. Compared with the edges as one process draws or reads them, in plain
 * loops. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/rng.h"
#include "comm/require.h"
#include "support/built.h"

#include <string.h>

enum { N_A = 90, N_B = 41, DEGREE = 17, EDGES = 700, TEXT = 40000 };

static volley_comm *comm;

/* Edge i of the list; many share a pair. */
static int64_t list_source(int64_t i) {
    return (i * i + 3 * i) % N_A;
}

static int64_t list_target(int64_t i) {
    return i % 4 == 0 ? 7 : i * 11 % N_B;
}

static const char *config(const char *partition) {
    static char text[TEXT];
    int used = snprintf(
        text, sizeof text,
        "simulation: {duration: 1, seed: 21}\npartition: {method: %s}\npopulations:\n"
        "  B: {model: iaf_psc_exp, size: %d}\n  A: {model: iaf_psc_exp, size: %d}\n"
        "projections:\n"
        "  drawn: {source: A, target: {population: B, neurons: {range: [3, 40]}}, weight: 1, "
        "delay: 1, connect: {rule: fixed_outdegree, outdegree: %d}}\n"
        "  once: {source: {population: A, neurons: {every: 2}}, target: A, weight: 1, delay: 1, "
        "connect: {rule: fixed_outdegree, outdegree: %d, autapses: false, multapses: false}}\n"
        "  listed: {source: A, target: B, delay: 1, weight_precision: float64, connect: {rule: list, "
        "edges: [",
        partition, N_B, N_A, DEGREE, DEGREE);
    for (int i = 0; i < EDGES; i++)
        used += snprintf(text + used, sizeof text - (size_t)used, "%s[%d, %d]", i ? ", " : "",
                         (int)list_source(i), (int)list_target(i));
    used += snprintf(text + used, sizeof text - (size_t)used, "]}, weight: {values: [");
    for (int i = 0; i < EDGES; i++)
        used += snprintf(text + used, sizeof text - (size_t)used, "%s%d", i ? ", " : "", i);
    snprintf(text + used, sizeof text - (size_t)used, "]}}\n");
    return text;
}

/* Target number j of a source of `drawn`: item j of the source's stream, scaled to the target subset. */
static int64_t drawn_target(uint64_t key, int64_t source, int64_t j) {
    volley_rng_block block = volley_rng_item(key, (uint64_t)(N_B + source), (uint64_t)j, 0);
    return 3 + (int64_t)(volley_uniform(block, (uint64_t)j) * 37.0);
}

static void check_drawn(const volley_edge_table *table, const volley_slice *slice) {
    uint64_t key = volley_rng_key(21, VOLLEY_RNG_SOURCE, 0);
    for (int64_t i = 0; i < slice->count; i++) {
        uint64_t at = table->start[i];
        for (int64_t source = 0; source < N_A; source++)
            for (int64_t j = 0; j < DEGREE; j++)
                if (drawn_target(key, source, j) == slice->start + i * slice->stride)
                    REQUIRE(at < table->start[i + 1] && table->sources32[at++] == (uint32_t)source);
        REQUIRE(at == table->start[i + 1]);
    }
}

/* Every rank sees its own targets only, so the out-degrees are summed over ranks. */
static void check_once(const volley_edge_table *table, const volley_slice *slice) {
    uint64_t degree[N_A / 2] = {0};
    for (int64_t i = 0; i < slice->count; i++)
        for (uint64_t at = table->start[i]; at < table->start[i + 1]; at++) {
            REQUIRE(at == table->start[i] || table->sources32[at] > table->sources32[at - 1]);
            REQUIRE(2 * (int64_t)table->sources32[at] != slice->start + i * slice->stride);
            degree[table->sources32[at]]++;
        }
    volley_comm_sum_u64(comm, degree, N_A / 2);
    for (int source = 0; source < N_A / 2; source++)
        REQUIRE(degree[source] == DEGREE);
}

static void check_listed(const volley_edge_table *table, const volley_slice *slice) {
    for (int64_t i = 0; i < slice->count; i++) {
        uint64_t at = table->start[i];
        for (int64_t k = 0; k < EDGES; k++)
            if (list_target(k) == slice->start + i * slice->stride) {
                REQUIRE(at < table->start[i + 1]);
                REQUIRE(table->sources32[at] == (uint32_t)list_source(k) &&
                        table->weights64[at] == (double)k);
                at++;
            }
        REQUIRE(at == table->start[i + 1]);
    }
    REQUIRE(table->weights32 == NULL);
    REQUIRE(table->delays == NULL);
}

static void check(const char *partition, uint64_t round) {
    test_built b = {0};
    volley_router_limit_round(round);
    test_require(volley_config_parse(config(partition), "test.yaml", NULL, 0, &b.network));
    test_require(volley_partition_create(b.network, volley_comm_size(comm), &b.partition));
    test_require(volley_layout_create(b.network, b.partition, volley_comm_rank(comm), 2, &b.layout));
    test_require(volley_tables_create(comm, b.partition, b.layout, VOLLEY_SIMD_PLAIN, NULL, NULL, &b.tables));
    check_drawn(&b.tables->of[0], &b.layout->slices[0]);
    check_once(&b.tables->of[1], &b.layout->slices[1]);
    check_listed(&b.tables->of[2], &b.layout->slices[0]);
    test_built_free(&b);
}

static void test_rounds(void **state) {
    (void)state;
    static const char *const partitions[] = {"block", "round_robin", "balanced"};
    static const uint64_t rounds[] = {1, 7, 64, 1 << 20};
    for (size_t p = 0; p < 3; p++)
        for (size_t r = 0; r < 4; r++)
            check(partitions[p], rounds[r]);
}

/* A rank that fails leads all to the same end, wherever the others are. */
static int failing_feed(void *context, int32_t projection, volley_router *router) {
    const int64_t source = 0, target = 0;
    (void)projection;
    for (int i = 0; i < 100; i++)
        TRY(volley_router_push(router, 1, &source, &target, NULL, NULL));
    if (volley_comm_rank(comm) == volley_comm_size(comm) - 1)
        return volley_fail(VOLLEY_USAGE, "a bad row");
    (*(int *)context)++;
    for (int i = 0; i < 1000; i++)
        TRY(volley_router_push(router, 1, &source, &target, NULL, NULL));
    return VOLLEY_OK;
}

static void test_failure(void **state) {
    (void)state;
    test_built b = {0};
    int others = 0;
    volley_router_limit_round(30);
    test_require(
        volley_config_parse("simulation: {duration: 1}\npopulations:\n"
                            "  A: {model: iaf_psc_exp, size: 9}\nprojections:\n"
                            "  first: {source: A, target: A, connect: {rule: list, edges: []}, weight: 1, "
                            "delay: 1}\n  second: {source: A, target: A, connect: {rule: fixed_outdegree, "
                            "outdegree: 2}, weight: 1, delay: 1}\n",
                            "test.yaml", NULL, 0, &b.network));
    b.network->projections[0].list->file = strdup("rows.csv");
    test_require(volley_partition_create(b.network, volley_comm_size(comm), &b.partition));
    test_require(volley_layout_create(b.network, b.partition, volley_comm_rank(comm), 1, &b.layout));
    int status = volley_tables_create(comm, b.partition, b.layout, VOLLEY_SIMD_PLAIN, failing_feed, &others,
                                      &b.tables);
    REQUIRE(status == VOLLEY_USAGE);
    REQUIRE(b.tables == NULL);
    bool last = volley_comm_rank(comm) == volley_comm_size(comm) - 1;
    REQUIRE(strcmp(volley_error_message(), last ? "a bad row" : "") == 0);
    REQUIRE(others == !last);
    volley_error_clear();
    test_built_free(&b);
}

int main(int argc, char **argv) {
    test_require(volley_comm_start(&argc, &argv, &comm));
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rounds), cmocka_unit_test(test_failure)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    volley_comm_stop(&comm);
    return failed;
}
