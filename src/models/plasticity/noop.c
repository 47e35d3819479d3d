/* SPDX-License-Identifier: BSD-3-Clause */
/* noop: only the weight's decay and bounds; see steps.h.
 *
 * SynapticFlow, NoOp. */
#include "models/plasticity/steps.h"

static const volley_field params[] = {STEPS_PARAM_FIELDS};

SCALAR_KERNELS(kernel, STEPS_NONE)

static int prepare(const double *p, const int *choice, double dt_ms, volley_rule_plan *plan) {
    (void)dt_ms;
    TRY(steps_prepare(p, &(steps_choice){.soft = choice[0] == 1}, plan));
    plan->visit = kernel;
    return VOLLEY_OK;
}

static const volley_rule_choice choices[] = {STEPS_BOUNDARY};

static void changes(const double *c, double w, double reward, double size[VOLLEY_CHANGES]) {
    (void)reward;
    steps_changes(c, w, 0.0, size);
}

const volley_rule volley_rule_noop = {
    .name = "noop",
    .meaning = "no learning: only weight_decay and bounds, step by step",
    .source = "SynapticFlow NoOp",
    .coincidence = "spikes do not matter",
    .n_params = sizeof params / sizeof *params,
    .params = params,
    .n_choices = sizeof choices / sizeof *choices,
    .choices = choices,
    .prepare = prepare,
    .changes = changes,
};
