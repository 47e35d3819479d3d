/* SPDX-License-Identifier: BSD-3-Clause */
/* The arithmetic of 10^9 neurons and 10^13 synapses, and beyond 2^32 neurons, without their memory: numbers
 * of neurons, partitions, layouts, edges, splits of totals, file offsets, sums of hashes, forecasts. */
#include "base/hash.h"
#include "base/status.h"
#include "forecast/expectation.h"
#include "forecast/memory_forecast.h"
#include "wiring/layout.h"
#include "wiring/synapse_table.h"
#include "config/config.h"
#include "files/redistribute.h"
#include "partition/partition.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* 10^9 neurons, some of them in small and odd populations, 10^13 synapses. */
static const char billion[] =
    "simulation: {dt: 0.1, duration: 1000.0}\n"
    "populations:\n"
    "  E: {model: iaf_psc_exp, size: 799999990}\n"
    "  a: {model: iaf_psc_exp, size: 7}\n"
    "  b: {model: iaf_psc_delta, size: 3}\n"
    "  I: {model: iaf_psc_exp, size: 200000000}\n"
    "projections:\n"
    "  EE: {source: E, target: E, connect: {rule: fixed_indegree, indegree: 10000}, "
    "weight: 1.0, delay: 1.5}\n"
    "  EI: {source: E, target: I, connect: {rule: fixed_indegree, indegree: 10000}, "
    "weight: 1.0, delay: 1.5}\n";

/* More neurons than 32 bits number. */
static const char beyond[] =
    "simulation: {dt: 0.1, duration: 1000.0}\n"
    "populations:\n"
    "  E: {model: iaf_psc_exp, size: 5000000000}\n"
    "  I: {model: iaf_psc_exp, size: 1234567891}\n"
    "projections:\n"
    "  EI: {source: E, target: I, connect: {rule: fixed_indegree, indegree: 1000}, "
    "weight: 1.0, delay: 1.5}\n"
    "  EE: {source: E, target: E, connect: {rule: fixed_total, number: 1000000000000}, "
    "weight: 1.0, delay: 1.5}\n";

static volley_network *read_network(const char *text, const char *set) {
    volley_network *network;
    int code = volley_config_parse(text, "test.yaml", &set, set != NULL, &network);
    if (code != VOLLEY_OK)
        fprintf(stderr, "%s\n", volley_error_message());
    assert_int_equal(code, VOLLEY_OK);
    return network;
}

/* A gid, its owner and its number there lead to each other; its number is the neurons of that rank before it.
 */
static void check_gid(const volley_partition *partition, int ranks, int64_t gid) {
    int owner = volley_partition_owner(partition, gid);
    assert_in_range(owner, 0, ranks - 1);
    int64_t local = volley_partition_local(partition, gid);
    assert_true(local >= 0 && local < volley_partition_local_count(partition, owner));
    assert_true(volley_partition_global(partition, owner, local) == gid);
    if (local > 0)
        assert_true(volley_partition_global(partition, owner, local - 1) < gid);
    if (local + 1 < volley_partition_local_count(partition, owner))
        assert_true(volley_partition_global(partition, owner, local + 1) > gid);
}

static void check_partition(const volley_network *network, int ranks) {
    volley_partition *partition;
    assert_int_equal(volley_partition_create(network, ranks, &partition), VOLLEY_OK);
    int64_t total = 0, least = INT64_MAX, most = 0;
    for (int r = 0; r < ranks; r++) {
        int64_t count = volley_partition_local_count(partition, r), sum = 0;
        for (int32_t p = 0; p < network->n_populations; p++)
            sum += volley_partition_slice(partition, p, r).count;
        assert_true(sum == count);
        total += count;
        least = count < least ? count : least;
        most = count > most ? count : most;
    }
    assert_true(total == network->n_neurons);
    assert_true(most - least <= 1 + (strcmp(network->partition, "balanced") == 0 ? most / 2 : 0));
    for (uint64_t i = 0; i < 2000; i++)
        check_gid(partition, ranks, (int64_t)(volley_mix64(i) % (uint64_t)network->n_neurons));
    for (int32_t p = 0; p < network->n_populations; p++) {
        check_gid(partition, ranks, network->populations[p].first_gid);
        check_gid(partition, ranks, network->populations[p].first_gid + network->populations[p].size - 1);
        assert_int_equal(volley_population_of(network, network->populations[p].first_gid), p);
    }
    volley_partition_destroy(&partition);
}

static void test_partitions(void **state) {
    (void)state;
    static const char *const texts[] = {billion, beyond};
    static const int ranks[] = {1, 3, 1000, 65537};
    static const char *const methods[] = {"partition.method=block", "partition.method=round_robin",
                                          "partition.method=balanced"};
    for (size_t t = 0; t < 2; t++)
        for (size_t m = 0; m < 3; m++) {
            volley_network *network = read_network(texts[t], methods[m]);
            for (size_t r = 0; r < 4; r++)
                check_partition(network, ranks[r]);
            volley_network_destroy(&network);
        }
}

