/* SPDX-License-Identifier: BSD-3-Clause */
/* hh_psc_alpha: Hodgkin-Huxley neuron with alpha-shaped synaptic currents.
 *
 *     C_m dV/dt = -g_Na m^3 h (V - E_Na) - g_K n^4 (V - E_K) - g_L (V - E_L) + I_syn + I_e + I_stimuli
 *     dx/dt     = alpha_x(V) (1 - x) - beta_x(V) x,   x = m, h, n
 *     dI_y/dt   = dI_y - I_y/tau_syn_y,   d(dI_y)/dt = -dI_y/tau_syn_y,   I_syn = I_ex + I_in
 *
 * where a spike of weight w (pA) raises dI_y by w e/tau_syn_y, so that its current has the peak w. The rates
 * alpha and beta (1/ms) are in the function `rates`.
 *
 * One update: V, m, h and n by Runge-Kutta steps of fourth order, of at most 0.025 ms and less where a rate
 * is high or V moves fast, the currents exact. Below about -150 mV, where rates grow without bounds, by
 * exponential steps of second order. Weights are added. The neuron fires when V >= 0, V has fallen in this
 * update and t_ref is over: at the first step past the maximum. V is not reset, and t_ref stops nothing but
 * firing.
 *
 * Hodgkin and Huxley (1952), J. Physiol. 117:500-544; constants for the squid axon with a rest at -65 mV.
 * Order within a step, names and defaults as in NEST 3.9, which solves the equations by an adaptive method.
 */
#include "models/neuron/substep.h"
#include "base/status.h"

enum { T_REF, G_NA, G_K, G_L, C_M, E_NA, E_K, E_L, TAU_SYN_EX, TAU_SYN_IN, I_E, PARAMS };

static const volley_field params[PARAMS] = {
    {"t_ref", "ms", 2.0, 0.0, INFINITY, "time after a spike without another one, rounded up to whole steps"},
    {"g_Na", "nS", 12000.0, 0.0, INFINITY, "largest conductance of sodium"},
    {"g_K", "nS", 3600.0, 0.0, INFINITY, "largest conductance of potassium"},
    {"g_L", "nS", 30.0, 0.0, INFINITY, "leak conductance"},
    {"C_m", "pF", 100.0, 1e-3, INFINITY, "membrane capacitance"},
    {"E_Na", "mV", 50.0, -200.0, 200.0, "reversal potential of sodium"},
    {"E_K", "mV", -77.0, -200.0, 200.0, "reversal potential of potassium"},
    {"E_L", "mV", -54.402, -200.0, 200.0, "reversal potential of the leak"},
    {"tau_syn_ex", "ms", 0.2, SUBSTEP_TIME_LOW, INFINITY, "time to the peak of an excitatory current"},
    {"tau_syn_in", "ms", 2.0, SUBSTEP_TIME_LOW, INFINITY, "time to the peak of an inhibitory current"},
    {"I_e", "pA", 0.0, -INFINITY, INFINITY, "constant input current"},
};

enum { V_M, ACT_M, INACT_H, ACT_N, DI_EX, I_EX, DI_IN, I_IN, STATES };

static const volley_field states[STATES] = {
    {"V_m", "mV", -65.0, -INFINITY, INFINITY, "membrane potential"},
    {"Act_m", "1", 0.05293248525724958, 0.0, 1.0, "activation of sodium; starts at rest for -65 mV"},
    {"Inact_h", "1", 0.5961207535084603, 0.0, 1.0, "inactivation of sodium; starts at rest for -65 mV"},
    {"Act_n", "1", 0.3176769140606974, 0.0, 1.0, "activation of potassium; starts at rest for -65 mV"},
    {"dI_syn_ex", "pA/ms", 0.0, -INFINITY, INFINITY,
     "dI_syn_ex - I_syn_ex/tau_syn_ex is the slope of the current"},
    {"I_syn_ex", "pA", 0.0, -INFINITY, INFINITY, "excitatory synaptic current"},
    {"dI_syn_in", "pA/ms", 0.0, -INFINITY, INFINITY,
     "dI_syn_in - I_syn_in/tau_syn_in is the slope of the current"},
    {"I_syn_in", "pA", 0.0, -INFINITY, INFINITY, "inhibitory synaptic current"},
};

