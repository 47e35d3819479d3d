/* SPDX-License-Identifier: BSD-3-Clause */
/* iaf_psc_exp_multisynapse: leaky integrate-and-fire neuron with any number of exponential synaptic currents.
 *
 *     C_m dV/dt = -(C_m/tau_m) (V - E_L) + I_syn_1 + ... + I_syn_n + I_e + I_stimuli
 *     dI_syn_k/dt = -I_syn_k/tau_syn_k,   I_syn_k jumps by the weight (pA) of a spike at receptor k
 *
 * One update, by exact integration: V from the currents of the step before unless refractory (V then stays at
 * V_reset); currents decay; weights of this step are added; V >= V_th fires: V = V_reset and t_ref begins.
 *
 * Equations: Rotter and Diesmann (1999), Biol. Cybern. 81:381-402. Order within a step, names and defaults as
 * in NEST 3.9. */
#include "base/status.h"
#include "models/neuron/lif.h"

static const volley_field params[LIF_PARAMS] = {LIF_PARAM_FIELDS};

static const volley_field states[] = {LIF_V_FIELD};

static const volley_field list[] = {
    {"tau_syn", "ms", 2.0, LIF_TIME_LOW, INFINITY, "decay time of the current of each receptor"},
};

static const volley_field current[] = {
    {"I_syn", "pA", 0.0, -INFINITY, INFINITY, "synaptic current of the receptor"},
};

enum { GAIN, DECAY, RECEPTOR_CONSTANTS };

static int derive(const double *p, double dt_ms, double *c) {
    return lif_derive_membrane(p, dt_ms, c);
}

static int derive_receptor(const double *p, const double *own, double dt_ms, double *c) {
    c[GAIN] = lif_current_gain(dt_ms, p[LIF_TAU_M], p[LIF_C_M], own[0]);
    c[DECAY] = lif_decay(dt_ms, own[0]);
    return VOLLEY_OK;
}

/* A spike of 1 pA carries the charge tau_syn. */
static double mean_current(const double *p, int receptor, double weight_hz) {
    return weight_hz * 1e-3 * p[LIF_PARAMS + receptor];
}

/* Adds what the current of one receptor does to V in this step to `sum`, and takes the current to the next
 * step. */
VOLLEY_INLINE void advance(const volley_neuron_batch *batch, bool each, int receptor, int64_t first,
                           int64_t n, double *restrict sum) {
    const double *restrict gain_each = batch->constant[LIF_CONSTANTS + GAIN * batch->n_receptors + receptor];
    const double *restrict decay_each =
        batch->constant[LIF_CONSTANTS + DECAY * batch->n_receptors + receptor];
    const double gain_shared = each ? 0.0 : gain_each[0], decay_shared = each ? 0.0 : decay_each[0];
    double *restrict I_syn = batch->state[1 + receptor] + first, *restrict in =
                                                                     batch->input[receptor] + first;
#pragma omp simd
    for (int64_t k = 0; k < n; k++) {
        int64_t i = first + k;
        sum[k] += I_syn[k] * LIF_AT(gain);
        I_syn[k] = lif_flush(I_syn[k] * LIF_AT(decay)) + in[k];
        in[k] = 0.0;
    }
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
    LIF_CURRENT_INPUT;
    double *restrict V = batch->state[0];
    int32_t *restrict refractory = batch->refractory;
    int32_t flag[LIF_CHUNK];
    double relative[LIF_CHUNK];
    int64_t n_fired = 0;

    for (int64_t first = 0; first < batch->count; first += LIF_CHUNK) {
        int64_t end = first + LIF_CHUNK < batch->count ? first + LIF_CHUNK : batch->count;
        int32_t any = 0;
#pragma omp simd
        for (int64_t i = first; i < end; i++)
            relative[i - first] = (V[i] - LIF_AT(rest)) * LIF_AT(leak);
        for (int r = 0; r < batch->n_receptors; r++)
            advance(batch, each, r, first, end - first, relative);
#pragma omp simd reduction(| : any)
        for (int64_t i = first; i < end; i++) {
            double drive = LIF_AT(resistance) * (LIF_AT(steady) + LIF_AT_CURRENT);
            int32_t wait = refractory[i];
            double next = wait > 0 ? V[i] : LIF_AT(rest) + lif_flush(relative[i - first] + drive);
            double after = LIF_AT(reset);
            int32_t dead = (int32_t)LIF_AT(dead_steps);
            int32_t fires = next >= LIF_AT(threshold);
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

LIF_UPDATE(iaf_psc_exp_multisynapse, run)

static const volley_receptor_fields receptors = {
    .n_params = 1,
    .params = list,
    .n_states = 1,
    .states = current,
    .n_constants = RECEPTOR_CONSTANTS,
    .derive = derive_receptor,
};

const volley_neuron_model volley_neuron_iaf_psc_exp_multisynapse = {
    .name = "iaf_psc_exp_multisynapse",
    .meaning = "leaky integrate-and-fire neuron with an exponential synaptic current for each receptor",
    .source = "Rotter and Diesmann 1999; NEST 3.9",
    .n_params = LIF_PARAMS,
    .params = params,
    .n_states = 1,
    .states = states,
    .membrane = "V_m",
    .starts_at = "E_L",
    .n_constants = LIF_CONSTANTS,
    .derive = derive,
    .each_receptor = &receptors,
    .mean_current = mean_current,
    .update = VOLLEY_KERNEL_TABLE(iaf_psc_exp_multisynapse_update),
    .relative_cost = 1.0,
    .weight_unit = "pA",
};
