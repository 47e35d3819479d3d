/* SPDX-License-Identifier: BSD-3-Clause */
/* run.json has every key that is promised, with the values that follow from the ranks' figures. With a
 * directory as argument the file is left there. */
#include "io/read/result_reader.h"
#include "io/report/run_json.h"

#include "base/status.h"
#include "spike_fixture.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volley_comm *comm;
static int rank, ranks;

/* Every key of run.json, dotted. */
static const char *const keys[] = {
    "volley.version",
    "volley.git",
    "volley.compiler",
    "volley.flags",
    "volley.simd",
    "host",
    "started",
    "layout.ranks",
    "layout.threads",
    "layout.partition",
    "layout.exchange_interval_steps",
    "config",
    "config_hash",
    "models",
    "seed",
    "dt_ms",
    "simulated_ms",
    "network.neurons",
    "network.synapses",
    "network.plastic_synapses",
    "populations.E.size",
    "populations.E.spikes",
    "populations.E.spikes_recorded",
    "populations.E.rate_hz",
    "populations.hidden.rate_hz",
    "recorded_ms",
    "spike_hash",
    "weight_hash",
    "connection_hash",
    "part_ms",
    "time_s.build",
    "time_s.simulate",
    "time_s.write",
    "time_s.total",
    "real_time_factor",
    "phases_s.update.min",
    "phases_s.update.mean",
    "phases_s.update.max",
    "phases_s.update.slowest_rank",
    "phases_s.exchange.max",
    "per_rank.neurons.min",
    "per_rank.neurons.mean",
    "per_rank.neurons.max",
    "per_rank.synapses.mean",
    "per_rank.events.mean",
    "per_rank.peak_rss.max",
    "events.static",
    "events.plastic",
    "events.external",
    "updates",
    "poisson_draws",
    "collective_calls",
    "partition.method",
    "partition.graph",
    "partition.largest_over_mean.neurons",
    "partition.largest_over_mean.synapses",
    "partition.largest_over_mean.cost",
    "partition.cut_synapses",
    "partition.cut",
    "partition.messages",
    "exchange.method",
    "exchange.messages",
    "exchange.bytes",
    "exchange_overflows",
    "ns_per_event_per_core",
    "deliver_ns_per_event_per_core",
    "ns_per_update_per_core",
    "build_ns_per_synapse_per_core",
    "bytes.peak_rss_total",
    "bytes.per_synapse",
    "bytes.predicted",
    "restarts",
};

static json_t *at(json_t *run, const char *path) {
    char copy[100], *rest = copy;
    snprintf(copy, sizeof copy, "%s", path);
    json_t *value = run;
    for (char *key; (key = strsep(&rest, ".")) != NULL;)
        value = json_object_get(value, key);
    return value;
}

static int near(json_t *run, const char *path, double expected) {
    return json_is_number(at(run, path)) &&
           fabs(json_number_value(at(run, path)) - expected) <= 1e-12 * fabs(expected);
}

static int is_text(json_t *run, const char *path, const char *expected) {
    return json_is_string(at(run, path)) && strcmp(json_string_value(at(run, path)), expected) == 0;
}

static void check_values(json_t *run) {
    double n = ranks, sum = n * (n + 1) / 2; /* rank r counts r + 1 */
    REQUIRE(near(run, "network.neurons", 10 * sum) && near(run, "network.synapses", 1000 * sum));
    REQUIRE(near(run, "populations.E.spikes", 30 * n) &&
            near(run, "populations.E.rate_hz", 15 * n / 300 / 0.1));
    REQUIRE(near(run, "events.static", 500 * sum) && near(run, "time_s.simulate", 2.0 * n));
    REQUIRE(near(run, "real_time_factor", (2.0 * n + 0.5) / 0.15) && near(run, "simulated_ms", 150.0));
    REQUIRE(near(run, "ns_per_event_per_core", 1e9 * 2.0 * n * n * 3 / (600 * sum)));
    REQUIRE(near(run, "deliver_ns_per_event_per_core", 1e9 * (0.25 * n + (n > 1 ? 0.5 : 0.0)) / (600 * sum)));
    REQUIRE(near(run, "ns_per_update_per_core", 1e9 * 0.125 / 70));
    REQUIRE(near(run, "updates", 70 * n) && near(run, "poisson_draws", 40 * sum));
    REQUIRE(near(run, "build_ns_per_synapse_per_core", 1e9 * 4.0 * n * 3 / (1000 * sum)));
    REQUIRE(near(run, "collective_calls", 17) && near(run, "exchange_overflows", 2));
    REQUIRE(near(run, "exchange.messages", 3 * sum) && near(run, "exchange.bytes", 900 * sum));
    REQUIRE(near(run, "bytes.per_synapse", 4096.0 * n / (1000 * sum)));
    REQUIRE(near(run, "per_rank.neurons.max", 10 * n) && near(run, "per_rank.events.min", 650));
    REQUIRE(near(run, "phases_s.update.slowest_rank", n - 1) &&
            near(run, "phases_s.exchange.max", 0.0 + n - 1));
    /* 0.25 + 0.125 s of work on each rank, and 0.5 s more on the second one, who does not wait */
    REQUIRE(near(run, "imbalance.slowest_rank", n > 1 ? 1 : 0));
    REQUIRE(near(run, "imbalance.work_max_over_mean", n > 1 ? 0.875 * n / (0.375 * n + 0.5) : 1.0));
    REQUIRE(near(run, "imbalance.wait_share", n > 1 ? 0.25 * (n - 1) / n / (2.0 * n) : 0.125));
    REQUIRE(is_text(run, "config_hash", "0000000000000abc") && is_text(run, "config", "a: 1\n"));
    char hash[17];
    snprintf(hash, sizeof hash, "%016llx", (unsigned long long)((uint64_t)ranks << 63));
    REQUIRE(is_text(run, "spike_hash", hash)); /* the sum wraps */
    REQUIRE(is_text(run, "volley.flags", "") && json_is_array(at(run, "restarts")));
}

