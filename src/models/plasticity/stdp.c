/* SPDX-License-Identifier: BSD-3-Clause */
/* stdp: pair-based spike-timing dependent plasticity with traces, for all common dependences on the weight.
 *
 * With x = (w - w_min)/(w_max - w_min):
 *     at a post spike:  w = w + (w_max - w_min) A_plus  (1 - x)^mu_plus K_plus
 *     at a pre spike:   w = w - (w_max - w_min) A_minus x^mu_minus K_minus
 * cut off at the bounds after every change (bounds: hard), where A_plus = lambda and A_minus = alpha lambda
 * unless given. mu = 0 is additive (0^0 = 1), 1 multiplicative. w_max may be below w_min: weights and bounds
 * of inhibitory synapses are negative. Both have one sign.
 *
 * K_plus and K_minus are the traces of source and target under `pairing` (Morrison, Diesmann and Gerstner
 * 2008, Biol. Cybern. 98:459-478):
 *     all_to_all            traces grow by one at each spike
 *     nearest_symmetric     traces are set to one: only the nearest spike of the other side counts
 *     nearest_pre_centered  as above, but the first post spike after a pre spike uses up K_plus, which
 *                           otherwise grows by one
 *     nearest_restricted    a post spike pairs only if it is the first after a pre spike, a pre spike only if
 *                           there was a post spike since the last one
 *
 * Guetig, Aharonov, Rotter and Sompolinsky (2003), J. Neurosci. 23:3697-3714. */
#ifndef REAL

#define RULE_FILE "models/plasticity/stdp.c"
#define RULE_SECOND 0

/* Dependence on the weight, for kernels; constants of a plan. */
enum { ADDITIVE, MULTIPLICATIVE, GENERAL };
enum { C_PLUS, C_MINUS, C_MIN, C_SCALE, C_MU_PLUS, C_MU_MINUS, C_LOW, C_HIGH };

#include "models/plasticity/pair.h"

#include "base/status.h"

#include <math.h>

enum { TAU_PLUS, TAU_MINUS, LAMBDA, ALPHA, A_PLUS, A_MINUS, MU_PLUS, MU_MINUS, W_MIN, W_MAX, PARAMS };

static const volley_field params[PARAMS] = {
    {"tau_plus", "ms", 20.0, 1e-3, INFINITY, "time constant of the source's trace"},
    {"tau_minus", "ms", 20.0, 1e-3, INFINITY, "time constant of the target's trace"},
    {"lambda", "1", 0.01, 0.0, INFINITY, "step of potentiation, as a fraction of w_max - w_min"},
    {"alpha", "1", 1.0, 0.0, INFINITY, "depression over potentiation"},
    {"A_plus", "1", NAN, -INFINITY, INFINITY, "step of potentiation when it is not lambda"},
    {"A_minus", "1", NAN, -INFINITY, INFINITY, "step of depression when it is not alpha lambda"},
    {"mu_plus", "1", 1.0, 0.0, 10.0, "exponent of 1 - x in potentiation; 0 additive, 1 multiplicative"},
    {"mu_minus", "1", 1.0, 0.0, 10.0, "exponent of x in depression; 0 additive, 1 multiplicative"},
    {"w_min", "weight", 0.0, -INFINITY, INFINITY, "bound of the weight nearest to zero"},
    {"w_max", "weight", 100.0, -INFINITY, INFINITY, "bound of the weight farthest from zero"},
};

static const char *const pairings[] = {"all_to_all", "nearest_symmetric", "nearest_pre_centered",
                                       "nearest_restricted", NULL};
enum { ALL_TO_ALL, NEAREST_SYMMETRIC, NEAREST_PRE_CENTERED, NEAREST_RESTRICTED };
static const char *const coincidences[] = {"pre_first", "none", "post_first", NULL};
static const enum volley_coincidence orders[] = {VOLLEY_PRE_FIRST, VOLLEY_PAIR_NOT, VOLLEY_POST_FIRST};
static const char *const bounds[] = {"hard", "soft", NULL};
static const char *const deliveries[] = {"after", "before", NULL};

enum { PAIRING, COINCIDENCE, BOUNDS, DELIVER, CHOICES };

