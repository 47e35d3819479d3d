/* SPDX-License-Identifier: BSD-3-Clause */
/* aeif_cond_exp: adaptive exponential integrate-and-fire neuron with exponential synaptic conductances.
 *
 *     I_syn   = -g_ex (V - E_ex) - g_in (V - E_in)
 *     dg_x/dt = -g_x/tau_syn_x,   g_x jumps by |weight| (nS) of an arriving spike
 *
 * and the equations of aeif.h. Weights are added at the end of an update.
 *
 * Brette and Gerstner (2005), J. Neurophysiol. 94:3637-3642. Order within a step, names and defaults as in
 * NEST 3.9, which solves the equations by an adaptive method. */
#include "base/status.h"
#include "models/neuron/aeif.h"

enum { E_EX = AEIF_PARAMS, E_IN, PARAMS };

static const volley_field params[PARAMS] = {
    AEIF_PARAM_FIELDS("conductance"),
    {"E_ex", "mV", 0.0, -INFINITY, INFINITY, "reversal potential of the excitatory conductance"},
    {"E_in", "mV", -85.0, -INFINITY, INFINITY, "reversal potential of the inhibitory conductance"},
};

static const volley_field states[AEIF_STATES] = {
    LIF_V_FIELD,
    {"g_ex", "nS", 0.0, 0.0, INFINITY, "excitatory conductance"},
    {"g_in", "nS", 0.0, 0.0, INFINITY, "inhibitory conductance"},
    {"w", "pA", 0.0, -INFINITY, INFINITY, "adaptation current"},
};

static int derive(const double *p, double dt_ms, double *c) {
    c[C_reversal_ex] = p[E_EX];
    c[C_reversal_in] = p[E_IN];
    return aeif_derive(p, dt_ms, c);
}

VOLLEY_INLINE int64_t run(const volley_neuron_batch *batch, bool each, bool each_current) {
    return aeif_run(batch, true, each, each_current);
}

LIF_UPDATE(aeif_cond_exp, run)

const volley_neuron_model volley_neuron_aeif_cond_exp = {
    .name = "aeif_cond_exp",
    .meaning = "adaptive exponential integrate-and-fire neuron with exponential conductances",
    .source = "Brette and Gerstner 2005; NEST 3.9",
    .n_params = PARAMS,
    .params = params,
    .n_states = AEIF_STATES,
    .states = states,
    .membrane = "V_m",
    .starts_at = "E_L",
    .n_constants = AEIF_CONSTANTS_COND,
    .derive = derive,
    .update = VOLLEY_KERNEL_TABLE(aeif_cond_exp_update),
    VOLLEY_EXCITATORY_INHIBITORY,
    .relative_cost = 20.0,
    .fires_often = true,
    .weight_unit = "nS",
    .conductances = true,
};
