/* SPDX-License-Identifier: BSD-3-Clause */
/* Plasticity rules outside volley's tree, to start one's own from: the triplet rule of Pfister and Gerstner
 * for weights above zero, with the four traces by name (stdp_triplet is the same), and a pair rule in which
 * functions set the traces (stdp is the same, additive and nearest_symmetric).
 *
 *     at a post spike:  w = w + r1 (A2_plus + A3_plus o2),   at most w_max
 *     at a pre spike:   w = w - o1 (A2_minus + A3_minus r2), at least 0
 *
 * r1 and r2 are traces of the source, o1 and o2 of the target; r2 and o2 as they are just before the spike.
 * scalar.h includes this file again for weights of float and of double. */
#ifndef REAL

enum { TAU_R1, TAU_R2, TAU_O1, TAU_O2, A2_PLUS, A3_PLUS, A2_MINUS, A3_MINUS, W_MAX, PARAMS };
enum { R1, R2 }; /* variables of the source */
enum { O1, O2 }; /* variables of the target */

enum { TRIPLET, NEAREST }; /* variants of the kernel */

#define RULE_FILE "outside_rules.c" /* found by -I */
#include "volley/models/plasticity/scalar.h"

#include "volley/base/status.h"
#include "volley/models/neuron/module.h"

#include <math.h>

static const volley_field params[PARAMS] = {
    {"tau_r1", "ms", 16.8, 1e-3, INFINITY, "time constant of r1"},
    {"tau_r2", "ms", 101.0, 1e-3, INFINITY, "time constant of r2"},
    {"tau_o1", "ms", 33.7, 1e-3, INFINITY, "time constant of o1"},
    {"tau_o2", "ms", 125.0, 1e-3, INFINITY, "time constant of o2"},
    {"A2_plus", "weight", 5e-10, 0.0, INFINITY, "potentiation of a pair"},
    {"A3_plus", "weight", 6.2e-3, 0.0, INFINITY, "further potentiation of a triplet"},
    {"A2_minus", "weight", 7e-3, 0.0, INFINITY, "depression of a pair"},
    {"A3_minus", "weight", 2.3e-4, 0.0, INFINITY, "further depression of a triplet"},
    {"w_max", "weight", 100.0, 0.0, INFINITY, "upper bound of the weight"},
};

SCALAR_KERNELS(kernels, TRIPLET)
SCALAR_KERNELS(nearest_kernels, NEAREST)

static int prepare(const double *p, const int *choices, double dt_ms, volley_rule_plan *plan) {
    (void)choices;
    (void)dt_ms;
    *plan = (volley_rule_plan){
        .source = {[R1] = {.name = "r1", .tau = p[TAU_R1]}, [R2] = {.name = "r2", .tau = p[TAU_R2]}},
        .target = {[O1] = {.name = "o1", .tau = p[TAU_O1]},
                   [O2] = {.name = "o2", .tau = p[TAU_O2], .before = true}},
        .coincidence = VOLLEY_PAIR_NOT,
        .w_high = p[W_MAX],
        .visit = kernels,
    };
    for (int i = 0; i < PARAMS; i++)
        plan->constants[i] = p[i];
    return VOLLEY_OK;
}

static void changes(const double *c, double w, double reward, double size[VOLLEY_CHANGES]) {
    (void)w;
    (void)reward;
    size[VOLLEY_CHANGE_POST] = c[A2_PLUS] + c[A3_PLUS];
    size[VOLLEY_CHANGE_PRE] = c[A2_MINUS] + c[A3_MINUS];
    size[VOLLEY_CHANGE_STEP] = 0.0;
}

static const volley_rule outside_triplet = {
    .name = "outside_triplet",
    .meaning = "pairs and triplets of spikes, in a library",
    .source = "Pfister and Gerstner 2006",
    .coincidence = "the pair counts for nothing; needs dendritic_delay of at least one step",
    .n_params = PARAMS,
    .params = params,
    .prepare = prepare,
    .changes = changes,
};

/* ---- outside_nearest: w = w + step K at a post spike, w - step K at a pre spike, from 0 to w_max ---- */

static const volley_field nearest_params[] = {
    {"tau", "ms", 20.0, 1e-3, INFINITY, "time constant of both traces"},
    {"step", "weight", 1.0, 0.0, INFINITY, "change by a pair without time between its spikes"},
    {"w_max", "weight", 100.0, 0.0, INFINITY, "upper bound of the weight"},
};

/* Every spike sets its neuron's trace to one; the second variable counts the spikes. */
static double at_source(const double *constants, int64_t apart, double *state) {
    (void)constants;
    state[0] = 1.0;
    state[1] = apart == INT64_MAX ? 1.0 : state[1] + 1.0;
    return 1.0;
}

