/* SPDX-License-Identifier: BSD-3-Clause */
/* Collects edges that come from other ranks or lists, and keeps them by target in the order of their numbers.
 * */
#include "wiring/edge_store.h"
#include "base/memory.h"
#include "base/rng.h"
#include "base/status.h"

#include <stdlib.h>
#include <string.h>

static void free_table(volley_edge_table *table) {
    free(table->start);
    free(table->sources32);
    free(table->sources64);
    free(table->weights32);
    free(table->weights64);
    free(table->delays);
    *table = (volley_edge_table){0};
}

void volley_tables_forget_trained(volley_tables *tables) {
    for (int32_t p = 0; tables->trained != NULL && p < tables->n_projections; p++)
        free_table(&tables->trained[p]);
}

void volley_tables_destroy(volley_tables **out) {
    volley_tables *tables = *out;
    if (tables == NULL)
        return;
    for (int32_t p = 0; tables->of != NULL && p < tables->n_projections; p++)
        free_table(&tables->of[p]);
    volley_tables_forget_trained(tables);
    free(tables->of);
    free(tables->trained);
    free(tables);
    *out = NULL;
}

/* The rank's sources drawing their targets. */
typedef struct source_context {
    volley_router *router;
    int64_t source[VOLLEY_CONNECT_PIECE]; /* all the same */
} source_context;

static int push_targets(void *context, int64_t first, int64_t n, const int64_t *targets) {
    const source_context *c = context;
    (void)first;
    return volley_router_push(c->router, n, c->source, targets, NULL, NULL);
}

static int draw_from_sources(const volley_layout *layout, int32_t p, int simd, volley_router *router) {
    const volley_network *network = layout->network;
    const volley_projection *projection = &network->projections[p];
    const volley_slice *slice = &layout->slices[projection->source.population];
    volley_connect_spec mirror = volley_projection_mirror(projection);
    volley_connect_target source = {
        .key = volley_rng_key(network->seed, VOLLEY_RNG_SOURCE, (uint32_t)p), .count = -1, .simd = simd};
    source_context context = {.router = router};
    for (int64_t i = 0; i < slice->count; i++) {
        int64_t index = volley_slice_at(slice, i);
        source.position = volley_subset_find(&projection->source, index);
        if (source.position < 0)
            continue;
        source.gid = network->populations[projection->source.population].first_gid + index;
        for (int k = 0; k < VOLLEY_CONNECT_PIECE; k++)
            context.source[k] = source.position;
        TRY(projection->rule->draw_targets(&mirror, &source, push_targets, &context));
    }
    return VOLLEY_OK;
}

/* The rank's share of a list that all ranks hold. */
static int push_list(const volley_layout *layout, int32_t p, volley_router *router) {
    const volley_projection *projection = &layout->network->projections[p];
    const volley_edge_list *list = projection->list;
    int64_t share = list->count / router->ranks, rest = list->count % router->ranks, rank = layout->rank;
    int64_t first = share * rank + (rank < rest ? rank : rest), last = first + share + (rank < rest);
    for (int64_t i = first; i < last; i++) {
        double weight = router->weight_bytes > 0 ? projection->weight.values[i] : 0.0;
        uint16_t delay = router->delay_bytes > 0 ? (uint16_t)projection->delay.values[i] : 0;
        TRY(volley_router_push(router, 1, &list->source[i], &list->target[i], &weight, &delay));
    }
    return VOLLEY_OK;
}

static uint64_t get(const char *at, int bytes) {
    uint32_t narrow;
    uint64_t wide;
    memcpy(&narrow, at, sizeof narrow);
    if (bytes == 4)
        return narrow;
    memcpy(&wide, at, sizeof wide);
    return wide;
}

typedef void (*edge_visit)(volley_edge_table *table, const volley_router *router, const char *edge,
                           uint64_t local);

/* All edges that have arrived, by sender and then by round: in the order of a list, and by ascending source
 * where ranks own ascending sources. */
