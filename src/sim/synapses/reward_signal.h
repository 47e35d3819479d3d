/* SPDX-License-Identifier: BSD-3-Clause */
/* The reward of each step as one plastic projection of one thread uses it. Every thread of every rank
 * computes the same from the description and the spikes that count, which come to all ranks
 * (wiring/spike_subscribers.c).
 */
#ifndef VOLLEY_SIM_SYNAPSES_REWARD_SIGNAL_H
#define VOLLEY_SIM_SYNAPSES_REWARD_SIGNAL_H

#include "net/network.h"

#include <stddef.h>
#include <stdint.h>

typedef struct volley_reward_track {
    const volley_network *network;    /* borrowed; NULL: the projection learns by no reward */
    const volley_signal_input *input; /* borrowed */
    volley_signal signal;             /* what the rule gets: the values below */
    double *value;                    /* [signal.count] the reward itself */
    double *level;                    /* [signal.count] summed up and decaying, for rules that want that */
    size_t value_capacity, level_capacity;
    double left, gain; /* of the level: what a step leaves of it, and factor on the reward */
    bool has_level;
} volley_reward_track;

/* Not collective. The network is borrowed. For a projection without a reward there is nothing to do. */
void volley_reward_create(const volley_network *network, const volley_projection *projection,
                          volley_reward_track *track);
void volley_reward_free(volley_reward_track *track);

/* Takes spikes of step `stamp`, of all ranks: afterwards the signal is known up to that step. To be called
 * for every step in order, spikes or not; more than once for a step when its spikes come in parts. */
int volley_reward_receive(volley_reward_track *track, const uint64_t *gids, int64_t n, int64_t stamp);

/* ---- for a checkpoint ---- */

/* Steps that spikes have to be known back, so that the signal beyond a step can be made again. */
int64_t volley_reward_span(const volley_reward_track *track);

/* Puts values of the steps [first, first + count) back into a track that has just been created; levels: NULL
 * for one without. The track keeps copies. */
int volley_reward_set(volley_reward_track *track, int64_t first, int64_t count, const double *values,
                      const double *levels);

/* As volley_reward_receive, for spikes of a step up to `now` that come again after values up to `now` have
 * been put back: for every step in order from the span before `now` on. */
int volley_reward_receive_again(volley_reward_track *track, const uint64_t *gids, int64_t n, int64_t stamp,
                                int64_t now);

/* Values before `step` will not be asked for any more. */
void volley_reward_forget(volley_reward_track *track, int64_t step);

#endif
