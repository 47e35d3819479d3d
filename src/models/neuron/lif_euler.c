/* SPDX-License-Identifier: BSD-3-Clause */
/* lif_euler: leaky integrate-and-fire neuron by one forward Euler step.
 *
 *     V = V + (-(V - E_L) + R x) dt/tau_m,   x = I_e + stimuli + weights that arrive in this step
 *
 * V >= V_th fires: V = V_reset, and for t_ref V stays and what arrives is lost. The trace decays with tau_s
 * and at a spike becomes 1 + trace_keep trace: set to one (0) or incremented (1).
 *
 * The population LIF of SynapticFlow. */
#include "base/status.h"
#include "models/neuron/lif.h"

enum { TAU_M, R, T_REF, E_L, V_RESET, V_TH, I_E, TAU_S, TRACE_KEEP, PARAMS };

static const volley_field params[PARAMS] = {
    {"tau_m", "ms", 10.0, LIF_TIME_LOW, INFINITY, "membrane time constant; at least dt makes sense"},
    {"R", "mV", 20.0, -INFINITY, INFINITY, "potential that an input of one leads to"},
    {"t_ref", "ms", 0.0, 0.0, INFINITY, "refractory time, rounded up to whole steps"},
    {"E_L", "mV", -62.0, -INFINITY, INFINITY, "resting potential"},
    {"V_reset", "mV", -62.0, -INFINITY, INFINITY, "potential after a spike; below V_th"},
    {"V_th", "mV", -52.0, -INFINITY, INFINITY, "threshold: fires when V_m >= V_th at the end of a step"},
    {"I_e", "1", 0.0, -INFINITY, INFINITY, "constant input"},
    {"tau_s", "ms", 10.0, LIF_TIME_LOW, INFINITY, "time constant of the spike trace"},
    {"trace_keep", "1", 0.0, 0.0, 1.0, "share of the trace that a spike leaves: 0 set to one, 1 incremented"},
};

static const volley_field states[] = {
    LIF_V_FIELD,
    {"trace", "1", 0.0, 0.0, INFINITY, "spike trace; only recorded, rules keep their own"},
};

enum { C_REST, C_CURRENT, C_STEP, C_GAIN, C_THRESHOLD, C_RESET, C_REFRACTORY, C_LEFT, C_KEEP, CONSTANTS };

static int derive(const double *p, double dt_ms, double *c) {
    TRY(lif_refractory_steps(p[V_RESET], p[V_TH], p[T_REF], dt_ms, &c[C_REFRACTORY]));
    c[C_REST] = p[E_L];
    c[C_CURRENT] = p[I_E];
    c[C_STEP] = dt_ms / p[TAU_M];
    c[C_GAIN] = p[R];
    c[C_THRESHOLD] = p[V_TH];
    c[C_RESET] = p[V_RESET];
    c[C_LEFT] = lif_decay(dt_ms, p[TAU_S]);
    c[C_KEEP] = p[TRACE_KEEP];
    return VOLLEY_OK;
}

/* Whether every neuron has its own constants and current is known at compile time: see LIF_CONSTANT. */
VOLLEY_INLINE int64_t run(const volley_neuron_batch *batch, bool each, bool each_current) {
    LIF_CONSTANT(rest, C_REST);
    LIF_CONSTANT(steady, C_CURRENT);
    LIF_CONSTANT(share, C_STEP);
    LIF_CONSTANT(gain, C_GAIN);
    LIF_CONSTANT(threshold, C_THRESHOLD);
    LIF_CONSTANT(reset, C_RESET);
    LIF_CONSTANT(dead_steps, C_REFRACTORY);
    LIF_CONSTANT(left, C_LEFT);
    LIF_CONSTANT(keep, C_KEEP);
    LIF_CURRENT_INPUT;
    double *restrict V = batch->state[0], *restrict trace = batch->state[1];
    double *restrict in_ex = batch->input[0], *restrict in_in = batch->input[1];
    int32_t *restrict refractory = batch->refractory;
    int32_t flag[LIF_CHUNK];
    int64_t n_fired = 0;

    for (int64_t first = 0; first < batch->count; first += LIF_CHUNK) {
        int64_t end = first + LIF_CHUNK < batch->count ? first + LIF_CHUNK : batch->count;
        int32_t any = 0;
#pragma omp simd reduction(| : any)
        for (int64_t i = first; i < end; i++) {
            double x = LIF_AT(steady) + LIF_AT_CURRENT + (in_ex[i] + in_in[i]);
            double relative = V[i] - LIF_AT(rest);
            relative = relative + (LIF_AT(gain) * x - relative) * LIF_AT(share);
            int32_t wait = refractory[i];
            double next = wait > 0 ? V[i] : LIF_AT(rest) + lif_flush(relative);
            double after = LIF_AT(reset);
            double faded = lif_flush(trace[i] * LIF_AT(left));
            double risen = 1.0 + LIF_AT(keep) * faded;
            int32_t dead = (int32_t)LIF_AT(dead_steps);
            int32_t fires = next >= LIF_AT(threshold);
            in_ex[i] = 0.0;
            in_in[i] = 0.0;
            V[i] = fires ? after : next;
            trace[i] = fires ? risen : faded;
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

LIF_UPDATE(lif_euler, run)

const volley_neuron_model volley_neuron_lif_euler = {
    .name = "lif_euler",
    .meaning = "leaky integrate-and-fire neuron by Euler steps, with a spike trace",
    .source = "SynapticFlow, LIF population",
    .n_params = PARAMS,
    .params = params,
    .n_states = 2,
    .states = states,
    .membrane = "V_m",
    .starts_at = "E_L",
    .n_constants = CONSTANTS,
    .derive = derive,
    .update = VOLLEY_KERNEL_TABLE(lif_euler_update),
    VOLLEY_EXCITATORY_INHIBITORY,
    .relative_cost = 1.0,
    .weight_unit = "1",
};
