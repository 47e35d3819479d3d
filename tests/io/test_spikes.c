/* SPDX-License-Identifier: BSD-3-Clause */
/* Segments and their merge, written by several ranks and read back by one. With a directory as argument the
 * files are left there (merged/ and segments/) for test_h5py.py. */
#define _GNU_SOURCE
#include "io/read/result_reader.h"
#include "io/spikes/spike_order.h"
#include "io/spikes/spikes.h"

#include "base/status.h"
#include "spike_fixture.h"

#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static volley_comm *comm;
static int rank, ranks;
static volley_network *network;
static char config[100001]; /* more than an attribute of fixed length could hold */
static volley_provenance provenance;

static const int64_t ends[] = {200, 250, 251, 1000, 1100, 1500};
enum { N_SEGMENTS = sizeof ends / sizeof *ends };

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *walk) {
    (void)info;
    (void)type;
    (void)walk;
    return remove(path);
}

static void remove_directory(const char *path) {
    volley_comm_barrier(comm);
    if (rank == 0)
        REQUIRE(nftw(path, remove_entry, 8, FTW_DEPTH | FTW_PHYS) == 0);
}

static void make_directory(const char *path) {
    if (rank == 0)
        REQUIRE(mkdir(path, 0777) == 0);
    volley_comm_barrier(comm);
}

static int exists(const char *directory, const char *name) {
    char path[600];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return access(path, F_OK) == 0;
}

static volley_spike_writer *write_segments(const char *directory) {
    volley_spike_writer *writer;
    REQUIRE(volley_spike_writer_create(comm, network, directory, &provenance, &writer) == VOLLEY_OK);
    int64_t from = 0;
    for (int s = 0; s < N_SEGMENTS; s++) {
        int64_t n;
        volley_recorded_spike *spikes = fixture_spikes(network, rank, ranks, from, ends[s], &n);
        REQUIRE(rank < ranks - 1 || ranks == 1 || n == 0);
        REQUIRE(volley_spike_writer_segment(writer, spikes, n, ends[s]) == VOLLEY_OK);
        free(spikes);
        from = ends[s];
    }
    return writer;
}

/* Compares one population with the rule, reading `round` spikes at once. */
static void check_population(volley_spike_files *files, int p, uint64_t round) {
    int32_t q = volley_spike_files_find(files, network->populations[p].name);
    REQUIRE(q >= 0 && files->size[q] == (uint64_t)fixture_size[p]);
    double *times = malloc(round * sizeof *times);
    uint64_t *ids = malloc(round * sizeof *ids), at = 0, filled = 0;
    REQUIRE(times != NULL && ids != NULL);
    int64_t first = network->populations[p].first_gid;
    for (int64_t step = 1; step <= STEPS; step++)
        for (int64_t i = 0; i < fixture_size[p]; i++) {
            if (!fixture_fires(first + i, step))
                continue;
            if (at == filled) {
                uint64_t left = files->total[q] - filled, n = left < round ? left : round;
                REQUIRE(n > 0 && volley_spike_files_read(files, q, filled, n, times, ids) == VOLLEY_OK);
                filled += n;
            }
            uint64_t slot = at % round;
            REQUIRE(times[slot] == (double)step / 10.0 && ids[slot] == (uint64_t)i);
            at++;
        }
    REQUIRE(at == files->total[q]);
    free(times);
    free(ids);
}

static void check_contents(const char *directory, int64_t n_files) {
    volley_comm_barrier(comm);
    if (rank == 0) {
        volley_spike_files files;
        REQUIRE(volley_spike_files_open(directory, VOLLEY_SPIKES_RESULT, &files) == VOLLEY_OK);
        REQUIRE(files.n_files == n_files && files.n_populations == 3);
        REQUIRE(files.from_ms == 0.0 && files.until_ms == 150.0);
        REQUIRE(volley_spike_files_find(&files, "hidden") == -1);
        for (int p = 0; p < HIDDEN; p++)
            check_population(&files, p, 777);
        volley_spike_files_close(&files);
    }
    volley_comm_barrier(comm);
}

