#include "sim/current.h"

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
        const volley_stimulus *stimulus = &network->stimuli[s];
        const volley_stimulus_model *model = stimulus->model;
        if (model->kind != VOLLEY_STIMULUS_CURRENT)
            continue;
        if (update < stimulus->start_step)
            next = stimulus->start_step < next ? stimulus->start_step : next;
        else if (update < stimulus->stop_step) {
            next = stimulus->stop_step < next ? stimulus->stop_step : next;
            double amplitude =
                stimulus->params[volley_field_find(model->params, model->n_params, "amplitude")];
            for (int32_t i = 0; i < stimulus->n_targets; i++)
                add(layout, thread, neurons, &stimulus->targets[i], amplitude);
        }
    }
    return next;
}
