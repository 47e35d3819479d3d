#include "sim/weights.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/status.h"
#include "build/replay.h"

#include <stdlib.h>
#include <string.h>

typedef struct walk {
    const volley_network *network;
    const volley_projection *projection;
    const void *weights; /* of the block, in the order of its rows */
    uint64_t hash;
    volley_weight_list *list; /* NULL: only the hash is wanted */
} walk;

static uint64_t weight_bits(const walk *w, uint32_t position) {
    uint32_t narrow;
    uint64_t wide;
    if (w->projection->weight_bytes == 4) {
        memcpy(&narrow, (const float *)w->weights + position, sizeof narrow);
        return narrow;
    }
    memcpy(&wide, (const double *)w->weights + position, sizeof wide);
    return wide;
}

static int hash_sink(void *context, const volley_edge_target *target, int64_t first, int64_t n,
                     const int64_t *gid, const uint16_t *delay, const uint32_t *position) {
    walk *w = context;
    (void)gid;
    (void)delay;
    uint64_t base = volley_hash_add(volley_hash_add(0, (uint64_t)target->projection), (uint64_t)target->gid);
    for (int64_t i = 0; i < n; i++)
        w->hash += volley_hash_add(volley_hash_add(base, (uint64_t)(first + i)), weight_bits(w, position[i]));
    return VOLLEY_OK;
}

static void put_weight(const walk *w, int64_t at, uint32_t position) {
    if (w->projection->weight_bytes == 4)
        ((float *)w->list->weight)[at] = ((const float *)w->weights)[position];
    else
        ((double *)w->list->weight)[at] = ((const double *)w->weights)[position];
}

static int list_sink(void *context, const volley_edge_target *target, int64_t first, int64_t n,
                     const int64_t *gid, const uint16_t *delay, const uint32_t *position) {
    walk *w = context;
    volley_weight_list *list = w->list;
    int64_t source_base = w->network->populations[w->projection->source.population].first_gid;
    int64_t target_base = w->network->populations[w->projection->target.population].first_gid;
    for (int64_t i = 0; i < n; i++) {
        int64_t at = list->n++;
        list->target[at] = target->gid - target_base;
        list->source[at] = gid[i] - source_base;
        list->k[at] = first + i;
        list->delay[at] = delay[i];
        put_weight(w, at, position[i]);
    }
    return VOLLEY_OK;
}

/* The values alone; list->n of them are there. */
static int value_sink(void *context, const volley_edge_target *target, int64_t first, int64_t n,
                      const int64_t *gid, const uint16_t *delay, const uint32_t *position) {
    walk *w = context;
    (void)target;
    (void)first;
    (void)gid;
    (void)delay;
    for (int64_t i = 0; i < n; i++)
        put_weight(w, w->list->n++, position[i]);
    return VOLLEY_OK;
}

/* Block by block, so that only one block's weights are held twice. */
static int walk_blocks(volley_worker *worker, int index, int64_t now, volley_replay_sink sink, walk *w) {
    volley_plastic *plastic = &worker->plastic[index];
    w->network = worker->network;
    w->projection = plastic->projection;
    for (int64_t b = 0; b < plastic->n_blocks; b++) {
        size_t n = (size_t)plastic->blocks[b].rows->n_synapses;
        void *weights = volley_alloc(n, (size_t)w->projection->weight_bytes);
        TRY(volley_alloc_status());
        w->weights = weights;
        int status = volley_plastic_weights(plastic, b, now, weights);
        if (status == VOLLEY_OK)
            status = volley_replay_walk(worker->wiring, worker->thread, b, index, sink, w);
        free(weights);
        TRY(status);
    }
    return VOLLEY_OK;
}

int volley_weights_hash(volley_worker *worker, int index, int64_t now, uint64_t *hash) {
    volley_plastic *plastic = &worker->plastic[index];
    walk w = {.network = worker->network, .projection = plastic->projection};
    TRY(volley_plastic_finish(plastic, now));
    for (int64_t b = 0; b < plastic->n_blocks; b++) {
        w.weights = volley_plastic_row_weights(plastic->blocks[b].rows);
        TRY(volley_replay_walk(worker->wiring, worker->thread, b, index, hash_sink, &w));
    }
    *hash += w.hash;
    return VOLLEY_OK;
}

int volley_weights_values(volley_worker *worker, int index, int64_t now, void *values) {
    volley_weight_list list = {.weight = values};
    walk w = {.list = &list};
    return walk_blocks(worker, index, now, value_sink, &w);
}

int volley_weights_list(volley_worker *worker, int index, int64_t now, volley_weight_list *list) {
    *list = (volley_weight_list){0};
    const volley_plastic *plastic = &worker->plastic[index];
    int64_t n = 0;
    for (int64_t b = 0; b < plastic->n_blocks; b++)
        n += plastic->blocks[b].rows->n_synapses;
    TRY(VOLLEY_NEW(list->target, n));
    TRY(VOLLEY_NEW(list->source, n));
    TRY(VOLLEY_NEW(list->k, n));
    TRY(VOLLEY_NEW(list->delay, n));
    list->weight = volley_alloc((size_t)n, (size_t)plastic->projection->weight_bytes);
    TRY(volley_alloc_status());
    walk w = {.list = list};
    return walk_blocks(worker, index, now, list_sink, &w);
}

void volley_weight_list_free(volley_weight_list *list) {
    free(list->target);
    free(list->source);
    free(list->k);
    free(list->delay);
    free(list->weight);
    *list = (volley_weight_list){0};
}
