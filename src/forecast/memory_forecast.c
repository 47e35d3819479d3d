/* SPDX-License-Identifier: BSD-3-Clause */
/* Adds up the expected memory of a rank by purpose, from the description and its expectation. */
#include "forecast/memory_forecast.h"
#include "base/decay.h"
#include "base/memory.h"
#include "base/status.h"
#include "wiring/buckets.h"
#include "wiring/neuron_graph.h"
#include "wiring/neurons.h"
#include "wiring/route.h"
#include "wiring/synapse_table.h"
#include "partition/partition.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* A process with MPI and HDF5 before it holds any network, and a thread more; measured. */
static const double usual_process_bytes = 28e6, usual_thread_bytes = 0.3e6;

/* Slots of the exchange at the start, in spikes (sim/sim.c). */
static const double first_slot = 256.0;

const char *const volley_memory_names[VOLLEY_MEMORY_KINDS] = {
    "process",          "neurons",          "positions",         "synapses_constant",
    "synapses_float32", "synapses_float64", "plastic_synapses",  "row_indices",
    "source_map",       "edge_tables",      "plastic_histories", "decay_tables",
    "calendar",         "exchange",         "recording",         "construction"};

/* A large array takes whole huge pages. */
static double resident(double bytes) {
    const double huge = 2 << 20;
    return bytes >= 2 * huge ? ceil(bytes / huge) * huge : bytes;
}

/* Bytes of a table's synapses when they are built and while they are: flat tables are filled in place, others
 * as buckets (wiring/buckets.h), whose keys may need a column more. */
static void synapse_bytes(const volley_expected_table *table, double parts, double *built, double *filling) {
    static const double weight[VOLLEY_CLASSES] = {0.0, 4.0, 8.0};
    double synapses = table->synapses / parts, wide = resident(2.0 * synapses);
    double columns = resident(2.0 * synapses) + resident(weight[table->class] * synapses);
    double beside = volley_buckets_wide(table->ends, table->synapses) ? wide : table->ends / parts;
    *built = parts * columns;
    *filling = *built + (table->flat ? 0.0 : parts * beside);
}

/* The cells of sources within reach of a rank's targets, all of them at worst. Lists of positions belong to
 * the config. */
static double space_bytes(const volley_network *network) {
    double bytes = 0.0;
    for (int32_t p = 0; p < network->n_projections; p++) {
        const volley_projection *projection = &network->projections[p];
        if (projection->rule->takes_kernel)
            bytes += (8.0 * projection->source_positions->dimensions + 4.0 + 2.0) *
                     (double)projection->source.count;
    }
    return bytes;
}

/* An edge in a projection's table, without the start of its target. */
static double table_edge_bytes(const volley_projection *projection) {
    double bytes = projection->source.count <= UINT32_MAX ? 4 : 8;
    if (projection->weight.kind == VOLLEY_VALUES || projection->weight.kind == VOLLEY_COLUMN)
        bytes += projection->weight_bytes;
    if (projection->delay.kind == VOLLEY_VALUES || projection->delay.kind == VOLLEY_COLUMN)
        bytes += 2;
    return bytes;
}

/* States and rates of one rank: what its threads keep until it is written, and beside that the largest record
 * on its way into the file: received and in the order of the file, each of up to twice the mean of the ranks
 * (files/frames.h); or packed, received and in order. */
static double state_bytes(const volley_network *network, int ranks, int threads, double buffer) {
    enum { COPIES = 4, COLUMN_BYTES = 16 };
    double steps = (double)(network->exchange_interval > 0 ? network->exchange_interval : network->min_delay);
    double whole = 0, at_once = 0, largest = 0, columns = 0;
    for (int32_t i = 0; i < network->n_state_records; i += network->state_records[i].members) {
        const volley_state_record *record = &network->state_records[i]; /* and others of the same file */
        double frame = (double)record->columns * record->bytes / ranks;
        whole += frame * (double)record->frames;
        at_once += frame * ceil(steps / (double)record->interval);
        largest = fmax(largest, frame * (double)record->frames);
        columns += (double)record->columns / ranks;
    }
    if (network->rates_interval > 0) {
        double bin = 8.0 * network->n_populations * threads;
        whole += bin * (double)network->rates_bins;
        at_once += bin * ceil(steps / (double)network->rates_interval);
    }
    if (whole == 0)
        return 0;
    double kept = fmin(whole, buffer + at_once);
    return kept * (1 + COPIES * largest / whole) + COLUMN_BYTES * columns;
}

