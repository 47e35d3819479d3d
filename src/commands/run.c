/* volley run: config -> description -> partition -> build -> step loop -> results. */
#include "base/fault.h"
#include "base/memory.h"
#include "base/signals.h"
#include "base/simd.h"
#include "base/status.h"
#include "base/timer.h"
#include "build/forecast.h"
#include "build/layout.h"
#include "build/needs.h"
#include "build/neuron_graph.h"
#include "build/synapses.h"
#include "commands/binding.h"
#include "commands/commands.h"
#include "commands/cores.h"
#include "commands/cost.h"
#include "commands/machine.h"
#include "commands/number_files.h"
#include "commands/origin.h"
#include "commands/partition_file.h"
#include "commands/results.h"
#include "commands/resume.h"
#include "commands/run.h"
#include "commands/run_options.h"
#include "commands/trained.h"
#include "config/config.h"
#include "io/h5.h"
#include "io/positions.h"
#include "io/rates.h"
#include "io/run_json.h"
#include "io/spikes.h"
#include "io/state.h"
#include "io/weights.h"
#include "models/neuron/module.h"
#include "sim/progress.h"
#include "sim/sim.h"

#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Everything a run owns, in order of making. */
typedef struct run {
    double start;
    volley_run_options options;
    int simd, threads;
    const char *threads_source;
    bool oversubscribed;
    volley_network *network;
    volley_comm *comm;
    volley_partition *partition;
    const char *graph; /* that the partition was cut from; NULL: none */
    volley_layout *layout;
    volley_tables *tables;
    volley_wiring *wiring;
    volley_routes *routes;
    volley_spike_writer *writer;
    volley_state_writer *states;
    volley_rate_writer *rates;
    volley_weight_writer *weights;
    volley_sim *sim;
    volley_provenance provenance;
    volley_provenance *shared; /* rank 0's, owned */
    volley_rank_figures figures;
    volley_expected expected;
    volley_forecast forecast;
    uint64_t *population_neurons; /* of a virtual rank */
    char directory[4096], host[VOLLEY_HOST_BYTES];
} run;

/* The job that the network is divided for; a virtual rank is one of its ranks, run alone. */
static int job_ranks(const run *r) {
    return r->options.virtual_ranks > 0 ? r->options.virtual_ranks : volley_comm_size(r->comm);
}

static int job_rank(const run *r) {
    return r->options.virtual_ranks > 0 ? r->options.virtual_rank : volley_comm_rank(r->comm);
}

/* What can be found out before MPI starts; on all ranks alike. */
static int prepare(run *r) {
    TRY(volley_simd_level(&r->simd));
    TRY(volley_run_record_buffer(&r->options.record_buffer));
    TRY(volley_config_load(r->options.config, r->options.sets, r->options.n_sets, &r->network));
    return volley_cores_threads(r->options.threads, r->network->threads, volley_comm_local_size_hint(),
                                &r->threads, &r->threads_source);
}

static int choose_directory(run *r) {
    CHECK(r->options.directory == NULL || r->options.directory[0] != '\0', VOLLEY_USAGE,
          "-o: the path is empty");
    if (r->options.directory != NULL)
        CHECK(snprintf(r->directory, sizeof r->directory, "%s", r->options.directory) <
                  (int)sizeof r->directory,
              VOLLEY_USAGE, "-o: path too long");
    else if (r->options.resume.from != NULL)
        TRY(volley_resume_directory(&r->options.resume, r->directory, sizeof r->directory));
    else if (r->network->results_directory != NULL)
        CHECK(snprintf(r->directory, sizeof r->directory, "%s", r->network->results_directory) <
                  (int)sizeof r->directory,
              VOLLEY_USAGE, "results.directory: path too long");
    else
        snprintf(r->directory, sizeof r->directory, "results/%s", r->network->name);
    /* Where to is known when the checkpoint is. */
    bool replaced = r->options.overwrite || r->network->results_overwrite || r->options.resume.wanted;
    if (volley_comm_rank(r->comm) != 0)
        return VOLLEY_OK;
    TRY(volley_results_prepare(r->directory, replaced));
    if (r->options.virtual_ranks > 0)
        return VOLLEY_OK;
    return volley_results_name(r->network, r->directory, false);
}

