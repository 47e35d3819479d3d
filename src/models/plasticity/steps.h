/* What the rules of SynapticFlow share: they go from step to step and compare spikes by their emission steps.
 *
 * In each step, traces first decay and take this step's spikes, so that a pre and a post spike in one step
 * see each other; then, with dw the rule's own change,
 *     boundary hard:  w = (w + dw) (1 - weight_decay), cut off at w_min and w_max
 *     boundary soft:  w = (w + dw (w - w_min) (w_max - w)/(w_max - w_min)) (1 - weight_decay)
 * A spike delivers the weight after its own step. A synapse without weight decay need not be touched in steps
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
    STEPS_SOFT,    /* 1: soft boundary */
    STEPS_MEAN,    /* 1: the mean of coincident contributions counts, not their sum */
    STEPS_NEAREST, /* 1: traces are set to one */
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

#define STEPS_BOUNDARY {"boundary", steps_boundaries, \
    "hard: cut off in every step; soft: the change shrinks towards both bounds"}
#define STEPS_REDUCTION {"reduction", steps_reductions, "of the changes by pre and post spike in one step"}
/* clang-format on */

static const char *const steps_boundaries[] = {"hard", "soft", NULL};

#include "base/status.h"

#include <math.h>

/* The part of the plan that follows from STEPS_PARAM_FIELDS, which start at p. */
static inline int steps_prepare(const double *p, bool soft, bool mean, volley_rule_plan *plan) {
    double low = p[1], high = p[2];
    CHECK(low < high, VOLLEY_USAGE, "w_min %g is not below w_max %g", low, high);
    CHECK(low >= 0.0 || high <= 0.0, VOLLEY_USAGE,
          "w_min %g and w_max %g have different signs: a weight keeps its sign", low, high);
    *plan = (volley_rule_plan){
        .coincidence = VOLLEY_TOGETHER,
        .by_emission = true,
        .restless = p[0] > 0.0,
        .w_low = low,
        .w_high = high,
    };
    plan->constants[STEPS_KEEP] = 1.0 - p[0];
    plan->constants[STEPS_MIN] = low;
    plan->constants[STEPS_MAX] = high;
    plan->constants[STEPS_SOFT] = soft;
    plan->constants[STEPS_MEAN] = mean;
    return VOLLEY_OK;
}

#define STEPS_COINCIDENCE                                                                                    \
    "spikes are compared by emission step, delays do not shift the rule; in one step each sees the other's " \
    "trace"

#endif
