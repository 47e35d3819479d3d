/* SPDX-License-Identifier: BSD-3-Clause */
/* noise: an independent Gaussian current for each target neuron, added to its parameter I_e.
 *
 * From `start` on, time is cut into intervals of length dt; in each a neuron receives mean + std z, z a
 * standard normal. The shorter dt, the less this current moves a potential: its power at low frequencies is
 * std^2 dt. The draws are those of VOLLEY_RNG_NOISE: a function of seed, stimulus, gid and interval alone. */
#include "base/memory.h"
#include "base/rng.h"
#include "base/status.h"
#include "models/stimulus/stimulus.h"

#include <math.h>
#include <stdlib.h>

enum { MEAN, STD, INTERVAL, N_PARAMS };
enum { AHEAD = 16 }; /* intervals drawn at a time: what volley_rng_normal_batch fills at least */

static const volley_field params[N_PARAMS] = {
    [MEAN] = {"mean", "pA", 0.0, -INFINITY, INFINITY, "mean of the current"},
    [STD] = {"std", "pA", 0.0, 0.0, INFINITY, "standard deviation of the current"},
    [INTERVAL] = {"dt", "ms", 1.0, 1e-6, INFINITY,
                  "interval in which the current is constant, a multiple of the step"},
};

/* Currents of a block of intervals. */
typedef struct ahead {
    int64_t drawn;    /* the block, -1 at first */
    double *currents; /* [AHEAD][used] */
} ahead;

static int prepare(volley_stimulus_batch *batch) {
    ahead *own;
    TRY(VOLLEY_NEW(own, 1));
    batch->own = own;
    own->drawn = -1;
    return VOLLEY_NEW(own->currents, AHEAD * batch->used);
}

static void release(volley_stimulus_batch *batch) {
    ahead *own = batch->own;
    if (own != NULL)
        free(own->currents);
    free(own);
}

/* Draws a block, neuron by neuron: the vector form works along one neuron's items. */
static void draw_block(const volley_stimulus_batch *batch, ahead *own, int64_t block) {
    double z[AHEAD], mean = batch->given.params[MEAN], std = batch->given.params[STD];
    int64_t n = batch->used;
    for (int64_t j = 0; j < n; j++) {
        volley_rng_normal_batch(batch->simd, batch->given.key, batch->gid[j], (uint64_t)(block * AHEAD),
                                AHEAD, z);
        for (int i = 0; i < AHEAD; i++)
            own->currents[i * n + j] = mean + std * z[i];
    }
    own->drawn = block;
}

static const double *current(volley_stimulus_batch *batch, int64_t step, int64_t *next) {
    const volley_stimulus_given *given = &batch->given;
    ahead *own = batch->own;
    int64_t interval = (step - 1 - given->start_step) / given->interval_steps;
    if (interval / AHEAD != own->drawn)
        draw_block(batch, own, interval / AHEAD);
    *next = given->start_step + (interval + 1) * given->interval_steps + 1;
    return own->currents + interval % AHEAD * batch->used;
}

const volley_stimulus_model volley_stimulus_noise = {
    .name = "noise",
    .meaning = "Gaussian current into each target neuron, drawn anew for each in every interval",
    .source = "NEST noise_generator (without modulation)",
    .n_params = N_PARAMS,
    .params = params,
    .stream = VOLLEY_RNG_NOISE,
    .prepare = prepare,
    .release = release,
    .current = current,
    .target_bytes = 12 + 8 * AHEAD,
    .changes_often = true,
    .takes_interval = true,
};
