/* SPDX-License-Identifier: BSD-3-Clause */
/* Chooses storage classes, counts sources, and builds the rows of all threads. */
#include "wiring/synapses.h"
#include "base/memory.h"
#include "base/rng.h"
#include "base/status.h"
#include "wiring/edges.h"
#include "wiring/fill.h"
#include "wiring/kernel_sources.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

void volley_wiring_destroy(volley_wiring **out) {
    volley_wiring *wiring = *out;
    if (wiring == NULL)
        return;
    if (wiring->synapses != NULL)
        for (int t = 0; t < wiring->layout->threads; t++)
            volley_synapses_free(&wiring->synapses[t]);
    if (wiring->indegree != NULL)
        for (int32_t p = 0; p < wiring->layout->network->n_projections; p++)
            free(wiring->indegree[p]);
    if (wiring->cells != NULL)
        for (int32_t p = 0; p < wiring->layout->network->n_projections; p++)
            volley_cells_destroy(&wiring->cells[p]);
    free(wiring->synapses);
    free(wiring->indegree);
    free(wiring->cells);
    free(wiring->storage);
    free(wiring->plastic);
    free(wiring->table);
    free(wiring->first);
    free(wiring->flat);
    free(wiring->constant);
    free(wiring->weights);
    volley_source_map_free(&wiring->sources);
    free(wiring);
    *out = NULL;
}

static double stored_weight(const volley_projection *p) {
    return p->weight_bytes == 4 ? (double)(float)p->weight.a : p->weight.a;
}

/* Chooses each projection's storage class; it follows from the config alone, so it is the same on every
 * layout. */
static int choose_storage(volley_wiring *wiring) {
    const volley_network *network = wiring->layout->network;
    TRY(VOLLEY_NEW(wiring->storage, network->n_projections));
    TRY(VOLLEY_NEW(wiring->plastic, network->n_projections));
    TRY(VOLLEY_NEW(wiring->constant, network->n_projections));
    TRY(VOLLEY_NEW(wiring->weights, network->n_projections));
    for (int32_t p = 0; p < network->n_projections; p++) {
        const volley_projection *projection = &network->projections[p];
        wiring->storage[p] = projection->weight_bytes == 4 ? VOLLEY_CLASS_FLOAT32 : VOLLEY_CLASS_FLOAT64;
        if (projection->plasticity.rule != NULL)
            wiring->plastic[wiring->n_plastic++] = p;
        if (projection->weight.kind != VOLLEY_CONSTANT || projection->plasticity.rule != NULL)
            continue;
        double weight = stored_weight(projection);
        int w = 0;
        while (w < wiring->n_weights && wiring->weights[w] != weight)
            w++;
        if (w == VOLLEY_MAX_CONSTANT_WEIGHTS)
            continue;
        if (w == wiring->n_weights)
            wiring->weights[wiring->n_weights++] = weight;
        wiring->storage[p] = VOLLEY_CLASS_CONSTANT;
        wiring->constant[p] = (uint16_t)w;
    }
    return VOLLEY_OK;
}

/* Numbers the tables: one for each storage class and receptor that static projections use, in this order, and
 * one for each plastic projection. */
static int number_tables(volley_wiring *wiring) {
    const volley_network *network = wiring->layout->network;
    int32_t *first; /* [class][receptor] first projection + 1; 0: none */
    int receptors = volley_network_receptors(network);
    TRY(VOLLEY_NEW(wiring->table, network->n_projections));
    TRY(VOLLEY_NEW(wiring->first, network->n_projections));
    TRY(VOLLEY_NEW(first, VOLLEY_CLASSES * receptors));
    for (int32_t p = network->n_projections; p-- > 0;)
        if (network->projections[p].plasticity.rule == NULL)
            first[wiring->storage[p] * receptors + network->projections[p].receptor] = p + 1;
    for (int i = 0; i < VOLLEY_CLASSES * receptors; i++) {
        int32_t p = first[i] - 1;
        if (p < 0)
            continue;
        wiring->first[wiring->n_static] = p;
        first[i] = wiring->n_static++;
    }
    wiring->n_tables = wiring->n_static;
    for (int32_t p = 0; p < network->n_projections; p++) {
        const volley_projection *projection = &network->projections[p];
        if (projection->plasticity.rule == NULL) {
            wiring->table[p] = first[wiring->storage[p] * receptors + projection->receptor];
            continue;
        }
        wiring->first[wiring->n_tables] = p;
        wiring->table[p] = wiring->n_tables++;
    }
    free(first);
    return VOLLEY_OK;
}

