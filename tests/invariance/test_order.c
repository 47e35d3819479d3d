/* SPDX-License-Identifier: BSD-3-Clause */
/* Proof that network.yaml sees the order of additions: the same network with a wrong order gives other
 * spikes.
 *
 * Without it test_layouts could pass with an engine that adds up in the order in which messages come in. Each
 * kind of disorder stands for one rule of the canonical order: emission step, source gid, storage class,
 * order of plastic synapses, k of a pair. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "comm/comm.h"
#include "sim/input/calendar.h"
#include "sim/sim.h"
#include "sim/worker.h"
#include "support/built.h"

#define SWAP(a, b)                                                                                           \
    do {                                                                                                     \
        __typeof__(a) swap_ = (a);                                                                           \
        (a) = (b);                                                                                           \
        (b) = swap_;                                                                                         \
    } while (0)

typedef enum disorder {
    NONE,
    BUCKETS_REVERSED, /* everything that is due in a step, backwards */
    STEPS_SWAPPED,    /* the later of two emission steps first */
    GIDS_DESCENDING,  /* sources of one emission step backwards */
    CLASSES_SWAPPED,  /* of one source, weights of their own before constant ones */
    PLASTIC_REVERSED, /* plastic synapses of one projection that are due in a step, backwards */
    PAIRS_REVERSED,   /* several synapses of one source and target backwards */
    DISORDERS
} disorder;

static volley_comm *comm;

static void build_network(test_built *b) {
    static const char *const sets[] = {"record.spikes=[]"};
    volley_network *network;
    test_require(volley_config_load(VOLLEY_SOURCE_DIR "/tests/invariance/network.yaml", sets, 1, &network));
    test_build(b, network, 1, VOLLEY_SIMD_PLAIN);
}

static void reverse_gids(uint64_t *gids, int64_t n) {
    for (int64_t i = 0; i < n / 2; i++)
        SWAP(gids[i], gids[n - 1 - i]);
}

static int class_of(volley_due due) {
    return due.kind & 3;
}

static void reverse_plastic(volley_plastic *plastic, int64_t update) {
    volley_plastic_bucket *bucket = &plastic->blocks[0].buckets[update % plastic->slots];
    for (size_t i = 0; i < bucket->count / 2; i++)
        SWAP(bucket->items[i], bucket->items[bucket->count - 1 - i]);
}

/* Disturbs what is due in the update that comes next. */
static void disturb_buckets(volley_worker *worker, int64_t update, disorder kind) {
    for (int p = 0; kind == PLASTIC_REVERSED && p < worker->n_plastic; p++)
        if (worker->plastic[p].projection->plasticity.rule == volley_rule_find("stdp"))
            reverse_plastic(&worker->plastic[p], update);
    for (int r = 0; r < worker->calendars[0].n_receptors; r++) {
        volley_bucket *bucket = volley_calendar_bucket(&worker->calendars[0], update, r);
        volley_due *items = bucket->items;
        size_t n = bucket->count;
        for (size_t i = 0; kind == BUCKETS_REVERSED && i < n / 2; i++)
            SWAP(items[i], items[n - 1 - i]);
        for (size_t i = 1; kind == CLASSES_SWAPPED && i < n; i++)
            if (class_of(items[i - 1]) < class_of(items[i]))
                SWAP(items[i - 1], items[i]);
    }
}

/* Turns every run round. That moves equal targets only among themselves; the order of different targets is
 * free. */
static void reverse_runs(volley_rows *rows) {
    int64_t first = 0;
    for (int64_t run = 0; run < rows->n_runs; run++) {
        int64_t n = rows->run_length[run];
        for (int64_t i = 0; i < n / 2; i++) {
            int64_t a = first + i, b = first + n - 1 - i;
            SWAP(rows->target[a], rows->target[b]);
            if (rows->weight32 != NULL)
                SWAP(rows->weight32[a], rows->weight32[b]);
            if (rows->weight64 != NULL)
                SWAP(rows->weight64[a], rows->weight64[b]);
        }
        first += n;
    }
}