/* Threads number their targets without gaps; more than 2^31 on one thread are refused. */
static void test_layouts(void **state) {
    (void)state;
    volley_network *network = read_network(beyond, NULL);
    volley_partition *partition;
    volley_layout *layout;
    assert_int_equal(volley_partition_create(network, 1, &partition), VOLLEY_OK);
    assert_int_equal(volley_layout_create(network, partition, 0, 2, &layout), VOLLEY_EXHAUSTED);
    assert_non_null(strstr(volley_error_message(), "2^31"));
    volley_error_clear();
    assert_int_equal(volley_layout_create(network, partition, 0, 64, &layout), VOLLEY_OK);
    int64_t total = 0;
    for (int t = 0; t < 64; t++)
        for (int32_t p = 0; p < network->n_populations; p++) {
            const volley_segment *segment = volley_layout_segment(layout, t, p);
            total += segment->used;
            int64_t size = network->populations[p].size;
            assert_true(volley_layout_index(layout, t, p, segment->used - 1) < size);
            assert_true(volley_layout_index(layout, t, p, 0) == t * VOLLEY_BATCH_WIDTH);
        }
    assert_true(total == network->n_neurons);
    volley_layout_destroy(&layout);
    volley_partition_destroy(&partition);
    volley_network_destroy(&network);
}

typedef struct seen {
    int64_t n, least, most;
} seen;

static int see(void *context, int64_t first, int64_t n, const int64_t *sources) {
    seen *s = context;
    assert_true(first == s->n);
    for (int64_t i = 0; i < n; i++) {
        s->least = sources[i] < s->least ? sources[i] : s->least;
        s->most = sources[i] > s->most ? sources[i] : s->most;
    }
    s->n += n;
    return VOLLEY_OK;
}

/* Sources are drawn over all 5 x 10^9 neurons: the largest of a million lies within a few of 10^-6 of the
 * end.
 */
static void test_edges(void **state) {
    (void)state;
    volley_network *network = read_network(beyond, "projections.EI.connect.indegree=1000000");
    const volley_projection *projection = &network->projections[0];
    volley_connect_spec spec = volley_projection_spec(projection);
    volley_connect_target target = {.key = 77, .gid = 6000000000, .position = 999999999, .count = -1};
    seen s = {0, INT64_MAX, -1};
    assert_int_equal(projection->rule->draw(&spec, &target, see, &s), VOLLEY_OK);
    assert_true(s.n == 1000000 && s.least >= 0 && s.most < 5000000000);
    assert_true(s.least < 100000 && s.most > 4999900000);
    volley_network_destroy(&network);
}

/* A total of 10^12 edges falls to targets as whole numbers that do not depend on who asks. */
static void test_totals(void **state) {
    (void)state;
    volley_network *network = read_network(beyond, NULL);
    const volley_projection *projection = &network->projections[1];
    volley_connect_spec spec = volley_projection_spec(projection);
    int64_t positions[] = {0, 1, 2499999999, 2500000000, 4294967296, 4999999999}, counts[6], alone;
    assert_int_equal(projection->rule->count(&spec, 5, positions, 6, counts), VOLLEY_OK);
    for (int i = 0; i < 6; i++) {
        assert_true(counts[i] > 100 && counts[i] < 320); /* mean 200, standard deviation 14 */
        assert_int_equal(projection->rule->count(&spec, 5, &positions[i], 1, &alone), VOLLEY_OK);
        assert_true(alone == counts[i]);
    }
    spec.n_targets = 64;
    int64_t all[64], few[64], sum = 0;
    for (int i = 0; i < 64; i++)
        all[i] = i;
    assert_int_equal(projection->rule->count(&spec, 5, all, 64, few), VOLLEY_OK);
    for (int i = 0; i < 64; i++)
        sum += few[i];
    assert_true(sum == 1000000000000);
    volley_network_destroy(&network);
}

/* Slabs of a file with 10^13 items. */
static void test_offsets(void **state) {
    (void)state;
    const uint64_t total = UINT64_C(10000000000019);
    const int ranks = 65537;
    assert_true(volley_block_first(total, ranks, ranks) == total);
    for (int r = 0; r < ranks; r++) {
        uint64_t first = volley_block_first(total, ranks, r), end = volley_block_first(total, ranks, r + 1);
        assert_true(end - first == total / ranks || end - first == total / ranks + 1);
        assert_int_equal(volley_block_owner(total, ranks, first), r);
        assert_int_equal(volley_block_owner(total, ranks, end - 1), r);
    }
}

static void test_hashes(void **state) {
    (void)state;
    /* sums of hashes wrap round and do not depend on the order, also beyond 2^64 */
    uint64_t forward = 0, backward = 0;
    for (uint64_t i = 0; i < 1000; i++) {
        forward += volley_hash_add(volley_hash_add(0, UINT64_C(9999999999) + i), i);
        backward += volley_hash_add(volley_hash_add(0, UINT64_C(9999999999) + 999 - i), 999 - i);
    }
    assert_true(forward == backward);
    /* a gid beyond 2^32 is not its low word */
    assert_true(volley_hash_add(0, UINT64_C(1) << 32) != volley_hash_add(0, 0));
    assert_true(volley_hash_add(0, (UINT64_C(1) << 32) + 5) != volley_hash_add(0, 5));
}

