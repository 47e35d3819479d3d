/* SPDX-License-Identifier: BSD-3-Clause */
/* iaf_psc_alpha: leaky integrate-and-fire neuron with alpha-shaped synaptic currents.
 *
 *     C_m dV/dt = -(C_m/tau_m) (V - E_L) + I_ex + I_in + I_e + I_stimuli
 *     dI_x/dt   = dI_x - I_x/tau_syn_x
 *     d(dI_x)/dt = -dI_x/tau_syn_x,   dI_x jumps by e/tau_syn_x times the weight of an arriving spike
 *
 * so that a spike of weight w (pA) gives I(t) = w e t/tau_syn exp(-t/tau_syn), whose peak, at tau_syn, is w.
 *
 * One update, by exact integration: V from (I, dI) of the step before unless refractory (V then stays at
 * V_reset); I and dI advance; weights of this step are added to dI; V >= V_th fires: V = V_reset and t_ref
 * begins.
 *
 * Equations: Rotter and Diesmann (1999), Biol. Cybern. 81:381-402. Order within a step, names and defaults as
 * in NEST 3.9. */
#include "base/status.h"
#include "models/neuron/lif.h"

enum { TAU_SYN_EX = LIF_PARAMS, TAU_SYN_IN, PARAMS };

static const volley_field params[PARAMS] = {
    LIF_PARAM_FIELDS,
    {"tau_syn_ex", "ms", 2.0, LIF_TIME_LOW, INFINITY, "time to the peak of an excitatory current"},
    {"tau_syn_in", "ms", 2.0, LIF_TIME_LOW, INFINITY, "time to the peak of an inhibitory current"},
};

enum { V_M, I_EX, DI_EX, I_IN, DI_IN, STATES };

static const volley_field states[STATES] = {
    LIF_V_FIELD,
    {"I_syn_ex", "pA", 0.0, -INFINITY, INFINITY, "excitatory synaptic current"},
    {"dI_syn_ex", "pA/ms", 0.0, -INFINITY, INFINITY,
     "dI_syn_ex - I_syn_ex/tau_syn_ex is the slope of the current"},
    {"I_syn_in", "pA", 0.0, -INFINITY, INFINITY, "inhibitory synaptic current"},
    {"dI_syn_in", "pA/ms", 0.0, -INFINITY, INFINITY,
     "dI_syn_in - I_syn_in/tau_syn_in is the slope of the current"},
};

/* Per receptor; the inhibitory block follows the excitatory one. */
enum { GAIN, SLOPE_GAIN, DECAY, RISE, JUMP, SYNAPSE };
enum { EX = LIF_CONSTANTS, IN = EX + SYNAPSE, CONSTANTS = IN + SYNAPSE };

static void derive_synapse(const double *p, double tau_syn, double dt_ms, double *c) {
    c[GAIN] = lif_current_gain(dt_ms, p[LIF_TAU_M], p[LIF_C_M], tau_syn);
    c[SLOPE_GAIN] = lif_slope_gain(dt_ms, p[LIF_TAU_M], p[LIF_C_M], tau_syn);
    c[DECAY] = lif_decay(dt_ms, tau_syn);
    c[RISE] = dt_ms * c[DECAY];
    c[JUMP] = M_E / tau_syn;
}

static int derive(const double *p, double dt_ms, double *c) {
    TRY(lif_derive_membrane(p, dt_ms, c));
    derive_synapse(p, p[TAU_SYN_EX], dt_ms, c + EX);
    derive_synapse(p, p[TAU_SYN_IN], dt_ms, c + IN);
    return VOLLEY_OK;
}

/* A spike of 1 pA carries the charge e tau_syn. */
static double mean_current(const double *p, int receptor, double weight_hz) {
    return weight_hz * 1e-3 * M_E * p[receptor == 0 ? TAU_SYN_EX : TAU_SYN_IN];
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
    LIF_CONSTANT(gain_ex, EX + GAIN);
    LIF_CONSTANT(slope_ex, EX + SLOPE_GAIN);
    LIF_CONSTANT(decay_ex, EX + DECAY);
    LIF_CONSTANT(rise_ex, EX + RISE);
    LIF_CONSTANT(jump_ex, EX + JUMP);
    LIF_CONSTANT(gain_in, IN + GAIN);
    LIF_CONSTANT(slope_in, IN + SLOPE_GAIN);
    LIF_CONSTANT(decay_in, IN + DECAY);
    LIF_CONSTANT(rise_in, IN + RISE);
    LIF_CONSTANT(jump_in, IN + JUMP);
    LIF_CURRENT_INPUT;
    double *restrict V = batch->state[V_M];
    double *restrict I_ex = batch->state[I_EX], *restrict dI_ex = batch->state[DI_EX];
    double *restrict I_in = batch->state[I_IN], *restrict dI_in = batch->state[DI_IN];
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
            double from_ex = dI_ex[i] * LIF_AT(slope_ex) + I_ex[i] * LIF_AT(gain_ex);
            double from_in = dI_in[i] * LIF_AT(slope_in) + I_in[i] * LIF_AT(gain_in);
            double relative = (V[i] - LIF_AT(rest)) * LIF_AT(leak) + from_ex + from_in + drive;
            int32_t wait = refractory[i];
            double next = wait > 0 ? V[i] : LIF_AT(rest) + lif_flush(relative);
            double after = LIF_AT(reset);
            int32_t dead = (int32_t)LIF_AT(dead_steps);
            int32_t fires = next >= LIF_AT(threshold);
            I_ex[i] = lif_flush(dI_ex[i] * LIF_AT(rise_ex) + I_ex[i] * LIF_AT(decay_ex));
            I_in[i] = lif_flush(dI_in[i] * LIF_AT(rise_in) + I_in[i] * LIF_AT(decay_in));
            dI_ex[i] = lif_flush(dI_ex[i] * LIF_AT(decay_ex)) + in_ex[i] * LIF_AT(jump_ex);
            dI_in[i] = lif_flush(dI_in[i] * LIF_AT(decay_in)) + in_in[i] * LIF_AT(jump_in);
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

LIF_UPDATE(iaf_psc_alpha, run)

const volley_neuron_model volley_neuron_iaf_psc_alpha = {
    .name = "iaf_psc_alpha",
    .meaning = "leaky integrate-and-fire neuron with alpha-shaped synaptic currents whose peak is the weight",
    .source = "Rotter and Diesmann 1999; NEST 3.9",
    .n_params = PARAMS,
    .params = params,
    .n_states = STATES,
    .states = states,
    .membrane = "V_m",
    .starts_at = "E_L",
    .n_constants = CONSTANTS,
    .derive = derive,
    .mean_current = mean_current,
    .update = VOLLEY_KERNEL_TABLE(iaf_psc_alpha_update),
    VOLLEY_EXCITATORY_INHIBITORY,
    .relative_cost = 1.8,
    .weight_unit = "pA",
};