/* Collective. The checkpoint to go on from; results elsewhere may not be in the way. */
static int find_checkpoint(run *r) {
    if (!r->options.resume.wanted)
        return VOLLEY_OK;
    TRY(volley_resume_find(r->comm, &r->options.resume, r->directory, r->network));
    int code = VOLLEY_OK;
    if (!r->options.resume.elsewhere && r->options.overwrite)
        code = volley_fail(VOLLEY_USAGE,
                           "--overwrite would remove the run that --resume goes on with; give -o DIR");
    else if (r->options.resume.elsewhere && volley_comm_rank(r->comm) == 0)
        code = volley_results_prepare(r->directory, r->options.overwrite);
    if (code == VOLLEY_OK && r->options.resume.elsewhere)
        volley_network_record_from(r->network, r->options.resume.checkpoint.step);
    return volley_comm_agree(r->comm, code);
}

/* Collective. */
static int check_network(run *r) {
    if (!r->options.resume.wanted)
        return VOLLEY_OK;
    uint64_t hash = r->figures.connection_hash;
    volley_comm_sum_u64(r->comm, &hash, 1);
    return volley_comm_agree(r->comm, volley_resume_check_network(&r->options.resume, hash));
}

/* Forecasts memory. The process as it is now knows the libraries of this machine; what they take later, when
 * files are written, was measured. */
static int forecast(run *r) {
    const double later_bytes = 5.8e6, thread_bytes = 0.3e6;
    volley_forecast_options options = {.record_buffer = r->options.record_buffer,
                                       .state_buffer = VOLLEY_STATE_BUFFER,
                                       .process_bytes = (double)volley_peak_rss() + later_bytes,
                                       .thread_bytes = thread_bytes};
    TRY(volley_expect(r->network, NULL, job_ranks(r), r->threads, &r->expected));
    volley_forecast_make(r->network, &r->expected, &options, &r->forecast);
    return VOLLEY_OK;
}

/* Rank 0 predicts times where this machine was calibrated. A calibration that cannot be read counts as none.
 */
static void predict_times(run *r) {
    volley_machine *machine;
    if (volley_comm_rank(r->comm) != 0 || r->options.virtual_ranks > 0 || VOLLEY_NEW(machine, 1) != VOLLEY_OK)
        return;
    if (volley_machine_read(NULL, machine) == VOLLEY_OK && machine->calibrated) {
        volley_times times;
        volley_predict_times(r->network, &r->expected, r->forecast.slot, volley_comm_node_size(r->comm),
                             machine, &times);
        r->figures.time_predicted = true;
        r->figures.predicted_build_s = times.build;
        double left = (double)(r->network->steps - r->options.resume.checkpoint.step);
        r->figures.predicted_simulate_s = times.simulate * left / (double)r->network->steps;
        r->figures.predicted_write_s = times.write;
    }
    volley_error_clear();
    free(machine);
}

/* Refuses a network that this machine cannot hold, before anything is allocated. */
static int check_memory(run *r) {
    TRY(forecast(r));
    double own = volley_forecast_rank_bytes(&r->forecast);
    double root = volley_comm_rank(r->comm) == 0 ? r->forecast.root : 0;
    double on_node = own * volley_comm_node_size(r->comm) + root,
           available = (double)volley_memory_available();
    CHECK(available == 0 || on_node <= available, VOLLEY_EXHAUSTED,
          "the network needs about %.2f GB on this machine and %.2f GB are available; use more machines or a "
          "smaller scale",
          on_node / 1e9, available / 1e9);
    r->figures.predicted_bytes = (uint64_t)(own + root);
    r->figures.forecast = &r->forecast;
    return VOLLEY_OK;
}

