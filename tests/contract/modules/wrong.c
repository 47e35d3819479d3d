/* SPDX-License-Identifier: BSD-3-Clause */
/* Libraries that have to be refused; WRONG says what is wrong with this one. */
#include "volley/base/simd.h"
#include "volley/models/neuron/module.h"

#define TAKEN_NAME 1
#define NO_UPDATE 2
#define NO_MODULE 3
#define TAKEN_RULE 4
#define SAME_NAMES 5
#define NO_MEMBRANE 6
#define SIGNALS 7
#define NO_KERNELS 8
#define NO_SETTING 9

#if WRONG == TAKEN_RULE || WRONG == SIGNALS || WRONG == NO_KERNELS || WRONG == NO_SETTING
static int prepare(const double *params, const int *choices, double dt_ms, volley_rule_plan *plan) {
    (void)params, (void)choices, (void)dt_ms, (void)plan;
    return 0;
}

#if WRONG == NO_SETTING
static const volley_rule_preset presets[] = {
    {"other", "sets what the rule does not have", {{"tau", 5.0, NULL}}}};
#endif

static const volley_rule wrong = {.name = WRONG == TAKEN_RULE ? "stdp" : "wrong",
                                  .n_signals = WRONG == SIGNALS,
#if WRONG == NO_SETTING
                                  .n_presets = 1,
                                  .presets = presets,
#endif
                                  .meaning = "has to be refused",
                                  .source = "none",
                                  .coincidence = "none",
                                  .prepare = prepare};

VOLLEY_RULE_MODULE(&wrong)
#elif WRONG != NO_MODULE /* nothing is exported */
static int derive(const double *params, double dt_ms, double *constants) {
    (void)params, (void)dt_ms, (void)constants;
    return 0;
}

#if WRONG != NO_UPDATE
static int64_t update(const volley_neuron_batch *batch) {
    (void)batch;
    return 0;
}
#endif

#if WRONG == SAME_NAMES
static const volley_field params[] = {{"tau", "ms", 1.0, 0.1, 9.0, "one"},
                                      {"tau", "ms", 2.0, 0.1, 9.0, "another"}};
#endif

static const volley_neuron_model wrong = {
#if WRONG == SAME_NAMES
    .n_params = 2,
    .params = params,
#elif WRONG == NO_MEMBRANE
    .membrane = "V_M",
#endif
    .name = WRONG == TAKEN_NAME ? "iaf_psc_exp" : "wrong",
    .meaning = "has to be refused",
    .source = "none",
    .derive = derive,
#if WRONG != NO_UPDATE
    .update = {update, update, update},
#endif
    VOLLEY_EXCITATORY_INHIBITORY,
    .relative_cost = 1.0,
    .weight_unit = "mV",
};

VOLLEY_NEURON_MODULE(&wrong)
#endif
