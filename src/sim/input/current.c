/* SPDX-License-Identifier: BSD-3-Clause */
/* Adds the currents of stimuli that switch or change from time to time. */
#include "sim/input/current.h"
#include "net/pattern.h"

#include <string.h>

static void add(const volley_layout *layout, int thread, volley_neurons *neurons, const volley_subset *subset,
                double amplitude) {
    volley_neuron_batch *batch = &neurons->batches[subset->population];
    double *current = (double *)batch->current;
    if (current == NULL)
        return;
    if (batch->uniform_current) {
        current[0] += amplitude;
        return;
    }
    for (int64_t slot = 0; slot < batch->used; slot++)
        if (volley_subset_find(subset, volley_layout_index(layout, thread, subset->population, slot)) >= 0)
            current[slot] += amplitude;
}

/* The amplitude of an update, and the next one at which it changes. */
static double amplitude_at(const volley_stimulus *stimulus, int64_t update, int64_t *next) {
    const volley_stimulus_model *model = stimulus->model;
    *next = stimulus->stop_step;
    if (!model->changes)
        return stimulus->params[volley_field_find(model->params, model->n_params, "amplitude")];
    int64_t i = volley_stimulus_change_at(stimulus, update + 1);
    if (i + 1 < stimulus->n_changes && stimulus->change_steps[i + 1] < *next)
        *next = stimulus->change_steps[i + 1];
    return i < 0 ? 0.0 : stimulus->change_values[i];
}

static void add_amplitude(const volley_layout *layout, int thread, volley_neurons *neurons,
                          const volley_stimulus *stimulus, double amplitude) {
    for (int32_t i = 0; i < stimulus->n_targets; i++)
        add(layout, thread, neurons, &stimulus->targets[i], amplitude);
}

static void add_pattern(const volley_layout *layout, int thread, volley_neurons *neurons,
                        const volley_stimulus *stimulus, int64_t pattern) {
    const double *value = stimulus->patterns.value + pattern * stimulus->patterns.n_values;
    for (int32_t i = 0; i < stimulus->n_targets; i++) {
        const volley_subset *subset = &stimulus->targets[i];
        const volley_neuron_batch *batch = &neurons->batches[subset->population];
        double *current = (double *)batch->current;
        for (int64_t slot = 0; current != NULL && slot < batch->used; slot++) {
            int64_t at =
                volley_subset_find(subset, volley_layout_index(layout, thread, subset->population, slot));
            if (at >= 0)
                current[slot] += value[at];
        }
        value += subset->count;
    }
}

/* Adds the currents of one stimulus and returns the next update at which they change. */
static int64_t apply(const volley_layout *layout, int thread, volley_neurons *neurons, int32_t index,
                     int64_t update) {
    const volley_stimulus *stimulus = &layout->network->stimuli[index];
    bool patterns = stimulus->model->kind == VOLLEY_STIMULUS_PATTERNS;
    if (stimulus->model->kind != VOLLEY_STIMULUS_CURRENT && !patterns)
        return INT64_MAX;
    if (update < stimulus->start_step)
        return stimulus->start_step;
    if (update >= stimulus->stop_step)
        return INT64_MAX;
    if (!patterns) {
        int64_t next;
        add_amplitude(layout, thread, neurons, stimulus, amplitude_at(stimulus, update, &next));
        return next;
    }
    add_pattern(layout, thread, neurons, stimulus, volley_pattern_at(layout->network, index, update + 1));
    int64_t left = stimulus->interval_steps - (update - stimulus->start_step) % stimulus->interval_steps;
    return left < stimulus->stop_step - update ? update + left : stimulus->stop_step;
}

int64_t volley_current_apply(const volley_layout *layout, int thread, volley_neurons *neurons,
                             int64_t update) {
    const volley_network *network = layout->network;
    for (int32_t p = 0; p < network->n_populations; p++) {
        volley_neuron_batch *batch = &neurons->batches[p];
        int64_t n = batch->uniform_current ? 1 : batch->count;
        if (batch->current != NULL)
            memcpy((double *)batch->current, neurons->base_current[p], (size_t)n * sizeof(double));
    }
    int64_t next = INT64_MAX;
    for (int32_t s = 0; s < network->n_stimuli; s++) {
        int64_t change = apply(layout, thread, neurons, s, update);
        next = change < next ? change : next;
    }
    return next;
}