/* The loop's barriers wait for every thread, so all must exist. */
static int check_threads(const run *r) {
    int started = 0;
    omp_set_dynamic(0);
#pragma omp parallel num_threads(r->threads) reduction(+ : started)
    started++;
    CHECK(started == r->threads, VOLLEY_USAGE,
          "%d of %d threads could be started (OMP_THREAD_LIMIT, ulimit -u)", started, r->threads);
    return VOLLEY_OK;
}

static int divide(run *r) {
    TRY(check_threads(r));
    int rank = job_rank(r);
    TRY(volley_fault(VOLLEY_FAULT_PARTITION, 0));
    if (r->partition == NULL)
        TRY(volley_partition_create(r->network, job_ranks(r), &r->partition));
    r->figures.neurons = (uint64_t)volley_partition_local_count(r->partition, rank);
    return volley_layout_create(r->network, r->partition, rank, r->threads, &r->layout);
}

static int wire(run *r) {
    TRY(volley_fault(VOLLEY_FAULT_BUILD, 0));
    TRY(volley_wiring_create(r->layout, r->tables, r->simd, &r->wiring));
    for (int t = 0; t < r->threads; t++) {
        r->figures.synapses += (uint64_t)r->wiring->synapses[t].n_synapses;
        r->figures.plastic_synapses += (uint64_t)r->wiring->synapses[t].n_plastic;
        r->figures.connection_hash += r->wiring->synapses[t].connection_hash;
    }
    return VOLLEY_OK;
}

static void report_partition(const run *r) {
    const volley_quality *q = &r->figures.quality;
    if (volley_comm_rank(r->comm) != 0 || r->options.quiet || volley_comm_size(r->comm) == 1)
        return;
    fprintf(
        stderr,
        "partition %s%s%s: largest rank over the mean: neurons %.2f, synapses %.2f, cost %.2f; %.1f %% of "
        "synapses between ranks; a spike is needed by %.2f of %d other ranks; exchange by %s\n",
        r->network->partition, r->graph != NULL ? " of " : "", r->graph != NULL ? r->graph : "", q->neurons,
        q->synapses, q->cost, 100.0 * q->cut, (double)q->messages / (double)r->network->n_neurons,
        volley_comm_size(r->comm) - 1, r->routes != NULL ? "neighbour" : "allgather");
}

/* Collective. The partition from the part of each neuron. */
static int take_parts(run *r) {
    uint32_t *parts = NULL, n_parts = 0;
    int ranks = job_ranks(r);
    TRY(volley_partition_file_read(r->comm, r->network, &parts, &n_parts));
    if (n_parts != (uint32_t)ranks && volley_comm_rank(r->comm) == 0)
        fprintf(stderr, "%s: %u parts on %d ranks: %s\n", r->network->parts_file.place, n_parts, ranks,
                n_parts > (uint32_t)ranks ? "neighbouring parts share a rank" : "some ranks have no neurons");
    int status = volley_partition_from_parts(r->network, ranks, job_rank(r), parts, n_parts, &r->partition);
    free(parts);
    return status;
}

/* Collective. */
static int build(run *r) {
    double start = volley_now();
    volley_list_reader lists = {r->network, volley_comm_rank(r->comm), volley_comm_size(r->comm)};
    if (strcmp(r->network->partition, "file") == 0)
        TRY(volley_comm_agree(r->comm, take_parts(r)));
    if (strcmp(r->network->partition, "scotch") == 0)
        TRY(volley_comm_agree(r->comm,
                              volley_scotch_partition(r->comm, r->network, r->simd, volley_lists_feed, &lists,
                                                      &r->partition, &r->graph)));
    TRY(volley_comm_agree(r->comm, divide(r)));
    TRY(volley_comm_agree(r->comm, volley_tables_create(r->comm, r->partition, r->layout, r->simd,
                                                        volley_lists_feed, &lists, &r->tables)));
    TRY(volley_comm_agree(r->comm, volley_lists_check(r->comm, r->layout, r->tables)));
    TRY(volley_comm_agree(r->comm, volley_tables_trained(r->comm, r->partition, r->layout,
                                                         volley_trained_feed, &lists, r->tables)));
    TRY(volley_comm_agree(r->comm, wire(r)));
    TRY(volley_comm_agree(r->comm, volley_needs_route(r->comm, r->partition, r->wiring, &r->routes)));
    if (r->options.virtual_ranks == 0) {
        TRY(volley_comm_agree(r->comm,
                              volley_quality_find(r->comm, r->partition, r->wiring, &r->figures.quality)));
        report_partition(r);
    }
    r->provenance.exchange_method = r->routes != NULL ? "neighbour" : "allgather";
    volley_tables_forget_trained(r->tables);
    r->figures.build_s = volley_now() - start;
    return VOLLEY_OK;
}

