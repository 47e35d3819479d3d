/* SPDX-License-Identifier: BSD-3-Clause */
/* noise: an independent Gaussian current for each target neuron, added to its parameter I_e.
 *
 * From `start` on, time is cut into intervals of length dt; in each a neuron receives mean + std z, z a
 * standard normal. The shorter dt, the less this current moves a potential: its power at low frequencies is
 * std^2 dt. The draws are those of VOLLEY_RNG_NOISE: a function of seed, stimulus, gid and interval alone. */
#include "models/stimulus/stimulus.h"

#include <math.h>

static const volley_field params[] = {
    {"mean", "pA", 0.0, -INFINITY, INFINITY, "mean of the current"},
    {"std", "pA", 0.0, 0.0, INFINITY, "standard deviation of the current"},
    {"dt", "ms", 1.0, 1e-6, INFINITY, "interval in which the current is constant, a multiple of the step"},
};

const volley_stimulus_model volley_stimulus_noise = {
    .name = "noise",
    .meaning = "Gaussian current into each target neuron, drawn anew for each in every interval",
    .source = "NEST noise_generator (without modulation)",
    .kind = VOLLEY_STIMULUS_NOISE,
    .n_params = 3,
    .params = params,
};