/* What HDF5 keeps of the groups of so many populations until the file is closed, up to the size of its cache;
 * measured. */
static double group_bytes(double populations) {
    return fmin(24e3 * populations, 28e6);
}

/* Recorded spikes of one rank: as its threads keep them, in one list, and as keys on their way to the rank
 * that writes them. */
static double spike_bytes(const volley_network *network, const volley_expected *e, double buffer) {
    enum { KEPT = 16, LISTED = 16, ON_THE_WAY = 28 };
    double seconds = (double)(network->steps - network->record_start_step) * network->dt_ms * 1e-3;
    double spikes = 0.0, groups = 0.0;
    for (int32_t p = 0; p < network->n_populations; p++)
        groups += network->record_spikes[p];
    for (int32_t p = 0; p < network->n_populations; p++)
        if (network->record_spikes[p])
            spikes += e->rate[p] * (double)network->record_subset[p].count * seconds / e->ranks;
    return fmin(spikes, buffer) * (KEPT + LISTED + ON_THE_WAY) + group_bytes(groups);
}

/* A run touches no more of a table over steps than it has steps. */
static double touched(const volley_network *network, int64_t steps) {
    return (double)(steps < network->steps ? steps : network->steps);
}

static double rate_limit_bytes(const volley_network *network) {
    return network->max_rate > 0
               ? 8.0 * touched(network, volley_rate_window(network)) * network->n_populations
               : 0;
}

/* Neurons and stimuli of one rank. */
static int neuron_bytes(const volley_network *network, const volley_expected *e, double *all) {
    enum { TRAIN_BYTES = 8 };
    double bytes = 0.0, each;
    for (int32_t p = 0; p < network->n_populations; p++) {
        const volley_population *population = &network->populations[p];
        double here = (double)population->size / e->ranks;
        TRY(volley_neurons_bytes(network, p, &each));
        bytes += here * each;
        bytes += population->model->takes_spike_times ? here * TRAIN_BYTES : 0.0;
    }
    for (int32_t s = 0; s < network->n_stimuli; s++)
        for (int32_t i = 0; i < network->stimuli[s].n_targets; i++) {
            double here = (double)network->stimuli[s].targets[i].count / e->ranks;
            const volley_stimulus_model *model = network->stimuli[s].model;
            bytes += here * (model->target_bytes + 8.0 * model->n_states);
        }
    *all = bytes;
    return VOLLEY_OK;
}

/* What the threads of a rank keep beside the rows of a plastic projection: buckets, sources, histories and
 * the rule's columns. */
static double plastic_bytes(const volley_network *network, const volley_expected *e,
                            const volley_expected_table *table) {
    enum { BUCKET_BYTES = 24, SOURCE_BYTES = 12, SWEEP_STEPS = 1024 };
    const volley_projection *projection = &network->projections[table->projection];
    const volley_rule_plan *plan = &projection->plasticity.plan;
    double source = SOURCE_BYTES, post = 4.0, memory = SWEEP_STEPS + plan->window;
    source += 8.0 * volley_rule_count_variables(plan->source);
    post += (double)(projection->weight_bytes * volley_rule_count_variables(plan->target));
    for (int j = 0; j < VOLLEY_RULE_VARIABLES; j++)
        memory = fmax(memory, volley_decay_cut(plan->source[j].tau, network->dt_ms));
    for (int j = 0; j < VOLLEY_RULE_COLUMNS; j++)
        memory = fmax(memory, volley_decay_cut(plan->column[j].tau, network->dt_ms));
    /* Post spikes kept for each target: those between two sweeps, by the busiest of them. */
    double spikes = e->rate[projection->target.population] * (memory + 2.0 * (double)network->max_delay) *
                    network->dt_ms * 1e-3;
    double depth = fmax(4.0, exp2(ceil(log2(2.0 + 2.0 * spikes))));
    double bytes =
        e->blocks * touched(network, network->max_delay) * BUCKET_BYTES + e->threads * e->sources * source;
    bytes += (double)projection->target.count / e->ranks * depth * post;
    return bytes + table->synapses * projection->weight_bytes * volley_rule_count_columns(plan);
}

