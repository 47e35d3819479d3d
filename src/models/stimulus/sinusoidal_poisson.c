/* SPDX-License-Identifier: BSD-3-Clause */
/* sinusoidal_poisson: independent Poisson spike trains whose rate is a sine wave in time.
 *
 * The count of a step has the mean of the rate at its end,
 *     rate + amplitude sin(2 pi frequency t + phase), t the stamp, and 0 where that is negative,
 * times the step. All else is as in poisson, with the same draws: without amplitude they are the same trains.
 * Each target neuron has a train of its own (individual_spike_trains in NEST). */
#include "models/stimulus/stimulus.h"

#include <math.h>

static const volley_field params[] = {
    {"rate", "Hz", 0.0, 0.0, INFINITY, "mean rate of the train that each target neuron receives"},
    {"amplitude", "Hz", 0.0, 0.0, INFINITY, "how far the rate moves from it; below 0 the rate is 0"},
    {"frequency", "Hz", 0.0, 0.0, INFINITY, "periods in a second of the rate"},
    {"phase", "deg", 0.0, -INFINITY, INFINITY, "phase of the sine wave at time 0"},
    {"weight", "pA or mV", 1.0, -INFINITY, INFINITY,
     "weight of every spike in the unit of the target model; its sign selects the receptor"},
    {"delay", "ms", 1.0, 1e-3, INFINITY,
     "from the generator to the neuron, rounded to the nearest step, at least one"},
};

const volley_stimulus_model volley_stimulus_sinusoidal_poisson = {
    .name = "sinusoidal_poisson",
    .meaning = "independent Poisson spike trains into each target neuron, at a rate that is a sine wave",
    .source = "NEST sinusoidal_poisson_generator",
    .kind = VOLLEY_STIMULUS_SPIKES,
    .n_params = 6,
    .params = params,
};
