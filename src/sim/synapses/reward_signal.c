/* SPDX-License-Identifier: BSD-3-Clause */
/* Computes the reward of each step from schedules, patterns and spikes, and its decaying level. */
#include "sim/synapses/reward_signal.h"
#include "base/memory.h"
#include "base/special.h"
#include "base/status.h"
#include "net/stimulus_view.h"

#include <stdlib.h>
#include <string.h>

void volley_reward_create(const volley_network *network, const volley_projection *projection,
                          volley_reward_track *track) {
    const volley_rule_plan *plan = &projection->plasticity.plan;
    *track = (volley_reward_track){0};
    if (projection->plasticity.rule == NULL || !plan->has_reward)
        return;
    track->network = network;
    track->input = &network->signals[projection->plasticity.signals[0]];
    track->has_level = plan->tau_reward > 0.0;
    if (track->has_level) {
        track->left = volley_exp(-network->dt_ms / plan->tau_reward);
        track->gain = plan->reward_gain;
    }
}

void volley_reward_free(volley_reward_track *track) {
    free(track->value);
    free(track->level);
    *track = (volley_reward_track){0};
}

static bool is_active(const volley_signal_input *s, int64_t step) {
    return step > s->start_step && step <= s->stop_step;
}

/* The value that holds in a step: of the last time before it, 0 before the first. */
static double scheduled(const volley_signal_input *reward, int64_t step) {
    int64_t low = 0, high = reward->n;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (reward->steps[middle] < step)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 ? reward->values[low - 1] : 0.0;
}

/* The reward for the response to the pattern of some steps ago; 0 when none was shown. */
static double response(const volley_reward_track *track, int64_t step, bool fired) {
    const volley_signal_input *reward = track->input;
    int64_t pattern = volley_pattern_at(track->network, reward->patterns, step - reward->delay);
    return pattern < 0 ? 0.0 : reward->values[2 * pattern + (fired ? 0 : 1)];
}

/* The reward of a step in which no neuron fires. */
static double silent(const volley_reward_track *track, int64_t step) {
    const volley_signal_input *reward = track->input;
    if (!is_active(track->input, step))
        return 0.0;
    switch (reward->kind) {
    case VOLLEY_SIGNAL_CONSTANT:
        return reward->value;
    case VOLLEY_SIGNAL_SCHEDULE:
        return scheduled(reward, step);
    case VOLLEY_SIGNAL_RESPONSE:
        return response(track, step, false);
    case VOLLEY_SIGNAL_SPIKES:
        break;
    }
    return 0.0;
}

/* The reward of a step from that of the same step with one spike less. */
static double with_spike(const volley_reward_track *track, int64_t step, double value) {
    const volley_signal_input *reward = track->input;
    if (!is_active(track->input, step))
        return 0.0;
    return reward->kind == VOLLEY_SIGNAL_RESPONSE ? response(track, step, true) : value + reward->value;
}

static bool is_counted(const volley_reward_track *track, uint64_t gid) {
    const volley_subset *neurons = &track->input->neurons;
    const volley_population *population = &track->network->populations[neurons->population];
    int64_t index = (int64_t)gid - population->first_gid;
    return index >= 0 && index < population->size && volley_subset_find(neurons, index) >= 0;
}

/* Level of item i; below 1e-280 it is zero, so that it never becomes a subnormal number. */
static void set_level(volley_reward_track *track, int64_t i) {
    double last = i > 0 ? track->level[i - 1] : 0.0;
    double level = last * track->left + track->value[i] * track->gain;
    track->level[i] = (level + 1e-280) - 1e-280;
}

/* Makes the signal reach up to step `end`. */
static int extend(volley_reward_track *track, int64_t end) {
    volley_signal *signal = &track->signal;
    int64_t count = end + 1 - signal->first;
    if (count <= signal->count)
        return VOLLEY_OK;
    TRY(VOLLEY_RESERVE(track->value, &track->value_capacity, (size_t)count));
    if (track->has_level)
        TRY(VOLLEY_RESERVE(track->level, &track->level_capacity, (size_t)count));
    for (int64_t i = signal->count; i < count; i++) {
        track->value[i] = silent(track, signal->first + i);
        if (track->has_level)
            set_level(track, i);
    }
    signal->count = count;
    signal->value = track->has_level ? track->level : track->value;
    return VOLLEY_OK;
}

int volley_reward_receive(volley_reward_track *track, const uint64_t *gids, int64_t n, int64_t stamp) {
    if (track->network == NULL)
        return VOLLEY_OK;
    const volley_signal_input *reward = track->input;
    bool by_response = reward->kind == VOLLEY_SIGNAL_RESPONSE;
    int64_t step = stamp + (by_response ? 0 : reward->delay);
    if (!by_response && reward->kind != VOLLEY_SIGNAL_SPIKES) /* known beforehand: as far as a synapse asks */
        return extend(track, stamp + track->network->max_delay);
    TRY(extend(track, step));
    int64_t at = step - track->signal.first;
    for (int64_t i = 0; i < n; i++)
        if (is_counted(track, gids[i]))
            track->value[at] = with_spike(track, step, track->value[at]);
    if (track->has_level)
        set_level(track, at);
    return VOLLEY_OK;
}

void volley_reward_forget(volley_reward_track *track, int64_t step) {
    volley_signal *signal = &track->signal;
    int64_t drop = step - signal->first;
    drop = drop < signal->count - 2 ? drop : signal->count - 2; /* levels grow out of the last one */
    if (track->network == NULL || drop <= 0)
        return;
    size_t bytes = (size_t)(signal->count - drop) * sizeof(double);
    memmove(track->value, track->value + drop, bytes);
    if (track->has_level)
        memmove(track->level, track->level + drop, bytes);
    signal->first += drop;
    signal->count -= drop;
}

int64_t volley_reward_span(const volley_reward_track *track) {
    bool delayed = track->network != NULL && track->input->kind == VOLLEY_SIGNAL_SPIKES;
    return delayed ? track->input->delay : 0;
}

int volley_reward_set(volley_reward_track *track, int64_t first, int64_t count, const double *values,
                      const double *levels) {
    TRY(VOLLEY_RESERVE(track->value, &track->value_capacity, (size_t)count));
    if (track->has_level)
        TRY(VOLLEY_RESERVE(track->level, &track->level_capacity, (size_t)count));
    track->signal.first = first;
    track->signal.count = count;
    if (count > 0)
        memcpy(track->value, values, (size_t)count * sizeof *values);
    if (track->has_level && count > 0)
        memcpy(track->level, levels, (size_t)count * sizeof *levels);
    track->signal.value = track->has_level ? track->level : track->value;
    return VOLLEY_OK;
}

int volley_reward_receive_again(volley_reward_track *track, const uint64_t *gids, int64_t n, int64_t stamp,
                                int64_t now) {
    if (track->network == NULL)
        return VOLLEY_OK;
    switch (track->input->kind) {
    case VOLLEY_SIGNAL_SPIKES:
        return stamp + track->input->delay > now ? volley_reward_receive(track, gids, n, stamp) : VOLLEY_OK;
    case VOLLEY_SIGNAL_CONSTANT:
    case VOLLEY_SIGNAL_SCHEDULE:
        return stamp == now ? volley_reward_receive(track, NULL, 0, stamp) : VOLLEY_OK;
    case VOLLEY_SIGNAL_RESPONSE:
        break;
    }
    return VOLLEY_OK;
}
