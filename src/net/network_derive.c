/* SPDX-License-Identifier: BSD-3-Clause */
/* What follows from a whole description. */
#include "net/network_check.h"

static void set_input_delay(volley_network *network, int32_t population, int64_t delay) {
    volley_population *p = &network->populations[population];
    if (p->model && p->model->from_emission && p->input_delay == 0)
        p->input_delay = delay;
}

/* The delay of the first input; volley_network_check refuses others. */
static void find_input_delays(volley_network *network, const bool *projection_valid,
                              const bool *stimulus_valid) {
    for (int32_t i = 0; i < network->n_populations; i++)
        network->populations[i].input_delay = 0;
    for (int32_t i = 0; i < network->n_projections; i++) {
        const volley_projection *p = &network->projections[i];
        if ((!projection_valid || projection_valid[i]) && p->delay.kind == VOLLEY_CONSTANT)
            set_input_delay(network, p->target.population, (int64_t)p->delay.a);
    }
    for (int32_t i = 0; i < network->n_stimuli; i++) {
        const volley_stimulus *s = &network->stimuli[i];
        for (int32_t k = 0; (!stimulus_valid || stimulus_valid[i]) && k < s->n_targets; k++)
            set_input_delay(network, s->targets[k].population, s->delay_steps);
    }
    for (int32_t i = 0; i < network->n_populations; i++)
        if (network->populations[i].input_delay == 0)
            network->populations[i].input_delay = 1;
}

bool volley_network_derive(volley_network *network, const bool *projection_valid,
                           const bool *stimulus_valid) {
    double neurons = 0.0;
    for (int32_t i = 0; i < network->n_populations; i++)
        neurons += (double)network->populations[i].size;
    if (neurons > VOLLEY_MAX_WHOLE)
        return false;
    network->n_neurons = 0;
    for (int32_t i = 0; i < network->n_populations; i++) {
        network->populations[i].first_gid = network->n_neurons;
        network->n_neurons += network->populations[i].size;
    }
    bool known = true; /* all delays are */
    for (int32_t i = 0; i < network->n_projections; i++)
        known &= !projection_valid || projection_valid[i];
    if (known)
        volley_network_bound_delays(network);
    find_input_delays(network, projection_valid, stimulus_valid);
    return true;
}