/* An update has `parts` of `part` ms each. The longest step (ms) is the shorter synaptic time constant.
 * rate_x is 1/tau_syn_x, half_x is exp(-part/2/tau_syn_x). */
#define CONSTANT_LIST(X)                                                                                     \
    X(parts)                                                                                                 \
    X(part)                                                                                                  \
    X(longest_step)                                                                                          \
    X(capacitance)                                                                                           \
    X(sodium)                                                                                                \
    X(potassium)                                                                                             \
    X(leak)                                                                                                  \
    X(E_sodium) X(E_potassium) X(E_leak) X(steady) X(dead_steps) X(rate_ex) X(rate_in) X(half_ex) X(half_in)

enum { CONSTANT_LIST(SUBSTEP_INDEX) CONSTANTS };

#define PART_MS 0.025   /* longest part of an update */
#define FASTEST 1e-3    /* ms; of the membrane with all channels open */
#define V_RANGE 7000.0  /* mV; beyond it the rates stand: the gates are open or shut there, and at once */
#define STEP_RATE 1.5   /* largest step times rate: the method is stable up to 2.7 */
#define RATE_MOST 450.0 /* 1/ms; above it the steps are exponential; at -150 mV */
#define RELAX_MS 0.0025 /* longest exponential step */
/* Farthest that V moves in a step, mV; below V_LOW the rates change much on the way. An action potential at
 * rest moves 11 mV in a step. */
#define V_STEP 25.0
#define V_STEP_LOW 8.0
#define V_LOW (-100.0)

static int derive(const double *p, double dt_ms, double *c) {
    TRY(lif_steps_up(p[T_REF], dt_ms, &c[C_dead_steps]));
    CHECK(p[C_M] >= FASTEST * (p[G_NA] + p[G_K] + p[G_L]), VOLLEY_USAGE,
          "C_m (%.17g pF) over the sum of g_Na, g_K and g_L (%.17g nS) is a too short time constant; allowed "
          "at least %g ms",
          p[C_M], p[G_NA] + p[G_K] + p[G_L], FASTEST);
    c[C_parts] = substep_parts(dt_ms, PART_MS);
    c[C_part] = dt_ms / c[C_parts];
    c[C_longest_step] = substep_min(p[TAU_SYN_EX], p[TAU_SYN_IN]);
    c[C_capacitance] = p[C_M];
    c[C_sodium] = p[G_NA];
    c[C_potassium] = p[G_K];
    c[C_leak] = p[G_L];
    c[C_E_sodium] = p[E_NA];
    c[C_E_potassium] = p[E_K];
    c[C_E_leak] = p[E_L];
    c[C_steady] = p[I_E];
    c[C_rate_ex] = 1.0 / p[TAU_SYN_EX];
    c[C_rate_in] = 1.0 / p[TAU_SYN_IN];
    c[C_half_ex] = volley_exp_inline(-0.5 * c[C_part] * c[C_rate_ex]);
    c[C_half_in] = volley_exp_inline(-0.5 * c[C_part] * c[C_rate_in]);
    return VOLLEY_OK;
}

/* A spike of 1 pA carries the charge e tau_syn. */
static double mean_current(const double *p, int receptor, double weight_hz) {
    return weight_hz * 1e-3 * M_E * p[receptor == 0 ? TAU_SYN_EX : TAU_SYN_IN];
}

typedef struct neuron {
    CONSTANT_LIST(SUBSTEP_FIELD)
    double current; /* I_e and stimuli */
} neuron;

typedef struct membrane {
    double V, m, h, n;
} membrane;

typedef struct synapse {
    double dI, I;
} synapse;

/* x/(1 - exp(-x)), of which `power` = exp(-x) is known. */
VOLLEY_INLINE double quotient(double x, double power) {
    bool small = fabs(x) < 1e-6; /* then 0/0 or near it: the series */
    double above = small ? 1.0 + 0.5 * x : x, below = small ? 1.0 : 1.0 - power;
    return above / below;
}

/* Opening (alpha) and closing (beta) rates, 1/ms, in the fields of m, h and n. The exponentials of
 * -(V + 40)/10, -(V + 55)/10, -(V + 35)/10 and -(V + 65)/20 are powers of that of -(V + 55)/80.
 * They stand where V is beyond V_RANGE. */
