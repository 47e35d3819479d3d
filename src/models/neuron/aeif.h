/* SPDX-License-Identifier: BSD-3-Clause */
/* What the adaptive exponential integrate-and-fire models share: all but the synapses.
 *
 *     C_m dV/dt   = -g_L (V - E_L) + g_L Delta_T exp((V - V_th)/Delta_T) + I_syn - w + I_e + I_stimuli
 *     tau_w dw/dt = a (V - E_L) - w
 *
 * On the right side V counts at most as V_peak, and as V_reset in the refractory time. Both are solved by
 * Runge-Kutta steps of fourth order, the synapses exactly; the upstroke of a spike is taken in steps of 0.3
 * times the time in which it grows by a factor e. V >= V_peak (V_th when Delta_T is 0) after any step is a
 * spike: V = V_reset and w grows by b; without refractory time the rest of the update goes on from there, and
 * the neuron may fire again: all its spikes of an update carry the stamp of its end, as in NEST. */
#ifndef VOLLEY_MODELS_AEIF_H
#define VOLLEY_MODELS_AEIF_H

#include "models/neuron/substep.h"

#include <stdbool.h>

/* The first parameters of every such model, with the defaults of NEST 3.9. */
enum aeif_param {
    AEIF_C_M,
    AEIF_T_REF,
    AEIF_G_L,
    AEIF_E_L,
    AEIF_V_RESET,
    AEIF_V_TH,
    AEIF_V_PEAK,
    AEIF_DELTA_T,
    AEIF_A,
    AEIF_B,
    AEIF_TAU_W,
    AEIF_TAU_SYN_EX,
    AEIF_TAU_SYN_IN,
    AEIF_I_E,
    AEIF_PARAMS
};

/* clang-format off */
#define AEIF_PARAM_FIELDS(synapse) \
    {"C_m", "pF", 281.0, 1e-3, INFINITY, "membrane capacitance"}, \
    {"t_ref", "ms", 0.0, 0.0, INFINITY, "refractory time, rounded up to whole steps"}, \
    {"g_L", "nS", 30.0, 1e-6, INFINITY, "leak conductance"}, \
    {"E_L", "mV", -70.6, -INFINITY, INFINITY, "resting potential"}, \
    {"V_reset", "mV", -60.0, -INFINITY, INFINITY, "potential after a spike; below V_peak"}, \
    {"V_th", "mV", -50.4, -INFINITY, INFINITY, "where a spike begins; fires here when Delta_T is 0"}, \
    {"V_peak", "mV", 0.0, -INFINITY, INFINITY, "fires when V_m reaches it; at least V_th"}, \
    {"Delta_T", "mV", 2.0, 0.0, INFINITY, "sharpness of the upstroke; 0: fires at V_th"}, \
    {"a", "nS", 4.0, -INFINITY, INFINITY, "adaptation below the threshold"}, \
    {"b", "pA", 80.5, -INFINITY, INFINITY, "jump of the adaptation at a spike"}, \
    {"tau_w", "ms", 144.0, SUBSTEP_TIME_LOW, INFINITY, "time constant of the adaptation"}, \
    {"tau_syn_ex", "ms", 0.2, SUBSTEP_TIME_LOW, INFINITY, "decay time of the excitatory " synapse}, \
    {"tau_syn_in", "ms", 2.0, SUBSTEP_TIME_LOW, INFINITY, "decay time of the inhibitory " synapse}, \
    {"I_e", "pA", 0.0, -INFINITY, INFINITY, "constant input current"}
/* clang-format on */

/* States, in this order: x is a conductance or a current. */
enum aeif_state { AEIF_V, AEIF_EX, AEIF_IN, AEIF_W, AEIF_STATES };

/* An update has `parts` of `part` ms each. It fires at `detect`. upstroke is g_L Delta_T, sharpness 1/Delta_T
 * (0 when that is 0), rate_x 1/tau_x, half_x what is left of x after half a part, charge_x the factor of
 * substep_charge for a part. */
