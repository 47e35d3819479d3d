/* SPDX-License-Identifier: BSD-3-Clause */
/* Multiplies expected work by its costs to get the time of each phase. */
#include "forecast/time_forecast.h"
#include "net/stimulus_view.h"
#include "wiring/synapse_table.h"

#include <math.h>
#include <string.h>

static double synapse_bytes(const volley_expected_table *table) {
    static const double weight[VOLLEY_CLASSES] = {0.0, 4.0, 8.0};
    return 2.0 + weight[table->class];
}

enum { COLUMN_BYTES = 8 };

static double update_bytes(const volley_neuron_model *model) {
    return (double)(COLUMN_BYTES * (model->n_states + model->n_receptors + 1));
}

/* What all updates of a rank go through in a step. */
static double neuron_bytes(const volley_network *network, const volley_expected *e) {
    double bytes = 0.0;
    for (int32_t p = 0; p < network->n_populations; p++)
        bytes +=
            (double)network->populations[p].size / e->ranks * update_bytes(network->populations[p].model);
    return bytes;
}

/* What a thread goes through in a step: that drives a neuron out of the caches until its next update. */
static double step_bytes(const volley_network *network, const volley_expected *e) {
    double bytes = neuron_bytes(network, e);
    for (int t = 0; t < e->n_tables; t++)
        bytes += e->table[t].events * network->dt_ms * 1e-3 * synapse_bytes(&e->table[t]);
    return bytes / e->threads;
}

/* What a thread goes through in a second: neurons, synapses, rows. That drives a row out of the caches until
 * the next spike of its source. */
static double thread_bytes(const volley_network *network, const volley_expected *e) {
    double bytes = neuron_bytes(network, e);
    for (int t = 0; t < e->n_tables; t++) {
        const volley_expected_table *table = &e->table[t];
        bytes += table->synapses * synapse_bytes(table) + table->runs * 4.0;
        bytes += table->synapses > 0 ? 8.0 * e->sources * e->blocks : 0.0;
    }
    return bytes / e->threads;
}

static double update_seconds(const volley_network *network, const volley_expected *e,
                             const volley_machine *m) {
    double ns = 0.0, distance = volley_machine_far(m, step_bytes(network, e));
    for (int32_t p = 0; p < network->n_populations; p++) {
        const volley_neuron_model *model = network->populations[p].model;
        double each = volley_named_cost(&m->update, model->name);
        each += distance * m->cost[VOLLEY_COST_UPDATE_BYTE_FAR] * update_bytes(model);
        ns += each * (double)network->populations[p].size / e->ranks / e->threads;
    }
    double seconds = (double)network->steps * network->dt_ms * 1e-3;
    return 1e-9 * (ns * (double)network->steps +
                   seconds * e->spikes / e->ranks / e->threads * m->cost[VOLLEY_COST_SPIKE]);
}

static double stimulus_seconds(const volley_network *network, const volley_expected *e,
                               const volley_machine *m) {
    double ns = 0.0;
    for (int32_t s = 0; s < network->n_stimuli; s++) {
        const volley_stimulus *stimulus = &network->stimuli[s];
        const volley_stimulus_model *model = stimulus->model;
        double stop = fmin((double)stimulus->stop_step, (double)network->steps);
        double steps = fmax(0.0, stop - (double)stimulus->start_step);
        double targets = 0.0, each = 0.0;
        for (int32_t i = 0; i < stimulus->n_targets; i++)
            targets += (double)stimulus->targets[i].count / e->ranks / e->threads;
        if (model->draw) {
            volley_stimulus_given given = volley_stimulus_view(network, s);
            double rate = model->mean_rate(&given, (double)stimulus->start_step, stop);
            each = volley_machine_poisson(m, rate * network->dt_ms * 1e-3);
        } else if (model->changes_often) {
            each = m->cost[VOLLEY_COST_NOISE] / (double)stimulus->interval_steps;
        }
        ns += each * targets * steps;
    }
    return 1e-9 * ns;
}

/* ns of one event of a plastic projection: the rule's part at the spike of the source, and the spikes of the
 * target since then. */
static double plastic_ns(const volley_network *network, const volley_expected *e, const volley_machine *m,
                         const volley_expected_table *table, double distance) {
    const volley_projection *projection = &network->projections[table->projection];
    double pre = e->rate[projection->source.population], post = e->rate[projection->target.population];
    double bytes = synapse_bytes(table) + network->projections[table->projection].weight_bytes;
    return volley_named_cost(&m->rule_pre, projection->plasticity.rule->name) +
           volley_named_cost(&m->rule_post, projection->plasticity.rule->name) *
               (pre > 0.0 ? post / pre : 0.0) +
           distance * m->cost[VOLLEY_COST_EVENT_BYTE_FAR] * bytes;
}

