/* SPDX-License-Identifier: BSD-3-Clause */
/* weights.h5 from synapses that are spread over the ranks in any way, in small rounds: every value is a known
 * function of (target, k, snapshot), and rank 0 reads the file alone. */
#include "files/ranges.h"
#include "io/recordings/weight_output.h"

#include "base/hash.h"
#include "base/status.h"
#include "comm/require.h"
#include "config/config.h"
#include "files/h5.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TARGETS = 40, SNAPSHOTS = 4 };

static volley_comm *comm;
static int rank, ranks;

static const char text[] =
    "simulation: {dt: 0.1, duration: 100.0}\n"
    "populations: {E: {model: iaf_psc_exp, size: 80}, F: {model: iaf_psc_exp, size: 3}}\n"
    "projections:\n"
    "  p: &p\n"
    "    source: E\n"
    "    target: {population: E, neurons: {every: 2}}\n"
    "    connect: {rule: fixed_indegree, indegree: 5}\n"
    "    weight: 1.0\n"
    "    delay: 1.5\n"
    "    plasticity: {rule: stdp}\n"
    "    dendritic_delay: all\n"
    "  none: {<<: *p, target: F}\n"
    "  wide: {<<: *p, weight_precision: float64}\n"
    "record: {start: 20.0, weights: [{projection: p, interval: 30.0}, {projection: none},\n"
    "                                {projection: wide, interval: 30.0}]}\n";

/* Synapses of a target: some have none, a few very many. */
static uint64_t count_of(int64_t position) {
    uint64_t h = volley_mix64((uint64_t)position + 5);
    return h % 7 == 0 ? 0 : h % 5 == 0 ? 60 : h % 11;
}

/* spread 0: by a hash; 1: runs of neighbours; 2: all on the last rank. */
static int owner_of(int64_t position, int spread) {
    if (spread == 2)
        return ranks - 1;
    return spread == 1 ? (int)(position * ranks / TARGETS)
                       : (int)(volley_mix64((uint64_t)position) % (uint64_t)ranks);
}

static double value_of(int64_t position, uint64_t k, int what) {
    return (double)(position * 1000 + (int64_t)k) + what / 8.0;
}

/* The rank's targets, descending, since the order is free. */
static uint64_t own_targets(int64_t targets, bool synapses, int spread, int64_t *positions,
                            uint64_t *counts) {
    uint64_t n = 0;
    for (int64_t i = targets - 1; i >= 0; i--)
        if (owner_of(i, spread) == rank) {
            positions[n] = i;
            counts[n++] = synapses ? count_of(i) : 0;
        }
    return n;
}

/* 8 bytes a synapse as double, or as uint64_t, or 4 as float. */
static void fill(const int64_t *positions, const uint64_t *counts, uint64_t n, int what, char type,
                 void *values) {
    uint64_t at = 0;
    for (uint64_t i = 0; i < n; i++)
        for (uint64_t k = 0; k < counts[i]; k++, at++) {
            double value = value_of(positions[i], k, what);
            if (type == 'u')
                ((uint64_t *)values)[at] = (uint64_t)value;
            else if (type == 'd')
                ((double *)values)[at] = value;
            else
                ((float *)values)[at] = (float)value;
        }
}

static void write_record(volley_weight_writer *writer, int32_t record, int spread) {
    static int64_t positions[TARGETS];
    static uint64_t counts[TARGETS];
    static double values[TARGETS * 60];
    uint64_t n = own_targets(TARGETS, true, spread, positions, counts);
    fill(positions, counts, n, 0, 'u', values);
    REQUIRE(volley_weight_writer_column(writer, record, VOLLEY_WEIGHT_SOURCE, values) == VOLLEY_OK);
    fill(positions, counts, n, 2, 'd', values);
    REQUIRE(volley_weight_writer_column(writer, record, VOLLEY_WEIGHT_DELAY, values) == VOLLEY_OK);
    for (int s = 0; s < SNAPSHOTS; s++) {
        fill(positions, counts, n, 3 + s, record == 2 ? 'd' : 'f', values);
        REQUIRE(volley_weight_writer_snapshot(writer, record, values) == VOLLEY_OK);
    }
}

/* A writer that knows which targets this rank has, its file open. */
static volley_weight_writer *open_writer(const volley_network *network, const char *directory, int spread) {
    static int64_t positions[TARGETS];
    static uint64_t counts[TARGETS];
    volley_provenance provenance = {.version = "",
                                    .git = "",
                                    .compiler = "",
                                    .flags = "",
                                    .simd = "",
                                    .config = "",
                                    .host = "",
                                    .partition = ""};
    volley_weight_writer *writer;
    REQUIRE(volley_weight_writer_create(comm, network, directory, &provenance, &writer) == VOLLEY_OK);
    for (int32_t i = 0; i < 3; i++) {
        uint64_t n = own_targets(i == 1 ? 3 : TARGETS, i != 1, spread, positions, counts);
        REQUIRE(volley_weight_writer_place(writer, i, positions, counts, n) == VOLLEY_OK);
    }
    REQUIRE(volley_weight_writer_open(writer) == VOLLEY_OK);
    return writer;
}

