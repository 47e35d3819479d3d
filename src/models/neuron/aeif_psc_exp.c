/* SPDX-License-Identifier: BSD-3-Clause */
/* aeif_psc_exp: adaptive exponential integrate-and-fire neuron with exponential synaptic currents.
 *
 *     I_syn   = I_ex + I_in
 *     dI_x/dt = -I_x/tau_syn_x,   I_x jumps by the weight (pA) of an arriving spike
 *
 * and the equations of aeif.h. Weights are added at the end of an update.
 *
 * Brette and Gerstner (2005), J. Neurophysiol. 94:3637-3642. Order within a step, names and defaults as in
 * NEST 3.9, which solves the equations by an adaptive method. */
#include "models/neuron/aeif.h"

static const volley_field params[AEIF_PARAMS] = {AEIF_PARAM_FIELDS("current")};

static const volley_field states[AEIF_STATES] = {
    LIF_V_FIELD,
    {"I_syn_ex", "pA", 0.0, -INFINITY, INFINITY, "excitatory synaptic current"},
    {"I_syn_in", "pA", 0.0, -INFINITY, INFINITY, "inhibitory synaptic current"},
    {"w", "pA", 0.0, -INFINITY, INFINITY, "adaptation current"},
};

/* A spike of 1 pA carries the charge tau_syn. */
static double mean_current(const double *p, int receptor, double weight_hz) {
    return weight_hz * 1e-3 * p[receptor == 0 ? AEIF_TAU_SYN_EX : AEIF_TAU_SYN_IN];
}

VOLLEY_INLINE int64_t run(const volley_neuron_batch *batch, bool each, bool each_current) {
    return aeif_run(batch, false, each, each_current);
}

LIF_UPDATE(aeif_psc_exp, run)

const volley_neuron_model volley_neuron_aeif_psc_exp = {
    .name = "aeif_psc_exp",
    .meaning = "adaptive exponential integrate-and-fire neuron with exponential synaptic currents",
    .source = "Brette and Gerstner 2005; NEST 3.9",
    .n_params = AEIF_PARAMS,
    .params = params,
    .n_states = AEIF_STATES,
    .states = states,
    .membrane = "V_m",
    .starts_at = "E_L",
    .n_constants = AEIF_CONSTANTS,
    .derive = aeif_derive,
    .mean_current = mean_current,
    .update = VOLLEY_KERNEL_TABLE(aeif_psc_exp_update),
    VOLLEY_EXCITATORY_INHIBITORY,
    .relative_cost = 20.0,
    .fires_often = true,
    .weight_unit = "pA",
};