static void arrive_seconds(const volley_network *network, const volley_expected *e, const volley_machine *m,
                           volley_times *times) {
    double seconds = (double)network->steps * network->dt_ms * 1e-3, runs = 0.0;
    for (int t = 0; t < e->n_tables; t++)
        runs += e->table[t].runs_handled;
    double distance = volley_machine_far(m, thread_bytes(network, e));
    double run = m->cost[VOLLEY_COST_RUN] + distance * m->cost[VOLLEY_COST_RUN_FAR];
    for (int t = 0; t < e->n_tables; t++) {
        const volley_expected_table *table = &e->table[t];
        double scale = 1e-9 * seconds / e->threads;
        if (table->projection >= 0) {
            times->arrive_plastic += scale * (table->runs_handled * run +
                                              table->events * plastic_ns(network, e, m, table, distance));
            continue;
        }
        double event = m->cost[VOLLEY_COST_CONSTANT + table->class] +
                       distance * m->cost[VOLLEY_COST_EVENT_BYTE_FAR] * synapse_bytes(table);
        times->arrive_static += scale * (table->events * event + table->runs_handled * run);
    }
    double row = m->cost[VOLLEY_COST_ROW] + distance * m->cost[VOLLEY_COST_ROW_FAR];
    times->calendar = 1e-9 * seconds *
                      ((e->rows_pushed * row + runs * m->cost[VOLLEY_COST_PUSH]) / e->threads +
                       e->spikes * m->cost[VOLLEY_COST_RECEIVE]);
}

static double build_seconds(const volley_network *network, const volley_expected *e,
                            const volley_machine *m) {
    double ns = e->neurons * m->cost[VOLLEY_COST_BUILD_NEURON],
           distance = volley_machine_far(m, thread_bytes(network, e));
    for (int32_t p = 0; p < network->n_projections; p++) {
        const volley_projection *projection = &network->projections[p];
        bool constant = projection->weight.kind == VOLLEY_CONSTANT;
        bool is_flat = e->table[e->table_of[p]].flat;
        double each = volley_named_cost(&m->connect, projection->rule->name);
        each += is_flat ? 0.0 : m->cost[VOLLEY_COST_BUILD_RECORD];
        each += constant ? 0.0 : m->cost[VOLLEY_COST_BUILD_WEIGHT];
        each += projection->delay.kind == VOLLEY_CONSTANT ? 0.0 : m->cost[VOLLEY_COST_BUILD_DELAY];
        each += is_flat ? 0.0 : distance * m->cost[VOLLEY_COST_BUILD_FAR];
        ns += each * volley_expected_synapses(projection) / e->ranks;
    }
    return 1e-9 * ns / e->threads;
}

static double write_seconds(const volley_network *network, const volley_expected *e,
                            const volley_machine *m) {
    double seconds = (double)(network->steps - network->record_start_step) * network->dt_ms * 1e-3;
    double spikes = 0.0;
    for (int32_t p = 0; p < network->n_populations; p++)
        if (network->record_spikes[p])
            spikes += e->rate[p] * (double)network->record_subset[p].count * seconds / e->ranks;
    return 1e-9 * (m->cost[VOLLEY_COST_FILES] + spikes * m->cost[VOLLEY_COST_RECORD] +
                   e->plastic / e->threads * m->cost[VOLLEY_COST_FINISH]);
}

static void exchange_seconds(const volley_network *network, const volley_expected *e, double slot,
                             int ranks_per_node, const volley_machine *m, volley_times *times) {
    double interval =
        (double)(network->exchange_interval > 0 ? network->exchange_interval : network->min_delay);
    double words = network->n_neurons < INT64_C(1) << 32 ? 1.0 : 2.0;
    double local = fmin(ranks_per_node, e->ranks), nodes = ceil((double)e->ranks / local);
    times->exchanges = ceil((double)network->steps / interval);
    times->spikes = e->spikes * network->dt_ms * 1e-3 * interval;
    times->per_rank_spikes = times->spikes / e->ranks;
    if (e->ranks > 1)
        times->bytes = 4.0 * (e->ranks - 1) * (2.0 + (interval > 1.0 ? interval : 0.0) + slot * words);
    double ns = m->cost[VOLLEY_COST_EXCHANGE] * log2(local) + m->cost[VOLLEY_COST_NETWORK] * log2(nodes) +
                m->cost[VOLLEY_COST_BYTE] * times->bytes;
    ns += m->cost[VOLLEY_COST_INTERVAL] + m->cost[VOLLEY_COST_BARRIER] * log2(e->threads);
    times->exchange = 1e-9 * ns * times->exchanges;
}

void volley_predict_times(const volley_network *network, const volley_expected *e, double slot,
                          int ranks_per_node, const volley_machine *m, volley_times *times) {
    *times = (volley_times){.build = build_seconds(network, e, m),
                            .update = update_seconds(network, e, m),
                            .poisson = stimulus_seconds(network, e, m),
                            .write = write_seconds(network, e, m),
                            .steps = 1e-9 * m->cost[VOLLEY_COST_STEP] * (double)network->steps};
    arrive_seconds(network, e, m, times);
    exchange_seconds(network, e, slot, ranks_per_node, m, times);
    times->simulate = times->update + times->poisson + times->arrive_static + times->arrive_plastic +
                      times->calendar + times->exchange + times->steps;
}
