/* SPDX-License-Identifier: BSD-3-Clause */
/* sinusoidal_poisson: independent Poisson spike trains whose rate is a sine wave in time.
 *
 * The count of a step has the mean of the rate at its end,
 *     rate + amplitude sin(2 pi frequency t + phase), t the stamp, and 0 where that is negative,
 * times the step. All else is as in poisson, with the same draws: without amplitude they are the same trains.
 * Each target neuron has a train of its own (individual_spike_trains in NEST). */
#include "base/rng.h"
#include "base/special.h"
#include "models/stimulus/poisson_trains.h"

#include <math.h>

enum { RATE, AMPLITUDE, FREQUENCY, PHASE, N_PARAMS = 6 };

static const volley_field params[N_PARAMS] = {
    {"rate", "Hz", 0.0, 0.0, INFINITY, "mean rate of the train that each target neuron receives"},
    {"amplitude", "Hz", 0.0, 0.0, INFINITY, "how far the rate moves from it; below 0 the rate is 0"},
    {"frequency", "Hz", 0.0, 0.0, INFINITY, "periods in a second of the rate"},
    {"phase", "deg", 0.0, -INFINITY, INFINITY, "phase of the sine wave at time 0"},
    VOLLEY_STIMULUS_SPIKE_FIELDS,
};

static double rate(const volley_stimulus_given *given, int64_t step) {
    double value = given->params[RATE], amplitude = given->params[AMPLITUDE];
    if (amplitude == 0.0)
        return value;
    double turns =
        given->params[FREQUENCY] * ((double)step * given->dt_ms * 1e-3) + given->params[PHASE] / 360.0;
    value += amplitude * volley_sin_pi(2.0 * (turns - floor(turns)));
    return value > 0.0 ? value : 0.0;
}

static double highest_rate(const volley_stimulus_given *given) {
    return given->params[RATE] + given->params[AMPLITUDE];
}

static double mean_rate(const volley_stimulus_given *given, double from, double to) {
    (void)from;
    (void)to;
    return given->params[RATE];
}

static int prepare(volley_stimulus_batch *batch) {
    return volley_poisson_trains_prepare(batch, highest_rate(&batch->given));
}

static const uint16_t *draw(volley_stimulus_batch *batch, int64_t step) {
    return volley_poisson_trains_draw(batch, step, rate);
}

const volley_stimulus_model volley_stimulus_sinusoidal_poisson = {
    .name = "sinusoidal_poisson",
    .meaning = "independent Poisson spike trains into each target neuron, at a rate that is a sine wave",
    .source = "NEST sinusoidal_poisson_generator",
    .n_params = N_PARAMS,
    .params = params,
    .stream = VOLLEY_RNG_POISSON,
    .prepare = prepare,
    .release = volley_poisson_trains_release,
    .draw = draw,
    .highest_rate = highest_rate,
    .mean_rate = mean_rate,
    .target_bytes = VOLLEY_POISSON_TRAINS_BYTES,
};