static void test_forecasts(void **state) {
    (void)state;
    volley_network *network = read_network(billion, NULL);
    volley_expected expected;
    volley_forecast forecast;
    volley_forecast_options options = {.record_buffer = 1 << 20};
    assert_int_equal(volley_expect(network, NULL, 10000, 8, &expected), VOLLEY_OK);
    /* (799,999,990 + 200,000,000) x 10,000 */
    assert_float_equal(expected.synapses * 10000, 9.9999999e12, 1.0);
    assert_float_equal(expected.spikes, 8e9, 1.0);
    assert_int_equal(volley_forecast_make(network, &expected, &options, &forecast), VOLLEY_OK);
    /* 10^9 synapses of 2 bytes on a rank, in 8 arrays of whole huge pages; a bit and a 32nd word a neuron */
    assert_float_equal(forecast.bytes[VOLLEY_MEMORY_CONSTANT], 2e9, 8 * 2.1e6);
    assert_float_equal(forecast.bytes[VOLLEY_MEMORY_SOURCES], 1.875e8, 1.0);
    /* 10,000 slots of 2 + 256 words, and more: every 0.1 ms 80 spikes of a rank */
    assert_true(forecast.bytes[VOLLEY_MEMORY_EXCHANGE] > 10000 * 258 * 4.0);
    for (int i = 0; i < VOLLEY_MEMORY_KINDS; i++)
        assert_true(isfinite(forecast.bytes[i]) && forecast.bytes[i] >= 0.0);
    volley_expected_free(&expected);
    /* the same on one rank: 10^13 synapses, no overflow */
    assert_int_equal(volley_expect(network, NULL, 1, 1, &expected), VOLLEY_OK);
    assert_int_equal(volley_forecast_make(network, &expected, &options, &forecast), VOLLEY_OK);
    assert_float_equal(forecast.bytes[VOLLEY_MEMORY_CONSTANT] / 1.99999998e13, 1.0, 0.01);
    assert_float_equal(expected.blocks, ceil(1e9 / 65536), 0.0);
    volley_expected_free(&expected);
    volley_network_destroy(&network);
}

/* A table of 2^32 - 1 synapses in rows of all sizes: runs stay below 2^16 and cover their rows. */
static void test_runs(void **state) {
    (void)state;
    static const uint32_t length[] = {0, 1, 65534, 65535, 65536, 131070, 131071, 2147483648, 0, 1};
    enum { SOURCES = sizeof length / sizeof *length + 1 };
    uint32_t *start = calloc(SOURCES + 1, sizeof *start);
    assert_non_null(start);
    for (int i = 0; i < SOURCES - 1; i++)
        start[i + 1] = start[i] + length[i];
    start[SOURCES] = UINT32_MAX;
    volley_rows rows = {.class = VOLLEY_CLASS_CONSTANT, .n_synapses = UINT32_MAX, .row_start = start};
    assert_int_equal(volley_rows_flat(&rows, SOURCES, 15, 3, 1.0), VOLLEY_OK);
    int64_t runs = 0;
    for (int i = 0; i < SOURCES; i++) {
        uint64_t sum = 0, wanted = start[i + 1] - start[i];
        assert_int_equal(rows.run_start[i], runs);
        for (uint32_t r = rows.run_start[i]; r < rows.run_start[i + 1]; r++) {
            assert_true(rows.run_length[r] > 0 && rows.run_delay[r] == 15 && rows.run_weight[r] == 3);
            sum += rows.run_length[r];
        }
        assert_true(sum == wanted);
        runs += (int64_t)((wanted + 65534) / 65535);
    }
    assert_int_equal(rows.n_runs, runs);
    volley_rows_free(&rows);
}

/* Bounds of a rule are for weights as the config gives them. */
static void test_bounds(void **state) {
    (void)state;
    static const char plastic[] =
        "simulation: {dt: 0.1, duration: 10.0}\n"
        "populations: {E: {model: iaf_psc_exp, size: 100, expected_rate: 5.0}}\n"
        "projections:\n"
        "  EE: {source: E, target: E, connect: {rule: fixed_indegree, indegree: 20}, weight: 0.3, delay: "
        "1.5,\n"
        "       weight_precision: float64, plasticity: {rule: stdp, params: {w_max: 0.3}}}\n";
    volley_network *network = read_network(plastic, "scale.indegrees=0.1");
    assert_true(network->projections[0].weight.a > 0.9);
    volley_network_destroy(&network);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_partitions), cmocka_unit_test(test_layouts), cmocka_unit_test(test_edges),
        cmocka_unit_test(test_totals),     cmocka_unit_test(test_offsets), cmocka_unit_test(test_hashes),
        cmocka_unit_test(test_forecasts),  cmocka_unit_test(test_runs),    cmocka_unit_test(test_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