static void test_merge(const char *directory) {
    make_directory(directory);
    volley_spike_writer *writer = write_segments(directory);
    REQUIRE(exists(directory, "spikes-251.part.h5") && !exists(directory, "spikes-251.part.h5.tmp"));
    REQUIRE(!exists(directory, "spikes-1100.part.h5")); /* nobody fired */
    check_contents(directory, N_SEGMENTS - 1);
    REQUIRE(volley_spike_writer_finish(writer) == VOLLEY_OK);
    REQUIRE(exists(directory, "spikes.h5") && !exists(directory, "spikes.h5.tmp"));
    REQUIRE(!exists(directory, "spikes-251.part.h5"));
    check_contents(directory, 1);
    volley_spike_writer_destroy(&writer);
    REQUIRE(writer == NULL);
}

/* The datasets of E, by id and then by time. */
static void check_by_id(const char *directory) {
    char path[700];
    snprintf(path, sizeof path, "%s/spikes.h5", directory);
    volley_h5 file, group, dataset;
    uint64_t n, at = 0, order = 0;
    REQUIRE(volley_h5_open(path, &file) == VOLLEY_OK);
    REQUIRE(volley_h5_open_group(file, "spikes/E", &group) == VOLLEY_OK);
    REQUIRE(volley_h5_get(group, "sorting", VOLLEY_H5_UINT64, &order) == VOLLEY_OK && order == 1);
    REQUIRE(volley_h5_open_dataset(group, "timestamps", &dataset, &n) == VOLLEY_OK);
    double *times = malloc(n * sizeof *times);
    uint64_t *ids = malloc(n * sizeof *ids);
    REQUIRE(times && ids && volley_h5_read(dataset, VOLLEY_H5_FLOAT64, 0, n, times) == VOLLEY_OK);
    volley_h5_close(&dataset);
    REQUIRE(volley_h5_open_dataset(group, "node_ids", &dataset, &n) == VOLLEY_OK);
    REQUIRE(volley_h5_read(dataset, VOLLEY_H5_UINT64, 0, n, ids) == VOLLEY_OK);
    volley_h5_close(&dataset);
    volley_h5_close(&group);
    volley_h5_close(&file);
    for (int64_t i = 0; i < fixture_size[E]; i++)
        for (int64_t step = 1; step <= STEPS; step++)
            if (fixture_fires(network->populations[E].first_gid + i, step)) {
                REQUIRE(at < n && ids[at] == (uint64_t)i && times[at] == (double)step / 10.0);
                at++;
            }
    REQUIRE(at == n);
    free(times);
    free(ids);
}

/* By id, in one pass over the segments and in many; the reader gives them by time all the same. */
static void test_by_id(const char *base) {
    static const uint64_t shares[] = {200, 3000, 1 << 23};
    network->spike_order = VOLLEY_ORDER_BY_ID;
    for (int i = 0; i < 3; i++) {
        char directory[600];
        snprintf(directory, sizeof directory, "%s/by_id_%d", base, i);
        make_directory(directory);
        volley_spike_writer *writer = write_segments(directory);
        volley_spike_order_set_share(shares[i]);
        REQUIRE(volley_spike_writer_finish(writer) == VOLLEY_OK);
        volley_spike_writer_destroy(&writer);
        if (rank == 0)
            check_by_id(directory);
        check_contents(directory, 1);
    }
    network->spike_order = VOLLEY_ORDER_BY_TIME;
}

static void test_segments_only(const char *directory) {
    make_directory(directory);
    volley_spike_writer *writer = write_segments(directory);
    volley_spike_writer_destroy(&writer);
    check_contents(directory, N_SEGMENTS - 1);
}

static void test_no_spikes(const char *directory) {
    make_directory(directory);
    volley_spike_writer *writer;
    REQUIRE(volley_spike_writer_create(comm, network, directory, &provenance, &writer) == VOLLEY_OK);
    REQUIRE(volley_spike_writer_segment(writer, NULL, 0, 10) == VOLLEY_OK);
    REQUIRE(volley_spike_writer_finish(writer) == VOLLEY_OK);
    volley_spike_writer_destroy(&writer);
    if (rank == 0) {
        volley_spike_files files;
        REQUIRE(volley_spike_files_open(directory, VOLLEY_SPIKES_RESULT, &files) == VOLLEY_OK);
        REQUIRE(files.n_populations == 3 && files.total[0] == 0);
        volley_spike_files_close(&files);
    }
}

