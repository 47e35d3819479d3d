/* volley run: config -> description -> partition -> build -> step loop -> results. */
#include "base/fault.h"
#include "base/memory.h"
#include "base/signals.h"
#include "base/simd.h"
#include "base/status.h"
#include "base/timer.h"
#include "base/version.h"
#include "build/forecast.h"
#include "build/layout.h"
#include "build/needs.h"
#include "build/neuron_graph.h"
#include "build/synapses.h"
#include "commands/binding.h"
#include "commands/commands.h"
#include "commands/cores.h"
#include "commands/number_files.h"
#include "commands/partition_file.h"
#include "commands/results.h"
#include "commands/resume.h"
#include "commands/trained.h"
#include "config/config.h"
#include "io/h5.h"
#include "io/positions.h"
#include "io/rates.h"
#include "io/run_json.h"
#include "io/spikes.h"
#include "io/state.h"
#include "io/weights.h"
#include "sim/progress.h"
#include "sim/sim.h"

#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_SETS = 256, RECORD_BUFFER = 1 << 20, MAX_RECORD_BUFFER = 1 << 30 };
enum { STATE_BUFFER = 16 << 20 };

typedef struct run_options {
    const char *config, *directory;
    const char *sets[MAX_SETS];
    int n_sets, threads;
    size_t record_buffer;
    bool overwrite, quiet, help;
    const char *progress;
} run_options;

/* Everything a run owns, in order of making. */
typedef struct run {
    double start;
    run_options options;
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
    volley_resume resume;
    volley_provenance provenance;
    volley_provenance *shared; /* rank 0's, owned */
    volley_rank_figures figures;
    char directory[4096], host[256];
} run;

static void print_help(void) {
    puts("usage: volley run CONFIG [-o DIR] [--set KEY=VALUE]... [--threads N] [--overwrite]\n"
         "                  [--resume [DIR|FILE]] [--branch KEY]... [--progress auto|on|off] [-q]\n\n"
         "Simulates the network of a YAML config and writes the results to DIR (results/<config name>).\n"
         "  -o DIR             result directory; one that holds results is refused without --overwrite\n"
         "  --set KEY=VALUE    changes a key of the config: --set simulation.duration=2000\n"
         "  --threads N        OpenMP threads per rank (simulation.threads of the config, else "
         "OMP_NUM_THREADS,\n"
         "                     else the cores of the rank)\n"
         "  --overwrite        replaces the results in DIR\n"
         "  --resume [PATH]    goes on from the newest checkpoint of a directory (that of the results), or "
         "from a\n"
         "                     file; on any number of ranks and threads, with the same results\n"
         "  --branch KEY       with --resume and -o: stimuli, record or a projection's plasticity may differ "
         "from\n"
         "                     the run of the checkpoint; recordings begin there\n"
         "  --progress MODE    auto (default): a line that moves on a terminal, else a new one every 10 s;\n"
         "                     on: the line that moves, also behind mpirun; off\n"
         "  -q                 no progress and no summary\n\n"
         "environment:\n"
         "  VOLLEY_SIMD=plain|avx2|avx512   vector unit (the best one of the machine); results are the same\n"
         "  VOLLEY_RECORD_BUFFER=N   spikes that a rank keeps before they are written (1048576)\n"
         "  VOLLEY_FAULT=<parse|partition|build|step|exchange|record|checkpoint|checkpoint_data|\n"
         "                checkpoint_name>:<rank>[:<step>][:error|exit|stop|nomem]\n"
         "                           a failure on purpose, to see how a job ends; a rank that is stopped\n"
         "                           (stop) and the others wait until it gets SIGCONT or the job is ended\n\n"
         "Exit code: 0 done, 1 failed while running, 2 usage or config error, found before the start,\n"
         "3 memory or disk exhausted, 75 stopped by a signal after a checkpoint. Signals: SIGUSR1 checkpoint "
         "and go\n"
         "on, SIGUSR2 and SIGTERM checkpoint and stop.\n\n"
         "example: mpirun -n 2 volley run configs/examples/balanced.yaml --threads 1 -o results/first");
}

static int parse_threads(const char *text, int *threads) {
    char *end;
    long value = strtol(text, &end, 10);
    CHECK(*text != '\0' && *end == '\0' && value >= 1 && value <= 4096, VOLLEY_USAGE,
          "--threads %s: not a number from 1 to 4096", text);
    *threads = (int)value;
    return VOLLEY_OK;
}

