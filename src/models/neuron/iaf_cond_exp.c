/* SPDX-License-Identifier: BSD-3-Clause */
/* iaf_cond_exp: leaky integrate-and-fire neuron with exponential synaptic conductances.
 *
 *     C_m dV/dt = -g_L (V - E_L) - g_ex (V - E_ex) - g_in (V - E_in) + I_e + I_stimuli
 *     dg_x/dt   = -g_x/tau_syn_x,   g_x jumps by |weight| (nS) of an arriving spike
 *
 * One update: V by a Runge-Kutta step of fourth order, its conductances exact; on the right side V counts at
 * most as V_th. Then weights are added, and V >= V_th fires: V = V_reset, where it stays for t_ref. Neurons
 * with so much conductance that C_m over it is below a step take shorter ones.
 *
 * Meffin, Burkitt and Grayden (2004), J. Comput. Neurosci. 16:159-175. Order within a step, names and
 * defaults as in NEST 3.9, which solves the equations by an adaptive method. */
#include "base/status.h"
#include "models/neuron/substep.h"

enum { C_M, T_REF, G_L, E_L, V_RESET, V_TH, E_EX, E_IN, TAU_SYN_EX, TAU_SYN_IN, I_E, PARAMS };

static const volley_field params[PARAMS] = {
    {"C_m", "pF", 250.0, 1e-3, INFINITY, "membrane capacitance"},
    {"t_ref", "ms", 2.0, 0.0, INFINITY, "refractory time, rounded up to whole steps"},
    {"g_L", "nS", 16.6667, 0.0, INFINITY, "leak conductance"},
    {"E_L", "mV", -70.0, -INFINITY, INFINITY, "resting potential"},
    {"V_reset", "mV", -60.0, -INFINITY, INFINITY, "potential after a spike; below V_th"},
    {"V_th", "mV", -55.0, -INFINITY, INFINITY, "threshold: fires when V_m >= V_th at the end of a step"},
    {"E_ex", "mV", 0.0, -INFINITY, INFINITY, "reversal potential of the excitatory conductance"},
    {"E_in", "mV", -85.0, -INFINITY, INFINITY, "reversal potential of the inhibitory conductance"},
    {"tau_syn_ex", "ms", 0.2, SUBSTEP_TIME_LOW, INFINITY, "decay time of the excitatory conductance"},
    {"tau_syn_in", "ms", 2.0, SUBSTEP_TIME_LOW, INFINITY, "decay time of the inhibitory conductance"},
    {"I_e", "pA", 0.0, -INFINITY, INFINITY, "constant input current"},
};

enum { V_M, G_EX, G_IN, STATES };

static const volley_field states[STATES] = {
    LIF_V_FIELD,
    {"g_ex", "nS", 0.0, 0.0, INFINITY, "excitatory conductance"},
    {"g_in", "nS", 0.0, 0.0, INFINITY, "inhibitory conductance"},
};

/* An update has `parts` of `part` ms each. The longest step (ms) is the shorter synaptic time constant.
 * rate_x is 1/tau_syn_x, half_x what is left of g_x after half a part. */
#define CONSTANT_LIST(X)                                                                                     \
    X(parts)                                                                                                 \
    X(part)                                                                                                  \
    X(longest_step)                                                                                          \
    X(capacitance)                                                                                           \
    X(leak)                                                                                                  \
    X(rest)                                                                                                  \
    X(reset)                                                                                                 \
    X(threshold)                                                                                             \
    X(dead_steps) X(steady) X(reversal_ex) X(reversal_in) X(rate_ex) X(rate_in) X(half_ex) X(half_in)

enum { CONSTANT_LIST(SUBSTEP_INDEX) CONSTANTS };

#define PART_MS 0.1 /* longest part of an update */