static void at_target(const double *constants, int64_t apart, double *state) {
    (void)at_source(constants, apart, state);
}

static int nearest_prepare(const double *p, const int *choices, double dt_ms, volley_rule_plan *plan) {
    (void)choices;
    (void)dt_ms;
    *plan = (volley_rule_plan){
        .constants = {p[1], p[2]},
        .source = {{.name = "k_source", .tau = p[0]}, {.name = "n_source"}},
        .target = {{.name = "k_target", .tau = p[0]}, {.name = "n_target"}},
        .source_event = at_source,
        .target_event = at_target,
        .coincidence = VOLLEY_PRE_FIRST,
        .w_high = p[2],
        .visit = nearest_kernels,
    };
    return VOLLEY_OK;
}

static void nearest_changes(const double *c, double w, double reward, double size[VOLLEY_CHANGES]) {
    (void)w;
    (void)reward;
    size[VOLLEY_CHANGE_POST] = size[VOLLEY_CHANGE_PRE] = c[0];
    size[VOLLEY_CHANGE_STEP] = 0.0;
}

static const volley_rule outside_nearest = {
    .name = "outside_nearest",
    .meaning = "additive pair rule with the nearest spikes, whose traces functions set",
    .source = "Morrison, Diesmann and Gerstner 2008",
    .coincidence = "the pair potentiates",
    .n_params = 3,
    .params = nearest_params,
    .prepare = nearest_prepare,
    .changes = nearest_changes,
};

VOLLEY_RULE_MODULE(&outside_triplet, &outside_nearest)

#else

VOLLEY_INLINE void RULE(triplet)(const volley_visit *t, uint32_t i) {
    const volley_history *h = t->history;
    const REAL *o1 = h->trace[O1], *o2 = h->trace[O2];
    REAL c[PARAMS], w = ((REAL *)t->weight)[i];
    for (int k = 0; k < PARAMS; k++)
        c[k] = (REAL)t->constants[k];
    int32_t slot = t->target[i] - h->first;
    for (int32_t k = scalar_count_after(h, slot, t->from) - 1; k >= 0; k--) {
        int32_t post = scalar_post(h, slot, k);
        if (post > t->to)
            break;
        REAL r1 = (REAL)t->plus_then[R1] * DECAYED(t->plus + R1, post - t->met);
        w = w + r1 * (c[A2_PLUS] + c[A3_PLUS] * o2[(int64_t)k * h->count + slot]);
        w = w < c[W_MAX] ? w : c[W_MAX];
    }
    if (t->change) {
        int32_t k = scalar_count_after(h, slot, t->seen), post = scalar_post(h, slot, k);
        REAL r2 = (REAL)(t->plus_then[R2] * volley_decay_at(t->plus + R2, t->apart)), now = 0;
        if (post != VOLLEY_STEP_NEVER)
            now = o1[(int64_t)k * h->count + slot] * DECAYED(t->minus + O1, t->now - post);
        w = w - now * (c[A2_MINUS] + c[A3_MINUS] * r2);
        w = w > 0 ? w : (REAL)0;
    }
    ((REAL *)t->weight)[i] = w;
}

/* The counts are above zero wherever the functions have been called. */
VOLLEY_INLINE void RULE(nearest)(const volley_visit *t, uint32_t i) {
    const volley_history *h = t->history;
    const REAL step = (REAL)t->constants[0], high = (REAL)t->constants[1];
    REAL w = ((REAL *)t->weight)[i];
    int32_t slot = t->target[i] - h->first;
    for (int32_t k = scalar_count_after(h, slot, t->from) - 1; k >= 0; k--) {
        int32_t post = scalar_post(h, slot, k);
        if (post > t->to)
            break;
        REAL left = t->plus_then[1] > 0 ? (REAL)t->plus_then[0] * DECAYED(t->plus, post - t->met) : (REAL)0;
        w = w + step * left;
        w = w < high ? w : high;
    }
    if (t->change) {
        int32_t k = scalar_count_after(h, slot, t->seen), post = scalar_post(h, slot, k);
        int64_t at = (int64_t)k * h->count + slot;
        REAL left = 0;
        if (post != VOLLEY_STEP_NEVER && ((const REAL *)h->trace[1])[at] > 0)
            left = ((const REAL *)h->trace[0])[at] * DECAYED(t->minus, t->now - post);
        w = w - step * left;
        w = w > 0 ? w : (REAL)0;
    }
    ((REAL *)t->weight)[i] = w;
}

VOLLEY_INLINE void RULE(synapse)(const volley_visit *t, int variant, uint32_t i) {
    if (variant == TRIPLET)
        RULE(triplet)(t, i);
    else
        RULE(nearest)(t, i);
}

#endif