static int parse_branch(volley_resume *resume, const char *key) {
    CHECK(resume->n_branches < VOLLEY_MAX_BRANCHES, VOLLEY_USAGE, "run: more than %d --branch",
          VOLLEY_MAX_BRANCHES);
    resume->branches[resume->n_branches++] = key;
    return VOLLEY_OK;
}

/* Takes one option; *i is moved past its argument. */
static int parse_option(run_options *o, volley_resume *resume, int argc, char **argv, int *i) {
    const char *name = argv[*i];
    if (strcmp(name, "--resume") == 0) {
        resume->wanted = true;
        if (*i + 1 < argc && volley_resume_takes(argv[*i + 1]))
            resume->from = argv[++*i];
        return VOLLEY_OK;
    }
    if (strcmp(name, "--overwrite") == 0) {
        o->overwrite = true;
        return VOLLEY_OK;
    }
    if (strcmp(name, "-q") == 0) {
        o->quiet = true;
        return VOLLEY_OK;
    }
    bool known = strcmp(name, "-o") == 0 || strcmp(name, "--set") == 0 || strcmp(name, "--threads") == 0 ||
                 strcmp(name, "--progress") == 0 || strcmp(name, "--branch") == 0;
    CHECK(known, VOLLEY_USAGE,
          "run: unknown option %s; allowed: -o, --set, --threads, --overwrite, --resume, --branch, "
          "--progress, -q, --help",
          name);
    CHECK(*i + 1 < argc, VOLLEY_USAGE, "run: %s needs a value", name);
    const char *value = argv[++*i];
    if (strcmp(name, "-o") == 0) {
        o->directory = value;
    } else if (strcmp(name, "--set") == 0) {
        CHECK(o->n_sets < MAX_SETS, VOLLEY_USAGE, "run: more than %d --set", MAX_SETS);
        o->sets[o->n_sets++] = value;
    } else if (strcmp(name, "--threads") == 0) {
        TRY(parse_threads(value, &o->threads));
    } else if (strcmp(name, "--branch") == 0) {
        TRY(parse_branch(resume, value));
    } else {
        CHECK(strcmp(value, "auto") == 0 || strcmp(value, "on") == 0 || strcmp(value, "off") == 0,
              VOLLEY_USAGE, "--progress %s: allowed: auto, on, off", value);
        o->progress = value;
    }
    return VOLLEY_OK;
}

static int parse(run_options *o, volley_resume *resume, int argc, char **argv) {
    *o = (run_options){.progress = "auto"};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            o->help = true;
            return VOLLEY_OK;
        }
        if (argv[i][0] == '-') {
            TRY(parse_option(o, resume, argc, argv, &i));
        } else {
            CHECK(o->config == NULL, VOLLEY_USAGE, "run: one config, got %s and %s", o->config, argv[i]);
            o->config = argv[i];
        }
    }
    CHECK(o->config != NULL, VOLLEY_USAGE, "run: no config given; usage: volley run CONFIG [-o DIR] ...");
    return volley_resume_check_branches(resume);
}

/* How often segments are written is no matter of the config: it changes no result. */
static int read_record_buffer(size_t *spikes) {
    const char *text = getenv("VOLLEY_RECORD_BUFFER");
    *spikes = RECORD_BUFFER;
    if (text == NULL || text[0] == '\0')
        return VOLLEY_OK;
    char *end;
    long value = strtol(text, &end, 10);
    CHECK(*end == '\0' && value >= 1 && value <= MAX_RECORD_BUFFER, VOLLEY_USAGE,
          "VOLLEY_RECORD_BUFFER=%s: not a number of spikes from 1 to %d", text, MAX_RECORD_BUFFER);
    *spikes = (size_t)value;
    return VOLLEY_OK;
}

/* What can be found out before MPI starts; on all ranks alike. */
static int prepare(run *r) {
    TRY(volley_simd_level(&r->simd));
    TRY(read_record_buffer(&r->options.record_buffer));
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
    else if (r->resume.from != NULL)
        TRY(volley_resume_directory(&r->resume, r->directory, sizeof r->directory));
    else
        snprintf(r->directory, sizeof r->directory, "results/%s", r->network->name);
    bool replaced = r->options.overwrite || r->resume.wanted; /* where to is known when the checkpoint is */
    return volley_comm_rank(r->comm) == 0 ? volley_results_prepare(r->directory, replaced) : VOLLEY_OK;
}