static int derive(const double *p, double dt_ms, double *c) {
    TRY(lif_refractory_steps(p[V_RESET], p[V_TH], p[T_REF], dt_ms, &c[C_dead_steps]));
    CHECK(p[C_M] >= SUBSTEP_TIME_LOW * p[G_L], VOLLEY_USAGE,
          "C_m (%.17g pF) over g_L (%.17g nS) is a too short time constant; allowed at least %g ms", p[C_M],
          p[G_L], SUBSTEP_TIME_LOW);
    c[C_parts] = substep_parts(dt_ms, PART_MS);
    c[C_part] = dt_ms / c[C_parts];
    c[C_longest_step] = substep_min(p[TAU_SYN_EX], p[TAU_SYN_IN]);
    c[C_capacitance] = p[C_M];
    c[C_leak] = p[G_L];
    c[C_rest] = p[E_L];
    c[C_reset] = p[V_RESET];
    c[C_threshold] = p[V_TH];
    c[C_steady] = p[I_E];
    c[C_reversal_ex] = p[E_EX];
    c[C_reversal_in] = p[E_IN];
    c[C_rate_ex] = 1.0 / p[TAU_SYN_EX];
    c[C_rate_in] = 1.0 / p[TAU_SYN_IN];
    c[C_half_ex] = volley_exp_inline(-0.5 * c[C_part] * c[C_rate_ex]);
    c[C_half_in] = volley_exp_inline(-0.5 * c[C_part] * c[C_rate_in]);
    return VOLLEY_OK;
}

typedef struct neuron {
    CONSTANT_LIST(SUBSTEP_FIELD)
    double current; /* I_e and stimuli */
} neuron;

/* dV/dt. */
VOLLEY_INLINE double slope(const neuron *n, double V, double g_ex, double g_in) {
    V = substep_min(V, n->threshold);
    double leak = n->leak * (V - n->rest);
    double synapses = g_ex * (V - n->reversal_ex) + g_in * (V - n->reversal_in);
    return (n->current - leak - synapses) / n->capacitance;
}

/* V after a step in half of which half_x is left of g_x; the conductances are advanced. */
VOLLEY_INLINE double advance(const neuron *n, double V, double *g_ex, double *g_in, double step,
                             double half_ex, double half_in) {
    double middle_ex = *g_ex * half_ex, middle_in = *g_in * half_in;
    double k1 = slope(n, V, *g_ex, *g_in);
    double k2 = slope(n, V + 0.5 * step * k1, middle_ex, middle_in);
    double k3 = slope(n, V + 0.5 * step * k2, middle_ex, middle_in);
    *g_ex = lif_flush(middle_ex * half_ex);
    *g_in = lif_flush(middle_in * half_in);
    double k4 = slope(n, V + step * k3, *g_ex, *g_in);
    return V + substep_sum(step, k1, k2, k3, k4);
}

/* The same where conductances are too large for that; those of the middle stand for the whole step. */
static double relax(const neuron *n, double V, double *g_ex, double *g_in, double step, double half_ex,
                    double half_in) {
    double ex = *g_ex * half_ex, in = *g_in * half_in;
    *g_ex = lif_flush(ex * half_ex);
    *g_in = lif_flush(in * half_in);
    double current = n->current + n->leak * n->rest + ex * n->reversal_ex + in * n->reversal_in;
    return substep_relax(V, step, n->capacitance, n->leak + ex + in, current);
}

/* The longest step for these conductances. */
VOLLEY_INLINE double longest(const neuron *n, double g_ex, double g_in) {
    double total = n->leak + g_ex + g_in;
    return substep_min(n->longest_step, SUBSTEP_MEMBRANE * n->capacitance / total);
}

/* One part of an update for a neuron that needs short steps. */
static void advance_slowly(const neuron *n, bool waits, double *V, double *g_ex, double *g_in) {
    double rest = n->part;
    while (rest > 0.0) {
        double step = substep_next(&rest, longest(n, *g_ex, *g_in));
        double half_ex = volley_exp_inline(-0.5 * step * n->rate_ex);
        double half_in = volley_exp_inline(-0.5 * step * n->rate_in);
        bool stiff = substep_is_stiff(n->capacitance, n->leak + *g_ex + *g_in);
        double next = (stiff ? relax : advance)(n, *V, g_ex, g_in, step, half_ex, half_in);
        *V = waits ? *V : next;
    }
}