#define AEIF_CONSTANT_LIST(X)                                                                                \
    X(parts)                                                                                                 \
    X(part)                                                                                                  \
    X(longest_step)                                                                                          \
    X(capacitance)                                                                                           \
    X(leak)                                                                                                  \
    X(rest)                                                                                                  \
    X(reset)                                                                                                 \
    X(foot)                                                                                                  \
    X(peak)                                                                                                  \
    X(detect)                                                                                                \
    X(upstroke)                                                                                              \
    X(sharpness)                                                                                             \
    X(coupling)                                                                                              \
    X(jump)                                                                                                  \
    X(rate_w) X(rate_ex) X(rate_in) X(half_ex) X(half_in) X(charge_ex) X(charge_in) X(steady) X(dead_steps)

enum aeif_constant {
    AEIF_CONSTANT_LIST(SUBSTEP_INDEX) AEIF_CONSTANTS,
    C_reversal_ex = AEIF_CONSTANTS, /* of models with conductances only */
    C_reversal_in,
    AEIF_CONSTANTS_COND
};

/* Fills the constants up to AEIF_CONSTANTS. VOLLEY_USAGE when the potentials are not in order, or when the
 * exponential at V_peak is too large for a number. */
int aeif_derive(const double *params, double dt_ms, double *constants);

/* One neuron in an update, and its state. */
typedef struct aeif_neuron {
    AEIF_CONSTANT_LIST(SUBSTEP_FIELD)
    double reversal_ex, reversal_in;
    double current; /* I_e and stimuli */
} aeif_neuron;

typedef struct aeif_values {
    double V, w, ex, in;
} aeif_values;

/* What a step does to the synapses: left after half of it, and substep_charge. */
typedef struct aeif_decay {
    double half_ex, half_in, charge_ex, charge_in;
} aeif_decay;

VOLLEY_INLINE double aeif_exponential(const aeif_neuron *n, double V) {
    return volley_exp_inline((substep_min(V, n->peak) - n->foot) * n->sharpness);
}

/* dV/dt; the exponential is passed, because the choice of the step needs it too. */
VOLLEY_INLINE double aeif_slope_V(const aeif_neuron *n, bool conductances, double V, double w, double ex,
                                  double in, double exponential) {
    V = substep_min(V, n->peak);
    double leak = n->leak * (V - n->rest);
    double synapses = conductances ? -(ex * (V - n->reversal_ex) + in * (V - n->reversal_in)) : ex + in;
    return (n->current - leak + n->upstroke * exponential + synapses - w) / n->capacitance;
}

VOLLEY_INLINE double aeif_slope_w(const aeif_neuron *n, double V, double w) {
    V = substep_min(V, n->peak);
    return (n->coupling * (V - n->rest) - w) * n->rate_w;
}

/* One step; of a synapse half is left after half of it. V stands while the neuron waits. */
VOLLEY_INLINE void aeif_step(const aeif_neuron *n, bool conductances, bool waits, aeif_values *s, double step,
                             const aeif_decay *decay, double exponential) {
    double half = 0.5 * step, open = waits ? 0.0 : 1.0;
    double ex = s->ex * decay->charge_ex, in = s->in * decay->charge_in;
    double V1 = open * aeif_slope_V(n, conductances, s->V, s->w, ex, in, exponential);
    double w1 = aeif_slope_w(n, s->V, s->w);
    double V = s->V + half * V1, w = s->w + half * w1;
    ex *= decay->half_ex, in *= decay->half_in;
    double V2 = open * aeif_slope_V(n, conductances, V, w, ex, in, aeif_exponential(n, V));
    double w2 = aeif_slope_w(n, V, w);
    V = s->V + half * V2, w = s->w + half * w2;
    double V3 = open * aeif_slope_V(n, conductances, V, w, ex, in, aeif_exponential(n, V));
    double w3 = aeif_slope_w(n, V, w);
    V = s->V + step * V3, w = s->w + step * w3;
    ex *= decay->half_ex, in *= decay->half_in;
    double V4 = open * aeif_slope_V(n, conductances, V, w, ex, in, aeif_exponential(n, V));
    double w4 = aeif_slope_w(n, V, w);
    s->V = lif_flush(s->V + substep_sum(step, V1, V2, V3, V4));
    s->w = lif_flush(s->w + substep_sum(step, w1, w2, w3, w4));
    s->ex = lif_flush(s->ex * decay->half_ex * decay->half_ex);
    s->in = lif_flush(s->in * decay->half_in * decay->half_in);
}

