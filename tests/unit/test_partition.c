/* SPDX-License-Identifier: BSD-3-Clause */
/* Every method gives every neuron one owner, look-ups agree, and the balanced partition is even. */
#include "partition/partition.h"

#include "base/status.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define assert_near(a, b) assert_true(fabs((a) - (b)) < 1e-12)

enum { MOST_POPULATIONS = 40, MOST_RANKS = 200 };

static const int rank_counts[] = {1, 2, 3, 4, 5, 7, 16, 200};
enum { N_RANK_COUNTS = sizeof rank_counts / sizeof rank_counts[0] };

static double indegree_is_value(const volley_connect_spec *spec) {
    return spec->params[0];
}

static const volley_connect_rule rule = {.name = "test", .mean_indegree = indegree_is_value};
static const volley_neuron_model cheap = {.name = "cheap", .relative_cost = 1.0};
static const volley_neuron_model dear = {.name = "dear", .relative_cost = 3.5};
static const volley_neuron_model free_of_cost = {.name = "free", .relative_cost = 0.0, .is_source = true};

static volley_population populations[MOST_POPULATIONS];
static volley_projection projections[4];
static volley_network network;

/* A network of populations of these sizes, ending with -1; models in turn. */
static void describe(const char *method, const int64_t *sizes) {
    static const volley_neuron_model *const models[] = {&cheap, &dear, &cheap, &free_of_cost};
    network = (volley_network){.dt_ms = 0.1, .steps = 1000, .partition = method, .populations = populations};
    network.projections = projections;
    for (int32_t p = 0; sizes[p] >= 0; p++) {
        populations[p] = (volley_population){.model = models[p % 4], .size = sizes[p], .expected_rate = NAN};
        populations[p].first_gid = network.n_neurons;
        network.n_neurons += sizes[p];
        network.n_populations = p + 1;
    }
}

static void project(int32_t source, volley_subset target, double indegree) {
    volley_subset all = {.population = source, .stride = 1, .count = populations[source].size};
    projections[network.n_projections++] =
        (volley_projection){.source = all, .target = target, .rule = &rule, .rule_params = {indegree}};
}

/* Slices cover every population, and look-ups agree with them. */
static void check_slices(const volley_partition *partition, int ranks) {
    for (int32_t p = 0; p < network.n_populations; p++) {
        int64_t covered = 0;
        for (int r = 0; r < ranks; r++) {
            volley_slice slice = volley_partition_slice(partition, p, r);
            assert_true(slice.count >= 0 && slice.stride >= 1);
            covered += slice.count;
            for (int64_t i = 0; i < slice.count; i++) {
                int64_t index = slice.start + i * slice.stride;
                assert_true(index >= 0 && index < populations[p].size);
                assert_int_equal(volley_partition_owner(partition, populations[p].first_gid + index), r);
            }
        }
        assert_int_equal(covered, populations[p].size);
    }
}

static void check_numbers(const volley_partition *partition, int ranks) {
    int64_t next[MOST_RANKS] = {0};
    for (int64_t gid = 0; gid < network.n_neurons; gid++) {
        int owner = volley_partition_owner(partition, gid);
        assert_true(owner >= 0 && owner < ranks);
        int64_t local = volley_partition_local(partition, gid);
        assert_int_equal(local, next[owner]++); /* so numbers are dense and ascend with the gid */
        assert_int_equal(volley_partition_global(partition, owner, local), gid);
    }
    for (int r = 0; r < ranks; r++)
        assert_int_equal(volley_partition_local_count(partition, r), next[r]);
}

