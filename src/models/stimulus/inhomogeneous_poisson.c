/* SPDX-License-Identifier: BSD-3-Clause */
/* inhomogeneous_poisson: independent Poisson spike trains whose rate follows a schedule.
 *
 * rate_values[i] holds for rate_times[i] < t <= rate_times[i + 1]; before the first time the rate is 0. All
 * else is as in poisson, with the same draws: with one rate they are the same trains. */
#include "base/rng.h"
#include "models/stimulus/poisson_trains.h"

#include <math.h>

static const volley_field params[] = {
    VOLLEY_STIMULUS_SPIKE_FIELDS,
};

static const volley_field changes[2] = {
    {"rate_times", "ms", 0.0, 0.0, INFINITY, "a list, ascending: from when on the rate has the next value"},
    {"rate_values", "Hz", 0.0, 0.0, INFINITY, "a list: the rate from each time on; 0 before the first"},
};

static double rate(const volley_stimulus_given *given, int64_t step) {
    int64_t i = volley_stimulus_change_at(given, step);
    return i < 0 ? 0.0 : given->change_values[i];
}

static double highest_rate(const volley_stimulus_given *given) {
    double highest = 0.0;
    for (int64_t i = 0; i < given->n_changes; i++)
        highest = given->change_values[i] > highest ? given->change_values[i] : highest;
    return highest;
}

static double mean_rate(const volley_stimulus_given *given, double from, double to) {
    double sum = 0.0;
    for (int64_t i = 0; i < given->n_changes; i++) {
        double begin = fmax(from, (double)given->change_steps[i]);
        double end = i + 1 < given->n_changes ? fmin(to, (double)given->change_steps[i + 1]) : to;
        sum += given->change_values[i] * fmax(0.0, end - begin);
    }
    return to > from ? sum / (to - from) : 0.0;
}

static int prepare(volley_stimulus_batch *batch) {
    return volley_poisson_trains_prepare(batch, highest_rate(&batch->given));
}

static const uint16_t *draw(volley_stimulus_batch *batch, int64_t step) {
    return volley_poisson_trains_draw(batch, step, rate);
}

const volley_stimulus_model volley_stimulus_inhomogeneous_poisson = {
    .name = "inhomogeneous_poisson",
    .meaning = "independent Poisson spike trains into each target neuron, at a rate that follows a schedule",
    .source = "NEST inhomogeneous_poisson_generator",
    .n_params = 2,
    .params = params,
    .changes = changes,
    .stream = VOLLEY_RNG_POISSON,
    .prepare = prepare,
    .release = volley_poisson_trains_release,
    .draw = draw,
    .highest_rate = highest_rate,
    .mean_rate = mean_rate,
    .target_bytes = VOLLEY_POISSON_TRAINS_BYTES,
};