static void visit_all(volley_edge_table *table, const volley_router *router, const volley_slice *slice,
                      edge_visit visit) {
    for (size_t i = 0; i < router->n_parcels; i++)
        router->parcels[i].visited = 0;
    for (int r = 0; r < router->ranks; r++)
        for (size_t i = 0; i < router->n_parcels; i++) {
            volley_parcel *parcel = &router->parcels[i];
            const char *edge = parcel->edges + parcel->visited * router->edge_bytes;
            parcel->visited += parcel->counts[r];
            for (uint64_t k = 0; k < parcel->counts[r]; k++, edge += router->edge_bytes) {
                uint64_t index = get(edge + router->source_bytes, router->target_bytes);
                visit(table, router, edge, (uint64_t)volley_slice_find(slice, (int64_t)index));
            }
        }
}

static void count_edge(volley_edge_table *table, const volley_router *router, const char *edge,
                       uint64_t local) {
    (void)router;
    (void)edge;
    table->start[local + 1]++;
}

/* start[local] moves along the edges of its target, up to the start of the next one. */
static void store_edge(volley_edge_table *table, const volley_router *router, const char *edge,
                       uint64_t local) {
    uint64_t at = table->start[local]++, source = get(edge, router->source_bytes);
    edge += router->source_bytes + router->target_bytes;
    if (table->sources32 != NULL)
        table->sources32[at] = (uint32_t)source;
    else
        table->sources64[at] = source;
    if (router->weight_bytes == 4)
        memcpy(&table->weights32[at], edge, 4);
    else if (router->weight_bytes == 8)
        memcpy(&table->weights64[at], edge, 8);
    if (router->delay_bytes > 0)
        memcpy(&table->delays[at], edge + router->weight_bytes, sizeof *table->delays);
}

static int allocate(volley_edge_table *table, const volley_router *router, uint64_t edges) {
    uint64_t n = edges > 0 ? edges : 1; /* not NULL, which says more than that there are no edges */
    if (router->source_bytes == 4)
        TRY(VOLLEY_NEW(table->sources32, n));
    else
        TRY(VOLLEY_NEW(table->sources64, n));
    if (router->weight_bytes == 4)
        TRY(VOLLEY_NEW(table->weights32, n));
    else if (router->weight_bytes == 8)
        TRY(VOLLEY_NEW(table->weights64, n));
    return router->delay_bytes > 0 ? VOLLEY_NEW(table->delays, n) : VOLLEY_OK;
}

static int collect(volley_edge_table *table, const volley_router *router, const volley_slice *slice) {
    TRY(VOLLEY_NEW(table->start, slice->count + 1));
    visit_all(table, router, slice, count_edge);
    for (int64_t i = 0; i < slice->count; i++)
        table->start[i + 1] += table->start[i];
    TRY(allocate(table, router, table->start[slice->count]));
    visit_all(table, router, slice, store_edge);
    memmove(table->start + 1, table->start, (size_t)slice->count * sizeof *table->start);
    table->start[0] = 0;
    return VOLLEY_OK;
}