/* A directory that is not there fails on all ranks together, whoever has spikes. */
static void test_missing_directory(const char *base) {
    char directory[600];
    snprintf(directory, sizeof directory, "%s/missing", base);
    volley_spike_writer *writer;
    REQUIRE(volley_spike_writer_create(comm, network, directory, &provenance, &writer) == VOLLEY_OK);
    volley_recorded_spike spike = {5, 1};
    REQUIRE(volley_spike_writer_segment(writer, &spike, rank == ranks - 1, 10) == VOLLEY_FAILED);
    REQUIRE(volley_spike_writer_finish(writer) == VOLLEY_FAILED);
    volley_spike_writer_destroy(&writer);
}

/* A damaged segment ends the merge on all ranks, and nothing is lost. */
static void test_damaged_segment(const char *base) {
    char directory[600], path[700];
    snprintf(directory, sizeof directory, "%s/damaged", base);
    make_directory(directory);
    volley_spike_writer *writer = write_segments(directory);
    snprintf(path, sizeof path, "%s/spikes-250.part.h5", directory);
    if (rank == 0)
        REQUIRE(truncate(path, 100) == 0);
    REQUIRE(volley_spike_writer_finish(writer) == VOLLEY_FAILED);
    volley_spike_writer_destroy(&writer);
    REQUIRE(exists(directory, "spikes-200.part.h5") && exists(directory, "spikes-1500.part.h5"));
    REQUIRE(!exists(directory, "spikes.h5") && !exists(directory, "spikes.h5.tmp"));
}

static void set_provenance(void) {
    memset(config, 'x', sizeof config - 1);
    memcpy(config, "# \xc2\xb5 ", 5);
    static char host[32];
    snprintf(host, sizeof host, "host%0*d", rank + 1, rank); /* differs in length over ranks */
    provenance = (volley_provenance){.version = "0.1.0",
                                     .git = "abc",
                                     .compiler = "cc 1",
                                     .flags = "-O3",
                                     .simd = rank % 2 ? "avx2" : "plain",
                                     .config = config,
                                     .config_hash = 0x0123456789abcdef,
                                     .seed = UINT64_MAX,
                                     .dt_ms = 0.1,
                                     .host = host,
                                     .ranks = ranks,
                                     .threads = 3,
                                     .partition = "block",
                                     .exchange_interval_steps = 1};
    snprintf(provenance.started, sizeof provenance.started, "2026-01-01T00:00:%02dZ", rank);
}

int main(int argc, char **argv) {
    REQUIRE(volley_comm_start(&argc, &argv, &comm) == VOLLEY_OK);
    rank = volley_comm_rank(comm);
    ranks = volley_comm_size(comm);
    network = fixture_network();
    set_provenance();
    char base[400] = "/tmp/volley_spikes_XXXXXX", directory[600];
    if (argc > 1)
        snprintf(base, sizeof base, "%s", argv[1]);
    else if (rank == 0)
        REQUIRE(mkdtemp(base) != NULL);
    volley_comm_broadcast(comm, base, sizeof base);
    snprintf(directory, sizeof directory, "%s/merged", base);
    test_merge(directory);
    snprintf(directory, sizeof directory, "%s/segments", base);
    test_segments_only(directory);
    if (argc == 1) {
        /* Again and again: damage by unlocked sieving depends on timing; and in rounds of a few spikes. */
        for (int i = 0; i < 8; i++) {
            volley_h5_set_round_bytes(i < 4 ? (uint64_t)1 << 29 : 1000 + 8 * (uint64_t)i);
            snprintf(directory, sizeof directory, "%s/again%d", base, i);
            test_merge(directory);
        }
        snprintf(directory, sizeof directory, "%s/none", base);
        test_no_spikes(directory);
        test_by_id(base);
        test_missing_directory(base);
        test_damaged_segment(base);
        remove_directory(base);
    }
    volley_comm_stop(&comm);
    return 0;
}
