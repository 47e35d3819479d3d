/* SPDX-License-Identifier: BSD-3-Clause */
/* A run: config -> description -> partition -> build -> step loop -> results. */
#include "base/fault.h"
#include "base/hash.h"
#include "base/inputs.h"
#include "base/memory.h"
#include "base/signals.h"
#include "base/simd.h"
#include "base/status.h"
#include "base/timer.h"
#include "comm/launcher.h"
#include "run/cores.h"
#include "run/origin.h"
#include "run/result_directory.h"
#include "run/resume.h"
#include "run/run.h"
#include "run/run_state.h"
#include "config/config.h"
#include "files/h5.h"
#include "io/report/input_list.h"
#include "files/manifest.h"
#include "io/recordings/position_file.h"
#include "models/neuron/module.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What can be found out before MPI starts; the same on all ranks. */
static int prepare(volley_run *r) {
    TRY(volley_simd_level(&r->simd));
    TRY(volley_run_record_buffer(&r->options.record_buffer));
    TRY(volley_config_open(r->options.config, r->options.sets.text, r->options.sets.n, &r->config));
    return volley_cores_threads(r->options.threads, volley_config_network(r->config)->threads,
                                volley_comm_local_size_hint(), &r->threads, &r->threads_source);
}

static int choose_directory(volley_run *r) {
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
    return volley_comm_rank(r->comm) == 0 ? volley_results_make(r->directory) : VOLLEY_OK;
}

/* Nothing in the directory is looked at before it is this run's own. */
static int check_directory(const volley_run *r) {
    /* Where to is known when the checkpoint is. */
    bool replaced = r->options.overwrite || r->network->results_overwrite;
    if (volley_comm_rank(r->comm) != 0)
        return VOLLEY_OK;
    if (!r->options.resume.wanted)
        TRY(volley_results_check(r->network, r->directory, replaced));
    return r->options.virtual.ranks > 0 ? VOLLEY_OK : volley_results_name(r->network, r->directory, false);
}

/* Collective. The checkpoint to go on from; results elsewhere may not be in the way. */
static int find_checkpoint(volley_run *r) {
    if (!r->options.resume.wanted)
        return VOLLEY_OK;
    TRY(volley_resume_find(r->comm, &r->options.resume, r->directory, r->network));
    int code = VOLLEY_OK;
    char from[4096];
    if (r->options.resume.elsewhere && volley_comm_rank(r->comm) == 0 &&
        volley_resume_directory(&r->options.resume, from, sizeof from) == VOLLEY_OK)
        volley_claim_note(from); /* its newest checkpoint may be gone soon */
    if (!r->options.resume.elsewhere && r->options.overwrite)
        code = volley_fail(VOLLEY_USAGE,
                           "--overwrite would remove the run that --resume goes on with; give -o DIR");
    else if (r->options.resume.elsewhere && volley_comm_rank(r->comm) == 0)
        code = volley_results_check(r->network, r->directory, r->options.overwrite);
    if (code == VOLLEY_OK && r->options.resume.elsewhere)
        volley_network_record_from(r->network, r->options.resume.checkpoint.step);
    return volley_comm_agree(r->comm, code);
}

/* Collective. */
static int check_network(volley_run *r) {
    if (!r->options.resume.wanted)
        return VOLLEY_OK;
    uint64_t hash = r->figures.connection_hash;
    volley_comm_sum_u64(r->comm, &hash, 1);
    return volley_comm_agree(r->comm, volley_resume_check_network(&r->options.resume, hash));
}

static volley_progress_mode progress_mode(const volley_run_options *o) {
    if (o->quiet || strcmp(o->progress, "off") == 0)
        return VOLLEY_PROGRESS_OFF;
    /* mpirun stands between a rank and the terminal, so the line can be asked for */
    bool line = strcmp(o->progress, "on") == 0 || isatty(STDERR_FILENO);
    return line ? VOLLEY_PROGRESS_LINE : VOLLEY_PROGRESS_PLAIN;
}