static int compare32(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static int compare64(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Brings the edges of every target to ascending sources. Edges of one pair have nothing that tells them
 * apart, so their order among each other does not matter. Under most partitions they are in order already. */
static void sort_sources(volley_edge_table *table, int64_t n_targets, int threads) {
#pragma omp parallel for schedule(dynamic, 64) num_threads(threads)
    for (int64_t i = 0; i < n_targets; i++) {
        uint64_t first = table->start[i], last = table->start[i + 1], k = first + 1;
        if (table->sources32 != NULL) {
            while (k < last && table->sources32[k - 1] <= table->sources32[k])
                k++;
            if (k < last)
                qsort(table->sources32 + first, last - first, sizeof *table->sources32, compare32);
        } else {
            while (k < last && table->sources64[k - 1] <= table->sources64[k])
                k++;
            if (k < last)
                qsort(table->sources64 + first, last - first, sizeof *table->sources64, compare64);
        }
    }
}

static bool is_listed(const volley_distribution *d) {
    return d->kind == VOLLEY_VALUES || d->kind == VOLLEY_COLUMN;
}

/* Collective. Brings the edges of one projection to this rank. `status`: what failed here before, so that all
 * ranks hear of it. When it fails it fails on all. */
static int route(volley_router *router, const volley_layout *layout, int32_t p, int simd,
                 volley_edge_feed feed, void *context, int status) {
    const volley_projection *projection = &layout->network->projections[p];
    if (status == VOLLEY_OK && projection->rule->draw_targets != NULL)
        status = draw_from_sources(layout, p, simd, router);
    else if (status == VOLLEY_OK && projection->list->file != NULL)
        status = feed(context, p, router);
    else if (status == VOLLEY_OK)
        status = push_list(layout, p, router);
    return volley_router_finish(router, status);
}

static int make_all(volley_comm *comm, const volley_partition *partition, const volley_layout *layout,
                    int simd, volley_edge_feed feed, void *context, int status, volley_tables *tables) {
    for (int32_t p = 0; p < layout->network->n_projections; p++) {
        const volley_projection *projection = &layout->network->projections[p];
        const volley_slice *slice = &layout->slices[projection->target.population];
        if (!volley_connect_has_table(projection->rule))
            continue;
        volley_router router;
        bool weights = is_listed(&projection->weight) && projection->trained == NULL;
        int made = volley_router_init(comm, partition, layout, projection, weights,
                                      is_listed(&projection->delay), &router);
        status = route(&router, layout, p, simd, feed, context, status != VOLLEY_OK ? status : made);
        bool arrived = status == VOLLEY_OK;
        if (arrived)
            status = collect(&tables->of[p], &router, slice);
        volley_router_free(&router);
        if (!arrived)
            break;
        if (status == VOLLEY_OK && projection->rule->draw_targets != NULL)
            sort_sources(&tables->of[p], slice->count, layout->threads);
    }
    return status;
}

int volley_tables_create(volley_comm *comm, const volley_partition *partition, const volley_layout *layout,
                         int simd, volley_edge_feed feed, void *context, volley_tables **out) {
    *out = NULL;
    volley_tables *tables;
    int status = VOLLEY_NEW(tables, 1);
    if (status == VOLLEY_OK) {
        tables->n_projections = layout->network->n_projections;
        status = VOLLEY_NEW(tables->of, tables->n_projections);
        if (status == VOLLEY_OK)
            status = VOLLEY_NEW(tables->trained, tables->n_projections);
    }
    uint64_t worst = (uint64_t)make_all(comm, partition, layout, simd, feed, context, status, tables);
    if (comm != NULL)
        volley_comm_max_u64(comm, &worst, 1);
    if (worst != VOLLEY_OK)
        volley_tables_destroy(&tables);
    *out = tables;
    return (int)worst;
}

int volley_tables_trained(volley_comm *comm, const volley_partition *partition, const volley_layout *layout,
                          volley_edge_feed feed, void *context, volley_tables *tables) {
    int status = VOLLEY_OK;
    for (int32_t p = 0; p < layout->network->n_projections; p++) {
        const volley_projection *projection = &layout->network->projections[p];
        if (projection->trained == NULL)
            continue;
        volley_router router;
        int made = volley_router_init(comm, partition, layout, projection, true, true, &router);
        status = status != VOLLEY_OK ? status : made;
        if (status == VOLLEY_OK)
            status = feed(context, p, &router);
        status = volley_router_finish(&router, status);
        bool arrived = status == VOLLEY_OK;
        if (arrived)
            status = collect(&tables->trained[p], &router, &layout->slices[projection->target.population]);
        volley_router_free(&router);
        if (!arrived)
            break;
    }
    uint64_t worst = (uint64_t)status;
    if (comm != NULL)
        volley_comm_max_u64(comm, &worst, 1);
    return (int)worst;
}
