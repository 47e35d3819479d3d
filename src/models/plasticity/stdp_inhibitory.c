/* SPDX-License-Identifier: BSD-3-Clause */
/* stdp_inhibitory: symmetric plasticity of inhibitory synapses, which balances their target's firing.
 *
 * With all-to-all traces K, for |w| and the sign of w_max:
 *     at a post spike:  |w| = |w| + eta K_plus, at most |w_max|
 *     at a pre spike:   |w| = |w| + eta K_minus, at most |w_max|; then |w| = |w| - alpha eta, at least 0
 * The target's rate tends to alpha/(2 tau).
 *
 * Vogels, Sprekeler, Zenke, Clopath and Gerstner (2011), Science 334:1569-1573; NEST
 * vogels_sprekeler_synapse.
 */
#ifndef REAL

#define RULE_FILE "models/plasticity/stdp_inhibitory.c"
#define RULE_SECOND 0

enum { C_ETA, C_DEPRESSION, C_SIGN, C_MAX };

#include "models/plasticity/pair.h"

#include "base/status.h"

#include <math.h>

enum { TAU_PLUS, TAU_MINUS, ETA, ALPHA, W_MAX, PARAMS };

static const volley_field params[PARAMS] = {
    {"tau_plus", "ms", 20.0, 1e-3, INFINITY, "time constant of the source's trace"},
    {"tau_minus", "ms", 20.0, 1e-3, INFINITY, "time constant of the target's trace"},
    {"eta", "weight", 0.001, 0.0, INFINITY, "step of a near pair"},
    {"alpha", "1", 0.12, 0.0, INFINITY,
     "depression at each pre spike, over eta; 2 tau times the target rate"},
    {"w_max", "weight", -100.0, -INFINITY, INFINITY, "bound of the weight; the other one is zero"},
};

PAIR_KERNELS(inhibitory, PAIR_TRACES, 0, 0)

static int prepare(const double *p, const int *choices, double dt_ms, volley_rule_plan *plan) {
    (void)choices;
    (void)dt_ms;
    CHECK(p[W_MAX] != 0.0, VOLLEY_USAGE,
          "w_max has no sign: value 0; allowed one with the sign of the weights");
    *plan = (volley_rule_plan){
        .constants = {p[ETA], p[ALPHA] * p[ETA], p[W_MAX] < 0.0 ? -1.0 : 1.0, fabs(p[W_MAX])},
        .source = {{.name = "K_plus", .tau = p[TAU_PLUS]}},
        .target = {{.name = "K_minus", .tau = p[TAU_MINUS]}},
        .coincidence = VOLLEY_PAIR_NOT,
        .w_low = fmin(p[W_MAX], 0.0),
        .w_high = fmax(p[W_MAX], 0.0),
        .visit = inhibitory,
    };
    return VOLLEY_OK;
}

/* The pre spike's part without a trace: a depression at every pre spike. */
static void changes(const double *c, double w, double reward, double size[VOLLEY_CHANGES]) {
    (void)w;
    (void)reward;
    size[VOLLEY_CHANGE_POST] = c[C_ETA];
    size[VOLLEY_CHANGE_PRE] = c[C_DEPRESSION];
    size[VOLLEY_CHANGE_STEP] = 0.0;
}

const volley_rule volley_rule_stdp_inhibitory = {
    .name = "stdp_inhibitory",
    .meaning = "symmetric rule of inhibitory synapses, which balances the target's firing",
    .source = "Vogels et al. 2011; NEST vogels_sprekeler_synapse",
    .coincidence = "the pair counts for nothing; needs dendritic_delay of at least one step",
    .n_params = PARAMS,
    .params = params,
    .prepare = prepare,
    .changes = changes,
};

#else

VOLLEY_INLINE REAL RULE(post)(const REAL *restrict c, int variant, REAL w, REAL plus, REAL slow) {
    (void)variant;
    (void)slow;
    REAL size = w * c[C_SIGN] + c[C_ETA] * plus;
    return (size < c[C_MAX] ? size : c[C_MAX]) * c[C_SIGN];
}

VOLLEY_INLINE REAL RULE(pre)(const REAL *restrict c, int variant, REAL w, REAL minus, REAL slow) {
    (void)variant;
    (void)slow;
    REAL size = w * c[C_SIGN] + c[C_ETA] * minus;
    size = (size < c[C_MAX] ? size : c[C_MAX]) - c[C_DEPRESSION];
    return (size > 0 ? size : (REAL)0) * c[C_SIGN];
}

#endif
