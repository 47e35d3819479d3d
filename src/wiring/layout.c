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

/* The populations, those with more receptors first, otherwise as in the config. */
static int order_populations(const volley_network *network, int32_t **order) {
    int32_t n = 0;
    TRY(VOLLEY_NEW(*order, network->n_populations));
    for (int r = volley_network_receptors(network); r >= 0; r--)
        for (int32_t p = 0; p < network->n_populations; p++)
            if (network->populations[p].model->n_receptors == r)
                (*order)[n++] = p;
    return VOLLEY_OK;
}

static int lay_out(volley_layout *layout, const int32_t *order, int thread) {
    int32_t n = layout->network->n_populations;
    int64_t *inputs = layout->n_inputs + (int64_t)thread * layout->n_receptors;
    for (int32_t i = 0; i < n; i++) {
        int32_t p = order[i];
        volley_segment *segment = &layout->segments[(int64_t)thread * n + p];
        segment->first = layout->n_targets[thread];
        segment->used = share(layout->slices[p].count, thread, layout->threads);
        segment->count = (segment->used + VOLLEY_BATCH_WIDTH - 1) / VOLLEY_BATCH_WIDTH * VOLLEY_BATCH_WIDTH;
        layout->n_targets[thread] += segment->count;
        CHECK(layout->n_targets[thread] <= INT32_MAX, VOLLEY_EXHAUSTED,
              "more than 2^31 - 1 neurons on one thread; use more threads or ranks");
        for (int r = 0; r < layout->network->populations[p].model->n_receptors; r++)
            inputs[r] = layout->n_targets[thread];
    }
    return VOLLEY_OK;
}

static int fill(volley_layout *layout, const volley_partition *partition) {
    int32_t n = layout->network->n_populations, *order;
    layout->n_receptors = volley_network_receptors(layout->network);
    TRY(VOLLEY_NEW(layout->slices, n));
    TRY(VOLLEY_NEW(layout->segments, (int64_t)n * layout->threads));
    TRY(VOLLEY_NEW(layout->n_targets, layout->threads));
    TRY(VOLLEY_NEW(layout->n_inputs, (int64_t)layout->n_receptors * layout->threads));
    TRY(order_populations(layout->network, &order));
    for (int32_t p = 0; p < n; p++)
        layout->slices[p] = volley_partition_slice(partition, p, layout->rank);
    int status = VOLLEY_OK;
    for (int t = 0; t < layout->threads && status == VOLLEY_OK; t++)
        status = lay_out(layout, order, t);
    free(order);
    return status;
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
    free((*layout)->n_inputs);
    free(*layout);
    *layout = NULL;
}
