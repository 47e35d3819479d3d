/* SPDX-License-Identifier: BSD-3-Clause */
/* iaf_psc_exp: leaky integrate-and-fire neuron with exponential synaptic currents.
 *
 *     C_m dV/dt = -(C_m/tau_m) (V - E_L) + I_ex + I_in + I_e + I_stimuli
 *     dI_x/dt   = -I_x/tau_syn_x,   I_x jumps by the weight (pA) of an arriving spike
 *
 * One update, by exact integration: V from the currents of the step before unless refractory (V then stays at
 * V_reset); currents decay; weights of this step are added; V >= V_th fires: V = V_reset and t_ref begins.
 *
 * Equations: Rotter and Diesmann (1999), Biol. Cybern. 81:381-402; Tsodyks, Uziel and Markram (2000),
 * J. Neurosci. 20:RC50. Order within a step, names and defaults as in NEST 3.9. */
#include "base/status.h"
#include "models/neuron/lif.h"

enum { TAU_SYN_EX = LIF_PARAMS, TAU_SYN_IN, PARAMS };

static const volley_field params[PARAMS] = {
    LIF_PARAM_FIELDS,
    {"tau_syn_ex", "ms", 2.0, LIF_TIME_LOW, INFINITY, "decay time of the excitatory current"},
    {"tau_syn_in", "ms", 2.0, LIF_TIME_LOW, INFINITY, "decay time of the inhibitory current"},
};

enum { V_M, I_EX, I_IN, STATES };

static const volley_field states[STATES] = {
    LIF_V_FIELD,
    {"I_syn_ex", "pA", 0.0, -INFINITY, INFINITY, "excitatory synaptic current"},
    {"I_syn_in", "pA", 0.0, -INFINITY, INFINITY, "inhibitory synaptic current"},
};

enum { GAIN_EX = LIF_CONSTANTS, GAIN_IN, DECAY_EX, DECAY_IN, CONSTANTS };

static int derive(const double *p, double dt_ms, double *c) {
    TRY(lif_derive_membrane(p, dt_ms, c));
    c[GAIN_EX] = lif_current_gain(dt_ms, p[LIF_TAU_M], p[LIF_C_M], p[TAU_SYN_EX]);
    c[GAIN_IN] = lif_current_gain(dt_ms, p[LIF_TAU_M], p[LIF_C_M], p[TAU_SYN_IN]);
    c[DECAY_EX] = lif_decay(dt_ms, p[TAU_SYN_EX]);
    c[DECAY_IN] = lif_decay(dt_ms, p[TAU_SYN_IN]);
    return VOLLEY_OK;
}

/* A spike of 1 pA carries the charge tau_syn. */
static double mean_current(const double *p, int receptor, double weight_hz) {
    return weight_hz * 1e-3 * p[receptor == 0 ? TAU_SYN_EX : TAU_SYN_IN];
}

/* Whether every neuron has its own constants and current is known at compile time: see LIF_CONSTANT. */
VOLLEY_INLINE int64_t run(const volley_neuron_batch *batch, bool each, bool each_current) {
    LIF_CONSTANT(rest, LIF_REST);
    LIF_CONSTANT(leak, LIF_LEAK);
    LIF_CONSTANT(resistance, LIF_RESISTANCE);
    LIF_CONSTANT(steady, LIF_CURRENT);
    LIF_CONSTANT(threshold, LIF_THRESHOLD);
    LIF_CONSTANT(reset, LIF_RESET);
    LIF_CONSTANT(dead_steps, LIF_REFRACTORY);
    LIF_CONSTANT(gain_ex, GAIN_EX);
    LIF_CONSTANT(gain_in, GAIN_IN);
    LIF_CONSTANT(decay_ex, DECAY_EX);
    LIF_CONSTANT(decay_in, DECAY_IN);
    LIF_CURRENT_INPUT;
    double *restrict V = batch->state[V_M];
    double *restrict I_ex = batch->state[I_EX], *restrict I_in = batch->state[I_IN];
    double *restrict in_ex = batch->input[0], *restrict in_in = batch->input[1];
    int32_t *restrict refractory = batch->refractory;
    int32_t flag[LIF_CHUNK];
    int64_t n_fired = 0;

    for (int64_t first = 0; first < batch->count; first += LIF_CHUNK) {
        int64_t end = first + LIF_CHUNK < batch->count ? first + LIF_CHUNK : batch->count;
        int32_t any = 0;
#pragma omp simd reduction(| : any)
        for (int64_t i = first; i < end; i++) {
            double drive = LIF_AT(resistance) * (LIF_AT(steady) + LIF_AT_CURRENT);
            double relative = (V[i] - LIF_AT(rest)) * LIF_AT(leak) + I_ex[i] * LIF_AT(gain_ex) +
                              I_in[i] * LIF_AT(gain_in) + drive;
            int32_t wait = refractory[i];
            double next = wait > 0 ? V[i] : LIF_AT(rest) + lif_flush(relative);
            double after = LIF_AT(reset);
            int32_t dead = (int32_t)LIF_AT(dead_steps);
            int32_t fires = next >= LIF_AT(threshold);
            I_ex[i] = lif_flush(I_ex[i] * LIF_AT(decay_ex)) + in_ex[i];
            I_in[i] = lif_flush(I_in[i] * LIF_AT(decay_in)) + in_in[i];
            in_ex[i] = 0.0;
            in_in[i] = 0.0;
            V[i] = fires ? after : next;
            wait = wait > 0 ? wait - 1 : 0;
            refractory[i] = fires ? dead : wait;
            flag[i - first] = fires;
            any |= fires;
        }
        if (any)
            n_fired = lif_collect(batch, flag, first, end, n_fired);
    }
    return n_fired;
}

LIF_UPDATE(iaf_psc_exp, run)

const volley_neuron_model volley_neuron_iaf_psc_exp = {
    .name = "iaf_psc_exp",
    .meaning = "leaky integrate-and-fire neuron with exponential synaptic currents that jump by the weight",
    .source = "Rotter and Diesmann 1999; Tsodyks, Uziel and Markram 2000; NEST 3.9",
    .n_params = PARAMS,
    .params = params,
    .n_states = STATES,
    .states = states,
    .membrane = "V_m",
    .starts_at = "E_L",
    .n_constants = CONSTANTS,
    .derive = derive,
    .mean_current = mean_current,
    .update = VOLLEY_KERNEL_TABLE(iaf_psc_exp_update),
    VOLLEY_EXCITATORY_INHIBITORY,
    .relative_cost = 1.0,
    .weight_unit = "pA",
};
