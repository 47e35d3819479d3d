/* SPDX-License-Identifier: BSD-3-Clause */
/* Stimuli with states outside volley's tree, to start one's own from: a current that is an Ornstein-Uhlenbeck
 * process, and spikes of a gamma process. The Makefile compiles them.
 *
 * volley/models/stimulus/stimulus.h explains the table of each. */
#include "volley/base/memory.h"
#include "volley/base/rng.h"
#include "volley/base/status.h"
#include "volley/models/neuron/module.h"
#include "volley/models/stimulus/poisson_trains.h"

#include <math.h>
#include <stdlib.h>

/* ---- outside_ou: dI = (mean - I) dt / tau + std sqrt(2 / tau) dW, exact in steps; it starts at the mean
 * ---- */

enum { MEAN, STD, TAU, OU_PARAMS };
static const volley_field ou_params[OU_PARAMS] = {
    [MEAN] = {"mean", "pA", 0.0, -INFINITY, INFINITY, "mean of the current"},
    [STD] = {"std", "pA", 200.0, 0.0, INFINITY, "its standard deviation in the long run"},
    [TAU] = {"tau", "ms", 5.0, 1e-3, INFINITY, "time constant of its correlation"},
};
static const volley_field ou_states[] = {
    {"deviation", "pA", 0.0, -INFINITY, INFINITY, "of the current from its mean"},
};

static int ou_prepare(volley_stimulus_batch *batch) {
    double *values;
    TRY(VOLLEY_NEW(values, batch->used));
    batch->own = values;
    return VOLLEY_OK;
}

static void ou_release(volley_stimulus_batch *batch) {
    free(batch->own);
}

static const double *ou_current(volley_stimulus_batch *batch, int64_t step, int64_t *next) {
    const volley_stimulus_given *given = &batch->given;
    double left = exp(-given->dt_ms / given->params[TAU]), *values = batch->own;
    double noise = given->params[STD] * sqrt(1.0 - left * left);
    for (int64_t i = 0; i < batch->used; i++) {
        double z = volley_normal(volley_rng(given->key, batch->gid[i], (uint64_t)step), 0);
        batch->state[0][i] = left * batch->state[0][i] + noise * z;
        values[i] = given->params[MEAN] + batch->state[0][i];
    }
    *next = step + 1;
    return values;
}

static const volley_stimulus_model outside_ou = {
    .name = "outside_ou",
    .meaning = "a current of its own for each target that is an Ornstein-Uhlenbeck process",
    .source = "Uhlenbeck and Ornstein 1930",
    .n_params = OU_PARAMS,
    .params = ou_params,
    .n_states = 1,
    .states = ou_states,
    .stream = VOLLEY_RNG_STIMULUS,
    .prepare = ou_prepare,
    .release = ou_release,
    .current = ou_current,
    .target_bytes = 28,
    .changes_often = true,
};

/* ---- outside_gamma: every shape-th event of a Poisson process of shape times the rate ---- */

enum { RATE, SHAPE, GAMMA_PARAMS = 4 };
static const volley_field gamma_params[GAMMA_PARAMS] = {
    [RATE] = {"rate", "Hz", 0.0, 0.0, INFINITY, "mean rate of the train that each target neuron receives"},
    [SHAPE] = {"shape", "1", 3.0, 1.0, 100.0, "of the intervals, a whole number; 1: a Poisson process"},
    VOLLEY_STIMULUS_SPIKE_FIELDS,
};
static const volley_field gamma_states[] = {
    {"waiting", "1", 0.0, 0.0, 100.0, "events since the last spike"},
};

typedef struct gamma {
    int n;
    uint32_t *thresholds;
    uint16_t *counts; /* [used] */
} gamma_own;

static int gamma_prepare(volley_stimulus_batch *batch) {
    const volley_stimulus_given *given = &batch->given;
    double mean = given->params[RATE] * floor(given->params[SHAPE]) * given->dt_ms * 1e-3;
    int room = (int)(mean + 20.0 * sqrt(mean) + 64.0);
    gamma_own *own;
    TRY(VOLLEY_NEW(own, 1));
    batch->own = own;
    TRY(VOLLEY_NEW(own->thresholds, room));
    own->n = volley_poisson_thresholds(mean, own->thresholds, room);
    return VOLLEY_NEW(own->counts, batch->used);
}

static void gamma_release(volley_stimulus_batch *batch) {
    gamma_own *own = batch->own;
    if (own == NULL)
        return;
    free(own->thresholds);
    free(own->counts);
    free(own);
}

static const uint16_t *gamma_draw(volley_stimulus_batch *batch, int64_t step) {
    gamma_own *own = batch->own;
    double shape = floor(batch->given.params[SHAPE]);
    for (int64_t i = 0; i < batch->used; i++) {
        uint32_t word = volley_rng(batch->given.key, batch->gid[i], (uint64_t)step).word[0];
        int events = 0;
        while (events < own->n && own->thresholds[events] <= word)
            events++;
        double waiting = batch->state[0][i] + events, spikes = floor(waiting / shape);
        own->counts[i] = (uint16_t)spikes;
        batch->state[0][i] = waiting - spikes * shape;
    }
    return own->counts;
}

static double gamma_highest_rate(const volley_stimulus_given *given) {
    return given->params[RATE] * given->params[SHAPE]; /* of the events, which have to be counted */
}

static double gamma_mean_rate(const volley_stimulus_given *given, double from, double to) {
    (void)from;
    (void)to;
    return given->params[RATE];
}

static const volley_stimulus_model outside_gamma = {
    .name = "outside_gamma",
    .meaning = "independent gamma processes into each target neuron",
    .source = "Cox 1962",
    .n_params = GAMMA_PARAMS,
    .params = gamma_params,
    .n_states = 1,
    .states = gamma_states,
    .stream = VOLLEY_RNG_STIMULUS,
    .prepare = gamma_prepare,
    .release = gamma_release,
    .draw = gamma_draw,
    .highest_rate = gamma_highest_rate,
    .mean_rate = gamma_mean_rate,
    .target_bytes = 18,
    .constant_rate = true,
};

VOLLEY_STIMULUS_MODULE(&outside_ou, &outside_gamma)
