/* SPDX-License-Identifier: BSD-3-Clause */
/* Measures the costs of updates, synapses, rules, building and exchange by running little networks, for
 * volley plan --calibrate. */
#include "commands/calibrate.h"

#include "base/memory.h"
#include "base/status.h"
#include "forecast/expectation.h"
#include "wiring/synapse_table.h"
#include "run/result_directory.h"
#include "run/run.h"
#include "config/config.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { REPEATS = 4, TEXT = 4096 };

/* One little network: how it went, at best, and what it was expected to do. */
typedef struct sample {
    double build, simulate, write, update, poisson, calendar, arrive_static, arrive_plastic; /* s */
    double events, plastic, updates, draws, spikes, synapses, exchanges; /* per thread but spikes */
    double runs, rows;
} sample;

typedef struct calibration {
    volley_comm *comm;
    int threads; /* of each rank */
    int cores;   /* that all ranks use */
    char directory[256];
    volley_machine *machine;
} calibration;

static const char neurons[] = "populations:\n"
                              "  S: {model: correlated_poisson_source, size: %d, params: {rate: %g}}\n"
                              "  T: {model: correlated_poisson_source, size: %d, params: {rate: %g}}\n";

static double phase(const volley_rank_figures *figures, const char *name) {
    for (int i = 0; i < figures->n_phases; i++)
        if (strcmp(figures->phase_name[i], name) == 0)
            return figures->phase_s[i];
    return 0.0;
}

/* Collective. One run of the config in `text`. */
static int run_once(const calibration *c, const char *text, int threads, sample *s) {
    volley_network *network;
    TRY(volley_comm_agree(c->comm, volley_config_parse(text, "calibration", NULL, 0, &network)));
    volley_expected expected;
    int status = volley_comm_agree(
        c->comm, volley_expect(network, NULL, volley_comm_size(c->comm), threads, &expected));
    double seconds = (double)network->steps * network->dt_ms * 1e-3;
    *s = (sample){0};
    for (int t = 0; status == VOLLEY_OK && t < expected.n_tables; t++)
        s->runs += expected.table[t].runs_handled * seconds / threads;
    s->rows = expected.rows_pushed * seconds / threads;
    volley_expected_free(&expected);
    if (status != VOLLEY_OK) {
        volley_network_destroy(&network);
        return status;
    }
    volley_probe probe;
    TRY(volley_run_probe(c->comm, network, threads, c->directory, &probe));
    const volley_rank_figures *f = &probe.figures;
    uint64_t spikes = probe.spikes;
    volley_comm_sum_u64(c->comm, &spikes, 1);
    s->build = f->build_s;
    s->simulate = f->simulate_s;
    s->write = f->write_s;
    s->update = phase(f, "update") - phase(f, "update_poisson");
    s->poisson = phase(f, "update_poisson");
    s->arrive_static = phase(f, "arrive_static");
    s->arrive_plastic = phase(f, "arrive_plastic");
    s->calendar = phase(f, "arrive") - s->arrive_static - s->arrive_plastic;
    s->events = (double)f->events_static / threads;
    s->plastic = (double)f->events_plastic / threads;
    s->updates = (double)f->updates / threads;
    s->draws = (double)f->poisson_draws / threads;
    s->synapses = (double)f->synapses / threads;
    s->spikes = (double)spikes;
    s->exchanges = (double)probe.collective_calls;
    double worst[] = {s->build, s->simulate, s->write};
    volley_comm_max_double(c->comm, worst, 3);
    s->build = worst[0];
    s->simulate = worst[1];
    s->write = worst[2];
    return VOLLEY_OK;
}

static void keep_least(double *least, double value) {
    *least = fmin(*least, value);
}

/* Collective. The shortest times of several repeats: whatever else the machine does only adds to them. */
static int measure(const calibration *c, int threads, sample *s, const char *format, ...) {
    char text[TEXT];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    TRY(run_once(c, text, threads, s));
    for (int i = 1; i < REPEATS; i++) {
        sample next;
        TRY(run_once(c, text, threads, &next));
        keep_least(&s->build, next.build);
        keep_least(&s->simulate, next.simulate);
        keep_least(&s->write, next.write);
        keep_least(&s->update, next.update);
        keep_least(&s->poisson, next.poisson);
        keep_least(&s->calendar, next.calendar);
        keep_least(&s->arrive_static, next.arrive_static);
        keep_least(&s->arrive_plastic, next.arrive_plastic);
    }
    return VOLLEY_OK;
}

