/* SPDX-License-Identifier: BSD-3-Clause */
/* lif_cond_euler: leaky integrate-and-fire neuron with conductance-based synapses by forward Euler steps.
 *
 *     V = V + (E_L - V - g_ex (V - E_ex) - g_in (V - E_in) + I_e + stimuli) dt/tau_m
 *     g_x = g_x exp(-dt/tau_syn_x) + what arrives
 *
 * Conductances are in units of the leak and inputs are the potential (mV) that they lead to. V takes the
 * conductances of the step before and, unlike in other models, fires only above the threshold: V > V_th gives
 * V = V_reset, where V stays for t_ref. Weights raise g_ex or g_in by their size. Euler steps are stable
 * while dt (1 + g_ex + g_in) < 2 tau_m.
 *
 * The TIF group of Auryn (Zenke and Gerstner 2014, Front. Neuroinform. 8:76), with its defaults and the names
 * of NEST's iaf_cond_exp; a network of Vogels and Abbott (2005), J. Neurosci. 25:10786-10795. */
#include "base/status.h"
#include "models/neuron/lif.h"

enum { TAU_M, T_REF, E_L, V_RESET, V_TH, E_EX, E_IN, TAU_SYN_EX, TAU_SYN_IN, I_E, PARAMS };

static const volley_field params[PARAMS] = {
    {"tau_m", "ms", 20.0, LIF_TIME_LOW, INFINITY, "membrane time constant; at least dt makes sense"},
    {"t_ref", "ms", 5.0, 0.0, INFINITY, "refractory time, rounded up to whole steps"},
    {"E_L", "mV", -60.0, -INFINITY, INFINITY, "resting potential"},
    {"V_reset", "mV", -60.0, -INFINITY, INFINITY, "potential after a spike; below V_th"},
    {"V_th", "mV", -50.0, -INFINITY, INFINITY, "threshold: fires when V_m > V_th at the end of a step"},
    {"E_ex", "mV", 0.0, -INFINITY, INFINITY, "reversal potential of the excitatory conductance"},
    {"E_in", "mV", -80.0, -INFINITY, INFINITY, "reversal potential of the inhibitory conductance"},
    {"tau_syn_ex", "ms", 5.0, LIF_TIME_LOW, INFINITY, "decay time of the excitatory conductance"},
    {"tau_syn_in", "ms", 10.0, LIF_TIME_LOW, INFINITY, "decay time of the inhibitory conductance"},
    {"I_e", "mV", 0.0, -INFINITY, INFINITY, "constant input: the potential it leads to, as for dc stimuli"},
};

enum { V_M, G_EX, G_IN, STATES };

static const volley_field states[STATES] = {
    LIF_V_FIELD,
    {"g_ex", "1", 0.0, -INFINITY, INFINITY, "excitatory conductance over that of the leak"},
    {"g_in", "1", 0.0, -INFINITY, INFINITY, "inhibitory conductance over that of the leak"},
};

enum {
    C_REST,
    C_SHARE,
    C_CURRENT,
    C_THRESHOLD,
    C_RESET,
    C_REFRACTORY,
    C_REVERSAL_EX,
    C_REVERSAL_IN,
    C_DECAY_EX,
    C_DECAY_IN,
    CONSTANTS
};

static int derive(const double *p, double dt_ms, double *c) {
    TRY(lif_refractory_steps(p[V_RESET], p[V_TH], p[T_REF], dt_ms, &c[C_REFRACTORY]));
    c[C_REST] = p[E_L];
    c[C_SHARE] = dt_ms / p[TAU_M];
    c[C_CURRENT] = p[I_E];
    c[C_THRESHOLD] = p[V_TH];
    c[C_RESET] = p[V_RESET];
    c[C_REVERSAL_EX] = p[E_EX];
    c[C_REVERSAL_IN] = p[E_IN];
    c[C_DECAY_EX] = lif_decay(dt_ms, p[TAU_SYN_EX]);
    c[C_DECAY_IN] = lif_decay(dt_ms, p[TAU_SYN_IN]);
    return VOLLEY_OK;
}

/* Whether every neuron has its own constants and current is known at compile time: see LIF_CONSTANT. */
VOLLEY_INLINE int64_t run(const volley_neuron_batch *batch, bool each, bool each_current) {
    LIF_CONSTANT(rest, C_REST);
    LIF_CONSTANT(share, C_SHARE);
    LIF_CONSTANT(steady, C_CURRENT);
    LIF_CONSTANT(threshold, C_THRESHOLD);
    LIF_CONSTANT(reset, C_RESET);
    LIF_CONSTANT(dead_steps, C_REFRACTORY);
    LIF_CONSTANT(reversal_ex, C_REVERSAL_EX);
    LIF_CONSTANT(reversal_in, C_REVERSAL_IN);
    LIF_CONSTANT(decay_ex, C_DECAY_EX);
    LIF_CONSTANT(decay_in, C_DECAY_IN);
    LIF_CURRENT_INPUT;
    double *restrict V = batch->state[V_M];
    double *restrict g_ex = batch->state[G_EX], *restrict g_in = batch->state[G_IN];
    double *restrict in_ex = batch->input[0], *restrict in_in = batch->input[1];
    int32_t *restrict refractory = batch->refractory;
    int32_t flag[LIF_CHUNK];
    int64_t n_fired = 0;

    for (int64_t first = 0; first < batch->count; first += LIF_CHUNK) {
        int64_t end = first + LIF_CHUNK < batch->count ? first + LIF_CHUNK : batch->count;
        int32_t any = 0;
#pragma omp simd reduction(| : any)
        for (int64_t i = first; i < end; i++) {
            double relative = V[i] - LIF_AT(rest);
            double synapses = g_ex[i] * (V[i] - LIF_AT(reversal_ex)) + g_in[i] * (V[i] - LIF_AT(reversal_in));
            double drive = LIF_AT(steady) + LIF_AT_CURRENT;
            relative = relative + (drive - relative - synapses) * LIF_AT(share);
            int32_t wait = refractory[i];
            double next = wait > 0 ? V[i] : LIF_AT(rest) + lif_flush(relative);
            double after = LIF_AT(reset);
            int32_t dead = (int32_t)LIF_AT(dead_steps);
            int32_t fires = next > LIF_AT(threshold);
            g_ex[i] = lif_flush(g_ex[i] * LIF_AT(decay_ex)) + fabs(in_ex[i]);
            g_in[i] = lif_flush(g_in[i] * LIF_AT(decay_in)) + fabs(in_in[i]);
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

LIF_UPDATE(lif_cond_euler, run)

const volley_neuron_model volley_neuron_lif_cond_euler = {
    .name = "lif_cond_euler",
    .meaning = "leaky integrate-and-fire neuron with conductances in units of the leak, by Euler steps",
    .source = "Vogels and Abbott 2005; TIF group of Auryn",
    .n_params = PARAMS,
    .params = params,
    .n_states = STATES,
    .states = states,
    .membrane = "V_m",
    .starts_at = "E_L",
    .n_constants = CONSTANTS,
    .derive = derive,
    .update = VOLLEY_KERNEL_TABLE(lif_cond_euler_update),
    VOLLEY_EXCITATORY_INHIBITORY,
    .relative_cost = 1.1,
    .weight_unit = "1",
    .conductances = true,
};
