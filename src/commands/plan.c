/* SPDX-License-Identifier: BSD-3-Clause */
/* volley plan: what a job will take, before it is submitted. */
#include "commands/commands.h"

#include "base/memory.h"
#include "base/status.h"
#include "base/streams.h"
#include "base/text.h"
#include "commands/calibrate.h"
#include "commands/options.h"
#include "run/cores.h"
#include "commands/plan_options.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { USUAL_CORES = 64 };

#define MEMBER(name) offsetof(volley_plan_options, name)
static const volley_option options_of_plan[] = {
    {"--ranks", "R", "ranks of the job", volley_take_count, MEMBER(ranks)},
    {"--threads", "T", "threads of a rank (simulation.threads of the config, else 1)", volley_take_count,
     MEMBER(threads)},
    {"--cores-per-node", "N", "so that ranks x threads are spread over nodes (64)", volley_take_count,
     MEMBER(cores_per_node)},
    {"--memory-per-node", "GB", "says whether the job fits, and how many nodes it needs",
     volley_take_positive, MEMBER(memory_per_node)},
    {"--rates", "DIR", "rates of populations from an earlier result; they come before expected_rate",
     volley_take_text, MEMBER(rates)},
    {"--machine", "FILE",
     "calibration (default $XDG_CACHE_HOME/volley/machine.json, else\n~/.cache/volley/machine.json)",
     volley_take_text, MEMBER(machine)},
    {"--set", "KEY=VALUE", "changes one key of the config", volley_take_set, MEMBER(sets)},
    {"--calibrate", NULL,
     "measures what work costs on this machine, in under a minute, and writes the file;\n"
     "under mpirun also the exchange",
     volley_take_switch, MEMBER(calibrate)},
    {"-q", NULL, "no progress of --calibrate", volley_take_switch, MEMBER(quiet)},
};

static const volley_command_line command_line = {
    .command = "plan",
    .usage = "usage: volley plan CONFIG --ranks R [--threads T] [--cores-per-node N] [--memory-per-node GB]\n"
             "                   [--rates DIR] [--machine FILE] [--set KEY=VALUE]...\n"
             "       volley plan --calibrate [--threads T] [--machine FILE] [-q]\n"
             "Forecasts memory, messages and time of `mpirun -n R volley run CONFIG --threads T` without "
             "building\n"
             "anything. Needs no mpirun.\n",
    .after = "Exit code: 0 done, also for a job that is too large; 2 wrong usage or config.\n\n"
             "example: volley plan configs/benchmarks/microcircuit.yaml --ranks 8 --threads 16 "
             "--memory-per-node 256\n",
    .options = options_of_plan,
    .n_options = sizeof options_of_plan / sizeof *options_of_plan,
    .word = "config",
    .most = 1,
    .words = MEMBER(config),
    .help = MEMBER(help),
};

static int parse(volley_plan_options *o, int argc, char **argv) {
    TRY(volley_options_read(&command_line, argc, argv, o));
    if (o->help)
        return VOLLEY_OK;
    CHECK(o->calibrate || o->config != NULL, VOLLEY_USAGE,
          "plan: no config given; usage: volley plan CONFIG --ranks R ...");
    CHECK(!o->calibrate || o->config == NULL, VOLLEY_USAGE, "plan: --calibrate takes no config, got %s",
          o->config);
    CHECK(o->calibrate || o->ranks > 0, VOLLEY_USAGE, "plan: --ranks R is missing");
    CHECK(o->cores_per_node == 0 || o->threads <= o->cores_per_node, VOLLEY_USAGE,
          "plan: --threads %d on nodes of %d cores; allowed up to %d", o->threads, o->cores_per_node,
          o->cores_per_node);
    return VOLLEY_OK;
}

static void print_rates(const volley_network *network, const double *rates, const volley_expected *e) {
    if (!e->assumed)
        return;
    printf("rates       assumed %.3g Hz, as neither expected_rate nor --rates says, for",
           VOLLEY_ASSUMED_RATE);
    int unknown = 0;
    for (int32_t p = 0; p < network->n_populations; p++) {
        if ((rates != NULL && isfinite(rates[p])) || isfinite(volley_known_rate(network, p)))
            continue;
        if (unknown++ < 8)
            printf(" %s", network->populations[p].name);
    }
    printf("%s\n", unknown > 8 ? " and others" : "");
}