static int compare_doubles(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Tables of decay: the threads of a rank share one for each time constant. */
static int decay_bytes(const volley_network *network, double *bytes) {
    double *taus;
    int64_t n = 0;
    *bytes = 0.0;
    TRY(VOLLEY_NEW(taus, (int64_t)VOLLEY_RULE_TAUS * network->n_projections));
    for (int32_t p = 0; p < network->n_projections; p++) {
        const volley_rule_plan *plan = &network->projections[p].plasticity.plan;
        for (int j = 0; j < VOLLEY_RULE_TAUS; j++) {
            double tau = volley_rule_tau(plan, j);
            if (network->projections[p].plasticity.rule != NULL && tau > 0.0)
                taus[n++] = tau;
        }
    }
    if (n > 0)
        qsort(taus, (size_t)n, sizeof *taus, compare_doubles);
    for (int64_t i = 0; i < n; i++)
        *bytes += i == 0 || taus[i] != taus[i - 1] ? volley_decay_bytes(taus[i], network->dt_ms) : 0.0;
    free(taus);
    return VOLLEY_OK;
}

/* Snapshots and checkpoints of weights on one rank: the copy of a block that is brought up to date, what is
 * to be written, and what is on its way to the file. One projection at a time; a checkpoint needs no copy. */
static double snapshot_bytes(const volley_network *network, const volley_expected *e) {
    enum { ROUND_SYNAPSES = 1 << 21, WAY_BYTES = 24, COLUMN_BYTES = 8 };
    double copy = 0.0, kept = 0.0, column = 0.0, way = 0.0;
    for (int32_t i = 0; i < network->n_weight_records; i++) {
        const volley_projection *projection = &network->projections[network->weight_records[i].projection];
        double synapses = volley_expected_synapses(projection) / e->ranks;
        copy = fmax(copy, synapses / (e->blocks / e->threads) * projection->weight_bytes *
                              (1.0 + volley_rule_count_columns(&projection->plasticity.plan)));
        kept = fmax(kept, synapses * projection->weight_bytes);
        column = fmax(column, synapses * COLUMN_BYTES); /* sources or delays, before the first snapshot */
        way = fmax(way, fmin(synapses, ROUND_SYNAPSES) * WAY_BYTES);
    }
    for (int32_t p = 0; network->checkpoint_interval > 0 && p < network->n_projections; p++) {
        const volley_projection *projection = &network->projections[p];
        if (projection->plasticity.rule == NULL)
            continue;
        double synapses = volley_expected_synapses(projection) / e->ranks;
        kept = fmax(kept, synapses * projection->weight_bytes);
        way = fmax(way, fmin(synapses, ROUND_SYNAPSES) * WAY_BYTES);
    }
    return fmax(copy + kept, column) + way;
}

/* Of one rank: the owners of all neurons and the list of its own, where every neuron has a part of its own;
 * and the routes of the exchange between neighbours while they are made. */
static double partition_bytes(const volley_network *network, int ranks) {
    const volley_partition_method *method = volley_partition_method_find(network->partition);
    double neurons = (double)network->n_neurons, pairs = 0.0;
    double owner = ranks <= 256 ? 1.0 : ranks <= 65536 ? 2.0 : 4.0;
    double bytes = method != NULL && method->make == NULL ? neurons * (owner + 8.0 / ranks) : 0.0;
    if (network->exchange_method != VOLLEY_EXCHANGE_ALLGATHER && ranks > 1) {
        for (int32_t p = 0; p < network->n_projections; p++) {
            double each = volley_expected_synapses(&network->projections[p]) /
                          fmax(1.0, (double)network->projections[p].source.count);
            pairs += (double)network->projections[p].source.count * fmin(each, ranks - 1.0);
        }
        pairs = fmin(pairs, neurons * (ranks - 1.0));
        bytes += 40.0 * pairs / ranks;
    }
    return bytes;
}

/* The graph of the neurons while it is cut. */
static double graph_bytes(const volley_network *network, const volley_expected *e) {
    enum { SYNAPSE_BYTES = 64 }; /* measured */
    bool cut =
        volley_partition_method_of(network)->by_graph && e->ranks > 1 && volley_scotch_by_neurons(network);
    return cut ? SYNAPSE_BYTES * e->synapses : 0.0;
}

/* Edges in tables, kept; and those on their way there or read from a file, gone when the rows are full. */
static double edge_bytes(const volley_network *network, int ranks, double *under_way) {
    enum { TARGET_BYTES = 4, DESTINATION_BYTES = 4 };
    double bytes = 0.0;
    *under_way = 0.0;
    for (int32_t p = 0; p < network->n_projections; p++) {
        const volley_projection *projection = &network->projections[p];
        double synapses = volley_expected_synapses(projection) / ranks;
        double targets = (double)projection->target.count / ranks;
        if (projection->trained != NULL) /* with source and delay, and as received */
            bytes += 2.0 * synapses * (double)(8 + 2 + projection->weight_bytes);
        if (volley_connect_has_table(projection->rule)) {
            double edge = table_edge_bytes(projection);
            double pair = edge + TARGET_BYTES;
            bytes += synapses * edge + 8.0 * targets;
            /* all of them as received, and a round before and after it is sorted by rank */
            *under_way = fmax(*under_way, synapses * pair + fmin(synapses, VOLLEY_ROUTER_ROUND) *
                                                                (2.0 * pair + DESTINATION_BYTES));
        }
        if (projection->rule->count != NULL)
            bytes += 8.0 * targets; /* in-degrees */
    }
    return bytes;
}

/* Buckets of the calendars, which grow by halves and hold the runs on their way. */
static double calendar_bytes(const volley_network *network, const volley_expected *e) {
    enum { BUCKET_BYTES = 24, DUE_BYTES = 8 };
    const double room = 1.5, peak = 1.5;
    double runs = 0.0;
    for (int t = 0; t < e->n_tables; t++)
        runs += e->table[t].runs_handled;
    double per_step = runs * network->dt_ms * 1e-3;
    return touched(network, network->max_delay) *
           (e->blocks * volley_network_receptors(network) * BUCKET_BYTES +
            per_step * DUE_BYTES * room * peak);
}

/* Slots of all ranks, the spikes of an interval, and the table of the partition. */
static double exchange_bytes(const volley_network *network, const volley_expected *e, double *slot) {
    enum { SLICE_BYTES = 24 + 8, RANK_BYTES = 40, SPIKE_BYTES = 2 * 8 };
    double steps = (double)(network->exchange_interval > 0 ? network->exchange_interval : network->min_delay);
    double spikes = e->spikes * network->dt_ms * 1e-3 * steps, own = spikes / e->ranks;
    double busiest = own + 5.0 * sqrt(own), words = network->n_neurons < INT64_C(1) << 32 ? 1.0 : 2.0;
    *slot = fmax(first_slot, exp2(ceil(log2(fmax(1.0, busiest)))));
    double header = 2.0 + (steps > 1 ? steps : 0.0);
    double ranks = e->ranks > 1 ? e->ranks : 0.0;
    return 4.0 * ranks * (header + *slot * words) + 1.25 * SPIKE_BYTES * spikes +
           e->ranks * (RANK_BYTES + (double)SLICE_BYTES * network->n_populations);
}

int volley_forecast_make(const volley_network *network, const volley_expected *e,
                         const volley_forecast_options *options, volley_forecast *forecast) {
    *forecast = (volley_forecast){0};
    double *bytes = forecast->bytes, built_all = 0.0, filling_all = 0.0, tables = 0.0, under_way;
    bool measured = options->process_bytes > 0.0;
    double process = measured ? options->process_bytes : usual_process_bytes;
    bytes[VOLLEY_MEMORY_PROCESS] = process + options->config_bytes +
                                   (measured ? options->thread_bytes : usual_thread_bytes) * (e->threads - 1);
    for (int t = 0; t < e->n_tables; t++) {
        const volley_expected_table *table = &e->table[t];
        if (table->synapses <= 0)
            continue;
        double built, filling;
        synapse_bytes(table, e->blocks, &built, &filling);
        bytes[table->projection >= 0 ? VOLLEY_MEMORY_PLASTIC : VOLLEY_MEMORY_CONSTANT + table->class] +=
            built;
        built_all += built;
        filling_all += filling;
        tables++;
        bytes[VOLLEY_MEMORY_ROWS] +=
            table->runs * (table->class == VOLLEY_CLASS_CONSTANT && table->projection < 0 ? 6 : 4);
        if (table->projection >= 0)
            bytes[VOLLEY_MEMORY_HISTORY] += plastic_bytes(network, e, table);
    }
    bytes[VOLLEY_MEMORY_ROWS] += 8.0 * tables * e->blocks * e->sources;
    bytes[VOLLEY_MEMORY_SOURCES] = 0.1875 * (double)network->n_neurons;
    bytes[VOLLEY_MEMORY_EDGES] = edge_bytes(network, e->ranks, &under_way);
    TRY(decay_bytes(network, &bytes[VOLLEY_MEMORY_DECAYS]));
    TRY(neuron_bytes(network, e, &bytes[VOLLEY_MEMORY_NEURONS]));
    bytes[VOLLEY_MEMORY_CALENDAR] = calendar_bytes(network, e);
    bytes[VOLLEY_MEMORY_POSITIONS] = space_bytes(network);
    bytes[VOLLEY_MEMORY_EXCHANGE] =
        exchange_bytes(network, e, &forecast->slot) + partition_bytes(network, e->ranks);
    bytes[VOLLEY_MEMORY_RECORDING] =
        state_bytes(network, e->ranks, e->threads, (double)options->state_buffer) +
        spike_bytes(network, e, (double)options->record_buffer) + snapshot_bytes(network, e) +
        rate_limit_bytes(network);
    if (network->rates_interval > 0)
        forecast->root = 8.0 * (double)network->rates_bins * (network->n_populations + 1);
    /* Blocks of a thread are built one after another, so only one of them is ever in buckets. While they are,
     * there is nothing of what the loop needs; while the graph of the neurons is cut, not even synapses. */
    double building = built_all + (filling_all - built_all) * e->threads / e->blocks;
    double later = built_all + bytes[VOLLEY_MEMORY_NEURONS] + bytes[VOLLEY_MEMORY_HISTORY] +
                   bytes[VOLLEY_MEMORY_DECAYS] + bytes[VOLLEY_MEMORY_CALENDAR] +
                   bytes[VOLLEY_MEMORY_EXCHANGE] + bytes[VOLLEY_MEMORY_RECORDING];
    bytes[VOLLEY_MEMORY_CONSTRUCTION] =
        fmax(0.0, fmax(fmax(building, under_way), graph_bytes(network, e)) - later);
    /* and what was read may have taken more than anything later */
    bytes[VOLLEY_MEMORY_CONSTRUCTION] +=
        fmax(0.0, process + options->reading_bytes - volley_forecast_rank_bytes(forecast));
    return VOLLEY_OK;
}

double volley_forecast_rank_bytes(const volley_forecast *forecast) {
    double sum = 0.0;
    for (int i = 0; i < VOLLEY_MEMORY_KINDS; i++)
        sum += forecast->bytes[i];
    return sum;
}
