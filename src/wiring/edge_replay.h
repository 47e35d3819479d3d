/* SPDX-License-Identifier: BSD-3-Clause */
/* Replaying the generator of a plastic projection: every synapse in canonical order (target, k) together with
 * its place in the rows, without a stored permutation. This is how weights are written by (target, k). */
#ifndef VOLLEY_WIRING_EDGE_REPLAY_H
#define VOLLEY_WIRING_EDGE_REPLAY_H

#include "wiring/edges.h"

/* Synapses k = first .. first + n - 1 of a target: gids of the sources, delays in steps, positions in the
 * columns of the block's rows. */
typedef int (*volley_replay_sink)(void *context, const volley_edge_target *target, int64_t first, int64_t n,
                                  const int64_t *gid, const uint16_t *delay, const uint32_t *position);

/* Walks the synapses of plastic projection `index` (as volley_wiring.plastic counts) in a block of a thread.
 * Targets come in the order of their numbers in the thread. Not collective; needs 4 bytes per run of the
 * rows while it works. */
int volley_replay_walk(const volley_wiring *wiring, int thread, int64_t block, int index,
                       volley_replay_sink sink, void *context);

#endif