static void print_memory(const volley_plan *plan, double memory_per_node) {
    printf("\nmemory of a rank\n");
    for (int i = 0; i < VOLLEY_MEMORY_KINDS; i++) {
        if (plan->forecast.bytes[i] < 500.0)
            continue;
        printf("  %-20s ", volley_memory_names[i]);
        volley_plan_bytes(stdout, plan->forecast.bytes[i]);
        putchar('\n');
    }
    printf("  %-20s ", "peak");
    volley_plan_bytes(stdout, volley_forecast_rank_bytes(&plan->forecast));
    printf("; ");
    volley_plan_bytes(stdout, plan->node_bytes);
    printf(" on a node, ");
    volley_plan_bytes(stdout, volley_forecast_rank_bytes(&plan->forecast) * plan->expected.ranks);
    printf(" in all\n");
    if (memory_per_node > 0.0)
        printf("  %s\n", plan->node_bytes <= memory_per_node * 1e9
                             ? "fits"
                             : "does NOT fit: a node has less than that (see the nodes needed below)");
}

static void print_messages(const volley_plan *plan) {
    const volley_times *t = &plan->times;
    printf("\nmessages\n  %.4g exchanges; in each %.3g spikes of all ranks, %.3g of a rank (room for %.4g); "
           "a rank "
           "receives ",
           t->exchanges, t->spikes, t->per_rank_spikes, plan->forecast.slot);
    volley_plan_bytes(stdout, t->bytes);
    printf("\n");
}

static void print_times(const volley_network *network, const volley_plan *plan,
                        const volley_machine *machine) {
    const volley_times *t = &plan->times;
    const struct {
        const char *name;
        double seconds;
    } lines[] = {{"build", t->build},
                 {"update", t->update},
                 {"stimuli", t->poisson},
                 {"arrive, static", t->arrive_static},
                 {"arrive, plastic", t->arrive_plastic},
                 {"calendar", t->calendar},
                 {"exchange", t->exchange},
                 {"steps", t->steps},
                 {"simulate", t->simulate},
                 {"write", t->write}};
    printf("\ntime (s), by %s\n", machine->calibrated
                                      ? "the calibration of this machine"
                                      : "typical constants; volley plan --calibrate measures");
    if (machine->calibrated)
        volley_text_print(stdout, "  %s: %s, %s, %d threads\n", machine->path, machine->host, machine->date,
                          machine->threads);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        printf("  %-20s %.3g\n", lines[i].name, lines[i].seconds);
    double model_s = (double)network->steps * network->dt_ms * 1e-3;
    printf("  real-time factor     %.3g (%.4g ms of model time)\n", (t->simulate + t->write) / model_s,
           1e3 * model_s);
    if (plan->expected.ranks > 1 && t->exchange > 0.5 * t->simulate)
        printf(
            "  WARNING: the exchange takes %.0f %% of the simulation: fewer ranks with more threads each, or "
            "exchange.interval: min_delay, are faster\n",
            100.0 * t->exchange / t->simulate);
}

/* Twice as many nodes in each line, from the first one on that has the memory. */
static int print_nodes(const volley_plan_options *o, const volley_network *network, const double *rates,
                       const volley_machine *machine, int cores, int threads) {
    enum { LINES = 6, MAX_NODES = 1 << 20 };
    int ranks_per_node = cores / threads, printed = 0;
    double model_s = (double)network->steps * network->dt_ms * 1e-3, fastest = INFINITY;
    int best = 0, first = 0;
    printf("\nnodes of %d cores, %d ranks x %d threads each\n  %-10s %-10s %-18s %-18s %s\n", cores,
           ranks_per_node, threads, "nodes", "ranks", "memory of a node", "real-time factor", "exchange");
    for (int nodes = 1; nodes <= MAX_NODES && printed < LINES; nodes *= 2) {
        volley_plan plan;
        int status = volley_plan_make(o, network, rates, machine, nodes * ranks_per_node, threads,
                                      ranks_per_node, &plan);
        volley_expected_free(&plan.expected);
        TRY(status);
        if (o->memory_per_node > 0.0 && plan.node_bytes > 0.9 * o->memory_per_node * 1e9)
            continue;
        first = first == 0 ? nodes : first;
        double seconds = plan.times.simulate + plan.times.write;
        printf("  %-10d %-10d ", nodes, nodes * ranks_per_node);
        volley_plan_bytes(stdout, plan.node_bytes);
        printf("%12s%-18.3g %.0f %%\n", "", seconds / model_s,
               100.0 * plan.times.exchange / plan.times.simulate);
        if (seconds < 0.9 * fastest) {
            fastest = seconds;
            best = nodes;
        }
        printed++;
        if ((double)nodes * ranks_per_node * threads > (double)network->n_neurons)
            break;
    }
    if (first == 0)
        printf("  none: even %d nodes have too little memory\n", MAX_NODES);
    else if (best > first)
        printf("suggestion  %d nodes are enough; up to %d nodes make it faster\n", first, best);
    else
        printf("suggestion  %d node%s\n", first, first > 1 ? "s" : "");
    return VOLLEY_OK;
}

