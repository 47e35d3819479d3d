/* SPDX-License-Identifier: BSD-3-Clause */
/* stdp_pair_rates: pair rule with a learning rate for each side, weight decay, and hard or soft boundary,
 * step by step (see steps.h): dw = -lr_pre K_minus at a pre spike, + lr_post K_plus at a post spike with
 * traces that each spike sets to one (trace: set) or increments (trace: add).
 *
 * SynapticFlow, STDP. Its released code loses the first term; lr_pre: 0 gives its printed numbers. */
#include "models/plasticity/steps.h"

enum { LR_PRE, LR_POST, TAU_PLUS, TAU_MINUS, SHARED, PARAMS = SHARED + 3 };

static const volley_field params[PARAMS] = {
    {"lr_pre", "weight", 3e-4, 0.0, INFINITY, "step of depression, at a pre spike"},
    {"lr_post", "weight", 2e-4, 0.0, INFINITY, "step of potentiation, at a post spike"},
    {"tau_plus", "ms", 10.0, 1e-3, INFINITY, "time constant of the source's trace"},
    {"tau_minus", "ms", 10.0, 1e-3, INFINITY, "time constant of the target's trace"},
    STEPS_PARAM_FIELDS,
};

enum { BOUNDARY, TRACE, REDUCTION, COMPARE };
static const char *const kinds[] = {"set", "add", NULL};

static const volley_rule_choice choices[] = {
    STEPS_BOUNDARY,
    {"trace", kinds, "what a spike does to its trace: set it to one, or add one"},
    STEPS_REDUCTION,
    STEPS_COMPARE,
};

SCALAR_KERNELS(kernel, STEPS_PAIRS)

static int prepare(const double *p, const int *choice, double dt_ms, volley_rule_plan *plan) {
    (void)dt_ms;
    steps_choice shared = {choice[BOUNDARY] == 1, choice[REDUCTION] == 1, choice[COMPARE] == 1};
    TRY(steps_prepare(p + SHARED, &shared, plan));
    plan->nearest = choice[TRACE] == 0;
    plan->constants[STEPS_PRE] = -p[LR_PRE];
    plan->constants[STEPS_POST] = p[LR_POST];
    plan->constants[STEPS_NEAREST] = plan->nearest;
    plan->source[0] = (volley_rule_variable){.name = "K_plus", .tau = p[TAU_PLUS]};
    plan->target[0] = (volley_rule_variable){.name = "K_minus", .tau = p[TAU_MINUS]};
    plan->visit = kernel;
    return VOLLEY_OK;
}

static void changes(const double *c, double w, double reward, double size[VOLLEY_CHANGES]) {
    (void)reward;
    steps_changes(c, w, 1.0, size);
}

const volley_rule volley_rule_stdp_pair_rates = {
    .name = "stdp_pair_rates",
    .meaning = "pair rule with two learning rates and weight decay, step by step",
    .source = "SynapticFlow STDP",
    .coincidence = STEPS_COINCIDENCE,
    .n_params = PARAMS,
    .params = params,
    .n_choices = sizeof choices / sizeof *choices,
    .choices = choices,
    .prepare = prepare,
    .changes = changes,
};
