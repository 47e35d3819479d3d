/* SPDX-License-Identifier: BSD-3-Clause */
/* mstdp_et: reward-modulated STDP with an eligibility trace, step by step (see steps.h). With P_plus, P_minus
 * and e as in mstdp,
 *     z = z exp(-dt/tau_e) + e/tau_e,   dw = lr dt R(t) z
 * z decays by table from the last spike of either side. Every synapse is replayed in every step with a
 * reward.
 *
 * Florian (2007), Neural Computation 19:1468-1502; SynapticFlow, MSTDPET. */
#include "models/plasticity/steps.h"

enum { LR, A_PLUS, A_MINUS, TAU_PLUS, TAU_MINUS, TAU_E, SHARED, PARAMS = SHARED + 3 };

static const volley_field params[PARAMS] = {
    STEPS_REWARD_FIELDS,
    {"tau_e", "ms", 25.0, 1e-3, INFINITY, "time constant of the eligibility trace"},
    STEPS_PARAM_FIELDS,
};

enum { BOUNDARY, REDUCTION, COMPARE };
static const volley_rule_choice choices[] = {STEPS_BOUNDARY, STEPS_REDUCTION, STEPS_COMPARE};

SCALAR_KERNELS(kernel, STEPS_ELIGIBILITY)

static int prepare(const double *p, const int *choice, double dt_ms, volley_rule_plan *plan) {
    steps_choice shared = {choice[BOUNDARY] == 1, choice[REDUCTION] == 1, choice[COMPARE] == 1};
    TRY(steps_prepare(p + SHARED, &shared, plan));
    plan->constants[STEPS_PRE] = p[A_MINUS];
    plan->constants[STEPS_POST] = p[A_PLUS];
    plan->constants[STEPS_RATE] = p[LR] * dt_ms;
    plan->constants[STEPS_TAU_E] = p[TAU_E];
    plan->source[0] = (volley_rule_variable){.name = "P_plus", .tau = p[TAU_PLUS]};
    plan->column[0] = (volley_rule_column){.name = "z", .tau = p[TAU_E]};
    plan->target[0] = (volley_rule_variable){.name = "P_minus", .tau = p[TAU_MINUS]};
    plan->has_reward = true;
    plan->restless = true;
    plan->visit = kernel;
    return VOLLEY_OK;
}

/* The eligibility trace of a pair changes the weight in each step. */
static void changes(const double *c, double w, double reward, double size[VOLLEY_CHANGES]) {
    steps_changes(c, w, c[STEPS_RATE] * fabs(reward) / c[STEPS_TAU_E], size);
}

static const volley_rule_signal signals[] = {{"reward", "reward of each step"}};

const volley_rule volley_rule_mstdp_et = {
    .name = "mstdp_et",
    .meaning = "STDP modulated by a reward through an eligibility trace",
    .source = "Florian 2007; SynapticFlow MSTDPET",
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
