/* SPDX-License-Identifier: BSD-3-Clause */
/* stdp_triplet: pairs and triplets of spikes, after Pfister and Gerstner.
 *
 * With the all-to-all traces K (fast) and K3 (slow), for |w| and the sign of w_max:
 *     at a post spike:  |w| = |w| + K_plus (A_plus + A_plus_triplet K3_minus), at most |w_max|
 *     at a pre spike:   |w| = |w| - K_minus (A_minus + A_minus_triplet K3_plus), at least 0
 * where the slow trace is the own side's just before the spike. Amplitudes are weights, not fractions of
 * w_max.
 *
 * Pfister and Gerstner (2006), J. Neurosci. 26:9673-9682; NEST stdp_triplet_synapse. */
#ifndef REAL

#define RULE_FILE "models/plasticity/stdp_triplet.c"
#define RULE_SECOND 1

enum { C_PLUS, C_PLUS_3, C_MINUS, C_MINUS_3, C_SIGN, C_MAX };

#include "models/plasticity/pair.h"

#include "base/status.h"

#include <math.h>

enum { TAU_PLUS, TAU_PLUS_3, TAU_MINUS, TAU_MINUS_3, A_PLUS, A_PLUS_3, A_MINUS, A_MINUS_3, W_MAX, PARAMS };

static const volley_field params[PARAMS] = {
    {"tau_plus", "ms", 16.8, 1e-3, INFINITY, "time constant of the source's fast trace"},
    {"tau_plus_triplet", "ms", 101.0, 1e-3, INFINITY, "time constant of the source's slow trace"},
    {"tau_minus", "ms", 33.7, 1e-3, INFINITY, "time constant of the target's fast trace"},
    {"tau_minus_triplet", "ms", 125.0, 1e-3, INFINITY, "time constant of the target's slow trace"},
    {"A_plus", "weight", 5e-10, 0.0, INFINITY, "potentiation of a pair"},
    {"A_plus_triplet", "weight", 6.2e-3, 0.0, INFINITY, "further potentiation of a triplet post-pre-post"},
    {"A_minus", "weight", 7e-3, 0.0, INFINITY, "depression of a pair"},
    {"A_minus_triplet", "weight", 2.3e-4, 0.0, INFINITY, "further depression of a triplet pre-post-pre"},
    {"w_max", "weight", 100.0, -INFINITY, INFINITY, "bound of the weight; the other one is zero"},
};

PAIR_KERNELS(triplet, PAIR_TRACES, 0, 0)

static int prepare(const double *p, const int *choices, double dt_ms, volley_rule_plan *plan) {
    (void)choices;
    (void)dt_ms;
    CHECK(p[W_MAX] != 0.0, VOLLEY_USAGE,
          "w_max has no sign: value 0; allowed one with the sign of the weights");
    *plan = (volley_rule_plan){
        .constants = {p[A_PLUS], p[A_PLUS_3], p[A_MINUS], p[A_MINUS_3], p[W_MAX] < 0.0 ? -1.0 : 1.0,
                      fabs(p[W_MAX])},
        .source = {{.name = "K_plus", .tau = p[TAU_PLUS]}, {.name = "K_plus_triplet", .tau = p[TAU_PLUS_3]}},
        .target = {{.name = "K_minus", .tau = p[TAU_MINUS]},
                   {.name = "K_minus_triplet", .tau = p[TAU_MINUS_3], .before = true}},
        .coincidence = VOLLEY_PAIR_NOT,
        .w_low = fmin(p[W_MAX], 0.0),
        .w_high = fmax(p[W_MAX], 0.0),
        .visit = triplet,
    };
    return VOLLEY_OK;
}

static void changes(const double *c, double w, double reward, double size[VOLLEY_CHANGES]) {
    (void)w;
    (void)reward;
    size[VOLLEY_CHANGE_POST] = c[C_PLUS] + c[C_PLUS_3];
    size[VOLLEY_CHANGE_PRE] = c[C_MINUS] + c[C_MINUS_3];
    size[VOLLEY_CHANGE_STEP] = 0.0;
}

const volley_rule volley_rule_stdp_triplet = {
    .name = "stdp_triplet",
    .meaning = "pairs and triplets of spikes",
    .source = "Pfister and Gerstner 2006; NEST stdp_triplet_synapse",
    .coincidence = "the pair counts for nothing; needs dendritic_delay of at least one step",
    .n_params = PARAMS,
    .params = params,
    .prepare = prepare,
    .changes = changes,
};

#else

VOLLEY_INLINE REAL RULE(post)(const REAL *restrict c, int variant, REAL w, REAL plus, REAL slow) {
    (void)variant;
    REAL size = w * c[C_SIGN] + plus * (c[C_PLUS] + c[C_PLUS_3] * slow);
    return (size < c[C_MAX] ? size : c[C_MAX]) * c[C_SIGN];
}

VOLLEY_INLINE REAL RULE(pre)(const REAL *restrict c, int variant, REAL w, REAL minus, REAL slow) {
    (void)variant;
    REAL size = w * c[C_SIGN] - minus * (c[C_MINUS] + c[C_MINUS_3] * slow);
    return (size > 0 ? size : (REAL)0) * c[C_SIGN];
}

#endif
