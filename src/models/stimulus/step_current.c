/* SPDX-License-Identifier: BSD-3-Clause */
/* step_current: a current into each target neuron that follows a schedule, added to its parameter I_e.
 *
 * amplitude_values[i] flows in amplitude_times[i] < t <= amplitude_times[i + 1]; before the first time none.
 */
#include "models/stimulus/stimulus.h"

#include <math.h>

static const volley_field changes[2] = {
    {"amplitude_times", "ms", 0.0, 0.0, INFINITY,
     "a list, ascending: from when on the current has the next value"},
    {"amplitude_values", "pA", 0.0, -INFINITY, INFINITY,
     "a list: the current from each time on; 0 before the first"},
};

static const double *current(volley_stimulus_batch *batch, int64_t step, int64_t *next) {
    static const double none = 0.0;
    const volley_stimulus_given *given = &batch->given;
    int64_t i = volley_stimulus_change_at(given, step);
    *next = i + 1 < given->n_changes ? given->change_steps[i + 1] + 1 : INT64_MAX;
    return i < 0 ? &none : &given->change_values[i];
}

const volley_stimulus_model volley_stimulus_step_current = {
    .name = "step_current",
    .meaning = "the same current into each target neuron, changed at given times",
    .source = "NEST step_current_generator",
    .changes = changes,
    .current = current,
    .shared = true,
};
