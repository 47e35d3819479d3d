/* SPDX-License-Identifier: BSD-3-Clause */
/* stdp_dopamine: pair rule whose changes wait in an eligibility trace c until dopamine turns them into
 * weight.
 *
 *     at a post spike:  c = c + A_plus K_plus        at a pre spike:  c = c - A_minus K_minus
 *     dc/dt = -c/tau_c,   dn/dt = -n/tau_n + (reward)/tau_n,   dw/dt = c (n - b)
 *
 * The reward of a step is the jump of n times tau_n, so a reward that counts dopamine spikes gives
 * Izhikevich's model. w is integrated exactly over each step, between its spikes, and cut off at w_min and
 * w_max at the end of each step; NEST, whose variables start the same, cuts off at spikes. All spikes count
 * when they reach the synapse; n is everywhere the same. Every synapse is replayed in every step in which c
 * is not zero, so this rule costs as much as updating each synapse in each step. The changes of one step are
 * small: use weight_precision: float64.
 *
 * Izhikevich (2007), Cerebral Cortex 17:2443-2452; Potjans, Morrison and Diesmann (2010), Front. Comput.
 * Neurosci. 4:141; NEST stdp_dopamine_synapse. */
#ifndef REAL

enum { C_PLUS, C_MINUS, C_DOPAMINE, C_BASE, C_MIN, C_MAX };

#define RULE_FILE "models/plasticity/stdp_dopamine.c"
#include "models/plasticity/scalar.h"

#include "base/status.h"

#include <math.h>

enum { A_PLUS, A_MINUS, TAU_PLUS, TAU_MINUS, TAU_C, TAU_N, B, W_MIN, W_MAX, PARAMS };

static const volley_field params[PARAMS] = {
    {"A_plus", "1/ms", 1.0, -INFINITY, INFINITY, "step of c by a pair pre before post"},
    {"A_minus", "1/ms", 1.5, -INFINITY, INFINITY, "step of c by a pair post before pre"},
    {"tau_plus", "ms", 20.0, 1e-3, INFINITY, "time constant of the source's trace"},
    {"tau_minus", "ms", 20.0, 1e-3, INFINITY, "time constant of the target's trace"},
    {"tau_c", "ms", 1000.0, 1e-3, INFINITY, "time constant of the eligibility trace"},
    {"tau_n", "ms", 200.0, 1e-3, INFINITY, "time constant of the dopamine concentration"},
    {"b", "1/ms", 0.0, -INFINITY, INFINITY, "concentration at which weights stay"},
    {"w_min", "weight", 0.0, -INFINITY, INFINITY, "lower bound of the weight"},
    {"w_max", "weight", 200.0, -INFINITY, INFINITY, "upper bound of the weight"},
};

static const char *const coincidences[] = {"pre_first", "none", NULL};
static const enum volley_coincidence orders[] = {VOLLEY_PRE_FIRST, VOLLEY_PAIR_NOT};
static const volley_rule_choice choices[] = {
    {"coincidence", coincidences, "pre and post in one step: pre_first potentiates, none does nothing"},
};

static const volley_rule_preset presets[] = {
    {"nest", "NEST stdp_dopamine_synapse", {{"coincidence", 0, "none"}}},
};

SCALAR_KERNELS(kernel, 0)

static int prepare(const double *p, const int *choice, double dt_ms, volley_rule_plan *plan) {
    CHECK(p[W_MIN] < p[W_MAX], VOLLEY_USAGE, "w_min is not below w_max: value %g and %g", p[W_MIN], p[W_MAX]);
    CHECK(p[W_MIN] >= 0.0 || p[W_MAX] <= 0.0, VOLLEY_USAGE,
          "w_min and w_max have different signs: value %g and %g; a weight keeps its sign", p[W_MIN],
          p[W_MAX]);
    double both = 1.0 / p[TAU_C] + 1.0 / p[TAU_N];
    *plan = (volley_rule_plan){
        /* c n and c over one step, as multiples of their values at its start */
        .constants = {p[A_PLUS], p[A_MINUS], -volley_expm1(-dt_ms * both) / both,
                      -volley_expm1(-dt_ms / p[TAU_C]) * p[TAU_C] * p[B], p[W_MIN], p[W_MAX]},
        .source = {{.name = "K_plus", .tau = p[TAU_PLUS]}},
        .target = {{.name = "K_minus", .tau = p[TAU_MINUS]}},
        .column = {{.name = "c", .tau = p[TAU_C]}},
        .coincidence = orders[choice[0]],
        .restless = true,
        .has_reward = true,
        .tau_reward = p[TAU_N],
        .reward_gain = 1.0 / p[TAU_N],
        .w_low = p[W_MIN],
        .w_high = p[W_MAX],
        .visit = kernel,
    };
    return VOLLEY_OK;
}