VOLLEY_INLINE void rates(double V, membrane *alpha, membrane *beta) {
    const double e1_5 = 4.4816890703380645, e2 = 7.38905609893065, e_half = 0.6065306597126334,
                 e_eighth = 0.8824969025845955; /* exp of 1.5, 2, -1/2 and -1/8 */
    V = substep_min(V, V_RANGE);
    V = V < -V_RANGE ? -V_RANGE : V;
    double r80 = volley_exp_inline(-(V + 55.0) / 80.0), r40 = r80 * r80, r20 = r40 * r40, r10 = r20 * r20;
    alpha->n = 0.1 * quotient((V + 55.0) / 10.0, r10);
    beta->n = 0.125 * (r80 * e_eighth);
    alpha->m = quotient((V + 40.0) / 10.0, r10 * e1_5);
    beta->m = 4.0 * volley_exp_inline(-(V + 65.0) / 18.0);
    alpha->h = 0.07 * (r20 * e_half);
    beta->h = 1.0 / (1.0 + r10 * e2);
}

/* Conductance of the membrane, nS, and slope of the state with given rates and synaptic current. */
VOLLEY_INLINE membrane slope(const neuron *k, membrane s, membrane alpha, membrane beta, double synapses) {
    double sodium = k->sodium * s.m * s.m * s.m * s.h;
    double potassium = k->potassium * s.n * s.n * s.n * s.n;
    double ions =
        sodium * (s.V - k->E_sodium) + potassium * (s.V - k->E_potassium) + k->leak * (s.V - k->E_leak);
    return (membrane){
        .V = (k->current + synapses - ions) / k->capacitance,
        .m = alpha.m * (1.0 - s.m) - beta.m * s.m,
        .h = alpha.h * (1.0 - s.h) - beta.h * s.h,
        .n = alpha.n * (1.0 - s.n) - beta.n * s.n,
    };
}

VOLLEY_INLINE membrane slope_at(const neuron *k, membrane s, double synapses) {
    membrane alpha, beta;
    rates(s.V, &alpha, &beta);
    return slope(k, s, alpha, beta, synapses);
}

VOLLEY_INLINE membrane moved(membrane s, double step, membrane by) {
    return (membrane){s.V + step * by.V, s.m + step * by.m, s.h + step * by.h, s.n + step * by.n};
}

/* The longest step in which V, of this slope, moves no farther than it should. */
VOLLEY_INLINE double longest_by_change(double V, double slope_V) {
    return (V < V_LOW ? V_STEP_LOW : V_STEP) / fabs(slope_V);
}

/* The longest step for this state, whose slope is `by`. */
VOLLEY_INLINE double longest(const neuron *k, membrane s, membrane alpha, membrane beta, membrane by) {
    double conductance = k->sodium * s.m * s.m * s.m * s.h + k->potassium * s.n * s.n * s.n * s.n + k->leak;
    double by_gate = STEP_RATE / (alpha.m + beta.m), by_V = STEP_RATE * k->capacitance / conductance;
    double limit = substep_min(k->longest_step, substep_min(by_gate, by_V));
    return substep_min(limit, longest_by_change(s.V, by.V));
}

VOLLEY_INLINE synapse half_way(synapse y, double half, double left) {
    return (synapse){.dI = lif_flush(left * y.dI), .I = lif_flush(left * (y.I + half * y.dI))};
}

/* One step of the whole neuron, whose slope is k1. */
VOLLEY_INLINE void advance(const neuron *k, membrane *s, synapse *ex, synapse *in, membrane k1, double step,
                           double half_ex, double half_in) {
    double half = 0.5 * step;
    synapse middle_ex = half_way(*ex, half, half_ex), middle_in = half_way(*in, half, half_in);
    double middle = middle_ex.I + middle_in.I;
    membrane k2 = slope_at(k, moved(*s, half, k1), middle);
    membrane k3 = slope_at(k, moved(*s, half, k2), middle);
    *ex = half_way(middle_ex, half, half_ex);
    *in = half_way(middle_in, half, half_in);
    membrane k4 = slope_at(k, moved(*s, step, k3), ex->I + in->I);
    s->V = lif_flush(s->V + substep_sum(step, k1.V, k2.V, k3.V, k4.V));
    s->m = lif_flush(s->m + substep_sum(step, k1.m, k2.m, k3.m, k4.m));
    s->h = lif_flush(s->h + substep_sum(step, k1.h, k2.h, k3.h, k4.h));
    s->n = lif_flush(s->n + substep_sum(step, k1.n, k2.n, k3.n, k4.n));
}