static void test_every_neuron_has_one_owner(void **state) {
    (void)state;
    static const int64_t networks[][MOST_POPULATIONS] = {
        {1, -1},   {1, 1, 1, -1},           {3, 1, 2, -1},
        {100, -1}, {0, 5, 0, 17, 1, 0, -1}, {1000, 1, 250, 77, 3, 1, 1, 499, -1},
    };
    for (const volley_partition_method *const *method = volley_partition_methods; *method != NULL; method++)
        for (size_t n = 0; n < sizeof networks / sizeof networks[0]; n++)
            for (int i = 0; i < N_RANK_COUNTS && (*method)->make != NULL; i++) {
                describe((*method)->name, networks[n]);
                volley_partition *partition;
                assert_int_equal(volley_partition_create(&network, rank_counts[i], &partition), VOLLEY_OK);
                check_slices(partition, rank_counts[i]);
                check_numbers(partition, rank_counts[i]);
                volley_partition_destroy(&partition);
                assert_null(partition);
            }
}

static void test_registry(void **state) {
    (void)state;
    static const char *const names[] = {"block", "round_robin", "balanced", "scotch", "file"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const volley_partition_method *method = volley_partition_method_find(names[i]);
        assert_non_null(method);
        assert_string_equal(method->name, names[i]);
        assert_true(strlen(method->meaning) > 0);
    }
    assert_null(volley_partition_method_find("balance"));
    describe("nothing", (const int64_t[]){3, -1});
    volley_partition *partition;
    assert_int_equal(volley_partition_create(&network, 2, &partition), VOLLEY_USAGE);
    assert_null(partition);
    assert_non_null(strstr(volley_error_message(), "nothing"));
    volley_error_clear();
}

static void test_block_and_round_robin_by_hand(void **state) {
    (void)state;
    volley_partition *partition;
    describe("block", (const int64_t[]){3, 4, 3, -1});
    assert_int_equal(volley_partition_create(&network, 4, &partition), VOLLEY_OK);
    static const int block[] = {0, 0, 1, 1, 1, 2, 2, 3, 3, 3}; /* cuts at 10 r / 4 = 2, 5, 7 */
    for (int64_t gid = 0; gid < 10; gid++)
        assert_int_equal(volley_partition_owner(partition, gid), block[gid]);
    volley_partition_destroy(&partition);
    describe("round_robin", (const int64_t[]){3, 4, 3, -1});
    assert_int_equal(volley_partition_create(&network, 4, &partition), VOLLEY_OK);
    for (int64_t gid = 0; gid < 10; gid++)
        assert_int_equal(volley_partition_owner(partition, gid), gid % 4);
    volley_partition_destroy(&partition);
}

/* More neurons than 32 bits can count; n_neurons x rank passes 2^63. */
static void test_huge_network(void **state) {
    (void)state;
    for (const volley_partition_method *const *method = volley_partition_methods; *method != NULL; method++) {
        if ((*method)->make == NULL)
            continue;
        describe((*method)->name, (const int64_t[]){INT64_C(1) << 55, (INT64_C(1) << 56) + 12345, 7, -1});
        volley_partition *partition;
        assert_int_equal(volley_partition_create(&network, 200, &partition), VOLLEY_OK);
        int64_t total = 0;
        for (int r = 0; r < 200; r++)
            total += volley_partition_local_count(partition, r);
        assert_int_equal(total, network.n_neurons);
        for (int64_t i = 0; i < 1000; i++) {
            int64_t gid = (network.n_neurons - 1) / 999 * i;
            int owner = volley_partition_owner(partition, gid);
            assert_int_equal(
                volley_partition_global(partition, owner, volley_partition_local(partition, gid)), gid);
        }
        volley_partition_destroy(&partition);
    }
}

