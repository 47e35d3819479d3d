/* SPDX-License-Identifier: BSD-3-Clause */
/* Draws noise currents for blocks of intervals, and adds them to the currents of their targets. */
#include "sim/input/noise_sampler.h"
#include "base/memory.h"
#include "base/rng.h"
#include "base/status.h"

#include <stdlib.h>
#include <string.h>

enum { AHEAD = 16 }; /* intervals drawn at a time: what volley_rng_normal_batch fills at least */

/* One stimulus on one of its target populations. */
typedef struct source {
    int32_t population;
    int64_t start_step, stop_step, interval;
    uint64_t key;
    double mean, std;
    int64_t n;        /* targets on this thread */
    int32_t *slots;   /* [n] in the batch */
    uint64_t *gids;   /* [n] */
    double *currents; /* [AHEAD][n] */
    int64_t drawn;    /* block of AHEAD intervals in `currents`, -1 at first */
} source;

struct volley_noise {
    int n, simd;
    int32_t n_populations;
    source *sources;
    double **steady; /* [n_populations]: current without noise, [count]; NULL where there is none */
};

static int create_source(source *s, const volley_layout *layout, int thread, int32_t stimulus_index,
                         const volley_subset *subset) {
    const volley_stimulus *stimulus = &layout->network->stimuli[stimulus_index];
    const volley_stimulus_model *model = stimulus->model;
    const volley_segment *segment = volley_layout_segment(layout, thread, subset->population);
    *s = (source){.population = subset->population,
                  .start_step = stimulus->start_step,
                  .stop_step = stimulus->stop_step,
                  .interval = stimulus->interval_steps,
                  .key = volley_rng_key(layout->network->seed, VOLLEY_RNG_NOISE, (uint32_t)stimulus_index),
                  .mean = stimulus->params[volley_field_find(model->params, model->n_params, "mean")],
                  .std = stimulus->params[volley_field_find(model->params, model->n_params, "std")],
                  .drawn = -1};
    TRY(VOLLEY_NEW(s->slots, segment->used));
    TRY(VOLLEY_NEW(s->gids, segment->used));
    for (int64_t slot = 0; slot < segment->used; slot++) {
        int64_t index = volley_layout_index(layout, thread, subset->population, slot);
        if (volley_subset_find(subset, index) < 0)
            continue;
        s->slots[s->n] = (int32_t)slot;
        s->gids[s->n++] = (uint64_t)(layout->network->populations[subset->population].first_gid + index);
    }
    return VOLLEY_NEW(s->currents, AHEAD * s->n);
}

static int create_sources(volley_noise *noise, const volley_layout *layout, int thread) {
    const volley_network *network = layout->network;
    for (int32_t s = 0; s < network->n_stimuli; s++)
        if (network->stimuli[s].model->kind == VOLLEY_STIMULUS_NOISE)
            for (int32_t i = 0; i < network->stimuli[s].n_targets; i++)
                TRY(create_source(&noise->sources[noise->n++], layout, thread, s,
                                  &network->stimuli[s].targets[i]));
    return VOLLEY_OK;
}

int volley_noise_create(const volley_layout *layout, int thread, int simd, const volley_neurons *neurons,
                        volley_noise **out) {
    const volley_network *network = layout->network;
    int n = 0;
    *out = NULL;
    for (int32_t s = 0; s < network->n_stimuli; s++)
        if (network->stimuli[s].model->kind == VOLLEY_STIMULUS_NOISE)
            n += network->stimuli[s].n_targets;
    if (n == 0)
        return VOLLEY_OK;
    volley_noise *noise;
    TRY(VOLLEY_NEW(noise, 1));
    *out = noise;
    noise->simd = simd;
    noise->n_populations = network->n_populations;
    TRY(VOLLEY_NEW(noise->sources, n));
    TRY(VOLLEY_NEW(noise->steady, network->n_populations));
    TRY(create_sources(noise, layout, thread));
    for (int i = 0; i < noise->n; i++) {
        int32_t p = noise->sources[i].population;
        if (noise->steady[p] == NULL)
            TRY(VOLLEY_NEW(noise->steady[p], neurons->batches[p].count));
    }
    return VOLLEY_OK;
}

void volley_noise_destroy(volley_noise **out) {
    volley_noise *noise = *out;
    if (noise == NULL)
        return;
    for (int i = 0; i < noise->n; i++) {
        free(noise->sources[i].slots);
        free(noise->sources[i].gids);
        free(noise->sources[i].currents);
    }
    for (int32_t p = 0; noise->steady != NULL && p < noise->n_populations; p++)
        free(noise->steady[p]);
    free(noise->sources);
    free(noise->steady);
    free(noise);
    *out = NULL;
}

/* Draws the currents of a block of intervals, neuron by neuron: the vector form works along one neuron's
 * items. */
static void draw(source *s, int simd, int64_t block) {
    double z[AHEAD];
    for (int64_t j = 0; j < s->n; j++) {
        volley_rng_normal_batch(simd, s->key, s->gids[j], (uint64_t)(block * AHEAD), AHEAD, z);
        for (int i = 0; i < AHEAD; i++)
            s->currents[i * s->n + j] = s->mean + s->std * z[i];
    }
    s->drawn = block;
}

/* Adds the current of one source and returns the next update at which it changes. */
static int64_t add(source *s, int simd, volley_neurons *neurons, int64_t update) {
    if (update < s->start_step)
        return s->start_step;
    if (update >= s->stop_step)
        return INT64_MAX;
    int64_t interval = (update - s->start_step) / s->interval;
    if (interval / AHEAD != s->drawn)
        draw(s, simd, interval / AHEAD);
    const double *from = s->currents + interval % AHEAD * s->n;
    double *to = (double *)neurons->batches[s->population].current;
    for (int64_t j = 0; j < s->n; j++)
        to[s->slots[j]] += from[j];
    int64_t left = s->interval - (update - s->start_step) % s->interval;
    return left < s->stop_step - update ? update + left : s->stop_step;
}

int64_t volley_noise_apply(volley_noise *noise, volley_neurons *neurons, int64_t update, bool fresh) {
    if (noise == NULL)
        return INT64_MAX;
    for (int32_t p = 0; p < noise->n_populations; p++) {
        size_t bytes = (size_t)neurons->batches[p].count * sizeof(double);
        if (noise->steady[p] == NULL)
            continue;
        if (fresh)
            memcpy(noise->steady[p], neurons->batches[p].current, bytes);
        else
            memcpy((double *)neurons->batches[p].current, noise->steady[p], bytes);
    }
    int64_t next = INT64_MAX;
    for (int i = 0; i < noise->n; i++) {
        int64_t change = add(&noise->sources[i], noise->simd, neurons, update);
        next = change < next ? change : next;
    }
    return next;
}
