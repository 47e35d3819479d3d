/* SPDX-License-Identifier: BSD-3-Clause */
/* stdp_power_law: potentiation with a power of the weight, depression in proportion to it.
 *
 *     at a post spike:  w = w + lambda w^mu K_plus
 *     at a pre spike:   w = max(0, w - lambda alpha w K_minus)
 *
 * with the all-to-all traces K. There is no upper bound. Morrison, Aertsen and Diesmann (2007), Neural
 * Computation 19:1437-1467; NEST stdp_pl_synapse_hom (whose lambda contains w_0^(1 - mu)). */
#ifndef REAL

#define RULE_FILE "models/plasticity/stdp_power_law.c"
#define RULE_SECOND 0
#include "models/plasticity/pair.h"

#include "base/status.h"

#include <math.h>

enum { TAU_PLUS, TAU_MINUS, LAMBDA, ALPHA, MU, PARAMS };

static const volley_field params[PARAMS] = {
    {"tau_plus", "ms", 20.0, 1e-3, INFINITY, "time constant of the source's trace"},
    {"tau_minus", "ms", 20.0, 1e-3, INFINITY, "time constant of the target's trace"},
    {"lambda", "1", 0.1, 0.0, INFINITY, "step of potentiation"},
    {"alpha", "1", 1.0, 0.0, INFINITY, "depression over potentiation"},
    {"mu", "1", 0.4, 0.0, 10.0, "exponent of the weight in potentiation"},
};

/* Morrison et al. without the power: cheaper. */
PAIR_KERNELS(power, PAIR_TRACES, 0, 0)
PAIR_KERNELS(additive, PAIR_TRACES, 1, 0)

static int prepare(const double *p, const int *choices, double dt_ms, volley_rule_plan *plan) {
    (void)choices;
    (void)dt_ms;
    *plan = (volley_rule_plan){
        .constants = {p[LAMBDA], p[LAMBDA] * p[ALPHA], p[MU]},
        .source = {{.name = "K_plus", .tau = p[TAU_PLUS]}},
        .target = {{.name = "K_minus", .tau = p[TAU_MINUS]}},
        .coincidence = VOLLEY_PAIR_NOT,
        .w_low = 0.0,
        .w_high = INFINITY,
        .visit = p[MU] == 0.0 ? additive : power,
    };
    return VOLLEY_OK;
}

static void changes(const double *c, double w, double reward, double size[VOLLEY_CHANGES]) {
    (void)reward;
    size[VOLLEY_CHANGE_POST] = c[0] * pow(fabs(w), c[2]);
    size[VOLLEY_CHANGE_PRE] = c[1] * fabs(w);
    size[VOLLEY_CHANGE_STEP] = 0.0;
}

const volley_rule volley_rule_stdp_power_law = {
    .name = "stdp_power_law",
    .meaning = "pair rule: potentiation by a power of the weight, depression in proportion to it",
    .source = "Morrison, Aertsen and Diesmann 2007; NEST stdp_pl_synapse_hom",
    .coincidence = "the pair counts for nothing; needs dendritic_delay of at least one step",
    .n_params = PARAMS,
    .params = params,
    .prepare = prepare,
    .changes = changes,
};

#else

VOLLEY_INLINE REAL RULE(post)(const REAL *restrict c, int variant, REAL w, REAL plus, REAL slow) {
    (void)slow;
    return variant == 0 ? w + c[0] * POWER(w, c[2]) * plus : w + c[0] * plus;
}

VOLLEY_INLINE REAL RULE(pre)(const REAL *restrict c, int variant, REAL w, REAL minus, REAL slow) {
    (void)variant;
    (void)slow;
    REAL next = w - c[1] * w * minus;
    return next > 0 ? next : (REAL)0;
}

#endif