static void changes(const double *c, double w, double reward, double size[VOLLEY_CHANGES]) {
    (void)w;
    size[VOLLEY_CHANGE_POST] = size[VOLLEY_CHANGE_PRE] = 0.0; /* they change the eligibility trace */
    size[VOLLEY_CHANGE_STEP] =
        fmax(fabs(c[C_PLUS]), fabs(c[C_MINUS])) * (fabs(reward * c[C_DOPAMINE]) + fabs(c[C_BASE]));
}

static const volley_rule_signal signals[] = {{"n", "change of the dopamine concentration in each step"}};

const volley_rule volley_rule_stdp_dopamine = {
    .name = "stdp_dopamine",
    .meaning = "pair rule that dopamine turns into weight; wants weight_precision: float64",
    .source = "Izhikevich 2007; NEST stdp_dopamine_synapse",
    .coincidence = "as `coincidence` says; none needs dendritic_delay of at least one step",
    .n_params = PARAMS,
    .params = params,
    .n_choices = sizeof choices / sizeof *choices,
    .choices = choices,
    .n_presets = sizeof presets / sizeof *presets,
    .presets = presets,
    .n_signals = 1,
    .signals = signals,
    .prepare = prepare,
    .changes = changes,
};

#else

/* The weight after steps first to last, with c = `c` in step `event`. Steps are those of post spikes. */
VOLLEY_INLINE REAL RULE(integrate)(const volley_visit *t, REAL w, REAL c, int32_t event, int32_t first,
                                   int32_t last) {
    const double *k = t->constants;
    REAL low = (REAL)k[C_MIN], high = (REAL)k[C_MAX];
    int64_t at = t->base + t->dendritic - 1;
    for (int32_t s = first; s <= last && c != 0 && s - 1 - event < t->own->cut; s++) {
        double n = volley_signal_at(t->signal, at + s);
        w = w + c * DECAYED(t->own, s - 1 - event) * (REAL)(n * k[C_DOPAMINE] - k[C_BASE]);
        w = w > low ? w : low;
        w = w < high ? w : high;
    }
    return w;
}

VOLLEY_INLINE void RULE(synapse)(const volley_visit *t, int variant, uint32_t i) {
    (void)variant;
    const volley_history *h = t->history;
    const REAL *trace = h->trace[0];
    int32_t slot = t->target[i] - h->first, k = scalar_count_after(h, slot, t->from);
    REAL w = ((REAL *)t->weight)[i], c = ((REAL *)t->column[0])[i];
    /* c is known as of the last spike of either side; up to the pre spike the weight has been integrated */
    int32_t event = scalar_post(h, slot, k), at = t->from > t->met ? t->from : t->met;
    event = event > t->met ? event : t->met;
    while (--k >= 0 && scalar_post(h, slot, k) <= t->to) {
        int32_t p = scalar_post(h, slot, k);
        w = RULE(integrate)(t, w, c, event, at + 1, p);
        REAL plus = (REAL)t->plus_then[0] * DECAYED(t->plus, p - t->met);
        c = c * DECAYED(t->own, p - event) + (REAL)t->constants[C_PLUS] * plus;
        event = at = p;
    }
    int32_t end = t->change ? t->now : t->to;
    w = RULE(integrate)(t, w, c, event, at + 1, end);
    if (t->change) {
        int32_t latest = scalar_count_after(h, slot, t->seen), p = scalar_post(h, slot, latest);
        REAL minus = 0;
        if (p != VOLLEY_STEP_NEVER)
            minus = trace[(int64_t)latest * h->count + slot] * DECAYED(t->minus, t->now - p);
        c = c * DECAYED(t->own, t->now - event) - (REAL)t->constants[C_MINUS] * minus;
    }
    ((REAL *)t->weight)[i] = w;
    ((REAL *)t->column[0])[i] = c;
}

#endif