/* Where a step leads from s if rates and conductances are those of the state `at`. */
static membrane relaxed(const neuron *k, membrane s, membrane at, double current, double step) {
    membrane alpha, beta;
    rates(at.V, &alpha, &beta);
    double sodium = k->sodium * at.m * at.m * at.m * at.h,
           potassium = k->potassium * at.n * at.n * at.n * at.n;
    current += sodium * k->E_sodium + potassium * k->E_potassium + k->leak * k->E_leak;
    return (membrane){
        .V = substep_relax(s.V, step, k->capacitance, sodium + potassium + k->leak, current),
        .m = substep_relax(s.m, step, 1.0, alpha.m + beta.m, alpha.m),
        .h = substep_relax(s.h, step, 1.0, alpha.h + beta.h, alpha.h),
        .n = substep_relax(s.n, step, 1.0, alpha.n + beta.n, alpha.n),
    };
}

/* One exponential step of the whole neuron, by the rates and conductances in its middle: stable for all
 * rates. */
static void relax(const neuron *k, membrane *s, synapse *ex, synapse *in, double step, double half_ex,
                  double half_in) {
    double half = 0.5 * step, start = k->current + ex->I + in->I;
    synapse middle_ex = half_way(*ex, half, half_ex), middle_in = half_way(*in, half, half_in);
    *ex = half_way(middle_ex, half, half_ex);
    *in = half_way(middle_in, half, half_in);
    membrane middle = relaxed(k, *s, *s, start, half);
    *s = relaxed(k, *s, middle, k->current + middle_ex.I + middle_in.I, step);
}

/* The columns of the states. */
typedef struct columns {
    double *V, *m, *h, *n, *dI_ex, *I_ex, *dI_in, *I_in;
} columns;

/* One part of an update for neuron i, in one step; or nothing, when that is too long. Returns whether it is.
 * Inside a vector loop no struct may have its address taken, so they are here. */
VOLLEY_INLINE int32_t advance_one(neuron k, const columns *x, int64_t i) {
    membrane s = {x->V[i], x->m[i], x->h[i], x->n[i]}, alpha, beta;
    synapse ex = {x->dI_ex[i], x->I_ex[i]}, in = {x->dI_in[i], x->I_in[i]};
    rates(s.V, &alpha, &beta);
    membrane k1 = slope(&k, s, alpha, beta, ex.I + in.I);
    bool too_long = !(longest(&k, s, alpha, beta, k1) >= k.part);
    advance(&k, &s, &ex, &in, k1, k.part, k.half_ex, k.half_in);
    x->V[i] = too_long ? x->V[i] : s.V;
    x->m[i] = too_long ? x->m[i] : s.m;
    x->h[i] = too_long ? x->h[i] : s.h;
    x->n[i] = too_long ? x->n[i] : s.n;
    x->dI_ex[i] = too_long ? x->dI_ex[i] : ex.dI;
    x->I_ex[i] = too_long ? x->I_ex[i] : ex.I;
    x->dI_in[i] = too_long ? x->dI_in[i] : in.dI;
    x->I_in[i] = too_long ? x->I_in[i] : in.I;
    return too_long;
}

/* The same in short steps. */
static void advance_slowly(neuron k, const columns *x, int64_t i) {
    membrane s = {x->V[i], x->m[i], x->h[i], x->n[i]}, alpha, beta;
    synapse ex = {x->dI_ex[i], x->I_ex[i]}, in = {x->dI_in[i], x->I_in[i]};
    double rest = k.part;
    while (rest > 0.0) {
        rates(s.V, &alpha, &beta);
        membrane k1 = slope(&k, s, alpha, beta, ex.I + in.I);
        double by_change = longest_by_change(s.V, k1.V);
        bool stiff = alpha.m + beta.m > RATE_MOST || by_change < SUBSTEP_SHORTEST;
        double limit = stiff ? substep_min(substep_min(k.longest_step, RELAX_MS), by_change)
                             : longest(&k, s, alpha, beta, k1);
        double step = substep_next(&rest, limit);
        double half_ex = volley_exp_inline(-0.5 * step * k.rate_ex);
        double half_in = volley_exp_inline(-0.5 * step * k.rate_in);
        if (stiff)
            relax(&k, &s, &ex, &in, step, half_ex, half_in);
        else
            advance(&k, &s, &ex, &in, k1, step, half_ex, half_in);
    }
    x->V[i] = s.V, x->m[i] = s.m, x->h[i] = s.h, x->n[i] = s.n;
    x->dI_ex[i] = ex.dI, x->I_ex[i] = ex.I, x->dI_in[i] = in.dI, x->I_in[i] = in.I;
}