/* ns for one of n things. */
static double each(double seconds, double n) {
    return n > 0.0 && seconds > 0.0 ? 1e9 * seconds / n : 0.0;
}

static const char head[] = "simulation: {dt: 0.1, duration: %g}\nrecord: {spikes: []}\n";

/* ns of one byte that is not in the caches, from what n things with so many bytes each take more than near
 * ones. A cache as large as all of them leaves nothing to measure. */
static double byte_far(const volley_machine *m, double more_ns, double n, double bytes) {
    double share = volley_machine_far(m, n * bytes);
    return share > 0.0 ? fmax(0.0, more_ns) / (share * bytes) : 0.0;
}

/* Steps without neurons, exchanges and barriers. */
static int measure_steps(calibration *c) {
    volley_machine *m = c->machine;
    static const char text[] = "simulation: {dt: 0.1, duration: 200.0}\nrecord: {spikes: []}\n"
                               "exchange: {interval: %d}\n"
                               "populations: {A: {model: iaf_psc_exp, size: %d}}\n";
    sample often, seldom, alone;
    int size = 8 * c->cores;
    TRY(measure(c, c->threads, &often, text, 1, size));
    TRY(measure(c, c->threads, &seldom, text, 100, size));
    TRY(measure(c, 1, &alone, text, 1, size));
    m->cost[VOLLEY_COST_STEP] = each(seldom.simulate, 2000.0);
    double exchange = each(often.simulate - seldom.simulate, 1980.0);
    double alone_exchange = each(alone.simulate - seldom.simulate, 1980.0);
    double barrier = c->threads > 1 ? fmax(0.0, exchange - alone_exchange) / log2(c->threads) : 0.0;
    if (c->threads > 1)
        m->cost[VOLLEY_COST_BARRIER] = barrier;
    int ranks = volley_comm_size(c->comm);
    if (ranks > 1)
        m->cost[VOLLEY_COST_EXCHANGE] =
            fmax(0.0, alone_exchange - m->cost[VOLLEY_COST_INTERVAL]) / log2(ranks);
    else
        m->cost[VOLLEY_COST_INTERVAL] = fmax(0.0, alone_exchange);
    return VOLLEY_OK;
}

static int measure_updates(calibration *c) {
    volley_machine *m = c->machine;
    static const char text[] = "simulation: {dt: 0.1, duration: %g}\nrecord: {spikes: []}\n"
                               "populations: {A: {model: %s, size: %d}}\n";
    enum { NEAR = 4096, FAR = 400000 };
    int cores = c->cores;
    m->update = (volley_named_costs){0};
    for (const volley_neuron_model *const *model = volley_neuron_models; *model != NULL; model++) {
        sample s;
        const char *name = (*model)->name;
        TRY(measure(c, c->threads, &s, text, 50.0, name, NEAR * cores));
        double n = (*model)->is_source ? 500.0 * NEAR : s.updates;
        volley_set_named_cost(&m->update, name, each(s.update, n));
    }
    sample large;
    TRY(measure(c, c->threads, &large, text, 3.0, "iaf_psc_exp", FAR * cores));
    enum { COLUMNS = 3 + 2 + 1 }; /* of its states, receptors and refractoriness */
    double bytes = 8.0 * COLUMNS;
    double more = each(large.update, large.updates) - volley_named_cost(&m->update, "iaf_psc_exp");
    m->cost[VOLLEY_COST_UPDATE_BYTE_FAR] = byte_far(m, more, FAR, bytes);
    m->cost[VOLLEY_COST_BUILD_NEURON] = each(large.build, FAR);
    return VOLLEY_OK;
}