static volley_progress_mode progress_mode(const volley_run_options *o) {
    if (o->quiet || strcmp(o->progress, "off") == 0)
        return VOLLEY_PROGRESS_OFF;
    /* mpirun stands between a rank and the terminal, so the line can be asked for */
    bool line = strcmp(o->progress, "on") == 0 || isatty(STDERR_FILENO);
    return line ? VOLLEY_PROGRESS_LINE : VOLLEY_PROGRESS_PLAIN;
}

static int create_sim(run *r) {
    double start = volley_now();
    TRY(VOLLEY_NEW(r->figures.population_spikes, r->network->n_populations));
    TRY(VOLLEY_NEW(r->figures.population_spikes_recorded, r->network->n_populations));
    volley_sim_options options = {
        .routes = r->routes,
        .oversubscribed = r->oversubscribed,
        .progress = progress_mode(&r->options),
        .interval = r->provenance.exchange_interval_steps,
        .record_buffer = r->options.record_buffer,
        .state_buffer = VOLLEY_STATE_BUFFER,
        .states = r->states,
        .rates = r->rates,
        .weights = r->weights,
        .stand_in = r->options.virtual_ranks > 0 ? r->expected.rate : NULL,
        .checkpoint = {.directory = r->shared != NULL ? r->directory : NULL,
                       .provenance = r->shared,
                       .restarts = r->options.resume.restarts,
                       .interval = r->network->checkpoint_interval,
                       .keep = r->network->checkpoint_keep},
    };
    r->figures.restarts = r->options.resume.restarts;
    TRY(volley_sim_create(r->network, r->layout, r->wiring, r->comm, r->writer, &options, &r->sim));
    r->figures.build_s += volley_now() - start;
    return VOLLEY_OK;
}

static void report_start(const run *r) {
    if (volley_comm_rank(r->comm) != 0 || r->options.quiet)
        return;
    double synapses = r->expected.synapses * r->expected.ranks;
    fprintf(stderr,
            "%s: %lld neurons, %.4g synapses, %d ranks x %d threads (by %s), %s vectors, %s partition\n",
            r->network->name, (long long)r->network->n_neurons, synapses, volley_comm_size(r->comm),
            r->threads, r->threads_source, volley_simd_name(r->simd), r->network->partition);
    fputs(r->network->notes, stderr);
    if (r->options.virtual_ranks > 0)
        fprintf(stderr,
                "virtual rank %d of %d, alone; the spikes of the others are drawn at the expected rates%s\n",
                r->options.virtual_rank, r->options.virtual_ranks,
                r->expected.assumed ? " (8 Hz where the config has none)" : "");
}

static int report_binding(run *r) {
    volley_binding_options options = {r->threads, r->threads_source, r->oversubscribed};
    return r->options.quiet ? VOLLEY_OK : volley_binding_report(r->comm, &options);
}

/* What is left for the user to know when a signal has stopped the run. */
static void report_stop(const run *r) {
    if (volley_comm_rank(r->comm) == 0 && !r->options.quiet)
        fprintf(stderr, "volley: stopped by a signal at %.10g ms of %.10g; `--resume %s` goes on\n",
                volley_step_to_ms(r->network, volley_sim_step(r->sim)),
                volley_step_to_ms(r->network, r->network->steps), r->directory);
}

