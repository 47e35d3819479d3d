/* SPDX-License-Identifier: BSD-3-Clause */
/* step_current: a current into each target neuron that follows a schedule, added to its parameter I_e.
 *
 * amplitude_values[i] flows in amplitude_times[i] < t <= amplitude_times[i + 1]; before the first time none.
 */
#include "models/stimulus/stimulus.h"

#include <math.h>
#include <stddef.h>

static const volley_field changes[2] = {
    {"amplitude_times", "ms", 0.0, 0.0, INFINITY,
     "a list, ascending: from when on the current has the next value"},
    {"amplitude_values", "pA", 0.0, -INFINITY, INFINITY,
     "a list: the current from each time on; 0 before the first"},
};

const volley_stimulus_model volley_stimulus_step_current = {
    .name = "step_current",
    .meaning = "the same current into each target neuron, changed at given times",
    .source = "NEST step_current_generator",
    .kind = VOLLEY_STIMULUS_CURRENT,
    .changes = changes,
};