/* Collective. The checkpoint to go on from; results elsewhere may not be in the way. */
static int find_checkpoint(run *r) {
    if (!r->resume.wanted)
        return VOLLEY_OK;
    TRY(volley_resume_find(r->comm, &r->resume, r->directory, r->network));
    int code = VOLLEY_OK;
    if (!r->resume.elsewhere && r->options.overwrite)
        code = volley_fail(VOLLEY_USAGE,
                           "--overwrite would remove the run that --resume goes on with; give -o DIR");
    else if (r->resume.elsewhere && volley_comm_rank(r->comm) == 0)
        code = volley_results_prepare(r->directory, r->options.overwrite);
    if (code == VOLLEY_OK && r->resume.elsewhere)
        volley_network_record_from(r->network, r->resume.checkpoint.step);
    return volley_comm_agree(r->comm, code);
}

/* Collective. */
static int check_network(run *r) {
    if (!r->resume.wanted)
        return VOLLEY_OK;
    uint64_t hash = r->figures.connection_hash;
    volley_comm_sum_u64(r->comm, &hash, 1);
    return volley_comm_agree(r->comm, volley_resume_check_network(&r->resume, hash));
}

/* Refuses a network that this machine cannot hold, before anything is allocated. */
static int check_memory(run *r) {
    int ranks = volley_comm_size(r->comm), here = volley_comm_node_size(r->comm);
    double own = volley_forecast_bytes(r->network, ranks, r->threads, STATE_BUFFER) / ranks;
    double root = volley_comm_rank(r->comm) == 0 ? volley_forecast_root_bytes(r->network) : 0;
    double on_node = own * here + root, available = (double)volley_memory_available();
    CHECK(available == 0 || on_node <= available, VOLLEY_EXHAUSTED,
          "the network needs about %.2f GB on this machine and %.2f GB are available; use more machines or a "
          "smaller scale",
          on_node / 1e9, available / 1e9);
    r->figures.predicted_bytes = (uint64_t)(own + root);
    return VOLLEY_OK;
}

static void fill_provenance(run *r) {
    time_t now = time(NULL);
    struct tm utc;
    gethostname(r->host, sizeof r->host - 1);
    r->provenance = (volley_provenance){
        .version = VOLLEY_VERSION,
        .git = VOLLEY_GIT,
        .compiler = VOLLEY_COMPILER,
        .flags = VOLLEY_FLAGS,
        .simd = volley_simd_name(r->simd),
        .config = r->network->config_text,
        .config_hash = r->network->config_hash,
        .seed = r->network->seed,
        .dt_ms = r->network->dt_ms,
        .host = r->host,
        .ranks = volley_comm_size(r->comm),
        .threads = r->threads,
        .partition = r->network->partition,
        .exchange_interval_steps =
            r->network->exchange_interval > 0 ? r->network->exchange_interval : r->network->min_delay,
    };
    strftime(r->provenance.started, sizeof r->provenance.started, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
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
    int rank = volley_comm_rank(r->comm);
    TRY(volley_fault(VOLLEY_FAULT_PARTITION, 0));
    if (r->partition == NULL)
        TRY(volley_partition_create(r->network, volley_comm_size(r->comm), &r->partition));
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
    int ranks = volley_comm_size(r->comm);
    TRY(volley_partition_file_read(r->comm, r->network, &parts, &n_parts));
    if (n_parts != (uint32_t)ranks && volley_comm_rank(r->comm) == 0)
        fprintf(stderr, "%s: %u parts on %d ranks: %s\n", r->network->parts_file.place, n_parts, ranks,
                n_parts > (uint32_t)ranks ? "neighbouring parts share a rank" : "some ranks have no neurons");
    int status = volley_partition_from_parts(r->network, ranks, volley_comm_rank(r->comm), parts, n_parts,
                                             &r->partition);
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
    TRY(volley_comm_agree(r->comm, volley_tables_trained(r->comm, r->partition, r->layout,
                                                         volley_trained_feed, &lists, r->tables)));
    TRY(volley_comm_agree(r->comm, wire(r)));
    TRY(volley_comm_agree(r->comm, volley_needs_route(r->comm, r->partition, r->wiring, &r->routes)));
    TRY(volley_comm_agree(r->comm,
                          volley_quality_find(r->comm, r->partition, r->wiring, &r->figures.quality)));
    report_partition(r);
    r->provenance.exchange_method = r->routes != NULL ? "neighbour" : "allgather";
    volley_tables_forget_trained(r->tables);
    r->figures.build_s = volley_now() - start;
    return VOLLEY_OK;
}

static volley_progress_mode progress_mode(const run_options *o) {
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
        .state_buffer = STATE_BUFFER,
        .states = r->states,
        .rates = r->rates,
        .weights = r->weights,
        .checkpoint = {.directory = r->directory,
                       .provenance = r->shared,
                       .restarts = r->resume.restarts,
                       .interval = r->network->checkpoint_interval,
                       .keep = r->network->checkpoint_keep},
    };
    r->figures.restarts = r->resume.restarts;
    TRY(volley_sim_create(r->network, r->layout, r->wiring, r->comm, r->writer, &options, &r->sim));
    r->figures.build_s += volley_now() - start;
    return VOLLEY_OK;
}

