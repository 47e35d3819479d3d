/* SPDX-License-Identifier: BSD-3-Clause */
/* A neuron model outside volley's tree with states of several kinds: the neuron of outside_lif.c with a
 * current that grows at its spikes, and a count of them that makes it grow. */
#include "volley/models/neuron/lif.h"
#include "volley/models/neuron/module.h"

enum { V_M, ADAPTATION, COUNT };
static const volley_field params[LIF_PARAMS] = {LIF_PARAM_FIELDS};
static const volley_field states[] = {
    LIF_V_FIELD,
    {"adaptation", "mV", 0.0, -INFINITY, INFINITY, "taken from the membrane in each step"},
    {"spike_count", "1", 0.0, 0.0, INFINITY, "spikes so far"},
};

static int derive(const double *p, double dt_ms, double *c) {
    return lif_derive_membrane(p, dt_ms, c);
}

VOLLEY_INLINE int64_t outside_adaptive_update_body(const volley_neuron_batch *batch) {
    const double *const *constant = batch->constant;
    int64_t n_fired = 0;
    for (int64_t i = 0; i < batch->count; i++) {
        int64_t own = batch->uniform ? 0 : i; /* where this neuron's constants stand */
        double rest = constant[LIF_REST][own];
        double current = constant[LIF_CURRENT][own] + batch->current[batch->uniform_current ? 0 : i];
        double V = batch->state[V_M][i];
        if (batch->refractory[i] > 0)
            batch->refractory[i]--;
        else
            V = rest +
                lif_flush((V - rest) * constant[LIF_LEAK][own] + constant[LIF_RESISTANCE][own] * current +
                          (batch->input[0][i] + batch->input[1][i]) - batch->state[ADAPTATION][i]);
        batch->input[0][i] = 0.0;
        batch->input[1][i] = 0.0;
        batch->state[ADAPTATION][i] *= 0.99;
        if (V >= constant[LIF_THRESHOLD][own]) {
            V = constant[LIF_RESET][own];
            batch->refractory[i] = (int32_t)constant[LIF_REFRACTORY][own];
            batch->state[COUNT][i] += 1.0;
            batch->state[ADAPTATION][i] += 1e-3 * batch->state[COUNT][i];
            if (i < batch->used)
                batch->fired[n_fired++] = (int32_t)i;
        }
        batch->state[V_M][i] = V;
    }
    return n_fired;
}

VOLLEY_KERNEL(int64_t, outside_adaptive_update, (const volley_neuron_batch *batch), (batch))

static const volley_neuron_model outside_adaptive = {
    .name = "outside_adaptive",
    .meaning = "example of a model outside the tree with states of its own",
    .source = "as iaf_psc_delta",
    .n_params = LIF_PARAMS,
    .params = params,
    .n_states = sizeof states / sizeof *states,
    .states = states,
    .membrane = "V_m",
    .starts_at = "E_L",
    VOLLEY_EXCITATORY_INHIBITORY,
    .n_constants = LIF_CONSTANTS,
    .derive = derive,
    .update = VOLLEY_KERNEL_TABLE(outside_adaptive_update),
    .relative_cost = 1.0,
    .weight_unit = "mV",
};

VOLLEY_NEURON_MODULE(&outside_adaptive)