static void write_all(const volley_network *network, const char *directory, int spread) {
    volley_weight_writer *writer = open_writer(network, directory, spread);
    for (int32_t i = 0; i < 3; i += 2)
        write_record(writer, i, spread);
    REQUIRE(volley_weight_writer_column(writer, 1, VOLLEY_WEIGHT_SOURCE, NULL) == VOLLEY_OK);
    REQUIRE(volley_weight_writer_column(writer, 1, VOLLEY_WEIGHT_DELAY, NULL) == VOLLEY_OK);
    REQUIRE(volley_weight_writer_snapshot(writer, 1, NULL) == VOLLEY_OK);
    REQUIRE(volley_weight_writer_finish(writer) == VOLLEY_OK);
    volley_weight_writer_destroy(&writer);
}

static void check_column(volley_h5 group, const char *name, uint64_t n, const double *expected) {
    volley_h5 dataset = 0;
    uint64_t count = 0;
    double *values = calloc(n + 1, sizeof *values);
    REQUIRE(values != NULL && volley_h5_open_dataset(group, name, &dataset, &count) == VOLLEY_OK &&
            count == n);
    REQUIRE(volley_h5_read(dataset, VOLLEY_H5_FLOAT64, 0, n, values) == VOLLEY_OK);
    REQUIRE(n == 0 || memcmp(values, expected, n * sizeof *values) == 0);
    volley_h5_close(&dataset);
    free(values);
}

static void check_record(volley_h5 weights, const char *name) {
    static double expected[4][TARGETS * 60], row[TARGETS * 60];
    static const double times[SNAPSHOTS] = {30.0, 60.0, 90.0, 100.0};
    uint64_t n = 0, rows, columns;
    volley_h5 group = 0, table = 0;
    for (int64_t i = 0; i < TARGETS; i++)
        for (uint64_t k = 0; k < count_of(i); k++, n++) {
            expected[0][n] = value_of(i, k, 0);
            expected[1][n] = 2.0 * (double)i;
            expected[2][n] = value_of(i, k, 2);
        }
    REQUIRE(volley_h5_open_group(weights, name, &group) == VOLLEY_OK);
    check_column(group, "source_node_id", n, expected[0]);
    check_column(group, "target_node_id", n, expected[1]);
    check_column(group, "delay", n, expected[2]);
    check_column(group, "time", SNAPSHOTS, times);
    REQUIRE(volley_h5_open_table(group, "weight", &table, &rows, &columns) == VOLLEY_OK);
    REQUIRE(rows == SNAPSHOTS && columns == n);
    for (int s = 0; s < SNAPSHOTS; s++) {
        uint64_t at = 0;
        for (int64_t i = 0; i < TARGETS; i++)
            for (uint64_t k = 0; k < count_of(i); k++)
                expected[3][at++] = value_of(i, k, 3 + s);
        REQUIRE(volley_h5_read_table(table, VOLLEY_H5_FLOAT64, (uint64_t)s, 1, 0, n, row) == VOLLEY_OK);
        REQUIRE(memcmp(row, expected[3], n * sizeof *row) == 0);
    }
    volley_h5_close(&table);
    volley_h5_close(&group);
}

static void check_file(const char *path) {
    volley_h5 file = 0, weights = 0, group = 0;
    static const double end[1] = {100.0};
    REQUIRE(volley_h5_open(path, &file) == VOLLEY_OK);
    REQUIRE(volley_h5_open_group(file, "weights", &weights) == VOLLEY_OK);
    check_record(weights, "p");
    check_record(weights, "wide");
    REQUIRE(volley_h5_open_group(weights, "none", &group) == VOLLEY_OK);
    check_column(group, "source_node_id", 0, NULL);
    check_column(group, "time", 1, end);
    volley_h5_close(&group);
    volley_h5_close(&weights);
    volley_h5_close(&file);
}

/* Nothing is left of a file that is not finished. */
static void check_given_up(const volley_network *network, const char *directory, const char *path) {
    char temporary[200];
    volley_weight_writer *writer = open_writer(network, directory, 0);
    snprintf(temporary, sizeof temporary, "%s.tmp", path);
    REQUIRE(access(temporary, F_OK) == 0);
    volley_weight_writer_destroy(&writer);
    REQUIRE(access(temporary, F_OK) != 0 && access(path, F_OK) != 0);
}

int main(int argc, char **argv) {
    static const uint64_t rounds[] = {1, 7, 64, 1 << 19};
    char directory[] = "/tmp/volley-test-XXXXXX", path[100];
    volley_network *network;
    REQUIRE(volley_comm_start(&argc, &argv, &comm) == VOLLEY_OK);
    rank = volley_comm_rank(comm);
    ranks = volley_comm_size(comm);
    REQUIRE(rank != 0 || mkdtemp(directory) != NULL);
    volley_comm_broadcast(comm, directory, sizeof directory);
    snprintf(path, sizeof path, "%s/weights.h5", directory);
    REQUIRE(volley_config_parse(text, "test.yaml", NULL, 0, &network) == VOLLEY_OK);
    for (int spread = 0; spread < 3; spread++)
        for (size_t i = 0; i < sizeof rounds / sizeof *rounds; i++) {
            volley_ranges_set_round(rounds[i]);
            write_all(network, directory, spread);
            if (rank == 0) {
                check_file(path);
                unlink(path);
            }
        }
    volley_comm_agree(comm, VOLLEY_OK);
    check_given_up(network, directory, path);
    if (rank == 0)
        rmdir(directory);
    volley_network_destroy(&network);
    volley_comm_stop(&comm);
    return 0;
}