static void report_start(const run *r) {
    if (volley_comm_rank(r->comm) != 0 || r->options.quiet)
        return;
    double synapses = 0;
    for (int32_t p = 0; p < r->network->n_projections; p++)
        synapses += volley_forecast_synapses(&r->network->projections[p]);
    fprintf(stderr,
            "%s: %lld neurons, %.4g synapses, %d ranks x %d threads (by %s), %s vectors, %s partition\n",
            r->network->name, (long long)r->network->n_neurons, synapses, volley_comm_size(r->comm),
            r->threads, r->threads_source, volley_simd_name(r->simd), r->network->partition);
    fputs(r->network->notes, stderr);
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
    int64_t step = r->resume.checkpoint.step;
    if (!r->resume.wanted || r->resume.elsewhere) {
        TRY(volley_comm_agree(r->comm, root ? volley_results_clear(r->directory) : VOLLEY_OK));
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
    if (!r->resume.wanted)
        return VOLLEY_OK;
    double start = volley_now();
    TRY(volley_sim_restore(r->sim, &r->resume.checkpoint, r->resume.elsewhere));
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
    if (!volley_sim_stopped(r->sim)) /* else the segments stay */
        TRY(volley_spike_writer_finish(r->writer));
    TRY(volley_state_writer_finish(r->states));
    TRY(volley_rate_writer_finish(r->rates));
    TRY(volley_weight_writer_finish(r->weights));
    int outcome = volley_comm_agree(r->comm, volley_sim_outcome(r->sim));
    if (outcome == VOLLEY_STOPPED)
        report_stop(r);
    TRY(outcome);
    double written = volley_now();
    r->figures.simulate_s = looped - start - r->figures.write_during_s - r->figures.finish_s;
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

/* The stages; each ends with an agreement, so all ranks stop together with one message. */
static int stages(run *r, int prepared) {
    TRY(volley_comm_agree(r->comm, prepared));
    TRY(volley_comm_agree(r->comm, arm_fault(r)));
    TRY(volley_comm_agree(r->comm, volley_lists_scan(r->comm, r->network)));
    TRY(volley_comm_agree(r->comm, choose_directory(r)));
    TRY(find_checkpoint(r));
    TRY(volley_comm_agree(r->comm, check_memory(r)));
    fill_provenance(r);
    TRY(volley_comm_agree(r->comm, volley_provenance_share(r->comm, &r->provenance, &r->shared)));
    TRY(volley_resume_record(r->comm, &r->resume, &r->provenance));
    report_start(r);
    TRY(volley_comm_agree(r->comm, report_binding(r)));
    TRY(build(r));
    TRY(check_network(r));
    TRY(volley_spike_writer_create(r->comm, r->network, r->directory, &r->provenance, &r->writer));
    TRY(volley_state_writer_create(r->comm, r->network, r->directory, &r->provenance, &r->states));
    TRY(volley_rate_writer_create(r->comm, r->network, r->directory, &r->provenance, &r->rates));
    TRY(volley_weight_writer_create(r->comm, r->network, r->directory, &r->provenance, &r->weights));
    TRY(volley_comm_agree(r->comm, create_sim(r)));
    TRY(restore(r));
    TRY(take_up(r));
    TRY(simulate(r));
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
    volley_resume_free(&r->resume);
    free(r->shared);
    free(r->figures.population_spikes);
    free(r->figures.population_spikes_recorded);
}

int volley_command_run(int argc, char **argv) {
    static run r;
    r.start = volley_now();
    int status = parse(&r.options, &r.resume, argc, argv);
    if (r.options.help) {
        print_help();
        return VOLLEY_OK;
    }
    if (status == VOLLEY_OK)
        status = prepare(&r);
    r.oversubscribed = volley_comm_local_size_hint() * r.threads > volley_cores_online();
    if (r.oversubscribed)
        volley_comm_yield_when_idle();
    volley_cores_widen(r.threads);
    volley_signals_catch();
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