static void fill(volley_rank_figures *f, uint64_t *spikes, uint64_t *recorded) {
    uint64_t k = (uint64_t)rank + 1;
    *f = (volley_rank_figures){
        .neurons = 10 * k,
        .synapses = 1000 * k,
        .events_static = 500 * k,
        .events_plastic = 100 * k,
        .events_external = 50 * k,
        .plastic_synapses = 1,
        .spike_hash = (uint64_t)1 << 63,
        .population_spikes = spikes,
        .population_spikes_recorded = recorded,
        .peak_rss = 4096,
        .build_s = 4.0,
        .simulate_s = 2.0 * (double)k,
        .write_during_s = 0.5,
        .n_phases = 3,
        .phase_name = {"update", "exchange", "wait_ranks"},
        .phase_s = {1.0 + rank, (double)rank, rank == 1 ? 0.0 : 0.25},
        .deliver_s = rank == 1 ? 0.75 : 0.25,
        .update_s = 0.125,
        .updates = 70,
        .poisson_draws = 40 * k,
        .exchanged = {.calls = 17, .overflows = 2, .messages = 3 * k, .bytes = 900 * k}};
    spikes[0] = 30;
    recorded[0] = 15;
}

static json_t *write_and_read(const volley_network *network, const char *directory,
                              const volley_rank_figures *f, uint64_t seed) {
    volley_provenance p = {.version = "0.1.0",
                           .config = "a: 1\n",
                           .config_hash = 0xabc,
                           .seed = seed,
                           .dt_ms = 0.1,
                           .host = "h",
                           .ranks = ranks,
                           .threads = 3,
                           .partition = "block",
                           .exchange_method = "allgather"};
    REQUIRE(volley_run_json_write(comm, network, &p, directory, f, 1) == VOLLEY_OK);
    json_t *run = NULL;
    if (rank == 0)
        REQUIRE(volley_run_json_read(directory, &run) == VOLLEY_OK && run != NULL);
    return run;
}

int main(int argc, char **argv) {
    REQUIRE(volley_comm_start(&argc, &argv, &comm) == VOLLEY_OK);
    rank = volley_comm_rank(comm);
    ranks = volley_comm_size(comm);
    char directory[400] = "/tmp/volley_run_XXXXXX", path[500];
    if (argc > 1)
        snprintf(directory, sizeof directory, "%s", argv[1]);
    else if (rank == 0)
        REQUIRE(mkdtemp(directory) != NULL);
    volley_comm_broadcast(comm, directory, sizeof directory);
    volley_network *network = fixture_network();
    network->record_start_step = 500;
    uint64_t spikes[N_POPULATIONS] = {0}, recorded[N_POPULATIONS] = {0};

    /* Nothing happened: quotients are null, not infinite. A large seed survives. */
    volley_rank_figures f = {.population_spikes = spikes, .population_spikes_recorded = recorded};
    json_t *run = write_and_read(network, directory, &f, UINT64_MAX);
    if (rank == 0) {
        REQUIRE(json_is_null(at(run, "ns_per_event_per_core")) && json_is_null(at(run, "bytes.per_synapse")));
        REQUIRE(is_text(run, "seed", "18446744073709551615"));
    }
    json_decref(run);

    fill(&f, spikes, recorded);
    run = write_and_read(network, directory, &f, 42);
    if (rank == 0) {
        for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
            if (at(run, keys[i]) == NULL)
                fprintf(stderr, "missing: %s\n", keys[i]);
            REQUIRE(at(run, keys[i]) != NULL);
        }
        check_values(run);
        volley_run_summary_print(run, 1, stdout);
        snprintf(path, sizeof path, "%s/run.json", directory);
        if (argc == 1)
            REQUIRE(unlink(path) == 0 && rmdir(directory) == 0);
    }
    json_decref(run);
    REQUIRE(volley_run_json_write(comm, network, &(volley_provenance){.ranks = 1}, "/missing/directory", &f,
                                  1) == VOLLEY_FAILED);
    volley_comm_stop(&comm);
    return 0;
}
