/* SPDX-License-Identifier: BSD-3-Clause */
/* Computes which pattern a stimulus shows in a step. */
#include "net/pattern.h"
#include "base/rng.h"

int64_t volley_pattern_at(const volley_network *network, int32_t index, int64_t stamp) {
    const volley_stimulus *s = &network->stimuli[index];
    if (stamp <= s->start_step || stamp > s->stop_step)
        return -1;
    int64_t interval = (stamp - 1 - s->start_step) / s->interval_steps;
    if (!s->patterns.random)
        return interval % s->patterns.n;
    uint64_t key = volley_rng_key(network->seed, VOLLEY_RNG_PATTERN, (uint32_t)index), k = (uint64_t)interval;
    return (int64_t)(volley_uniform(volley_rng_item(key, 0, k, 0), k) * (double)s->patterns.n);
}
