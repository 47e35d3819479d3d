/* SPDX-License-Identifier: BSD-3-Clause */
/* Who writes which spikes of a segment: every rank gets one contiguous, about equal part of all spikes in the
 * order of (population, step, gid). So there are few populations that several ranks write, however many there
 * are. */
#ifndef VOLLEY_IO_SPIKES_SPIKE_BLOCKS_H
#define VOLLEY_IO_SPIKES_SPIKE_BLOCKS_H

#include "comm/comm.h"
#include "io/spikes/spikes.h"
#include "net/network.h"

#include <stdint.h>

/* A spike is one 64-bit key: populations one after another, inside them (step, neuron). So one sort brings
 * all spikes into file order. Population p owns the keys [base[p], base[p + 1]). Populations are those of
 * files: parts (net/part.h) after the first one are empty here. */
typedef struct volley_spike_blocks {
    int64_t first_step, span; /* steps of the segment's spikes: [first_step, first_step + span) */
    uint64_t *base;           /* [n_populations + 1] */
    uint64_t *total;          /* [n_populations]: spikes of all ranks */
    uint64_t *first, *count;  /* [n_populations]: this rank's part */
    uint64_t *keys;           /* this rank's parts of all populations one after another, ascending */
    uint64_t n;
} volley_spike_blocks;

/* Collective. Moves the spikes to their writers. Spikes of populations that are not recorded are left out.
 * The caller owns the result and releases it with volley_spike_blocks_free, also after a failure; with n = 0
 * on all ranks span is 0. Fails on all ranks together. */
int volley_spike_blocks_make(volley_comm *comm, const volley_network *network,
                             const volley_recorded_spike *spikes, int64_t n, volley_spike_blocks *blocks);
void volley_spike_blocks_free(volley_spike_blocks *blocks);

/* Timestamps (ms) and node ids of this rank's part of population p; arrays have room for blocks->count[p].
 * `start` is the number of this rank's spikes of the populations before it. */
void volley_spike_blocks_decode(const volley_spike_blocks *blocks, const volley_network *network, int32_t p,
                                uint64_t start, double *timestamps, uint64_t *node_ids);

#endif
