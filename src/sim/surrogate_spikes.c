/* SPDX-License-Identifier: BSD-3-Clause */
/* Draws the spikes of other ranks' neurons, and merges them with those of the rank. */
#include "sim/surrogate_spikes.h"
#include "base/memory.h"
#include "base/rng.h"
#include "base/special.h"
#include "base/status.h"
#include "base/timer.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

int volley_stand_in_create(const volley_layout *layout, const double *rate, int64_t max_interval,
                           volley_stand_in *s) {
    const volley_network *network = layout->network;
    *s = (volley_stand_in){.layout = layout};
    TRY(VOLLEY_NEW(s->key, network->n_populations));
    TRY(VOLLEY_NEW(s->hits, network->n_populations));
    TRY(VOLLEY_NEW(s->start, max_interval + 1));
    for (int32_t p = 0; p < network->n_populations; p++) {
        double probability = fmin(rate[p] * network->dt_ms * 1e-3, 0.999);
        s->key[p] = volley_rng_key(network->seed, VOLLEY_RNG_STAND_IN, (uint32_t)p);
        /* hits of a Poisson process leave a neuron without one with this probability less than 1 */
        s->hits[p] = probability > 0.0 ? -volley_log(1.0 - probability) : 0.0;
    }
    return VOLLEY_OK;
}

void volley_stand_in_free(volley_stand_in *s) {
    free(s->key);
    free(s->hits);
    free(s->gid);
    free(s->scratch);
    free(s->start);
    *s = (volley_stand_in){0};
}

/* Walks along a population by exponential gaps, so that hits come in ascending order. */
static int draw_population(volley_stand_in *s, int32_t p, int64_t step, size_t *n) {
    const volley_population *population = &s->layout->network->populations[p];
    const volley_slice *slice = &s->layout->slices[p];
    if (s->hits[p] <= 0.0)
        return VOLLEY_OK;
    int64_t previous = -1;
    double at = 0.0;
    for (uint64_t k = 0;; k++) {
        volley_rng_block block = volley_rng(s->key[p], (uint64_t)step, k);
        double uniform = ((double)block.word[0] + ((double)block.word[1] + 0.5) * 0x1p-32) * 0x1p-32;
        at -= volley_log(uniform) / s->hits[p];
        if (!(at < (double)population->size))
            return VOLLEY_OK;
        int64_t index = (int64_t)at;
        if (index == previous || volley_slice_find(slice, index) >= 0)
            continue;
        previous = index;
        TRY(VOLLEY_RESERVE(s->gid, &s->capacity, *n + 1));
        s->gid[(*n)++] = (uint64_t)(population->first_gid + index);
    }
}

/* Merges the rank's own spikes of one step with those drawn, which stand at the end of s->gid. */
static int merge_step(volley_stand_in *s, const uint64_t *own, int64_t n_own, size_t first, size_t *n) {
    TRY(VOLLEY_RESERVE(s->gid, &s->capacity, *n + (size_t)n_own));
    TRY(VOLLEY_RESERVE(s->scratch, &s->scratch_capacity, *n + (size_t)n_own - first));
    if (n_own > 0)
        memcpy(s->gid + *n, own, (size_t)n_own * sizeof *own);
    int64_t starts[] = {0, (int64_t)(*n - first), (int64_t)(*n - first) + n_own};
    volley_merge_ascending(s->gid + first, starts, 2, s->scratch);
    *n += (size_t)n_own;
    return VOLLEY_OK;
}

int volley_stand_in_add(volley_stand_in *s, int64_t first, volley_spikes *spikes) {
    size_t n = 0;
    int status = VOLLEY_OK;
    for (int64_t i = 0; i < spikes->n_steps && status == VOLLEY_OK; i++) {
        double start = volley_now();
        size_t begin = n;
        for (int32_t p = 0; p < s->layout->network->n_populations && status == VOLLEY_OK; p++)
            status = draw_population(s, p, first + i, &n);
        s->spikes += n - begin;
        s->seconds += volley_now() - start;
        int64_t own = spikes->start[i + 1] - spikes->start[i];
        if (status == VOLLEY_OK)
            status = merge_step(s, spikes->gid + spikes->start[i], own, begin, &n);
        s->start[i + 1] = (int64_t)n;
    }
    if (status != VOLLEY_OK)
        memset(s->start, 0, (size_t)(spikes->n_steps + 1) * sizeof *s->start);
    spikes->start = s->start;
    spikes->gid = s->gid;
    return status;
}
