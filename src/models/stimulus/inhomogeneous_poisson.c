/* SPDX-License-Identifier: BSD-3-Clause */
/* inhomogeneous_poisson: independent Poisson spike trains whose rate follows a schedule.
 *
 * rate_values[i] holds for rate_times[i] < t <= rate_times[i + 1]; before the first time the rate is 0. All
 * else is as in poisson, with the same draws: with one rate they are the same trains. */
#include "models/stimulus/stimulus.h"

#include <math.h>

static const volley_field params[] = {
    {"weight", "pA or mV", 1.0, -INFINITY, INFINITY,
     "weight of every spike in the unit of the target model; its sign selects the receptor"},
    {"delay", "ms", 1.0, 1e-3, INFINITY,
     "from the generator to the neuron, rounded to the nearest step, at least one"},
};

static const volley_field changes[2] = {
    {"rate_times", "ms", 0.0, 0.0, INFINITY, "a list, ascending: from when on the rate has the next value"},
    {"rate_values", "Hz", 0.0, 0.0, INFINITY, "a list: the rate from each time on; 0 before the first"},
};

const volley_stimulus_model volley_stimulus_inhomogeneous_poisson = {
    .name = "inhomogeneous_poisson",
    .meaning = "independent Poisson spike trains into each target neuron, at a rate that follows a schedule",
    .source = "NEST inhomogeneous_poisson_generator",
    .kind = VOLLEY_STIMULUS_SPIKES,
    .n_params = 2,
    .params = params,
    .changes = changes,
};