/* Finds the tables all of whose synapses have one delay and one weight. */
static int find_flat(volley_wiring *wiring) {
    const volley_network *network = wiring->layout->network;
    TRY(VOLLEY_NEW(wiring->flat, wiring->n_tables));
    for (int t = 0; t < wiring->n_tables; t++)
        wiring->flat[t] = true;
    for (int32_t p = 0; p < network->n_projections; p++) {
        const volley_projection *projection = &network->projections[p];
        int t = wiring->table[p];
        int32_t first = wiring->first[t];
        bool constant =
            projection->weight.kind == VOLLEY_CONSTANT && projection->delay.kind == VOLLEY_CONSTANT;
        wiring->flat[t] = wiring->flat[t] && constant && wiring->constant[p] == wiring->constant[first] &&
                          projection->delay.a == network->projections[first].delay.a &&
                          projection->weight.a == network->projections[first].weight.a;
    }
    return VOLLEY_OK;
}

/* In-degrees of the rank's targets under a rule that splits a total. */
static int split_total(volley_wiring *wiring, int32_t p) {
    const volley_layout *layout = wiring->layout;
    const volley_projection *projection = &layout->network->projections[p];
    if (projection->rule->count == NULL)
        return VOLLEY_OK;
    const volley_slice *slice = &layout->slices[projection->target.population];
    int64_t *positions = NULL, *counts = NULL, n = 0;
    int status = VOLLEY_NEW(positions, slice->count);
    if (status == VOLLEY_OK)
        status = VOLLEY_NEW(counts, slice->count);
    if (status == VOLLEY_OK)
        status = VOLLEY_NEW(wiring->indegree[p], slice->count);
    if (status == VOLLEY_OK) {
        for (int64_t i = 0; i < slice->count; i++) {
            int64_t position = volley_subset_find(&projection->target, volley_slice_at(slice, i));
            if (position >= 0)
                positions[n++] = position;
        }
        volley_connect_spec spec = volley_projection_spec(projection);
        uint64_t key = volley_rng_key(layout->network->seed, VOLLEY_RNG_SPLIT, (uint32_t)p);
        status = projection->rule->count(&spec, key, positions, n, counts);
        for (int64_t i = slice->count, left = n; i-- > 0;) {
            int64_t position = volley_subset_find(&projection->target, volley_slice_at(slice, i));
            if (position >= 0)
                wiring->indegree[p][i] = counts[--left];
        }
    }
    free(positions);
    free(counts);
    return status;
}

/* What edges are drawn from: in-degrees where they are split, and sources within reach of kernels. */
static int prepare_edges(volley_wiring *wiring) {
    const volley_network *network = wiring->layout->network;
    TRY(VOLLEY_NEW(wiring->indegree, network->n_projections));
    TRY(VOLLEY_NEW(wiring->cells, network->n_projections));
    for (int32_t p = 0; p < network->n_projections; p++)
        TRY(volley_reach_create(wiring->layout, p, &wiring->cells[p]));
    volley_shared_status shared = {0};
#pragma omp parallel for schedule(dynamic) num_threads(wiring->layout->threads)
    for (int32_t p = 0; p < network->n_projections; p++)
        volley_status_share(&shared, split_total(wiring, p));
    return volley_status_result(&shared);
}

typedef struct mark_context {
    const volley_network *network;
    const volley_subset *source;
    volley_source_map *map;
} mark_context;

static void mark_begin(void *context, const volley_edge_target *target) {
    (void)context;
    (void)target;
}

static int mark_sink(void *context, int64_t first, int64_t n, const int64_t *sources) {
    const mark_context *c = context;
    uint64_t base = (uint64_t)c->network->populations[c->source->population].first_gid;
    (void)first;
    for (int64_t i = 0; i < n; i++)
        volley_source_map_mark(c->map, base + (uint64_t)volley_subset_at(c->source, sources[i]));
    return VOLLEY_OK;
}

/* Number of sources that targets of the rank can have, and the position of one of them. */
static int64_t count_candidates(const volley_wiring *wiring, int32_t p) {
    const volley_cells *cells = wiring->cells[p];
    return cells != NULL ? volley_cells_stored(cells) : wiring->layout->network->projections[p].source.count;
}

static int64_t candidate(const volley_wiring *wiring, int32_t p, int64_t i) {
    return wiring->cells[p] != NULL ? wiring->cells[p]->id[i] : i;
}