/* Every neuron has a part of its own; each rank knows its own neurons by list. */
static void check_parts(int ranks, const uint32_t *parts, uint32_t n_parts, const uint32_t *owners) {
    int64_t covered = 0, counts[MOST_RANKS] = {0};
    for (int64_t gid = 0; gid < network.n_neurons; gid++)
        counts[owners[gid]]++;
    for (int rank = 0; rank < ranks; rank++) {
        volley_partition *partition;
        assert_int_equal(volley_partition_from_parts(&network, ranks, rank, parts, n_parts, &partition),
                         VOLLEY_OK);
        check_numbers(partition, ranks);
        for (int r = 0; r < ranks; r++)
            assert_int_equal(volley_partition_local_count(partition, r), counts[r]);
        for (int32_t p = 0; p < network.n_populations; p++) {
            volley_slice slice = volley_partition_slice(partition, p, rank);
            int64_t found = 0;
            for (int64_t index = -1; index <= populations[p].size; index++)
                found += volley_slice_find(&slice, index) >= 0;
            assert_int_equal(found, slice.count);
            for (int64_t i = 0; i < slice.count; i++, covered++) {
                int64_t index = volley_slice_at(&slice, i);
                assert_true(i == 0 || index > volley_slice_at(&slice, i - 1));
                assert_int_equal(volley_slice_find(&slice, index), i);
                assert_int_equal(owners[populations[p].first_gid + index], rank);
                assert_int_equal(volley_partition_owner(partition, populations[p].first_gid + index), rank);
            }
        }
        volley_partition_destroy(&partition);
    }
    assert_int_equal(covered, network.n_neurons);
}

static void test_parts(void **state) {
    (void)state;
    describe("file", (const int64_t[]){0, 50, 1, 0, 149, -1});
    uint32_t parts[200], owners[200];
    for (uint32_t gid = 0; gid < 200; gid++)
        parts[gid] = owners[gid] = gid * 7919 % 5;
    check_parts(5, parts, 5, owners);
    check_parts(8, parts, 5, owners);                 /* three ranks own nothing */
    static const uint32_t folded[] = {0, 0, 0, 1, 1}; /* part x 2 / 5 */
    for (uint32_t gid = 0; gid < 200; gid++)
        owners[gid] = folded[parts[gid]];
    check_parts(2, parts, 5, owners);
    memset(owners, 0, sizeof owners);
    check_parts(1, parts, 5, owners);
}

/* Owners of 2 and of 4 bytes. */
static void test_parts_of_many_ranks(void **state) {
    (void)state;
    describe("file", (const int64_t[]){100, -1});
    static const int counts[] = {256, 257, 65536, 65537, 200000};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        uint32_t parts[100], ranks = (uint32_t)counts[i];
        for (uint32_t gid = 0; gid < 100; gid++)
            parts[gid] = ranks - 1 - gid;
        volley_partition *partition;
        assert_int_equal(
            volley_partition_from_parts(&network, counts[i], counts[i] - 3, parts, ranks, &partition),
            VOLLEY_OK);
        for (int64_t gid = 0; gid < 100; gid++)
            assert_int_equal(volley_partition_owner(partition, gid), parts[gid]);
        assert_int_equal(volley_partition_slice(partition, 0, counts[i] - 3).count, 1);
        volley_partition_destroy(&partition);
    }
}

static double rank_cost(const volley_partition *partition, int rank) {
    double cost = 0.0;
    for (int32_t p = 0; p < network.n_populations; p++) {
        volley_slice slice = volley_partition_slice(partition, p, rank);
        for (int64_t i = 0; i < slice.count; i++)
            cost += volley_partition_cost(&network, p, slice.start + i * slice.stride);
    }
    return cost;
}

/* Largest cost of a rank over the mean. */
static double imbalance(const volley_partition *partition, int ranks) {
    double largest = 0.0, total = 0.0;
    for (int r = 0; r < ranks; r++) {
        double cost = rank_cost(partition, r);
        largest = fmax(largest, cost);
        total += cost;
    }
    return largest * ranks / total;
}