static const volley_rule_choice choices[CHOICES] = {
    {"pairing", pairings, "which spikes pair"},
    {"coincidence", coincidences,
     "pre and post in one step: pre_first potentiates, post_first depresses, none does nothing"},
    {"bounds", bounds, "hard: cut off after every change; soft: only mu_plus and mu_minus hold the weight"},
    {"deliver", deliveries, "the weight delivered: after or before the pre spike's own change"},
};

static const volley_rule_preset presets[] = {
    {"nest", "NEST stdp_synapse", {{"coincidence", 0, "none"}}},
    {"nest_nn_symm",
     "NEST stdp_nn_symm_synapse",
     {{"coincidence", 0, "none"}, {"pairing", 0, "nearest_symmetric"}}},
    {"nest_nn_pre_centered",
     "NEST stdp_nn_pre_centered_synapse",
     {{"coincidence", 0, "none"}, {"pairing", 0, "nearest_pre_centered"}}},
    {"nest_nn_restr",
     "NEST stdp_nn_restr_synapse",
     {{"coincidence", 0, "none"}, {"pairing", 0, "nearest_restricted"}}},
    {"annarchy",
     "ANNarchy's online rule: additive steps of A w_max, weight delivered before the depression",
     {{"coincidence", 0, "pre_first"},
      {"deliver", 0, "before"},
      {"mu_plus", 0.0, NULL},
      {"mu_minus", 0.0, NULL}}},
};

PAIR_KERNELS(traces_additive, PAIR_TRACES, ADDITIVE, 0)
PAIR_KERNELS(traces_multiplicative, PAIR_TRACES, MULTIPLICATIVE, 0)
PAIR_KERNELS(traces_general, PAIR_TRACES, GENERAL, 0)
PAIR_KERNELS(early_additive, PAIR_TRACES, ADDITIVE, 1)
PAIR_KERNELS(early_multiplicative, PAIR_TRACES, MULTIPLICATIVE, 1)
PAIR_KERNELS(early_general, PAIR_TRACES, GENERAL, 1)
PAIR_KERNELS(centered, PAIR_CENTERED, GENERAL, 0)
PAIR_KERNELS(centered_early, PAIR_CENTERED, GENERAL, 1)
PAIR_KERNELS(restricted, PAIR_RESTRICTED, GENERAL, 0)
PAIR_KERNELS(restricted_early, PAIR_RESTRICTED, GENERAL, 1)

static const volley_visit_function (*choose_kernel(const double *p, const int *choice))[3] {
    bool early = choice[DELIVER] == 1;
    if (choice[PAIRING] == NEAREST_PRE_CENTERED)
        return early ? centered_early : centered;
    if (choice[PAIRING] == NEAREST_RESTRICTED)
        return early ? restricted_early : restricted;
    if (p[MU_PLUS] == 0.0 && p[MU_MINUS] == 0.0)
        return early ? early_additive : traces_additive;
    if (p[MU_PLUS] == 1.0 && p[MU_MINUS] == 1.0)
        return early ? early_multiplicative : traces_multiplicative;
    return early ? early_general : traces_general;
}

