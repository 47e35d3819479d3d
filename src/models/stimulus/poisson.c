/* SPDX-License-Identifier: BSD-3-Clause */
/* poisson: independent Poisson spike trains, one for each target neuron.
 *
 * In a step of length h a neuron receives n spikes of the given weight, n ~ Poisson(rate h). The count drawn
 * for step s is part of the state at step s + delay, as a spike stamped s would be. A neuron that listens to
 * K generators of rate r is the same as one that listens to a generator of rate K r. The draws are those of
 * VOLLEY_RNG_POISSON: a function of seed, stimulus, gid and step alone. */
#include "models/stimulus/stimulus.h"

#include <math.h>

static const volley_field params[] = {
    {"rate", "Hz", 0.0, 0.0, INFINITY, "mean rate of the train that each target neuron receives"},
    {"weight", "pA or mV", 1.0, -INFINITY, INFINITY,
     "weight of every spike in the unit of the target model; its sign selects the receptor"},
    {"delay", "ms", 1.0, 1e-3, INFINITY,
     "from the generator to the neuron, rounded to the nearest step, at least one"},
};

const volley_stimulus_model volley_stimulus_poisson = {
    .name = "poisson",
    .meaning = "independent Poisson spike trains into each target neuron",
    .source = "NEST poisson_generator",
    .kind = VOLLEY_STIMULUS_SPIKES,
    .n_params = 3,
    .params = params,
};
