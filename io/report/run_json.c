/* SPDX-License-Identifier: BSD-3-Clause */
/* Gathers the figures of all ranks, and builds and writes run.json from them. */
#include "io/report/run_json.h"

#include "base/memory.h"
#include "base/starved.h"
#include "base/status.h"
#include "base/streams.h"
#include "base/text.h"
#include "files/publish.h"
#include "files/together.h"
#include "models/neuron/module.h"
#include "net/part.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Figures of which every rank's own value counts: columns of the gathered table, then one per phase. */
enum column {
    NEURONS,
    SYNAPSES,
    EVENTS,
    PEAK_RSS,
    BUILD,
    SIMULATE,
    WRITE,
    RUN, /* simulate and write during the run, together on one rank */
    TOTAL,
    DELIVER,
    UPDATE,
    PHASES
};

/* Figures of which only the sum counts, then the spikes of each population, then those recorded. */
enum sum {
    SUM_NEURONS,
    SUM_SYNAPSES,
    SUM_PLASTIC_SYNAPSES,
    SUM_STATIC,
    SUM_PLASTIC,
    SUM_EXTERNAL,
    SUM_SPIKE_HASH,
    SUM_WEIGHT_HASH,
    SUM_CONNECTION_HASH,
    SUM_PEAK_RSS,
    SUM_PREDICTED,
    SUM_UPDATES,
    SUM_POISSON_DRAWS,
    SUM_CARRIED_USEFUL, /* events and updates of the runs before */
    SUM_CARRIED_UPDATES,
    SUM_MESSAGES,
    SUM_EXCHANGED_BYTES,
    SUMS
};

/* All ranks' figures, the same on every rank. */
typedef struct figures {
    int ranks, columns;
    double *all;   /* [ranks x columns] */
    uint64_t *sum; /* [SUMS + 2 x n_populations] */
} figures;

