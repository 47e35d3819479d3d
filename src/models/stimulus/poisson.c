/* SPDX-License-Identifier: BSD-3-Clause */
/* poisson: independent Poisson spike trains, one for each target neuron.
 *
 * In a step of length h a neuron receives n spikes of the given weight, n ~ Poisson(rate h). The count drawn
 * for step s is part of the state at step s + delay, as a spike stamped s would be. A neuron that listens to
 * K generators of rate r is the same as one that listens to a generator of rate K r. The draws are those of
 * VOLLEY_RNG_POISSON: a function of seed, stimulus, gid and step alone. */
#include "base/rng.h"
#include "models/stimulus/poisson_trains.h"

#include <math.h>

static const volley_field params[] = {
    {"rate", "Hz", 0.0, 0.0, INFINITY, "mean rate of the train that each target neuron receives"},
    VOLLEY_STIMULUS_SPIKE_FIELDS,
};

static double rate(const volley_stimulus_given *given, int64_t step) {
    (void)step;
    return given->params[0];
}

static double highest_rate(const volley_stimulus_given *given) {
    return given->params[0];
}

static double mean_rate(const volley_stimulus_given *given, double from, double to) {
    (void)from;
    (void)to;
    return given->params[0];
}

static int prepare(volley_stimulus_batch *batch) {
    return volley_poisson_trains_prepare(batch, highest_rate(&batch->given));
}

static const uint16_t *draw(volley_stimulus_batch *batch, int64_t step) {
    return volley_poisson_trains_draw(batch, step, rate);
}

const volley_stimulus_model volley_stimulus_poisson = {
    .name = "poisson",
    .meaning = "independent Poisson spike trains into each target neuron",
    .source = "NEST poisson_generator",
    .n_params = 3,
    .params = params,
    .stream = VOLLEY_RNG_POISSON,
    .prepare = prepare,
    .release = volley_poisson_trains_release,
    .draw = draw,
    .highest_rate = highest_rate,
    .mean_rate = mean_rate,
    .target_bytes = VOLLEY_POISSON_TRAINS_BYTES,
    .constant_rate = true,
};