static int create_sim(volley_run *r) {
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
        .stand_in = r->options.virtual.ranks > 0 ? r->expected.rate : NULL,
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

/* Collective. Prepares the result directory: empties it, or takes up what is there. */
static int take_up(volley_run *r) {
    bool root = volley_comm_rank(r->comm) == 0;
    int64_t step = r->options.resume.checkpoint.step;
    if (!r->options.resume.wanted || r->options.resume.elsewhere) {
        TRY(volley_comm_agree(r->comm, root ? volley_results_clear(r->directory) : VOLLEY_OK));
        TRY(volley_comm_agree(r->comm, root ? volley_manifest_begin(r->directory, false) : VOLLEY_OK));
        if (r->options.virtual.ranks == 0)
            TRY(volley_positions_write(r->comm, r->network, r->directory, &r->provenance));
        return volley_state_writer_open(r->states);
    }
    TRY(volley_comm_agree(r->comm, root ? volley_checkpoint_remove_after(r->directory, step) : VOLLEY_OK));
    TRY(volley_comm_agree(r->comm, root ? volley_results_reopen(r->directory) : VOLLEY_OK));
    TRY(volley_comm_agree(r->comm, root ? volley_manifest_begin(r->directory, true) : VOLLEY_OK));
    TRY(volley_spike_writer_go_on(r->writer, step));
    TRY(volley_state_writer_go_on(r->states, step));
    volley_weight_writer_go_on(r->weights, step);
    return VOLLEY_OK;
}

/* Collective. Puts the state of the checkpoint into the network that has been built. */
static int restore(volley_run *r) {
    if (!r->options.resume.wanted)
        return VOLLEY_OK;
    double start = volley_now();
    TRY(volley_sim_restore(r->sim, &r->options.resume.checkpoint, r->options.resume.elsewhere));
    r->figures.build_s += volley_now() - start;
    return VOLLEY_OK;
}

static int simulate(volley_run *r) {
    double opening = volley_now();
    volley_signals_answer();
    TRY(volley_sim_open_weights(r->sim));
    double start = volley_now();
    TRY(volley_sim_run(r->sim));
    double looped = volley_now();
    volley_sim_figures(r->sim, &r->figures);
    r->figures.graph = r->graph;
    r->figures.exchanged = volley_sim_exchanged(r->sim);
    if (!volley_sim_stopped(r->sim) && r->options.virtual.ranks == 0) /* else the segments stay */
        TRY(volley_spike_writer_finish(r->writer));
    TRY(volley_state_writer_finish(r->states));
    TRY(volley_rate_writer_finish(r->rates));
    TRY(volley_weight_writer_finish(r->weights));
    volley_run_report_beyond(r);
    int outcome = volley_comm_agree(r->comm, volley_sim_outcome(r->sim));
    if (outcome == VOLLEY_STOPPED)
        volley_run_report_stop(r);
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

static int arm_fault(const volley_run *r) {
    TRY(volley_fault_arm(volley_comm_rank(r->comm), volley_comm_size(r->comm)));
    return volley_fault(VOLLEY_FAULT_PARSE, 0);
}

/* Collective. Machines with different files at the same path would give results that depend on the layout. */
static int check_modules(volley_comm *comm) {
    uint64_t ends[2] = {volley_modules_hash(), ~volley_modules_hash()};
    volley_comm_max_u64(comm, ends, 2);
    CHECK(ends[0] == ~ends[1], VOLLEY_USAGE,
          "VOLLEY_MODELS: the libraries are not the same on all ranks; their machines need equal files");
    return VOLLEY_OK;
}

/* Collective. The same for the files that the config names. Lists that are read in parts have been put
 * together. */
static int check_inputs(volley_comm *comm) {
    size_t n;
    const volley_input *files = volley_inputs(&n);
    uint64_t ends[2] = {n, ~(uint64_t)n}, *hashes;
    volley_comm_max_u64(comm, ends, 2);
    CHECK(ends[0] == ~ends[1], VOLLEY_USAGE,
          "the config: not the same number of files are read on all ranks; their machines need equal files");
    TRY(volley_comm_agree(comm, VOLLEY_NEW(hashes, 2 * n + 1)));
    for (size_t i = 0; i < n; i++) {
        hashes[2 * i] = volley_hash_add(files[i].size, files[i].hash);
        hashes[2 * i + 1] = ~hashes[2 * i];
    }
    volley_comm_max_u64(comm, hashes, (int)(2 * n));
    int code = VOLLEY_OK;
    for (size_t i = 0; i < n && code == VOLLEY_OK; i++)
        if (hashes[2 * i] != ~hashes[2 * i + 1])
            code = volley_fail(VOLLEY_USAGE,
                               "%s: is not the same file on all ranks; their machines need equal files",
                               files[i].path);
    free(hashes);
    return code;
}

/* Collective. All ranks hold the same list, that of rank 0 is the one written. */
static int list_inputs(volley_run *r) {
    TRY(volley_comm_agree(r->comm, check_inputs(r->comm)));
    TRY(volley_comm_agree(r->comm, volley_input_list_text(r->network, &r->inputs)));
    r->options.resume.inputs = r->inputs;
    return VOLLEY_OK;
}

/* From the description to results. Each stage ends with an agreement, so all ranks stop together with one
 * message. */
static int execute(volley_run *r) {
    TRY(volley_run_build(r));
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
static int prepare_checkpoints(volley_run *r) {
    if (r->options.virtual.ranks > 0)
        return VOLLEY_OK;
    TRY(volley_comm_agree(r->comm, volley_provenance_share(r->comm, &r->provenance, &r->shared)));
    return volley_resume_record(r->comm, &r->options.resume, &r->provenance);
}

static int stages(volley_run *r, int prepared) {
    TRY(volley_comm_agree(r->comm, prepared));
    TRY(volley_comm_agree(r->comm, arm_fault(r)));
    TRY(volley_comm_agree(r->comm, check_modules(r->comm)));
    TRY(volley_comm_agree(r->comm, volley_config_complete(r->comm, &r->config, &r->network)));
    TRY(list_inputs(r));
    volley_signals_keep(); /* from here on there is a directory */
    TRY(volley_comm_agree(r->comm, choose_directory(r)));
    TRY(volley_comm_agree(r->comm, volley_claim_take(r->comm, r->directory, &r->claim)));
    TRY(volley_comm_agree(r->comm, check_directory(r)));
    TRY(volley_comm_agree(r->comm, volley_run_prepare_virtual(r)));
    TRY(find_checkpoint(r));
    TRY(volley_comm_agree(r->comm, volley_run_check_memory(r)));
    volley_run_predict_times(r);
    volley_origin_fill(r->network, r->comm, r->threads, r->simd, r->host, &r->provenance);
    r->provenance.inputs = r->inputs;
    TRY(prepare_checkpoints(r));
    volley_run_report_start(r);
    TRY(volley_comm_agree(r->comm, volley_run_report_binding(r)));
    TRY(execute(r));
    TRY(volley_comm_agree(r->comm, volley_run_count_neurons(r)));
    TRY(volley_comm_agree(r->comm, volley_comm_rank(r->comm) == 0 && r->options.virtual.ranks == 0
                                       ? volley_results_name(r->network, r->directory, true)
                                       : VOLLEY_OK));
    TRY(volley_run_json_write(r->comm, r->network, &r->provenance, r->directory, &r->figures,
                              r->options.quiet));
    return volley_comm_agree(r->comm, volley_manifest_end());
}

static void release(volley_run *r) {
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
    volley_config_close(&r->config);
    volley_expected_free(&r->expected);
    volley_resume_free(&r->options.resume);
    volley_manifest_end(); /* of a run that has failed or was stopped: why it did has been said */
    volley_error_clear();
    volley_claim_release(&r->claim);
    free(r->shared);
    free(r->inputs);
    free(r->population_neurons);
    free(r->figures.population_spikes);
    free(r->figures.population_spikes_recorded);
}

int volley_run_probe(volley_comm *comm, volley_network *network, int threads, const char *directory,
                     volley_probe *probe) {
    volley_run *r;
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

int volley_run_here(volley_comm *comm, const volley_run_options *options, int status) {
    volley_run *r;
    TRY(volley_comm_agree(comm, VOLLEY_NEW(r, 1)));
    r->start = volley_now();
    r->comm = comm;
    r->options = *options;
    if (status == VOLLEY_OK)
        status = prepare(r);
    r->oversubscribed = volley_comm_node_size(comm) * r->threads > volley_cores_online();
    status = stages(r, status);
    release(r);
    free(r);
    return status;
}

static void catch_signals(void) {
    int rank, size;
    volley_launcher_place(&rank, &size);
    volley_signals_catch(rank > 0   ? VOLLEY_SIGNALS_SILENT
                         : size > 1 ? VOLLEY_SIGNALS_BUT_TERM
                                    : VOLLEY_SIGNALS_SPEAK);
}

int volley_run_program(int *argc, char ***argv, const volley_run_options *options, int status) {
    static volley_run r;
    r.start = volley_now();
    r.options = *options;
    /* Before files are read, which may take a while. A virtual rank makes no checkpoints to ask for. */
    if (r.options.virtual.ranks == 0)
        catch_signals();
    if (status == VOLLEY_OK)
        status = prepare(&r);
    r.oversubscribed = volley_comm_local_size_hint() * r.threads > volley_cores_online();
    if (r.oversubscribed)
        volley_comm_yield_when_idle();
    volley_cores_widen(r.threads);
    int started = volley_comm_start(argc, argv, &r.comm);
    if (started != VOLLEY_OK) {
        if (volley_error_message()[0] != '\0') /* only rank 0 has one */
            fprintf(stderr, "volley: %s\n", volley_error_message());
        release(&r);
        return started;
    }
    status = volley_comm_outcome(r.comm, stages(&r, status));
    release(&r);
    volley_comm_leave(r.comm, volley_h5_stuck(), status);
    volley_comm_stop(&r.comm);
    return status;
}