static int plan_network(const volley_plan_options *o, const volley_network *network, const double *rates) {
    volley_machine machine;
    TRY(volley_machine_read(o->machine, &machine));
    int threads = o->threads > 0 ? o->threads : network->threads > 0 ? network->threads : 1;
    int cores = o->cores_per_node > 0 ? o->cores_per_node : threads > USUAL_CORES ? threads : USUAL_CORES;
    volley_plan plan;
    int status = volley_plan_make(o, network, rates, &machine, o->ranks, threads,
                                  cores / threads > 0 ? cores / threads : 1, &plan);
    if (status == VOLLEY_OK) {
        volley_text_print(stdout, "network     %s: %.10g neurons, %.4g synapses, %.4g plastic\n",
                          network->name, (double)network->n_neurons, plan.expected.synapses * o->ranks,
                          plan.expected.plastic * o->ranks);
        printf("layout      %d ranks x %d threads on %d node%s of %d cores\n", o->ranks, threads, plan.nodes,
               plan.nodes > 1 ? "s" : "", cores);
        print_rates(network, rates, &plan.expected);
        print_memory(&plan, o->memory_per_node);
        print_messages(&plan);
        print_times(network, &plan, &machine);
        status = print_nodes(o, network, rates, &machine, cores, threads);
    }
    volley_expected_free(&plan.expected);
    return status;
}

static int calibrate(const volley_plan_options *o, int *argc, char ***argv) {
    volley_comm *comm;
    int here = volley_comm_local_size_hint(), threads = o->threads;
    char path[4096];
    if (threads == 0)
        threads = volley_cores_online() / here > 0 ? volley_cores_online() / here : 1;
    if (here * threads > volley_cores_online())
        volley_comm_yield_when_idle();
    volley_cores_widen(threads);
    TRY(volley_comm_start(argc, argv, &comm));
    volley_machine_path(path, sizeof path);
    if (o->machine != NULL)
        snprintf(path, sizeof path, "%s", o->machine);
    volley_machine *machine;
    int status = VOLLEY_NEW(machine, 1);
    if (status == VOLLEY_OK && path[0] == '\0')
        status = volley_fail(VOLLEY_USAGE,
                             "plan: --machine FILE is needed: neither XDG_CACHE_HOME nor HOME is set");
    status = volley_comm_agree(comm, status);
    if (status == VOLLEY_OK)
        status = volley_calibrate(comm, threads, o->quiet, machine);
    if (status == VOLLEY_OK) {
        if (volley_comm_rank(comm) == 0)
            status = volley_machine_write(machine, path);
        if (status == VOLLEY_OK && volley_comm_rank(comm) == 0) {
            volley_text_print(stdout, "%s\n", path);
            status = volley_streams_flush();
        }
        status = volley_comm_agree(comm, status);
    }
    free(machine);
    volley_comm_stop(&comm);
    volley_error_clear();
    return status;
}

int volley_command_plan(int argc, char **argv) {
    static volley_plan_options options;
    volley_network *network = NULL;
    double *rates = NULL;
    int status = parse(&options, argc, argv);
    if (status == VOLLEY_OK && options.help)
        volley_options_help(&command_line, stdout);
    else if (status == VOLLEY_OK && options.calibrate)
        status = calibrate(&options, &argc, &argv);
    else if (status == VOLLEY_OK)
        status = volley_plan_read(&options, &network, &rates);
    if (network != NULL && status == VOLLEY_OK)
        status = plan_network(&options, network, rates);
    if (status != VOLLEY_OK && volley_error_message()[0] != '\0')
        fprintf(stderr, "volley: %s\n", volley_error_message());
    volley_error_clear();
    free(rates);
    volley_network_destroy(&network);
    return status;
}
