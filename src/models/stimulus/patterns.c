/* SPDX-License-Identifier: BSD-3-Clause */
/* patterns: one of several patterns of currents at a time, added to the parameter I_e or to the input.
 *
 * From `start` on, time is cut into intervals; in each, all target neurons get the currents of one pattern:
 * of the patterns in turn (order: cycle), or of one drawn anew (order: random). The draws are those of
 * VOLLEY_RNG_PATTERN: a function of seed, stimulus and interval, so every rank knows what is shown. */
#include "base/memory.h"
#include "base/rng.h"
#include "base/status.h"
#include "models/stimulus/stimulus.h"

#include <stdlib.h>

int64_t volley_stimulus_pattern_at(const volley_stimulus_given *given, int64_t step) {
    int64_t interval = (step - 1 - given->start_step) / given->interval_steps;
    if (!given->patterns->random)
        return interval % given->patterns->n;
    uint64_t k = (uint64_t)interval;
    double share = volley_uniform(volley_rng_item(given->key, 0, k, 0), k);
    return (int64_t)(share * (double)given->patterns->n);
}

static int prepare(volley_stimulus_batch *batch) {
    double *values;
    TRY(VOLLEY_NEW(values, batch->used));
    batch->own = values;
    return VOLLEY_OK;
}

static void release(volley_stimulus_batch *batch) {
    free(batch->own);
}

static const double *current(volley_stimulus_batch *batch, int64_t step, int64_t *next) {
    const volley_stimulus_given *given = &batch->given;
    const volley_patterns *patterns = given->patterns;
    const double *shown = patterns->value + volley_stimulus_pattern_at(given, step) * patterns->n_values;
    double *values = batch->own;
    for (int64_t i = 0; i < batch->used; i++)
        values[i] = shown[batch->position[i]];
    *next = step + given->interval_steps - (step - 1 - given->start_step) % given->interval_steps;
    return values;
}

const volley_stimulus_model volley_stimulus_patterns = {
    .name = "patterns",
    .meaning = "patterns of currents into the target neurons, one after another",
    .source = "the inputs of SynapticFlow's reward-modulated task",
    .stream = VOLLEY_RNG_PATTERN,
    .prepare = prepare,
    .release = release,
    .current = current,
    .target_bytes = 24,
    .takes_patterns = true,
};