static int measure_stimuli(calibration *c) {
    static const char text[] = "simulation: {dt: 0.1, duration: 40.0}\nrecord: {spikes: []}\n"
                               "populations: {A: {model: iaf_psc_delta, size: %d}}\nstimuli:\n%s\n";
    enum { SIZE = 4096 };
    int size = SIZE * c->cores;
    char stimulus[256];
    sample s;
    for (int i = 0; i < VOLLEY_MACHINE_MEANS; i++) {
        snprintf(stimulus, sizeof stimulus,
                 "  P: {model: poisson, target: A, params: {rate: %g, weight: 1.0e-9, delay: 0.1}}",
                 1e4 * volley_machine_means[i]);
        TRY(measure(c, c->threads, &s, text, size, stimulus));
        c->machine->poisson[i] = each(s.poisson, s.draws);
    }
    double plain = volley_named_cost(&c->machine->update, "iaf_psc_delta");
    TRY(measure(c, c->threads, &s, text, size,
                "  N: {model: noise, target: A, params: {mean: 0.0, std: 1.0e-9, dt: 0.1}}"));
    c->machine->cost[VOLLEY_COST_NOISE] = fmax(0.0, each(s.update, s.updates) - plain);
    return VOLLEY_OK;
}

/* Static synapses: weight (text), delay (text), sizes. `rate` of the sources, duration in ms. */
static int measure_static(const calibration *c, sample *s, double duration, int sources, double rate,
                          int targets, int indegree, const char *weight, const char *delay) {
    char text[TEXT];
    int n = snprintf(text, sizeof text, head, duration);
    n += snprintf(text + n, sizeof text - (size_t)n, neurons, sources, rate, 8, 0.0);
    snprintf(text + n, sizeof text - (size_t)n,
             "  N: {model: iaf_psc_delta, size: %d}\nprojections:\n"
             "  P: {source: S, target: N, connect: {rule: fixed_indegree, indegree: %d}, %s, delay: %s}\n",
             targets, indegree, weight, delay);
    return measure(c, c->threads, s, "%s", text);
}

static const char constant[] = "weight: 1.0e-9", one_delay[] = "1.5",
                  many_delays[] = "{uniform: {low: 0.1, high: 10.0}}",
                  single[] = "weight: {normal: {mean: 1.0e-6, std: 1.0e-8, min: 0.0}}",
                  wide[] =
                      "weight_precision: float64, weight: {normal: {mean: 1.0e-6, std: 1.0e-8, min: 0.0}}";

/* ns of a row, when the spikes themselves and the runs put into the calendar are taken off. */
static double row_ns(const volley_machine *m, const sample *s) {
    double known = s->spikes * m->cost[VOLLEY_COST_RECEIVE] + s->runs * m->cost[VOLLEY_COST_PUSH];
    return each(s->calendar - 1e-9 * known, s->rows);
}

/* Arrivals whose synapses and rows are in the caches. */
static int measure_near(calibration *c) {
    volley_machine *m = c->machine;
    enum { SOURCES = 1000, TARGETS = 6000, INDEGREE = 100 };
    int targets = TARGETS * c->cores;
    sample s;
    static const char *const weights[VOLLEY_CLASSES] = {constant, single, wide};
    for (int class = 0; class < VOLLEY_CLASSES; class ++) {
        TRY(measure_static(c, &s, 100.0, SOURCES, 50.0, targets, INDEGREE, weights[class], one_delay));
        m->cost[VOLLEY_COST_CONSTANT + class] = each(s.arrive_static, s.events);
    }
    /* spikes of sources without synapses, rows of many runs, rows of few */
    TRY(measure_static(c, &s, 50.0, 20000, 50.0, 8 * c->cores, 1, constant, one_delay));
    m->cost[VOLLEY_COST_RECEIVE] = each(s.calendar, s.spikes);
    TRY(measure_static(c, &s, 100.0, SOURCES, 50.0, targets, INDEGREE, single, many_delays));
    m->cost[VOLLEY_COST_RUN] = each(s.arrive_static - 1e-9 * s.events * m->cost[VOLLEY_COST_FLOAT32], s.runs);
    m->cost[VOLLEY_COST_PUSH] = each(s.calendar - 1e-9 * s.spikes * m->cost[VOLLEY_COST_RECEIVE], s.runs);
    TRY(measure_static(c, &s, 50.0, 20000, 50.0, 800 * c->cores, 100, constant, one_delay));
    m->cost[VOLLEY_COST_ROW] = row_ns(m, &s);
    return VOLLEY_OK;
}