static json_t *number(double value) {
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *quotient(double a, double b) {
    return b > 0.0 ? number(a / b) : json_null();
}

static json_t *integer(uint64_t value) {
    return json_integer((json_int_t)value);
}

static json_t *hex(uint64_t hash) {
    return json_sprintf("%016" PRIx64, hash);
}

static json_t *text(const char *value) {
    json_t *string = json_string(value ? value : "");
    return string ? string : json_string("(not UTF-8)");
}

static void fill_mine(const volley_rank_figures *mine, const volley_network *network, double *column,
                      uint64_t *sum) {
    uint64_t events = mine->events_static + mine->events_plastic + mine->events_external;
    column[NEURONS] = (double)mine->neurons;
    column[SYNAPSES] = (double)mine->synapses;
    column[EVENTS] = (double)events;
    column[PEAK_RSS] = (double)mine->peak_rss;
    column[BUILD] = mine->build_s;
    column[SIMULATE] = mine->simulate_s;
    column[WRITE] = mine->write_s;
    column[RUN] = mine->simulate_s + mine->write_during_s;
    column[TOTAL] = mine->total_s;
    column[DELIVER] = mine->deliver_s;
    column[UPDATE] = mine->update_s;
    for (int i = 0; i < mine->n_phases; i++)
        column[PHASES + i] = mine->phase_s[i];
    sum[SUM_NEURONS] = mine->neurons;
    sum[SUM_SYNAPSES] = mine->synapses;
    sum[SUM_PLASTIC_SYNAPSES] = mine->plastic_synapses;
    sum[SUM_STATIC] = mine->events_static + mine->carried.events_static;
    sum[SUM_PLASTIC] = mine->events_plastic + mine->carried.events_plastic;
    sum[SUM_EXTERNAL] = mine->events_external + mine->carried.events_external;
    sum[SUM_CARRIED_USEFUL] = mine->carried.events_static + mine->carried.events_plastic;
    sum[SUM_CARRIED_UPDATES] = mine->carried.updates;
    sum[SUM_SPIKE_HASH] = mine->spike_hash;
    sum[SUM_WEIGHT_HASH] = mine->weight_hash;
    sum[SUM_CONNECTION_HASH] = mine->connection_hash;
    sum[SUM_PEAK_RSS] = mine->peak_rss;
    sum[SUM_PREDICTED] = mine->predicted_bytes;
    sum[SUM_UPDATES] = mine->updates + mine->carried.updates;
    sum[SUM_POISSON_DRAWS] = mine->poisson_draws + mine->carried.poisson_draws;
    sum[SUM_MESSAGES] = mine->exchanged.messages;
    sum[SUM_EXCHANGED_BYTES] = mine->exchanged.bytes;
    for (int32_t p = 0; p < network->n_populations; p++) {
        sum[SUMS + 2 * p] = mine->population_spikes[p];
        sum[SUMS + 2 * p + 1] = mine->population_spikes_recorded[p];
    }
}

/* Collective. */
static int gather(volley_comm *comm, const volley_network *network, const volley_rank_figures *mine,
                  figures *f) {
    f->ranks = volley_comm_size(comm);
    f->columns = PHASES + mine->n_phases;
    int sums = SUMS + 2 * network->n_populations;
    int code = VOLLEY_NEW(f->all, f->ranks * f->columns);
    if (code == VOLLEY_OK)
        code = VOLLEY_NEW(f->sum, sums);
    TRY(volley_io_together(comm, code));
    double column[PHASES + VOLLEY_PHASES_MAX] = {0};
    fill_mine(mine, network, column, f->sum);
    volley_comm_gather_double(comm, column, f->columns, f->all);
    volley_comm_sum_u64(comm, f->sum, sums);
    return VOLLEY_OK;
}

static double largest(const figures *f, int column) {
    double most = f->all[column];
    for (int r = 1; r < f->ranks; r++)
        most = fmax(most, f->all[r * f->columns + column]);
    return most;
}

static double total(const figures *f, int column) {
    double sum = 0.0;
    for (int r = 0; r < f->ranks; r++)
        sum += f->all[r * f->columns + column];
    return sum;
}

/* {min, mean, max} of a column; with the rank of the largest when asked for. Counts stay whole numbers. */
static json_t *spread(const figures *f, int column, int whole, int slowest) {
    double least = f->all[column], most = least;
    int rank = 0;
    for (int r = 1; r < f->ranks; r++) {
        double value = f->all[r * f->columns + column];
        least = fmin(least, value);
        if (value > most) {
            most = value;
            rank = r;
        }
    }
    json_t *object = json_object();
    json_object_set_new(object, "min", whole ? json_integer((json_int_t)least) : number(least));
    json_object_set_new(object, "mean", number(total(f, column) / f->ranks));
    json_object_set_new(object, "max", whole ? json_integer((json_int_t)most) : number(most));
    if (slowest)
        json_object_set_new(object, "slowest_rank", json_integer(rank));
    return object;
}

static json_t *seed_of(uint64_t seed) {
    return seed <= INT64_MAX ? integer(seed) : json_sprintf("%" PRIu64, seed);
}

/* The shared libraries that models came from. */
static json_t *modules(void) {
    json_t *list = json_array();
    int n;
    const volley_module_file *files = volley_modules(&n);
    for (int f = 0; f < n; f++) {
        json_t *entry = json_object(), *names = json_array();
        for (int i = 0; files[f].models[i] != NULL; i++)
            json_array_append_new(names, text(files[f].models[i]->name));
        for (int i = 0; files[f].stimuli[i] != NULL; i++)
            json_array_append_new(names, text(files[f].stimuli[i]->name));
        for (int i = 0; files[f].rules[i] != NULL; i++)
            json_array_append_new(names, text(files[f].rules[i]->name));
        json_object_set_new(entry, "file", text(files[f].path));
        json_object_set_new(entry, "size", integer(files[f].size));
        json_object_set_new(entry, "hash", hex(files[f].hash));
        json_object_set_new(entry, "names", names);
        json_array_append_new(list, entry);
    }
    return list;
}

static void put_what_ran(json_t *run, const volley_network *network, const volley_provenance *p) {
    json_t *volley = json_object(), *layout = json_object();
    json_object_set_new(volley, "version", text(p->version));
    json_object_set_new(volley, "git", text(p->git));
    json_object_set_new(volley, "compiler", text(p->compiler));
    json_object_set_new(volley, "flags", text(p->flags));
    json_object_set_new(volley, "simd", text(p->simd));
    json_object_set_new(run, "volley", volley);
    json_object_set_new(run, "host", text(p->host));
    json_object_set_new(run, "started", text(p->started));
    json_object_set_new(layout, "ranks", json_integer(p->ranks));
    json_object_set_new(layout, "threads", json_integer(p->threads));
    json_object_set_new(layout, "partition", text(p->partition));
    json_object_set_new(layout, "exchange_interval_steps", json_integer(p->exchange_interval_steps));
    json_object_set_new(run, "layout", layout);
    json_object_set_new(run, "config", text(p->config));
    json_object_set_new(run, "config_hash", hex(p->config_hash));
    json_object_set_new(run, "models", modules());
    json_t *inputs = p->inputs != NULL ? json_loads(p->inputs, 0, NULL) : NULL;
    json_object_set_new(run, "inputs", inputs != NULL ? inputs : json_array());
    json_object_set_new(run, "seed", seed_of(p->seed));
    json_object_set_new(run, "dt_ms", number(p->dt_ms));
    json_object_set_new(run, "simulated_ms", number(volley_step_to_ms(network, network->steps)));
}

/* A rank that has run alone shows what its share costs. Its spikes are no results: there are no hashes. */
static void put_virtual(json_t *run, const volley_rank_figures *mine) {
    json_t *alone = json_object();
    json_object_set_new(alone, "rank", json_integer(mine->virtual_rank));
    json_object_set_new(alone, "ranks", json_integer(mine->virtual_ranks));
    json_object_set_new(alone, "stand_in_spikes", integer(mine->stand_in_spikes));
    json_object_set_new(alone, "stand_in_s", number(mine->stand_in_s));
    json_object_set_new(
        alone, "note",
        text("one rank of a job, run alone: all figures are its share; spikes of the other ranks "
             "were drawn at the expected rates, so neither spikes nor weights are results"));
    json_object_set_new(run, "virtual", alone);
}

/* Figures of a number of populations, added up. */
typedef struct sums {
    uint64_t size, spikes, recorded;
} sums;

static void add_population(const volley_rank_figures *mine, const volley_network *network, const figures *f,
                           int32_t p, sums *s) {
    s->size += mine->population_neurons != NULL ? mine->population_neurons[p]
                                                : (uint64_t)network->populations[p].size;
    s->spikes += f->sum[SUMS + 2 * p];
    s->recorded += f->sum[SUMS + 2 * p + 1];
}

static json_t *population_of(const sums *s, double span_s) {
    json_t *entry = json_object();
    json_object_set_new(entry, "size", integer(s->size));
    json_object_set_new(entry, "spikes", integer(s->spikes)); /* since step 0 */
    json_object_set_new(entry, "spikes_recorded", integer(s->recorded));
    json_object_set_new(entry, "rate_hz", quotient((double)s->recorded, (double)s->size * span_s));
    return entry;
}

/* The rate of one spike in each t_ref or step, which few models exceed; 0: sources, or it differs between
 * neurons. */
static double rate_limit(const volley_network *network, const volley_population *p) {
    if (p->model == NULL || p->params == NULL || p->model->is_source || p->model->repeats_spikes)
        return 0.0;
    int k = volley_field_find(p->model->params, p->model->n_params, "t_ref");
    if (k >= 0 && p->params[k].kind != VOLLEY_CONSTANT)
        return 0.0;
    return 1e3 / fmax(network->dt_ms, k >= 0 ? p->params[k].a : 0.0);
}

/* From a step to the end, in ms. */
static json_t *span_of(const volley_network *network, int64_t step) {
    return json_pack("[f, f]", volley_step_to_ms(network, step), volley_step_to_ms(network, network->steps));
}

/* A population as files know it, with its parts where there are several. */
static json_t *whole_of(const volley_network *network, const volley_rank_figures *mine, const figures *f,
                        int32_t first, double span_s) {
    sums all = {0};
    json_t *parts = json_object();
    for (int32_t p = first; p < network->n_populations && volley_part_first(network, p) == first; p++) {
        sums one = {0};
        add_population(mine, network, f, p, &all);
        add_population(mine, network, f, p, &one);
        json_object_set_new(parts, network->populations[p].name, population_of(&one, span_s));
    }
    json_t *entry = population_of(&all, span_s);
    double limit = rate_limit(network, &network->populations[first]);
    if (limit > 0.0 && !network->populations[first].part)
        json_object_set_new(entry, "rate_limit_hz", number(limit));
    if (network->populations[first].part)
        json_object_set_new(entry, "parts", json_incref(parts));
    json_decref(parts);
    return entry;
}

static void put_network(json_t *run, const volley_network *network, const volley_rank_figures *mine,
                        const figures *f) {
    json_t *sizes = json_object(), *populations = json_object();
    json_object_set_new(sizes, "neurons", integer(f->sum[SUM_NEURONS]));
    json_object_set_new(sizes, "synapses", integer(f->sum[SUM_SYNAPSES]));
    json_object_set_new(sizes, "plastic_synapses", integer(f->sum[SUM_PLASTIC_SYNAPSES]));
    json_object_set_new(run, "network", sizes);
    double span_s = (double)(network->steps - network->record_start_step) * network->dt_ms / 1000.0;
    for (int32_t p = 0; p < network->n_populations; p++)
        if (volley_part_is_first(network, p))
            json_object_set_new(populations, volley_part_name(&network->populations[p]),
                                whole_of(network, mine, f, p, span_s));
    json_object_set_new(run, "populations", populations);
    json_object_set_new(run, "recorded_ms", span_of(network, network->record_start_step));
    if (mine->virtual_ranks > 0)
        return;
    json_object_set_new(run, "spike_hash", hex(f->sum[SUM_SPIKE_HASH]));
    json_object_set_new(run, "weight_hash", hex(f->sum[SUM_WEIGHT_HASH]));
    json_object_set_new(run, "connection_hash", hex(f->sum[SUM_CONNECTION_HASH]));
}

static void put_times(json_t *run, const volley_network *network, const volley_rank_figures *mine,
                      const figures *f) {
    json_t *time = json_object(), *phases = json_object(), *ranks = json_object();
    json_object_set_new(time, "build", number(largest(f, BUILD)));
    json_object_set_new(time, "simulate", number(largest(f, SIMULATE)));
    json_object_set_new(time, "write", number(largest(f, WRITE)));
    json_object_set_new(time, "total", number(largest(f, TOTAL)));
    json_object_set_new(run, "time_s", time);
    json_object_set_new(run, "part_ms", span_of(network, mine->first_step));
    if (mine->time_predicted) {
        json_t *predicted = json_object();
        json_object_set_new(predicted, "build", number(mine->predicted_build_s));
        json_object_set_new(predicted, "simulate", number(mine->predicted_simulate_s));
        json_object_set_new(predicted, "write", number(mine->predicted_write_s));
        json_object_set_new(run, "time_s_predicted", predicted);
    }
    double model_s = (double)(network->steps - mine->first_step) * network->dt_ms / 1000.0;
    json_object_set_new(run, "real_time_factor", quotient(largest(f, RUN), model_s));
    for (int i = 0; i < mine->n_phases; i++)
        json_object_set_new(phases, mine->phase_name[i], spread(f, PHASES + i, 0, 1));
    json_object_set_new(run, "phases_s", phases);
    json_object_set_new(ranks, "neurons", spread(f, NEURONS, 1, 0));
    json_object_set_new(ranks, "synapses", spread(f, SYNAPSES, 1, 0));
    json_object_set_new(ranks, "events", spread(f, EVENTS, 1, 0));
    json_object_set_new(ranks, "peak_rss", spread(f, PEAK_RSS, 1, 0));
    json_object_set_new(run, "per_rank", ranks);
}

/* Predicted bytes of all ranks by purpose. */
static json_t *predicted_by(const volley_forecast *forecast, int ranks) {
    json_t *object = json_object();
    for (int i = 0; i < VOLLEY_MEMORY_KINDS; i++)
        json_object_set_new(object, volley_memory_names[i], integer((uint64_t)(forecast->bytes[i] * ranks)));
    return object;
}

/* How unevenly the work of the loop is divided: that of the rank with the most, and what waiting for it
 * costs.
 */
static void put_imbalance(json_t *run, const volley_rank_figures *mine, const figures *f) {
    double most = -1.0, sum = 0.0;
    int slowest = 0;
    for (int r = 0; r < f->ranks; r++) {
        double work = f->all[r * f->columns + DELIVER] + f->all[r * f->columns + UPDATE];
        sum += work;
        if (work > most) {
            most = work;
            slowest = r;
        }
    }
    json_t *imbalance = json_object();
    json_object_set_new(imbalance, "slowest_rank", json_integer(slowest));
    json_object_set_new(imbalance, "work_max_over_mean", quotient(most * f->ranks, sum));
    for (int i = 0; i < mine->n_phases; i++)
        if (strcmp(mine->phase_name[i], "wait_ranks") == 0)
            json_object_set_new(imbalance, "wait_share",
                                quotient(total(f, PHASES + i) / f->ranks, largest(f, SIMULATE)));
    json_object_set_new(run, "imbalance", imbalance);
}

static void put_exchange(json_t *run, const volley_provenance *p, const volley_rank_figures *mine,
                         const figures *f) {
    json_t *exchange = json_object();
    json_object_set_new(exchange, "method", text(p->exchange_method));
    json_object_set_new(exchange, "messages", integer(f->sum[SUM_MESSAGES]));
    json_object_set_new(exchange, "bytes", integer(f->sum[SUM_EXCHANGED_BYTES]));
    json_object_set_new(run, "exchange", exchange);
    json_object_set_new(run, "collective_calls", integer(mine->exchanged.calls));
    json_object_set_new(run, "exchange_overflows", integer(mine->exchanged.overflows));
}

static void put_partition(json_t *run, const volley_provenance *p, const volley_rank_figures *mine) {
    const volley_quality *q = &mine->quality;
    json_t *partition = json_object(), *balance = json_object();
    json_object_set_new(balance, "neurons", number(q->neurons));
    json_object_set_new(balance, "synapses", number(q->synapses));
    json_object_set_new(balance, "cost", number(q->cost));
    json_object_set_new(partition, "method", text(p->partition));
    json_object_set_new(partition, "graph", mine->graph != NULL ? text(mine->graph) : json_null());
    json_object_set_new(partition, "largest_over_mean", balance);
    json_object_set_new(partition, "cut_synapses", integer(q->cut_synapses));
    json_object_set_new(partition, "cut", number(q->cut));
    json_object_set_new(partition, "messages", integer(q->messages));
    json_object_set_new(run, "partition", partition);
}

static void put_costs(json_t *run, const volley_provenance *p, const volley_rank_figures *mine,
                      const figures *f) {
    json_t *events = json_object(), *bytes = json_object();
    json_object_set_new(events, "static", integer(f->sum[SUM_STATIC]));
    json_object_set_new(events, "plastic", integer(f->sum[SUM_PLASTIC]));
    json_object_set_new(events, "external", integer(f->sum[SUM_EXTERNAL]));
    json_object_set_new(run, "events", events);
    json_object_set_new(run, "updates", integer(f->sum[SUM_UPDATES]));
    json_object_set_new(run, "poisson_draws", integer(f->sum[SUM_POISSON_DRAWS]));
    double cores = (double)p->ranks * p->threads, synapses = (double)f->sum[SUM_SYNAPSES];
    double useful = (double)(f->sum[SUM_STATIC] + f->sum[SUM_PLASTIC] - f->sum[SUM_CARRIED_USEFUL]);
    json_object_set_new(run, "ns_per_event_per_core", quotient(1e9 * largest(f, SIMULATE) * cores, useful));
    json_object_set_new(run, "deliver_ns_per_event_per_core", quotient(1e9 * total(f, DELIVER), useful));
    json_object_set_new(
        run, "ns_per_update_per_core",
        quotient(1e9 * total(f, UPDATE), (double)(f->sum[SUM_UPDATES] - f->sum[SUM_CARRIED_UPDATES])));
    json_object_set_new(run, "build_ns_per_synapse_per_core",
                        quotient(1e9 * largest(f, BUILD) * cores, synapses));
    json_object_set_new(bytes, "peak_rss_total", integer(f->sum[SUM_PEAK_RSS]));
    json_object_set_new(bytes, "per_synapse", quotient((double)f->sum[SUM_PEAK_RSS], synapses));
    json_object_set_new(bytes, "predicted", integer(f->sum[SUM_PREDICTED]));
    if (mine->forecast != NULL)
        json_object_set_new(bytes, "predicted_by", predicted_by(mine->forecast, f->ranks));
    json_object_set_new(run, "bytes", bytes);
}

static int write_file(const json_t *run, const char *path, const char *temporary) {
    int made, created = volley_create_new(temporary, &made);
    FILE *file = created == VOLLEY_OK ? fdopen(made, "w") : NULL;
    if (file == NULL && made >= 0)
        close(made);
    TRY(created);
    if (file == NULL)
        return volley_fail_errno("cannot create", temporary);
    int failed = json_dumpf(run, file, JSON_INDENT(2) | JSON_REAL_PRECISION(17)) != 0;
    failed |= fputc('\n', file) == EOF;
    int code = failed ? volley_fail_errno("cannot write", temporary) : VOLLEY_OK;
    if (fclose(file) != 0 && code == VOLLEY_OK)
        code = volley_fail_errno("cannot write", temporary);
    if (code == VOLLEY_OK && volley_json_starved())
        code = volley_fail(VOLLEY_EXHAUSTED, "out of memory: run.json");
    if (code == VOLLEY_OK)
        code = volley_publish(temporary, path);
    if (code != VOLLEY_OK)
        unlink(temporary);
    return code;
}

static int publish(const json_t *run, const char *directory) {
    CHECK(run != NULL && !volley_json_starved(), VOLLEY_EXHAUSTED, "out of memory: run.json");
    char *path = volley_path(directory, "run.json"), *temporary = volley_path(directory, "run.json.tmp");
    int code = path && temporary ? write_file(run, path, temporary) : VOLLEY_EXHAUSTED;
    free(path);
    free(temporary);
    return code;
}

int volley_run_json_write(volley_comm *comm, const volley_network *network,
                          const volley_provenance *provenance, const char *directory,
                          const volley_rank_figures *mine, int quiet) {
    figures f = {0};
    int code = gather(comm, network, mine, &f);
    if (code == VOLLEY_OK && volley_comm_rank(comm) == 0) {
        json_t *run = json_object();
        put_what_ran(run, network, provenance);
        put_network(run, network, mine, &f);
        if (mine->virtual_ranks > 0)
            put_virtual(run, mine);
        put_times(run, network, mine, &f);
        put_imbalance(run, mine, &f);
        put_partition(run, provenance, mine);
        put_exchange(run, provenance, mine, &f);
        put_costs(run, provenance, mine, &f);
        json_t *restarts = mine->restarts != NULL ? json_loads(mine->restarts, 0, NULL) : NULL;
        json_object_set_new(run, "restarts", restarts != NULL ? restarts : json_array());
        code = publish(run, directory);
        if (code == VOLLEY_OK && !quiet) {
            volley_run_summary_print(run, 1, stdout);
            volley_text_print(stdout, "results     %s\n", directory);
            code = volley_streams_flush(); /* the results are complete all the same */
        }
        json_decref(run);
    }
    free(f.all);
    free(f.sum);
    return volley_comm_agree(comm, code);
}