/* Collective. Prepares the result directory: empties it, or takes up what is there. */
static int take_up(run *r) {
    bool root = volley_comm_rank(r->comm) == 0;
    int64_t step = r->options.resume.checkpoint.step;
    if (!r->options.resume.wanted || r->options.resume.elsewhere) {
        TRY(volley_comm_agree(r->comm, root ? volley_results_clear(r->directory) : VOLLEY_OK));
        if (r->options.virtual_ranks == 0)
            TRY(volley_positions_write(r->comm, r->network, r->directory, &r->provenance));
        return volley_state_writer_open(r->states);
    }
    TRY(volley_comm_agree(r->comm, root ? volley_checkpoint_remove_after(r->directory, step) : VOLLEY_OK));
    TRY(volley_comm_agree(r->comm, root ? volley_results_reopen(r->directory) : VOLLEY_OK));
    TRY(volley_spike_writer_go_on(r->writer, step));
    TRY(volley_state_writer_go_on(r->states, step));
    volley_weight_writer_go_on(r->weights, step);
    return VOLLEY_OK;
}

/* Collective. Puts the state of the checkpoint into the network that has been built. */
static int restore(run *r) {
    if (!r->options.resume.wanted)
        return VOLLEY_OK;
    double start = volley_now();
    TRY(volley_sim_restore(r->sim, &r->options.resume.checkpoint, r->options.resume.elsewhere));
    r->figures.build_s += volley_now() - start;
    return VOLLEY_OK;
}

static int simulate(run *r) {
    double opening = volley_now();
    TRY(volley_sim_open_weights(r->sim));
    double start = volley_now();
    TRY(volley_sim_run(r->sim));
    double looped = volley_now();
    volley_sim_figures(r->sim, &r->figures);
    r->figures.graph = r->graph;
    r->figures.exchanged = volley_sim_exchanged(r->sim);
    if (!volley_sim_stopped(r->sim) && r->options.virtual_ranks == 0) /* else the segments stay */
        TRY(volley_spike_writer_finish(r->writer));
    TRY(volley_state_writer_finish(r->states));
    TRY(volley_rate_writer_finish(r->rates));
    TRY(volley_weight_writer_finish(r->weights));
    int outcome = volley_comm_agree(r->comm, volley_sim_outcome(r->sim));
    if (outcome == VOLLEY_STOPPED)
        report_stop(r);
    TRY(outcome);
    double written = volley_now();
    r->figures.simulate_s =
        looped - start - r->figures.write_during_s - r->figures.finish_s - r->figures.stand_in_s;
    r->figures.write_s =
        start - opening + r->figures.write_during_s + r->figures.finish_s + (written - looped);
    r->figures.peak_rss = volley_peak_rss();
    r->figures.total_s = volley_now() - r->start;
    return VOLLEY_OK;
}

static int arm_fault(const run *r) {
    TRY(volley_fault_arm(volley_comm_rank(r->comm), volley_comm_size(r->comm)));
    return volley_fault(VOLLEY_FAULT_PARSE, 0);
}

/* A virtual rank has no one to get edges from and nothing to record: its spikes are not those of the network.
 */
static int prepare_virtual(run *r) {
    volley_network *network = r->network;
    if (r->options.virtual_ranks == 0)
        return VOLLEY_OK;
    CHECK(volley_comm_size(r->comm) == 1, VOLLEY_USAGE, "--virtual-rank runs one rank alone, not %d",
          volley_comm_size(r->comm));
    CHECK(!r->options.resume.wanted, VOLLEY_USAGE,
          "--virtual-rank and --resume exclude each other: a checkpoint holds a whole network");
    CHECK(strcmp(network->partition, "scotch") != 0, VOLLEY_USAGE,
          "--virtual-rank: the partition scotch is made by all ranks together; give --set "
          "partition.method=balanced, or keep the parts in a file");
    CHECK(network->exchange_method != VOLLEY_EXCHANGE_NEIGHBOUR, VOLLEY_USAGE,
          "--virtual-rank: which spikes neighbours send is not known to a rank alone; give --set "
          "exchange.method=allgather");
    for (int32_t p = 0; p < network->n_projections; p++)
        CHECK(!volley_connect_has_table(network->projections[p].rule) &&
                  network->projections[p].trained == NULL,
              VOLLEY_USAGE,
              "--virtual-rank: projection %s gets edges or weights from other ranks (rule %s), of which "
              "there are "
              "none",
              network->projections[p].name, network->projections[p].rule->name);
    for (int32_t p = 0; p < network->n_populations; p++)
        network->record_spikes[p] = false;
    network->n_state_records = network->n_weight_records = 0;
    network->rates_interval = 0;
    network->max_rate = 0.0;
    r->figures.virtual_rank = r->options.virtual_rank;
    r->figures.virtual_ranks = r->options.virtual_ranks;
    return VOLLEY_OK;
}