/* The same outside the caches: long rows show the price of a byte, short ones that of a row and a run. */
static int measure_far(calibration *c) {
    volley_machine *m = c->machine;
    enum { SYNAPSE = 6 }; /* bytes */
    int cores = c->cores;
    sample s;
    TRY(measure_static(c, &s, 20.0, 10000, 20.0, 8000 * cores, 1250, single, one_delay));
    double event = m->cost[VOLLEY_COST_FLOAT32], run = m->cost[VOLLEY_COST_RUN];
    double more = each(s.arrive_static - 1e-9 * s.runs * run, s.events) - event;
    m->cost[VOLLEY_COST_EVENT_BYTE_FAR] = byte_far(m, more, s.synapses, SYNAPSE);
    TRY(measure_static(c, &s, 20.0, 200000, 20.0, 40000 * cores, 250, single, one_delay));
    event += volley_machine_far(m, s.synapses * SYNAPSE) * SYNAPSE * m->cost[VOLLEY_COST_EVENT_BYTE_FAR];
    m->cost[VOLLEY_COST_RUN_FAR] = fmax(0.0, each(s.arrive_static - 1e-9 * s.events * event, s.runs) - run);
    m->cost[VOLLEY_COST_ROW_FAR] = fmax(0.0, row_ns(m, &s) - m->cost[VOLLEY_COST_ROW]);
    double near = volley_named_cost(&m->connect, "fixed_indegree") + m->cost[VOLLEY_COST_BUILD_RECORD] +
                  m->cost[VOLLEY_COST_BUILD_WEIGHT];
    m->cost[VOLLEY_COST_BUILD_FAR] = fmax(0.0, each(s.build, s.synapses) - near);
    return VOLLEY_OK;
}

/* The rules that need nothing but weights, at two rates of the targets. Others take the mean of these. */
static int measure_rules(calibration *c) {
    volley_machine *m = c->machine;
    static const char *const names[] = {"stdp", "stdp_power_law", "stdp_triplet", "tsodyks"};
    enum { SOURCES = 2000, TARGETS = 4000, INDEGREE = 200 };
    m->rule_pre = m->rule_post = (volley_named_costs){0};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        sample s[2];
        for (int j = 0; j < 2; j++) {
            char text[TEXT];
            int n = snprintf(text, sizeof text, head, 50.0);
            n += snprintf(text + n, sizeof text - (size_t)n, neurons, SOURCES, 50.0, TARGETS * c->cores,
                          j == 0 ? 0.0 : 50.0);
            snprintf(
                text + n, sizeof text - (size_t)n,
                "projections:\n  P: {source: S, target: T, connect: {rule: fixed_indegree, indegree: %d}, "
                "weight: 1.0, delay: 1.5, dendritic_delay: all, plasticity: {rule: %s}}\n",
                INDEGREE, names[i]);
            TRY(measure(c, c->threads, &s[j], "%s", text));
        }
        double pre = each(s[0].arrive_plastic, s[0].plastic);
        double post = fmax(0.0, each(s[1].arrive_plastic, s[1].plastic) - pre);
        volley_set_named_cost(&m->rule_pre, names[i], pre);
        volley_set_named_cost(&m->rule_post, names[i], post);
        if (i == 0)
            m->cost[VOLLEY_COST_FINISH] = each(s[1].write, s[1].synapses);
    }
    return VOLLEY_OK;
}

static int measure_build_of(const calibration *c, const char *connect, const char *weight, const char *delay,
                            double *ns) {
    sample s;
    TRY(measure(c, c->threads, &s,
                "simulation: {dt: 0.1, duration: 0.1}\nrecord: {spikes: []}\n"
                "populations:\n  S: {model: iaf_psc_exp, size: 10000}\n"
                "  T: {model: iaf_psc_exp, size: %d}\nprojections:\n"
                "  P: {source: S, target: T, connect: {%s}, %s, delay: %s}\n",
                4000 * c->cores, connect, weight, delay));
    *ns = each(s.build, s.synapses);
    return VOLLEY_OK;
}