static void test_cost(void **state) {
    (void)state;
    describe("balanced", (const int64_t[]){100, 100, -1});
    populations[0].expected_rate = 20.0;
    project(0, (volley_subset){.population = 1, .start = 10, .stride = 2, .count = 5}, 1000.0);
    project(1, (volley_subset){.population = 1, .start = 0, .stride = 1, .count = 100}, 100.0);
    double all = 3.5 + 5.0 * 100 * 5.0 * 1e-4; /* 5 Hz stands for an unknown rate */
    assert_near(volley_partition_cost(&network, 0, 5), 1.0);
    assert_near(volley_partition_cost(&network, 1, 11), all);
    assert_near(volley_partition_cost(&network, 1, 12), all + 5.0 * 1000 * 20.0 * 1e-4);
    assert_near(volley_partition_cost(&network, 1, 20), all);
    /* a spike source fires as often as its list says: 30 spikes of 100 neurons in 0.1 s are 3 Hz */
    int64_t start[] = {0, 20, 30}, steps[30] = {0};
    populations[0] =
        (volley_population){.model = &free_of_cost, .size = 100, .expected_rate = NAN, .n_trains = 2};
    populations[0].spike_start = start;
    populations[0].spike_steps = steps;
    assert_near(volley_partition_cost(&network, 1, 12), all + 5.0 * 1000 * 3.0 * 1e-4);
}

/* Uniform populations: counts of ranks differ by one at most, and what is left over evens out. */
static void test_balanced_uniform(void **state) {
    (void)state;
    int64_t sizes[MOST_POPULATIONS];
    for (int p = 0; p < MOST_POPULATIONS - 1; p++)
        sizes[p] = 211 + 37 * p;
    sizes[MOST_POPULATIONS - 1] = -1;
    for (int i = 0; i < N_RANK_COUNTS; i++) {
        int ranks = rank_counts[i];
        describe("balanced", sizes);
        project(0, (volley_subset){.population = 2, .stride = 1, .count = sizes[2]}, 5000.0);
        volley_partition *partition;
        assert_int_equal(volley_partition_create(&network, ranks, &partition), VOLLEY_OK);
        for (int32_t p = 0; p < network.n_populations; p++)
            for (int r = 0; r < ranks; r++) {
                int64_t count = volley_partition_slice(partition, p, r).count;
                assert_true(count >= sizes[p] / ranks && count <= (sizes[p] + ranks - 1) / ranks);
            }
        assert_true(imbalance(partition, ranks) < 1.01);
        volley_partition_destroy(&partition);
    }
}

/* Many populations of one neuron spread over the ranks instead of piling up on the first. */
static void test_balanced_spreads_single_neurons(void **state) {
    (void)state;
    int64_t sizes[MOST_POPULATIONS];
    for (int p = 0; p < 32; p++)
        sizes[p] = 1;
    sizes[32] = -1;
    describe("balanced", sizes);
    volley_partition *partition;
    assert_int_equal(volley_partition_create(&network, 8, &partition), VOLLEY_OK);
    for (int r = 0; r < 8; r++)
        assert_int_equal(volley_partition_local_count(partition, r), 4);
    volley_partition_destroy(&partition);
}

/* The first half of a population gets most of the synapses: its neurons are spread over more ranks. */
static void test_balanced_with_an_expensive_half(void **state) {
    (void)state;
    for (int i = 0; i < N_RANK_COUNTS; i++) {
        int ranks = rank_counts[i];
        describe("balanced", (const int64_t[]){40000, 1000, 6000, -1});
        project(0, (volley_subset){.population = 0, .start = 0, .stride = 1, .count = 20000}, 10000.0);
        project(0, (volley_subset){.population = 0, .start = 10000, .stride = 1, .count = 20000}, 1000.0);
        project(1, (volley_subset){.population = 2, .start = 1, .stride = 3, .count = 1500}, 3000.0);
        volley_partition *partition;
        assert_int_equal(volley_partition_create(&network, ranks, &partition), VOLLEY_OK);
        assert_true(imbalance(partition, ranks) < 1.03);
        check_slices(partition, ranks);
        check_numbers(partition, ranks);
        volley_partition_destroy(&partition);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_registry),
        cmocka_unit_test(test_every_neuron_has_one_owner),
        cmocka_unit_test(test_block_and_round_robin_by_hand),
        cmocka_unit_test(test_huge_network),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_parts_of_many_ranks),
        cmocka_unit_test(test_cost),
        cmocka_unit_test(test_balanced_uniform),
        cmocka_unit_test(test_balanced_spreads_single_neurons),
        cmocka_unit_test(test_balanced_with_an_expensive_half),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