static int count_neurons(run *r) {
    if (r->options.virtual_ranks == 0)
        return VOLLEY_OK;
    TRY(VOLLEY_NEW(r->population_neurons, r->network->n_populations));
    for (int32_t p = 0; p < r->network->n_populations; p++)
        r->population_neurons[p] = (uint64_t)r->layout->slices[p].count;
    r->figures.population_neurons = r->population_neurons;
    return VOLLEY_OK;
}

/* Collective. Machines with different files at the same path would give results that depend on the layout. */
static int check_modules(volley_comm *comm) {
    uint64_t ends[2] = {volley_modules_hash(), ~volley_modules_hash()};
    volley_comm_max_u64(comm, ends, 2);
    CHECK(ends[0] == ~ends[1], VOLLEY_USAGE,
          "VOLLEY_MODELS: the libraries are not the same on all ranks; their machines need equal files");
    return VOLLEY_OK;
}

/* From the description to results. Each stage ends with an agreement, so all ranks stop together with one
 * message. */
static int execute(run *r) {
    TRY(build(r));
    TRY(check_network(r));
    TRY(volley_spike_writer_create(r->comm, r->network, r->directory, &r->provenance, &r->writer));
    TRY(volley_state_writer_create(r->comm, r->network, r->directory, &r->provenance, &r->states));
    TRY(volley_rate_writer_create(r->comm, r->network, r->directory, &r->provenance, &r->rates));
    TRY(volley_weight_writer_create(r->comm, r->network, r->directory, &r->provenance, &r->weights));
    TRY(volley_comm_agree(r->comm, create_sim(r)));
    TRY(restore(r));
    TRY(take_up(r));
    return simulate(r);
}

/* Collective. What checkpoints are made with; there are none of a virtual rank. */
static int prepare_checkpoints(run *r) {
    if (r->options.virtual_ranks > 0)
        return VOLLEY_OK;
    TRY(volley_comm_agree(r->comm, volley_provenance_share(r->comm, &r->provenance, &r->shared)));
    return volley_resume_record(r->comm, &r->options.resume, &r->provenance);
}

static int stages(run *r, int prepared) {
    TRY(volley_comm_agree(r->comm, prepared));
    TRY(volley_comm_agree(r->comm, arm_fault(r)));
    TRY(volley_comm_agree(r->comm, check_modules(r->comm)));
    TRY(volley_comm_agree(r->comm, volley_lists_scan(r->comm, r->network)));
    TRY(volley_comm_agree(r->comm, choose_directory(r)));
    TRY(volley_comm_agree(r->comm, prepare_virtual(r)));
    TRY(find_checkpoint(r));
    TRY(volley_comm_agree(r->comm, check_memory(r)));
    predict_times(r);
    volley_origin_fill(r->network, r->comm, r->threads, r->simd, r->host, &r->provenance);
    TRY(prepare_checkpoints(r));
    report_start(r);
    TRY(volley_comm_agree(r->comm, report_binding(r)));
    TRY(execute(r));
    TRY(volley_comm_agree(r->comm, count_neurons(r)));
    TRY(volley_comm_agree(r->comm, volley_comm_rank(r->comm) == 0 && r->options.virtual_ranks == 0
                                       ? volley_results_name(r->network, r->directory, true)
                                       : VOLLEY_OK));
    return volley_run_json_write(r->comm, r->network, &r->provenance, r->directory, &r->figures,
                                 r->options.quiet);
}