static void receive(volley_worker *worker, int64_t step, int64_t first, disorder kind) {
    int64_t from = step > 0 ? worker->step_end[step - 1] : 0, n = worker->step_end[step] - from;
    if (kind == GIDS_DESCENDING)
        reverse_gids(worker->gids + from, n);
    volley_worker_receive(worker, worker->gids + from, n, first + step + 1);
}

/* The step loop of one rank and one thread; with two steps an interval where their order matters. */
static uint64_t simulate(disorder kind, int64_t interval) {
    test_built b;
    build_network(&b);
    assert_true(b.wiring->synapses[0].n_blocks == 1 && b.network->min_delay >= interval);
    for (int t = 0; kind == PAIRS_REVERSED && t < b.wiring->n_static; t++)
        reverse_runs(&b.wiring->synapses[0].blocks[0].tables[t]);
    volley_worker worker;
    test_require(volley_worker_create(&worker, b.wiring, 0, interval));
    volley_worker_initial(&worker);
    for (int64_t first = 0; first < b.network->steps; first += interval) {
        for (int64_t i = 0; i < interval; i++) {
            disturb_buckets(&worker, first + i, kind);
            volley_worker_step(&worker, first + i, i);
        }
        /* one source may be in both steps, so they cannot simply be merged */
        for (int64_t i = 0; i < interval; i++)
            receive(&worker, kind == STEPS_SWAPPED ? interval - 1 - i : i, first, kind);
        volley_worker_sweep(&worker, first + interval);
        worker.n_gids = 0;
    }
    assert_int_equal(worker.status.code, VOLLEY_OK);
    uint64_t hash = worker.spike_hash;
    volley_worker_free(&worker);
    test_built_free(&b);
    return hash;
}

/* The hash that the program itself reports. */
static uint64_t run_program(void) {
    test_built b;
    build_network(&b);
    static const volley_provenance provenance = {.version = "",
                                                 .git = "",
                                                 .compiler = "",
                                                 .flags = "",
                                                 .simd = "",
                                                 .config = "",
                                                 .host = "",
                                                 .partition = ""};
    volley_spike_writer *writer;
    volley_sim *sim;
    volley_rank_figures figures = {0};
    volley_sim_options options = {.interval = 1, .record_buffer = 1 << 20};
    test_require(
        volley_spike_writer_create(comm, b.network, "/tmp", &provenance, &writer)); /* nothing is recorded */
    test_require(volley_sim_create(b.network, b.layout, b.wiring, comm, writer, &options, &sim));
    test_require(volley_sim_run(sim));
    figures.population_spikes = calloc((size_t)b.network->n_populations, sizeof(uint64_t));
    figures.population_spikes_recorded = calloc((size_t)b.network->n_populations, sizeof(uint64_t));
    volley_sim_figures(sim, &figures);
    free(figures.population_spikes);
    free(figures.population_spikes_recorded);
    volley_sim_destroy(&sim);
    volley_spike_writer_destroy(&writer);
    test_built_free(&b);
    return figures.spike_hash;
}

static void test_same_loop(void **state) {
    (void)state;
    uint64_t hash = simulate(NONE, 1);
    assert_true(hash != 0);
    assert_true(hash == run_program());
    assert_true(hash == simulate(NONE, 2));
    assert_true(hash == simulate(STEPS_SWAPPED, 1)); /* one step an interval: nothing to swap */
}

static void test_every_disorder_shows(void **state) {
    (void)state;
    static const char *const names[] = {"none",
                                        "buckets reversed",
                                        "steps swapped",
                                        "gids descending",
                                        "classes swapped",
                                        "plastic reversed",
                                        "pairs reversed"};
    uint64_t hash[DISORDERS];
    for (int kind = NONE; kind < DISORDERS; kind++) {
        hash[kind] = simulate((disorder)kind, 2);
        print_message("%-16s %016llx\n", names[kind], (unsigned long long)hash[kind]);
    }
    for (int kind = NONE + 1; kind < DISORDERS; kind++)
        assert_true(hash[kind] != hash[NONE]);
}

int main(int argc, char **argv) {
    test_require(volley_comm_start(&argc, &argv, &comm));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_loop),
        cmocka_unit_test(test_every_disorder_shows),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    volley_comm_stop(&comm);
    return failed;
}
