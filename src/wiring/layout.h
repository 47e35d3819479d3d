/* SPDX-License-Identifier: BSD-3-Clause */
/* Where the neurons of one rank live: which thread, and where in the thread's arrays.
 *
 * Each thread takes an equal share of every population, round robin in blocks of VOLLEY_BATCH_WIDTH neurons,
 * and numbers its neurons through, population after population, each padded to the width; populations with
 * more receptors come first, so that the targets with a receptor are those below a number. Nothing a user
 * sees depends on it. */
#ifndef VOLLEY_WIRING_LAYOUT_H
#define VOLLEY_WIRING_LAYOUT_H

#include "net/network.h"
#include "partition/partition.h"

#include <stdint.h>

/* The share of one thread in one population. Slot i of the segment is target number first + i of the thread.
 */
typedef struct volley_segment {
    int64_t first; /* target number of slot 0 */
    int64_t used;  /* real neurons */
    int64_t count; /* used rounded up to the width */
} volley_segment;

typedef struct volley_layout {
    const volley_network *network; /* borrowed */
    int rank, threads;
    volley_slice *slices;     /* [n_populations]: the rank's neurons */
    volley_segment *segments; /* [threads][n_populations] */
    int64_t *n_targets;       /* [threads]: slots of a thread, padding included */
    int n_receptors;          /* the largest number of receptors of a population */
    int64_t *n_inputs; /* [threads][n_receptors]: targets of a thread that have the receptor, from 0 on */
} volley_layout;

/* Not collective. The caller owns *layout; the network must outlive it. */
int volley_layout_create(const volley_network *network, const volley_partition *partition, int rank,
                         int threads, volley_layout **layout);
void volley_layout_destroy(volley_layout **layout);

static inline const volley_segment *volley_layout_segment(const volley_layout *layout, int thread,
                                                          int32_t population) {
    return &layout->segments[(int64_t)thread * layout->network->n_populations + population];
}

/* Number of a slot's neuron among the rank's neurons of the population. Slots of the padding give numbers
 * beyond them. */
static inline int64_t volley_layout_local(const volley_layout *layout, int thread, int64_t slot) {
    int64_t block = slot / VOLLEY_BATCH_WIDTH * layout->threads + thread;
    return block * VOLLEY_BATCH_WIDTH + slot % VOLLEY_BATCH_WIDTH;
}

/* Index inside the population of a slot of a thread's segment, not of the padding. */
static inline int64_t volley_layout_index(const volley_layout *layout, int thread, int32_t population,
                                          int64_t slot) {
    return volley_slice_at(&layout->slices[population], volley_layout_local(layout, thread, slot));
}

#endif
