/* SPDX-License-Identifier: BSD-3-Clause */
/* What the rules of SynapticFlow share: they go from step to step.
 *
 * In each step, traces first decay and take this step's spikes (several of one neuron as one), so that a pre
 * and a post spike in one step see each other; then, with dw the rule's own change,
 *     boundary hard:  w = (w + dw) (1 - weight_decay), cut off at w_min and w_max
 *     boundary soft:  w = (w + dw (w - w_min) (w_max - w)/(w_max - w_min)) (1 - weight_decay)
 * Spikes are compared by their emission steps, and a spike delivers the weight after its own step; or
 * (compare: synapse) by the steps in which they reach the synapse, and a spike delivers the weight that it
 * meets, before the change of that step. A synapse without weight decay need not be touched in steps
 * without spikes; else each step is replayed, so that no result depends on when.
 *
 * A rule's file fills in the constants and makes a kernel of one variant. */
#ifndef VOLLEY_MODELS_STEPS_H
#define VOLLEY_MODELS_STEPS_H

/* constants of a plan */
enum {
    STEPS_PRE,   /* factor on the target's trace at a pre spike */
    STEPS_POST,  /* factor on the source's trace at a post spike */
    STEPS_RATE,  /* factor on reward times eligibility */
    STEPS_TAU_E, /* ms, of the eligibility trace */
    STEPS_KEEP,  /* 1 - weight_decay */
    STEPS_MIN,
    STEPS_MAX,
    STEPS_SOFT,       /* 1: soft boundary */
    STEPS_MEAN,       /* 1: the mean of coincident contributions counts, not their sum */
    STEPS_NEAREST,    /* 1: traces are set to one */
    STEPS_AT_SYNAPSE, /* 1: spikes are compared in the steps in which they reach the synapse */
};

/* What dw is. Contributions: STEPS_PRE trace at a pre spike, STEPS_POST trace at a post spike. */
enum {
    STEPS_NONE,       /* 0 */
    STEPS_PAIRS,      /* the contributions */
    STEPS_REWARDED,   /* STEPS_RATE reward x contributions of the same step */
    STEPS_ELIGIBILITY /* STEPS_RATE reward x z, z a trace of the contributions over STEPS_TAU_E */
};

#define RULE_FILE "models/plasticity/steps.inc"
#include "models/plasticity/scalar.h"

/* clang-format off */
#define STEPS_PARAM_FIELDS \
    {"weight_decay", "1", 0.0, 0.0, 1.0, "share of the weight that is lost in each step"}, \
    {"w_min", "weight", 0.0, -INFINITY, INFINITY, "lower bound of the weight"}, \
    {"w_max", "weight", 1.0, -INFINITY, INFINITY, "upper bound of the weight"}

/* Of rules with a reward: LR, A_PLUS, A_MINUS, TAU_PLUS, TAU_MINUS. */
#define STEPS_REWARD_FIELDS \
    {"lr", "weight", 3e-4, 0.0, INFINITY, "learning rate (the first of SynapticFlow's pair)"}, \
    {"a_plus", "1", 1.0, -INFINITY, INFINITY, "step of the source's trace"}, \
    {"a_minus", "1", -1.0, -INFINITY, INFINITY, "step of the target's trace, usually below zero"}, \
    {"tau_plus", "ms", 20.0, 1e-3, INFINITY, "time constant of the source's trace"}, \
    {"tau_minus", "ms", 20.0, 1e-3, INFINITY, "time constant of the target's trace"}

#define STEPS_BOUNDARY {"boundary", steps_boundaries, \
    "hard: cut off in every step; soft: the change shrinks towards both bounds"}
#define STEPS_COMPARE {"compare", steps_times, \
    "spikes by the step in which they are emitted, or in which they reach the synapse"}
#define STEPS_REDUCTION {"reduction", steps_reductions, "of the changes by pre and post spike in one step"}
/* clang-format on */

static const char *const steps_boundaries[] = {"hard", "soft", NULL};
static const char *const steps_reductions[] __attribute__((unused)) = {"sum", "mean", NULL};
static const char *const steps_times[] __attribute__((unused)) = {"emission", "synapse", NULL};

#include "base/status.h"

#include <math.h>

typedef struct steps_choice {
    bool soft, mean, at_synapse;
} steps_choice;

/* The part of the plan that follows from STEPS_PARAM_FIELDS, which start at p. */
static inline int steps_prepare(const double *p, const steps_choice *choice, volley_rule_plan *plan) {
    double low = p[1], high = p[2];
    CHECK(low < high, VOLLEY_USAGE, "w_min is not below w_max: value %g and %g", low, high);
    CHECK(low >= 0.0 || high <= 0.0, VOLLEY_USAGE,
          "w_min and w_max have different signs: value %g and %g; a weight keeps its sign", low, high);
    *plan = (volley_rule_plan){
        .coincidence = choice->at_synapse ? VOLLEY_PRE_FIRST : VOLLEY_TOGETHER,
        .by_emission = !choice->at_synapse,
        .per_step = true,
        .restless = p[0] > 0.0,
        .w_low = low,
        .w_high = high,
    };
    plan->constants[STEPS_KEEP] = 1.0 - p[0];
    plan->constants[STEPS_MIN] = low;
    plan->constants[STEPS_MAX] = high;
    plan->constants[STEPS_SOFT] = choice->soft;
    plan->constants[STEPS_MEAN] = choice->mean;
    plan->constants[STEPS_AT_SYNAPSE] = choice->at_synapse;
    return VOLLEY_OK;
}

/* volley_changes_function, where the contributions of a pair are multiplied by `factor`. */
static inline void steps_changes(const double *c, double w, double factor, double size[VOLLEY_CHANGES]) {
    double low = c[STEPS_MIN], high = c[STEPS_MAX];
    if (c[STEPS_SOFT] != 0.0)
        factor *= fmax(0.0, (w - low) * (high - w) / (high - low));
    size[VOLLEY_CHANGE_POST] = fabs(c[STEPS_POST]) * factor;
    size[VOLLEY_CHANGE_PRE] = fabs(c[STEPS_PRE]) * factor;
    size[VOLLEY_CHANGE_STEP] = fabs(w) * (1.0 - c[STEPS_KEEP]);
}

#define STEPS_COINCIDENCE                                                                                    \
    "each sees the other's trace; one step is that of emission, whatever the delay, or as `compare` says; "  \
    "several spikes of a neuron in one step count as one"

#endif