static int prepare(const double *p, const int *choice, double dt_ms, volley_rule_plan *plan) {
    (void)dt_ms;
    double range = p[W_MAX] - p[W_MIN];
    bool soft = choice[BOUNDS] == 1;
    CHECK(p[W_MIN] * p[W_MAX] >= 0.0, VOLLEY_USAGE,
          "w_min and w_max differ in sign, so weights could change theirs: value %g and %g; allowed a w_min "
          "from 0 "
          "to w_max",
          p[W_MIN], p[W_MAX]);
    CHECK(fabs(p[W_MIN]) < fabs(p[W_MAX]), VOLLEY_USAGE,
          "w_min is the bound nearest to zero: value %g; allowed from 0 to w_max, and w_max is %g", p[W_MIN],
          p[W_MAX]);
    CHECK(!soft || (p[MU_PLUS] > 0.0 && p[MU_MINUS] > 0.0), VOLLEY_USAGE,
          "bounds: soft needs exponents: value %g of mu_plus and %g of mu_minus; allowed above 0", p[MU_PLUS],
          p[MU_MINUS]);
    double plus = isnan(p[A_PLUS]) ? p[LAMBDA] : p[A_PLUS];
    double minus = isnan(p[A_MINUS]) ? p[ALPHA] * p[LAMBDA] : p[A_MINUS];
    CHECK(isfinite(1.0 / range) && isfinite(range * plus) && isfinite(range * minus), VOLLEY_USAGE,
          "w_max - w_min is beyond what numbers can hold: value %g", range);
    double low = fmin(p[W_MIN], p[W_MAX]), high = fmax(p[W_MIN], p[W_MAX]);
    *plan = (volley_rule_plan){
        .constants = {range * plus, range * minus, p[W_MIN], 1.0 / range, p[MU_PLUS], p[MU_MINUS],
                      soft ? -INFINITY : low, soft ? INFINITY : high},
        .source = {{.name = "K_plus", .tau = p[TAU_PLUS]}},
        .target = {{.name = "K_minus", .tau = p[TAU_MINUS]}},
        .nearest = choice[PAIRING] != ALL_TO_ALL,
        .coincidence = orders[choice[COINCIDENCE]],
        .w_low = low,
        .w_high = high,
        .visit = choose_kernel(p, choice),
    };
    if (choice[PAIRING] == NEAREST_PRE_CENTERED)
        plan->column[0].name = "K_plus_left";
    return VOLLEY_OK;
}

static void changes(const double *c, double w, double reward, double size[VOLLEY_CHANGES]) {
    (void)reward;
    double x = fmin(fmax((w - c[C_MIN]) * c[C_SCALE], 0.0), 1.0);
    size[VOLLEY_CHANGE_POST] = fabs(c[C_PLUS]) * pow(1.0 - x, c[C_MU_PLUS]);
    size[VOLLEY_CHANGE_PRE] = fabs(c[C_MINUS]) * pow(x, c[C_MU_MINUS]);
    size[VOLLEY_CHANGE_STEP] = 0.0;
}

const volley_rule volley_rule_stdp = {
    .name = "stdp",
    .meaning = "pair rule with traces: additive to multiplicative, all-to-all to nearest neighbour",
    .source = "Guetig et al. 2003; Morrison, Diesmann and Gerstner 2008; NEST stdp_synapse, stdp_nn_*",
    .coincidence = "as `coincidence` says; none and post_first need dendritic_delay of at least one step",
    .n_params = PARAMS,
    .params = params,
    .n_choices = CHOICES,
    .choices = choices,
    .n_presets = sizeof presets / sizeof *presets,
    .presets = presets,
    .prepare = prepare,
    .changes = changes,
};

#else

VOLLEY_INLINE REAL RULE(dependence)(int variant, REAL x, REAL mu) {
    if (variant == ADDITIVE)
        return 1;
    x = x > 0 ? x : (REAL)0; /* with soft bounds a weight may leave them */
    if (variant == MULTIPLICATIVE)
        return x;
    return mu == 0 ? (REAL)1 : mu == 1 ? x : POWER(x, mu);
}

VOLLEY_INLINE REAL RULE(bound)(const REAL *restrict c, REAL w) {
    w = w > c[C_LOW] ? w : c[C_LOW];
    return w < c[C_HIGH] ? w : c[C_HIGH];
}

VOLLEY_INLINE REAL RULE(post)(const REAL *restrict c, int variant, REAL w, REAL plus, REAL slow) {
    (void)slow;
    REAL x = (w - c[C_MIN]) * c[C_SCALE];
    return RULE(bound)(c, w + c[C_PLUS] * RULE(dependence)(variant, 1 - x, c[C_MU_PLUS]) * plus);
}

VOLLEY_INLINE REAL RULE(pre)(const REAL *restrict c, int variant, REAL w, REAL minus, REAL slow) {
    (void)slow;
    REAL x = (w - c[C_MIN]) * c[C_SCALE];
    return RULE(bound)(c, w - c[C_MINUS] * RULE(dependence)(variant, x, c[C_MU_MINUS]) * minus);
}

#endif