static void release(run *r) {
    volley_sim_destroy(&r->sim);
    volley_spike_writer_destroy(&r->writer);
    volley_state_writer_destroy(&r->states);
    volley_rate_writer_destroy(&r->rates);
    volley_weight_writer_destroy(&r->weights);
    volley_routes_destroy(&r->routes);
    volley_wiring_destroy(&r->wiring);
    volley_tables_destroy(&r->tables);
    volley_layout_destroy(&r->layout);
    volley_partition_destroy(&r->partition);
    volley_network_destroy(&r->network);
    volley_expected_free(&r->expected);
    volley_resume_free(&r->options.resume);
    free(r->shared);
    free(r->population_neurons);
    free(r->figures.population_spikes);
    free(r->figures.population_spikes_recorded);
}

int volley_run_probe(volley_comm *comm, volley_network *network, int threads, const char *directory,
                     volley_probe *probe) {
    run *r;
    TRY(volley_comm_agree(comm, VOLLEY_NEW(r, 1)));
    r->start = volley_now();
    r->network = network;
    r->comm = comm;
    r->threads = threads;
    r->options =
        (volley_run_options){.quiet = true, .progress = "off", .record_buffer = VOLLEY_RECORD_BUFFER};
    r->oversubscribed = volley_comm_node_size(comm) * threads > volley_cores_online();
    snprintf(r->directory, sizeof r->directory, "%s", directory);
    int status = volley_comm_agree(comm, volley_simd_level(&r->simd));
    if (status == VOLLEY_OK) {
        volley_origin_fill(network, comm, threads, r->simd, r->host, &r->provenance);
        status = execute(r);
    }
    probe->figures = r->figures;
    probe->collective_calls = r->figures.exchanged.calls;
    probe->spikes = 0;
    for (int32_t p = 0; status == VOLLEY_OK && p < network->n_populations; p++)
        probe->spikes += r->figures.population_spikes[p];
    probe->figures.population_spikes = probe->figures.population_spikes_recorded = NULL;
    release(r);
    free(r);
    return status;
}

int volley_run_here(volley_comm *comm, int argc, char **argv) {
    run *r;
    TRY(volley_comm_agree(comm, VOLLEY_NEW(r, 1)));
    r->start = volley_now();
    r->comm = comm;
    int status = volley_run_parse(&r->options, argc, argv);
    if (status == VOLLEY_OK)
        status = prepare(r);
    r->oversubscribed = volley_comm_node_size(comm) * r->threads > volley_cores_online();
    status = stages(r, status);
    release(r);
    free(r);
    return status;
}

int volley_command_run(int argc, char **argv) {
    static run r;
    r.start = volley_now();
    int status = volley_run_parse(&r.options, argc, argv);
    if (r.options.help) {
        volley_run_help();
        return VOLLEY_OK;
    }
    /* Before files are read, which may take a while. A virtual rank makes no checkpoints to ask for. */
    if (r.options.virtual_ranks == 0)
        volley_signals_catch();
    if (status == VOLLEY_OK)
        status = prepare(&r);
    r.oversubscribed = volley_comm_local_size_hint() * r.threads > volley_cores_online();
    if (r.oversubscribed)
        volley_comm_yield_when_idle();
    volley_cores_widen(r.threads);
    int started = volley_comm_start(&argc, &argv, &r.comm);
    if (started != VOLLEY_OK) {
        if (volley_error_message()[0] != '\0') /* only rank 0 has one */
            fprintf(stderr, "volley: %s\n", volley_error_message());
        release(&r);
        return started;
    }
    status = stages(&r, status);
    release(&r);
    volley_comm_leave(r.comm, volley_h5_stuck(), status);
    volley_comm_stop(&r.comm);
    return status;
}
