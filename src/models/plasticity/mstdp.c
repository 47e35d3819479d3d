/* SPDX-License-Identifier: BSD-3-Clause */
/* mstdp: reward-modulated STDP, step by step (see steps.h). With P_plus and P_minus the traces of source and
 * target, which grow by a_plus and a_minus at their spikes, and R(t) the reward of the step,
 *     e = P_plus at a post spike + P_minus at a pre spike,   dw = lr R(t) e
 * The reward counts in the very step of the spikes.
 *
 * Florian (2007), Neural Computation 19:1468-1502; SynapticFlow, MSTDP. */
#include "models/plasticity/steps.h"

enum { LR, A_PLUS, A_MINUS, TAU_PLUS, TAU_MINUS, SHARED, PARAMS = SHARED + 3 };

static const volley_field params[PARAMS] = {
    STEPS_REWARD_FIELDS,
    STEPS_PARAM_FIELDS,
};

enum { BOUNDARY, REDUCTION, COMPARE };
static const volley_rule_choice choices[] = {STEPS_BOUNDARY, STEPS_REDUCTION, STEPS_COMPARE};

SCALAR_KERNELS(kernel, STEPS_REWARDED)

static int prepare(const double *p, const int *choice, double dt_ms, volley_rule_plan *plan) {
    (void)dt_ms;
    steps_choice shared = {choice[BOUNDARY] == 1, choice[REDUCTION] == 1, choice[COMPARE] == 1};
    TRY(steps_prepare(p + SHARED, &shared, plan));
    plan->constants[STEPS_PRE] = p[A_MINUS];
    plan->constants[STEPS_POST] = p[A_PLUS];
    plan->constants[STEPS_RATE] = p[LR];
    plan->source[0] = (volley_rule_variable){.name = "P_plus", .tau = p[TAU_PLUS]};
    plan->target[0] = (volley_rule_variable){.name = "P_minus", .tau = p[TAU_MINUS]};
    plan->has_reward = true;
    plan->visit = kernel;
    return VOLLEY_OK;
}

static void changes(const double *c, double w, double reward, double size[VOLLEY_CHANGES]) {
    steps_changes(c, w, c[STEPS_RATE] * fabs(reward), size);
}

static const volley_rule_signal signals[] = {{"reward", "reward of each step"}};

const volley_rule volley_rule_mstdp = {
    .name = "mstdp",
    .meaning = "STDP modulated by the reward of the same step",
    .source = "Florian 2007; SynapticFlow MSTDP",
    .coincidence = STEPS_COINCIDENCE,
    .n_params = PARAMS,
    .params = params,
    .n_choices = sizeof choices / sizeof *choices,
    .choices = choices,
    .n_signals = 1,
    .signals = signals,
    .prepare = prepare,
    .changes = changes,
};
