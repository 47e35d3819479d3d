/* SPDX-License-Identifier: BSD-3-Clause */
/* Stimuli: inputs that are not spikes of simulated neurons. One file a model, one line in stimulus.def. */
#ifndef VOLLEY_MODELS_STIMULUS_H
#define VOLLEY_MODELS_STIMULUS_H

#include "base/field.h"

#include <stdbool.h>

enum {
    VOLLEY_STIMULUS_MAX_PARAMS = 6,
    VOLLEY_POISSON_MEAN_MAX = 10000, /* events per step and neuron: counts are kept in 16 bits */
};

typedef enum volley_stimulus_kind {
    VOLLEY_STIMULUS_SPIKES,   /* weighted random counts into a receptor (poisson and kin) */
    VOLLEY_STIMULUS_CURRENT,  /* a current in pA, the same for all targets (dc, step_current) */
    VOLLEY_STIMULUS_NOISE,    /* a random current in pA, one for each target (noise) */
    VOLLEY_STIMULUS_PATTERNS, /* one of several patterns of currents (patterns) */
    VOLLEY_STIMULUS_REWARD,   /* a value for plasticity, without targets (reward) */
} volley_stimulus_kind;

typedef struct volley_stimulus_model {
    const char *name;
    const char *meaning;
    const char *source;
    volley_stimulus_kind kind;
    int n_params;
    /* found by name: weight, rate, delay, amplitude, frequency, phase, mean, std, dt */
    const volley_field *params;
    /* [2] times and values of a rate (SPIKES) or amplitude (CURRENT) that changes; NULL: it does not */
    const volley_field *changes;
} volley_stimulus_model;

extern const volley_stimulus_model *const volley_stimulus_models[];
const volley_stimulus_model *volley_stimulus_model_find(const char *name);

#endif