/* On a sheet, about 80 sources in reach of a kernel. */
static int measure_spatial(calibration *c) {
    sample s;
    TRY(measure(c, c->threads, &s,
                "simulation: {dt: 0.1, duration: 0.1}\nrecord: {spikes: []}\n"
                "populations:\n"
                "  S: {model: iaf_psc_exp, size: 4000, positions: {uniform: {extent: [1.0, 1.0]}}}\n"
                "  T: {model: iaf_psc_exp, size: %d, positions: {uniform: {extent: [1.0, 1.0]}}}\n"
                "projections:\n"
                "  P: {source: S, target: T, %s, delay: %s, connect: {rule: spatial_bernoulli, p: 0.8, "
                "kernel: {gaussian: {sigma: 0.06, cutoff: 0.3}}}}\n",
                4000 * c->cores, constant, one_delay));
    volley_set_named_cost(&c->machine->connect, "spatial_bernoulli", each(s.build, s.synapses));
    return VOLLEY_OK;
}

static int measure_build(calibration *c) {
    volley_machine *m = c->machine;
    char outdegree[64], total[64];
    snprintf(outdegree, sizeof outdegree, "rule: fixed_outdegree, outdegree: %d", 400 * c->cores);
    snprintf(total, sizeof total, "rule: fixed_total, number: %d", 4000000 * c->cores);
    const char *const rules[][2] = {{"fixed_indegree", "rule: fixed_indegree, indegree: 1000"},
                                    {"bernoulli", "rule: bernoulli, p: 0.1"},
                                    {"fixed_total", total},
                                    {"fixed_outdegree", outdegree},
                                    {"all_to_all", "rule: all_to_all"}};
    double flat = 0.0, weights, delays, both;
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        double ns;
        TRY(measure_build_of(c, rules[i][1], constant, one_delay, &ns));
        volley_set_named_cost(&m->connect, rules[i][0], ns);
        flat = i == 0 ? ns : flat;
    }
    TRY(measure_spatial(c));
    const char *delay = "{normal: {mean: 1.5, std: 0.75, min: 0.1}}";
    TRY(measure_build_of(c, rules[0][1], single, one_delay, &weights));
    TRY(measure_build_of(c, rules[0][1], constant, delay, &delays));
    TRY(measure_build_of(c, rules[0][1], single, delay, &both));
    m->cost[VOLLEY_COST_BUILD_WEIGHT] = fmax(0.0, both - delays);
    m->cost[VOLLEY_COST_BUILD_DELAY] = fmax(0.0, both - weights);
    m->cost[VOLLEY_COST_BUILD_RECORD] = fmax(0.0, weights + delays - both - flat);
    return VOLLEY_OK;
}

/* Emitting spikes and writing them to files: neurons that fire at 150 Hz, by a current, against silent ones.
 */
static int measure_spikes(calibration *c) {
    static const char text[] = "simulation: {dt: 0.1, duration: 200.0}\nrecord: {spikes: %s}\n"
                               "populations:\n  A: {model: iaf_psc_delta, size: %d, params: {I_e: %g}, "
                               "init: {V_m: {uniform: {low: -70.0, high: -56.0}}}}\n";
    volley_machine *m = c->machine;
    int size = 2000 * c->cores;
    sample silent, busy, few;
    TRY(measure(c, c->threads, &silent, text, "[A]", size, 0.0));
    TRY(measure(c, c->threads, &busy, text, "[A]", size, 1000.0));
    TRY(measure(c, c->threads, &few, text, "[A]", 8, 1000.0));
    double own = busy.spikes / c->cores;
    m->cost[VOLLEY_COST_SPIKE] = fmax(0.0, each(busy.update - silent.update, own));
    m->cost[VOLLEY_COST_FILES] = 1e9 * few.write;
    m->cost[VOLLEY_COST_RECORD] = fmax(0.0, each(busy.write - few.write, own * c->threads));
    return VOLLEY_OK;
}