/* The same where conductances are too large for that; those of the middle stand for the whole step. */
static inline void aeif_relax(const aeif_neuron *n, bool waits, aeif_values *s, double step,
                              const aeif_decay *decay, double exponential) {
    double ex = s->ex * decay->half_ex, in = s->in * decay->half_in;
    double current = n->current + n->leak * n->rest + n->upstroke * exponential + ex * n->reversal_ex +
                     in * n->reversal_in - s->w;
    double V = substep_relax(s->V, step, n->capacitance, n->leak + ex + in, current);
    s->w = lif_flush(s->w + step * aeif_slope_w(n, s->V, s->w));
    s->V = waits ? s->V : V;
    s->ex = lif_flush(ex * decay->half_ex);
    s->in = lif_flush(in * decay->half_in);
}

/* The longest step from this state; the exponential plays no part while the neuron waits. */
VOLLEY_INLINE double aeif_longest(const aeif_neuron *n, bool conductances, bool waits, const aeif_values *s,
                                  double exponential) {
    double limit = n->longest_step, growth = n->leak * exponential;
    double by_V = n->capacitance / (conductances ? n->leak + s->ex + s->in : n->leak);
    by_V = conductances ? SUBSTEP_MEMBRANE * by_V : by_V;
    double upstroke = 0.3 * n->capacitance / growth;
    upstroke = (waits | (n->sharpness == 0.0)) ? limit : upstroke;
    return substep_min(substep_min(limit, upstroke), by_V);
}

/* A spike of a neuron that does not wait when V is high enough. Returns whether there was one. The steps to
 * wait count the one that this update takes off at its end. */
VOLLEY_INLINE int32_t aeif_fire(const aeif_neuron *n, aeif_values *s, int32_t *wait) {
    int32_t fires = (*wait <= 0) & (s->V >= n->detect);
    double reset = n->reset, jumped = s->w + n->jump;
    int32_t steps = (int32_t)n->dead_steps;
    s->V = fires ? reset : s->V;
    s->w = fires ? jumped : s->w;
    *wait = (fires & (steps > 0)) ? steps + 1 : *wait;
    return fires;
}

/* One part of an update for a neuron that needs short steps. Returns how often it fired. */
VOLLEY_INLINE int32_t aeif_slowly(const aeif_neuron *n, bool conductances, aeif_values *s, int32_t *wait) {
    double rest = n->part;
    int32_t fired = 0;
    while (rest > 0.0) {
        bool waits = *wait > 0;
        double exponential = aeif_exponential(n, s->V);
        double step = substep_next(&rest, aeif_longest(n, conductances, waits, s, exponential));
        double ratio_ex = step * n->rate_ex, ratio_in = step * n->rate_in;
        double half_ex = volley_exp_inline(-0.5 * ratio_ex), half_in = volley_exp_inline(-0.5 * ratio_in);
        aeif_decay decay = {half_ex, half_in, substep_charge(ratio_ex, half_ex),
                            substep_charge(ratio_in, half_in)};
        if (conductances && substep_is_stiff(n->capacitance, n->leak + s->ex + s->in))
            aeif_relax(n, waits, s, step, &decay, exponential);
        else
            aeif_step(n, conductances, waits, s, step, &decay, exponential);
        fired += aeif_fire(n, s, wait);
    }
    return fired;
}

/* One part of an update for the neurons of [first, end), whose spikes are added to `spikes`; their `each` and
 * `conductances` are known at compile time. Returns whether any fired. */