/* One part of an update for the neurons of [first, end). */
VOLLEY_INLINE void advance_part(const volley_neuron_batch *batch, bool each, bool each_current, int64_t first,
                                int64_t end) {
    CONSTANT_LIST(SUBSTEP_COLUMN)
    LIF_CURRENT_INPUT;
    double *const *state = batch->state;
    const columns x = {state[V_M],   state[ACT_M], state[INACT_H], state[ACT_N],
                       state[DI_EX], state[I_EX],  state[DI_IN],   state[I_IN]};
    int32_t slow[LIF_CHUNK], any = 0;
#define NEURON                                                                                               \
    (neuron) {                                                                                               \
        CONSTANT_LIST(SUBSTEP_VALUE).current = LIF_AT(steady) + LIF_AT_CURRENT                               \
    }
#pragma omp simd reduction(| : any)
    for (int64_t i = first; i < end; i++) {
        slow[i - first] = advance_one(NEURON, &x, i);
        any |= slow[i - first];
    }
    for (int64_t i = first; any && i < end; i++)
        if (slow[i - first])
            advance_slowly(NEURON, &x, i);
#undef NEURON
}

/* Whether every neuron has its own constants and current is known at compile time. */
VOLLEY_INLINE int64_t run(const volley_neuron_batch *batch, bool each, bool each_current) {
    LIF_CONSTANT(dead_steps, C_dead_steps);
    LIF_CONSTANT(rate_ex, C_rate_ex);
    LIF_CONSTANT(rate_in, C_rate_in);
    const int64_t parts = (int64_t)batch->constant[C_parts][0];
    const double *restrict V = batch->state[V_M];
    double *restrict dI_ex = batch->state[DI_EX], *restrict dI_in = batch->state[DI_IN];
    double *restrict in_ex = batch->input[0], *restrict in_in = batch->input[1];
    int32_t *restrict refractory = batch->refractory;
    double before[LIF_CHUNK];
    int32_t flag[LIF_CHUNK];
    int64_t n_fired = 0;

    for (int64_t first = 0; first < batch->count; first += LIF_CHUNK) {
        int64_t end = first + LIF_CHUNK < batch->count ? first + LIF_CHUNK : batch->count;
        int32_t any = 0;
        for (int64_t i = first; i < end; i++)
            before[i - first] = V[i];
        for (int64_t part = 0; part < parts; part++)
            advance_part(batch, each, each_current, first, end);
#pragma omp simd reduction(| : any)
        for (int64_t i = first; i < end; i++) {
            int32_t dead = (int32_t)LIF_AT(dead_steps), wait = refractory[i];
            int32_t fires = (wait <= 0) & (V[i] >= 0.0) & (before[i - first] > V[i]);
            dI_ex[i] += in_ex[i] * (M_E * LIF_AT(rate_ex));
            dI_in[i] += in_in[i] * (M_E * LIF_AT(rate_in));
            in_ex[i] = 0.0;
            in_in[i] = 0.0;
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

LIF_UPDATE(hh_psc_alpha, run)

const volley_neuron_model volley_neuron_hh_psc_alpha = {
    .name = "hh_psc_alpha",
    .meaning = "Hodgkin-Huxley neuron with alpha-shaped synaptic currents whose peak is the weight",
    .source = "Hodgkin and Huxley 1952; NEST 3.9",
    .n_params = PARAMS,
    .params = params,
    .n_states = STATES,
    .states = states,
    .membrane = "V_m",
    .n_constants = CONSTANTS,
    .derive = derive,
    .mean_current = mean_current,
    .update = VOLLEY_KERNEL_TABLE(hh_psc_alpha_update),
    VOLLEY_EXCITATORY_INHIBITORY,
    .relative_cost = 140.0,
    .spike_ms = 0.25,
    .weight_unit = "pA",
};