static int measure_all(calibration *c, bool quiet) {
    static const struct part {
        const char *what;
        int (*measure)(calibration *);
    } parts[] = {{"steps and exchange", measure_steps}, {"neurons", measure_updates},
                 {"stimuli", measure_stimuli},          {"synapses in the caches", measure_near},
                 {"plasticity", measure_rules},         {"construction", measure_build},
                 {"synapses in memory", measure_far},   {"spikes and files", measure_spikes}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (!quiet && volley_comm_rank(c->comm) == 0)
            fprintf(stderr, "calibrating: %s\n", parts[i].what);
        TRY(parts[i].measure(c));
    }
    return VOLLEY_OK;
}

/* Size of a cache of core 0 and the cores that share it; 0 when the system does not tell. What sysconf says
 * of the third level may be that of a whole package. */
static double cache_of_core(int level) {
    char path[128];
    for (int index = 0; index < 8; index++) {
        int found = 0, kilobytes = 0;
        snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/level", index);
        FILE *file = fopen(path, "r");
        if (file == NULL)
            return 0.0;
        bool read = fscanf(file, "%d", &found) == 1;
        fclose(file);
        snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/size", index);
        file = read && found == level ? fopen(path, "r") : NULL;
        if (file == NULL)
            continue;
        read = fscanf(file, "%dK", &kilobytes) == 1;
        fclose(file);
        if (read)
            return 1024.0 * kilobytes;
    }
    return 0.0;
}

/* Cache of one thread: its second level, and its share of the third, for which there are other users too. */
static double cache_of_thread(void) {
    double cores = fmax(1.0, fmin(8.0, (double)sysconf(_SC_NPROCESSORS_ONLN)));
    double bytes = cache_of_core(2) + 0.5 * cache_of_core(3) / cores;
    return bytes > 0.0 ? bytes : 2e6;
}

static int make_directory(calibration *c) {
    const char *parent = getenv("TMPDIR");
    CHECK(snprintf(c->directory, sizeof c->directory, "%s/volley-calibration-XXXXXX",
                   parent != NULL && parent[0] != '\0' ? parent : "/tmp") < (int)sizeof c->directory,
          VOLLEY_USAGE, "TMPDIR is too long");
    if (volley_comm_rank(c->comm) == 0 && mkdtemp(c->directory) == NULL)
        return volley_fail(VOLLEY_FAILED, "%s: cannot make this folder", c->directory);
    return VOLLEY_OK;
}

/* Removes the folder, in which a list of files is left when the files have gone. */
static void remove_directory(const calibration *c) {
    char list[sizeof c->directory + 16];
    volley_results_clear(c->directory);
    snprintf(list, sizeof list, "%s/manifest.json", c->directory);
    unlink(list);
    if (rmdir(c->directory) != 0)
        fprintf(stderr, "volley: warning: %s stays behind: %s\n", c->directory, strerror(errno));
}

int volley_calibrate(volley_comm *comm, int threads, bool quiet, volley_machine *machine) {
    calibration c = {.comm = comm, .threads = threads, .machine = machine};
    c.cores = volley_comm_size(comm) * threads;
    volley_machine_typical(machine);
    TRY(volley_comm_agree(comm, make_directory(&c)));
    volley_comm_broadcast(comm, c.directory, sizeof c.directory);
    sample first; /* the libraries have their memory afterwards */
    int status = run_once(&c,
                          "simulation: {dt: 0.1, duration: 10.0}\npopulations: {A: {model: "
                          "correlated_poisson_source, size: 8, params: {rate: 500.0}}}\n",
                          threads, &first);
    machine->process_bytes = (double)volley_peak_rss();
    if (status == VOLLEY_OK)
        status = measure_all(&c, quiet);
    machine->calibrated = true;
    machine->threads = threads;
    machine->cache_bytes = cache_of_thread();
    gethostname(machine->host, sizeof machine->host - 1);
    time_t now = time(NULL);
    struct tm utc;
    strftime(machine->date, sizeof machine->date, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
    if (volley_comm_rank(comm) == 0)
        remove_directory(&c);
    return volley_comm_agree(comm, status);
}
