/* SPDX-License-Identifier: BSD-3-Clause */
/* dc: a constant current into each target neuron, added to its parameter I_e while the stimulus is active. */
#include "models/stimulus/stimulus.h"

#include <math.h>

static const volley_field params[] = {
    {"amplitude", "pA", 0.0, -INFINITY, INFINITY, "current into each target neuron"},
};

static const double *current(volley_stimulus_batch *batch, int64_t step, int64_t *next) {
    (void)step;
    *next = INT64_MAX;
    return &batch->given.params[0];
}

const volley_stimulus_model volley_stimulus_dc = {
    .name = "dc",
    .meaning = "the same constant current into each target neuron",
    .source = "NEST dc_generator",
    .n_params = 1,
    .params = params,
    .current = current,
    .shared = true,
};
