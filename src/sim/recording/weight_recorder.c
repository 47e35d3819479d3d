/* SPDX-License-Identifier: BSD-3-Clause */
/* Walks through the plastic synapses of a thread in canonical order, and reads, hashes, lists or sets their
 * weights. */
#include "sim/recording/weight_recorder.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/status.h"
#include "net/part.h"
#include "wiring/edge_replay.h"

#include <stdlib.h>
#include <string.h>

typedef struct walk {
    const volley_network *network;
    const volley_projection *projection;
    const void *weights; /* of the block, in the order of its rows */
    uint64_t hash;
    volley_weight_list *list; /* NULL: only the hash is wanted */
    void *stored;             /* of the block: to be set from `next` on */
    const char *next;
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

/* NaN and infinity have an exponent of ones. */
static int check_weight(const walk *w, const volley_edge_target *target, uint32_t position) {
    uint64_t bits = weight_bits(w, position),
             ones = w->projection->weight_bytes == 4 ? UINT64_C(0xFF) << 23 : UINT64_C(0x7FF) << 52;
    if ((bits & ones) != ones)
        return VOLLEY_OK;
    const volley_population *population = &w->network->populations[w->projection->target.population];
    return volley_fail(
        VOLLEY_FAILED, "a weight of projection %s into neuron %lld of %s is no longer a finite number",
        w->projection->name, (long long)volley_part_id(population, target->gid - population->first_gid),
        volley_part_name(population));
}

static int hash_sink(void *context, const volley_edge_target *target, int64_t first, int64_t n,
                     const int64_t *gid, const uint16_t *delay, const uint32_t *position) {
    walk *w = context;
    (void)gid;
    (void)delay;
    uint64_t base = volley_hash_add(volley_hash_add(0, (uint64_t)target->projection), (uint64_t)target->gid);
    for (int64_t i = 0; i < n; i++) {
        TRY(check_weight(w, target, position[i]));
        w->hash += volley_hash_add(volley_hash_add(base, (uint64_t)(first + i)), weight_bits(w, position[i]));
    }
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
        TRY(check_weight(w, target, position[i]));
        list->delay[at] = delay[i];
        put_weight(w, at, position[i]);
    }
    return VOLLEY_OK;
}

/* The values alone; list->n of them are there. */
static int value_sink(void *context, const volley_edge_target *target, int64_t first, int64_t n,
                      const int64_t *gid, const uint16_t *delay, const uint32_t *position) {
    walk *w = context;
    (void)first;
    (void)gid;
    (void)delay;
    for (int64_t i = 0; i < n; i++) {
        TRY(check_weight(w, target, position[i]));
        put_weight(w, w->list->n++, position[i]);
    }
    return VOLLEY_OK;
}

static int set_sink(void *context, const volley_edge_target *target, int64_t first, int64_t n,
                    const int64_t *gid, const uint16_t *delay, const uint32_t *position) {
    walk *w = context;
    (void)target;
    (void)first;
    (void)gid;
    (void)delay;
    size_t bytes = (size_t)w->projection->weight_bytes;
    for (int64_t i = 0; i < n; i++, w->next += bytes)
        memcpy((char *)w->stored + position[i] * bytes, w->next, bytes);
    return VOLLEY_OK;
}

static void *stored_in(volley_plastic_block *block, int column) {
    return column == VOLLEY_STORED_WEIGHT ? volley_plastic_row_weights(block->rows) : block->column[column];
}

int volley_weights_get_stored(volley_worker *worker, int index, int column, void *values) {
    volley_plastic *plastic = &worker->plastic[index];
    volley_weight_list list = {.weight = values};
    walk w = {.network = worker->network, .projection = plastic->projection, .list = &list};
    for (int64_t b = 0; b < plastic->n_blocks; b++) {
        w.weights = stored_in(&plastic->blocks[b], column);
        TRY(volley_replay_walk(worker->wiring, worker->thread, b, index, value_sink, &w));
    }
    return VOLLEY_OK;
}

int volley_weights_set_stored(volley_worker *worker, int index, int column, const void *values) {
    volley_plastic *plastic = &worker->plastic[index];
    walk w = {.network = worker->network, .projection = plastic->projection, .next = values};
    for (int64_t b = 0; b < plastic->n_blocks; b++) {
        w.stored = stored_in(&plastic->blocks[b], column);
        TRY(volley_replay_walk(worker->wiring, worker->thread, b, index, set_sink, &w));
    }
    return VOLLEY_OK;
}

/* Synapses of each slot of the thread's part of the target population. */
static void count_synapses(const volley_plastic *plastic, uint64_t *of_slot) {
    for (int64_t b = 0; b < plastic->n_blocks; b++) {
        const volley_plastic_block *block = &plastic->blocks[b];
        for (int64_t i = 0; i < block->rows->n_synapses; i++)
            of_slot[block->first_target + block->rows->target[i] - plastic->first_slot]++;
    }
}

static int add_targets(const volley_worker *worker, int index, volley_weight_targets *targets) {
    const volley_plastic *plastic = &worker->plastic[index];
    const volley_subset *subset = &plastic->projection->target;
    uint64_t *of_slot = NULL;
    TRY(VOLLEY_NEW(of_slot, plastic->n_slots));
    count_synapses(plastic, of_slot);
    for (int64_t slot = 0; slot < plastic->n_slots; slot++) {
        int64_t neuron = volley_layout_index(worker->layout, worker->thread, subset->population, slot);
        int64_t position = volley_subset_find(subset, neuron);
        if (position < 0)
            continue;
        targets->position[targets->n] = position;
        targets->count[targets->n++] = of_slot[slot];
    }
    free(of_slot);
    return VOLLEY_OK;
}

int volley_weights_targets(const volley_worker *workers, int threads, int index,
                           volley_weight_targets *targets) {
    int64_t most = 0;
    *targets = (volley_weight_targets){0};
    for (int t = 0; t < threads; t++)
        most += workers[t].plastic[index].n_slots;
    TRY(VOLLEY_NEW(targets->position, most));
    TRY(VOLLEY_NEW(targets->count, most));
    TRY(VOLLEY_NEW(targets->first, threads + 1));
    for (int t = 0; t < threads; t++) {
        TRY(add_targets(&workers[t], index, targets));
        targets->first[t + 1] = targets->n;
    }
    return VOLLEY_OK;
}

void volley_weights_targets_free(volley_weight_targets *targets) {
    free(targets->position);
    free(targets->count);
    free(targets->first);
    *targets = (volley_weight_targets){0};
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
