/* SPDX-License-Identifier: BSD-3-Clause */
/* stdp_nearest: the pair rule with the nearest earlier spike, compared by emission step.
 *
 *     post spike:  dw = A_plus exp(-(t_post - t_pre)/tau_plus),    t_pre the latest pre spike before it
 *     pre spike:   dw = -A_minus exp(-(t_pre - t_post)/tau_minus), t_post the latest post spike before it
 *     both in one step: both of these with the spikes before, and A_plus once for the pair itself
 * all in one change per step, without bounds unless w_min or w_max is given. Delays do not shift the rule:
 * the change of step t is part of the weight that a spike emitted at t delivers.
 *
 * Nearest-neighbour pairing: Morrison, Diesmann and Gerstner (2008), Biol. Cybern. 98:459-478. */
#include "models/plasticity/emission.h"

enum { TAU_PLUS, TAU_MINUS, A_PLUS, A_MINUS, W_MIN, W_MAX, PARAMS };

static const volley_field params[PARAMS] = {
    {"tau_plus", "ms", 10.0, 1e-3, INFINITY, "time constant of potentiation, pre before post"},
    {"tau_minus", "ms", 10.0, 1e-3, INFINITY, "time constant of depression, post before pre"},
    {"A_plus", "weight", 1.0, -INFINITY, INFINITY, "potentiation by a pair without time between its spikes"},
    {"A_minus", "weight", 1.0, -INFINITY, INFINITY, "depression by a pair with hardly any time between"},
    EMISSION_BOUND_FIELDS,
};

enum { C_PLUS = EMISSION_CONSTANTS, C_MINUS };

/* visit->met is the latest pre spike before any post spike that a visit handles. */
VOLLEY_INLINE double at_post(const volley_visit *visit, int32_t step) {
    return visit->constants[C_PLUS] * volley_decay_at(visit->plus, (int64_t)step - visit->met);
}

VOLLEY_INLINE double at_pre(const volley_visit *visit, emission_posts posts, int32_t newest) {
    const double *c = visit->constants;
    int32_t now = visit->now;
    bool meets = emission_step(posts, newest) == now;
    int32_t before = emission_step(posts, newest + meets);
    double dw = meets ? c[C_PLUS] + at_post(visit, now) : 0.0;
    return dw - c[C_MINUS] * volley_decay_at(visit->minus, (int64_t)now - before);
}

EMISSION_KERNELS(kernels, at_post, at_pre, false)

static int prepare(const double *p, const int *choices, double dt_ms, volley_rule_plan *plan) {
    (void)choices;
    (void)dt_ms;
    *plan = (volley_rule_plan){
        .constants = {[C_PLUS] = p[A_PLUS], [C_MINUS] = p[A_MINUS]},
        .source = {{.name = "K_plus", .tau = p[TAU_PLUS]}},
        .target = {{.name = "K_minus", .tau = p[TAU_MINUS]}},
        .nearest = true,
        .coincidence = VOLLEY_TOGETHER,
        .by_emission = true,
        .per_step = true,
        .visit = kernels,
    };
    return emission_bounds(p[W_MIN], p[W_MAX], plan);
}

static void changes(const double *c, double w, double reward, double size[VOLLEY_CHANGES]) {
    (void)w;
    (void)reward;
    size[VOLLEY_CHANGE_POST] = fabs(c[C_PLUS]);
    size[VOLLEY_CHANGE_PRE] = fabs(c[C_MINUS]);
    size[VOLLEY_CHANGE_STEP] = 0.0;
}

const volley_rule volley_rule_stdp_nearest = {
    .name = "stdp_nearest",
    .meaning = "every spike pairs with the latest earlier spike of the other side, by emission step",
    .source = "Morrison, Diesmann and Gerstner 2008",
    .coincidence =
        "the pair adds A_plus once, besides the pairs with earlier spikes; spikes are compared by "
        "emission step, delays do not shift the rule; several spikes of a neuron in one step count "
        "as one",
    .n_params = PARAMS,
    .params = params,
    .prepare = prepare,
    .changes = changes,
};