VOLLEY_INLINE int32_t aeif_part(const volley_neuron_batch *batch, bool conductances, bool each,
                                bool each_current, int64_t first, int64_t end, int32_t *restrict spikes) {
    double *restrict V = batch->state[AEIF_V], *restrict w = batch->state[AEIF_W];
    double *restrict ex = batch->state[AEIF_EX], *restrict in = batch->state[AEIF_IN];
    int32_t *restrict refractory = batch->refractory;
    AEIF_CONSTANT_LIST(SUBSTEP_COLUMN)
    LIF_CONSTANT(reversal_ex, conductances ? C_reversal_ex : 0);
    LIF_CONSTANT(reversal_in, conductances ? C_reversal_in : 0);
    LIF_CURRENT_INPUT;
    int32_t slow[LIF_CHUNK], any_slow = 0, any = 0;
#pragma omp simd reduction(| : any_slow, any)
    for (int64_t i = first; i < end; i++) {
        aeif_neuron n = {AEIF_CONSTANT_LIST(SUBSTEP_VALUE).reversal_ex = LIF_AT(reversal_ex),
                         .reversal_in = LIF_AT(reversal_in), .current = LIF_AT(steady) + LIF_AT_CURRENT};
        aeif_values s = {V[i], w[i], ex[i], in[i]};
        int32_t wait = refractory[i];
        bool waits = wait > 0;
        double exponential = aeif_exponential(&n, s.V);
        double part = n.part;
        int32_t short_steps = !(aeif_longest(&n, conductances, waits, &s, exponential) >= part);
        aeif_decay decay = {n.half_ex, n.half_in, n.charge_ex, n.charge_in};
        aeif_step(&n, conductances, waits, &s, part, &decay, exponential);
        int32_t fires = aeif_fire(&n, &s, &wait) & (!short_steps);
        V[i] = short_steps ? V[i] : s.V;
        w[i] = short_steps ? w[i] : s.w;
        ex[i] = short_steps ? ex[i] : s.ex;
        in[i] = short_steps ? in[i] : s.in;
        refractory[i] = short_steps ? refractory[i] : wait;
        spikes[i - first] += fires;
        slow[i - first] = short_steps;
        any_slow |= short_steps;
        any |= fires;
    }
    for (int64_t i = first; any_slow && i < end; i++)
        if (slow[i - first]) {
            aeif_neuron n = {AEIF_CONSTANT_LIST(SUBSTEP_VALUE).reversal_ex = LIF_AT(reversal_ex),
                             .reversal_in = LIF_AT(reversal_in), .current = LIF_AT(steady) + LIF_AT_CURRENT};
            aeif_values s = {V[i], w[i], ex[i], in[i]};
            int32_t fires = aeif_slowly(&n, conductances, &s, &refractory[i]);
            V[i] = s.V, w[i] = s.w, ex[i] = s.ex, in[i] = s.in;
            spikes[i - first] += fires;
            any |= fires > 0;
        }
    return any;
}

/* Weights arrive, and the refractory time goes on, at the end of an update. */
VOLLEY_INLINE void aeif_end(const volley_neuron_batch *batch, bool conductances, int64_t first, int64_t end) {
    double *restrict ex = batch->state[AEIF_EX], *restrict in = batch->state[AEIF_IN];
    double *restrict in_ex = batch->input[0], *restrict in_in = batch->input[1];
    int32_t *restrict refractory = batch->refractory;
#pragma omp simd
    for (int64_t i = first; i < end; i++) {
        ex[i] += conductances ? fabs(in_ex[i]) : in_ex[i];
        in[i] += conductances ? fabs(in_in[i]) : in_in[i];
        in_ex[i] = 0.0;
        in_in[i] = 0.0;
        refractory[i] = refractory[i] > 0 ? refractory[i] - 1 : 0;
    }
}

/* `conductances` says what the synapses are and is known at compile time. */
VOLLEY_INLINE int64_t aeif_run(const volley_neuron_batch *batch, bool conductances, bool each,
                               bool each_current) {
    const int64_t parts = (int64_t)batch->constant[C_parts][0];
    int64_t n_fired = 0;
    for (int64_t first = 0; first < batch->count; first += LIF_CHUNK) {
        int64_t end = first + LIF_CHUNK < batch->count ? first + LIF_CHUNK : batch->count;
        int32_t spikes[LIF_CHUNK] = {0}, any = 0;
        for (int64_t part = 0; part < parts; part++)
            any |= aeif_part(batch, conductances, each, each_current, first, end, spikes);
        aeif_end(batch, conductances, first, end);
        int64_t before = n_fired;
        if (any)
            n_fired = lif_collect(batch, spikes, first, end, n_fired);
        for (int64_t k = before; k < n_fired; k++)
            batch->repeats[batch->fired[k]] = spikes[batch->fired[k] - first];
    }
    return n_fired;
}

#endif