/* One part of an update for the neurons of [first, end). */
VOLLEY_INLINE void advance_part(const volley_neuron_batch *batch, bool each, bool each_current, int64_t first,
                                int64_t end) {
    double *restrict V = batch->state[V_M];
    double *restrict g_ex = batch->state[G_EX], *restrict g_in = batch->state[G_IN];
    const int32_t *restrict refractory = batch->refractory;
    CONSTANT_LIST(SUBSTEP_COLUMN)
    LIF_CURRENT_INPUT;
    int32_t slow[LIF_CHUNK], any = 0;
#pragma omp simd reduction(| : any)
    for (int64_t i = first; i < end; i++) {
        neuron n = {CONSTANT_LIST(SUBSTEP_VALUE).current = LIF_AT(steady) + LIF_AT_CURRENT};
        double ex = g_ex[i], in = g_in[i];
        int32_t short_steps = !(longest(&n, ex, in) >= n.part);
        double next = advance(&n, V[i], &ex, &in, n.part, n.half_ex, n.half_in);
        next = lif_flush(next);
        V[i] = (short_steps | (refractory[i] > 0)) ? V[i] : next;
        g_ex[i] = short_steps ? g_ex[i] : ex;
        g_in[i] = short_steps ? g_in[i] : in;
        slow[i - first] = short_steps;
        any |= short_steps;
    }
    for (int64_t i = first; any && i < end; i++)
        if (slow[i - first]) {
            neuron n = {CONSTANT_LIST(SUBSTEP_VALUE).current = LIF_AT(steady) + LIF_AT_CURRENT};
            advance_slowly(&n, refractory[i] > 0, &V[i], &g_ex[i], &g_in[i]);
        }
}

/* Whether every neuron has its own constants and current is known at compile time. */
VOLLEY_INLINE int64_t run(const volley_neuron_batch *batch, bool each, bool each_current) {
    LIF_CONSTANT(threshold, C_threshold);
    LIF_CONSTANT(reset, C_reset);
    LIF_CONSTANT(dead_steps, C_dead_steps);
    const int64_t parts = (int64_t)batch->constant[C_parts][0];
    double *restrict V = batch->state[V_M];
    double *restrict g_ex = batch->state[G_EX], *restrict g_in = batch->state[G_IN];
    double *restrict in_ex = batch->input[0], *restrict in_in = batch->input[1];
    int32_t *restrict refractory = batch->refractory;
    int32_t flag[LIF_CHUNK];
    int64_t n_fired = 0;

    for (int64_t first = 0; first < batch->count; first += LIF_CHUNK) {
        int64_t end = first + LIF_CHUNK < batch->count ? first + LIF_CHUNK : batch->count;
        int32_t any = 0;
        for (int64_t part = 0; part < parts; part++)
            advance_part(batch, each, each_current, first, end);
#pragma omp simd reduction(| : any)
        for (int64_t i = first; i < end; i++) {
            double after = LIF_AT(reset);
            int32_t dead = (int32_t)LIF_AT(dead_steps), wait = refractory[i];
            int32_t fires = (wait <= 0) & (V[i] >= LIF_AT(threshold));
            g_ex[i] += fabs(in_ex[i]);
            g_in[i] += fabs(in_in[i]);
            in_ex[i] = 0.0;
            in_in[i] = 0.0;
            V[i] = fires ? after : V[i];
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

LIF_UPDATE(iaf_cond_exp, run)

const volley_neuron_model volley_neuron_iaf_cond_exp = {
    .name = "iaf_cond_exp",
    .meaning =
        "leaky integrate-and-fire neuron with exponential conductances that jump by the size of the weight",
    .source = "Meffin, Burkitt and Grayden 2004; NEST 3.9",
    .n_params = PARAMS,
    .params = params,
    .n_states = STATES,
    .states = states,
    .membrane = "V_m",
    .starts_at = "E_L",
    .n_constants = CONSTANTS,
    .derive = derive,
    .update = VOLLEY_KERNEL_TABLE(iaf_cond_exp_update),
    VOLLEY_EXCITATORY_INHIBITORY,
    .relative_cost = 6.0,
    .weight_unit = "nS",
    .conductances = true,
};