/* Marks the sources of one projection. Where the rank holds several synapses per source, nearly all sources
 * of a uniform rule occur, or all within reach of a kernel: they are marked without drawing, and the few that
 * have no synapse get an empty row. */
static int mark_sources(volley_wiring *wiring, int32_t p, int thread) {
    const volley_network *network = wiring->layout->network;
    const volley_projection *projection = &network->projections[p];
    volley_connect_spec spec = volley_projection_spec(projection);
    mark_context context = {network, &projection->source, &wiring->sources};
    double share_of_targets = (double)wiring->layout->slices[projection->target.population].count /
                              (double)network->populations[projection->target.population].size;
    double edges = projection->rule->mean_indegree(&spec) * (double)spec.n_targets * share_of_targets;
    int64_t candidates = count_candidates(wiring, p);
    bool alike = projection->rule->uniform || wiring->cells[p] != NULL;
    if (!alike || edges < 2.0 * (double)candidates)
        return volley_edges_walk(wiring, p, thread, 0, INT64_MAX, mark_begin, mark_sink, &context);
    for (int64_t i = thread; i < candidates; i += wiring->layout->threads) {
        int64_t position = candidate(wiring, p, i);
        mark_sink(&context, 0, 1, &position);
    }
    return VOLLEY_OK;
}

static int mark_all(volley_wiring *wiring) {
    const volley_network *network = wiring->layout->network;
    TRY(volley_source_map_create((uint64_t)network->n_neurons, &wiring->sources));
    TRY(prepare_edges(wiring));
    volley_shared_status shared = {0};
#pragma omp parallel num_threads(wiring->layout->threads)
    for (int32_t p = 0; p < network->n_projections; p++)
        volley_status_share(&shared, mark_sources(wiring, p, omp_get_thread_num()));
    TRY(volley_status_result(&shared));
    return volley_source_map_finish(&wiring->sources);
}

/* Cuts a thread's targets into equal blocks and builds them one after another. */
static int build_thread(volley_wiring *wiring, int thread) {
    volley_synapses *synapses = &wiring->synapses[thread];
    int64_t targets = wiring->layout->n_targets[thread];
    int64_t n_blocks = (targets + VOLLEY_BLOCK_TARGETS - 1) / VOLLEY_BLOCK_TARGETS;
    TRY(VOLLEY_NEW(synapses->blocks, n_blocks));
    synapses->n_blocks = n_blocks;
    int64_t unit = synapses->n_blocks * VOLLEY_BATCH_WIDTH, size = 0;
    if (unit > 0)
        size = (targets + unit - 1) / unit * VOLLEY_BATCH_WIDTH;
    for (int64_t b = 0; b < synapses->n_blocks; b++) {
        volley_block *block = &synapses->blocks[b];
        block->first_target = b * size;
        block->n_targets = b * size + size < targets ? size : targets - b * size;
        TRY(volley_block_build(wiring, thread, block, &synapses->connection_hash));
        for (int i = 0; i < block->n_tables; i++) {
            synapses->n_synapses += block->tables[i].n_synapses;
            synapses->n_plastic += i < block->n_static ? 0 : block->tables[i].n_synapses;
        }
    }
    return VOLLEY_OK;
}

static int build(volley_wiring *wiring) {
    TRY(choose_storage(wiring));
    TRY(number_tables(wiring));
    TRY(find_flat(wiring));
    TRY(mark_all(wiring));
    TRY(VOLLEY_NEW(wiring->synapses, wiring->layout->threads));
    volley_shared_status shared = {0};
#pragma omp parallel num_threads(wiring->layout->threads)
    volley_status_share(&shared, build_thread(wiring, omp_get_thread_num()));
    return volley_status_result(&shared);
}

static int create(const volley_layout *layout, const volley_tables *tables, int simd,
                  int (*fill)(volley_wiring *wiring), volley_wiring **out) {
    *out = NULL;
    volley_wiring *wiring;
    TRY(VOLLEY_NEW(wiring, 1));
    wiring->layout = layout;
    wiring->tables = tables;
    wiring->simd = simd;
    int status = fill(wiring);
    if (status != VOLLEY_OK)
        volley_wiring_destroy(&wiring);
    *out = wiring;
    return status;
}

int volley_wiring_create(const volley_layout *layout, const volley_tables *tables, int simd,
                         volley_wiring **wiring) {
    return create(layout, tables, simd, build, wiring);
}

int volley_wiring_draft(const volley_layout *layout, const volley_tables *tables, int simd,
                        volley_wiring **wiring) {
    return create(layout, tables, simd, prepare_edges, wiring);
}
