/* SPDX-License-Identifier: BSD-3-Clause */
/* Deals out the neurons of a rank to its threads and slots. */
#include "wiring/layout.h"
#include "base/memory.h"
#include "base/status.h"

#include <stdlib.h>

/* Neurons of a thread among n neurons dealt out in blocks of the batch width. */
static int64_t share(int64_t n, int thread, int threads) {
    int64_t round = (int64_t)threads * VOLLEY_BATCH_WIDTH;
    int64_t rest = n % round - (int64_t)thread * VOLLEY_BATCH_WIDTH;
    if (rest < 0)
        rest = 0;
    return n / round * VOLLEY_BATCH_WIDTH + (rest < VOLLEY_BATCH_WIDTH ? rest : VOLLEY_BATCH_WIDTH);
}

static int fill(volley_layout *layout, const volley_partition *partition) {
    int32_t n = layout->network->n_populations;
    TRY(VOLLEY_NEW(layout->slices, n));
    TRY(VOLLEY_NEW(layout->segments, (int64_t)n * layout->threads));
    TRY(VOLLEY_NEW(layout->n_targets, layout->threads));
    for (int32_t p = 0; p < n; p++)
        layout->slices[p] = volley_partition_slice(partition, p, layout->rank);
    for (int t = 0; t < layout->threads; t++)
        for (int32_t p = 0; p < n; p++) {
            volley_segment *segment = &layout->segments[(int64_t)t * n + p];
            segment->first = layout->n_targets[t];
            segment->used = share(layout->slices[p].count, t, layout->threads);
            segment->count =
                (segment->used + VOLLEY_BATCH_WIDTH - 1) / VOLLEY_BATCH_WIDTH * VOLLEY_BATCH_WIDTH;
            layout->n_targets[t] += segment->count;
            CHECK(layout->n_targets[t] <= INT32_MAX, VOLLEY_EXHAUSTED,
                  "more than 2^31 - 1 neurons on one thread; use more threads or ranks");
        }
    return VOLLEY_OK;
}

int volley_layout_create(const volley_network *network, const volley_partition *partition, int rank,
                         int threads, volley_layout **out) {
    volley_layout *layout;
    *out = NULL;
    TRY(VOLLEY_NEW(layout, 1));
    *out = layout;
    layout->network = network;
    layout->rank = rank;
    layout->threads = threads;
    int status = fill(layout, partition);
    if (status != VOLLEY_OK)
        volley_layout_destroy(out);
    return status;
}

void volley_layout_destroy(volley_layout **layout) {
    if (*layout == NULL)
        return;
    free((*layout)->slices);
    free((*layout)->segments);
    free((*layout)->n_targets);
    free(*layout);
    *layout = NULL;
}
