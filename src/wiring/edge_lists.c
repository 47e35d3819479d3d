/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads the edge lists of all projections in parts, and hands each edge to the store. */
#include "wiring/edge_lists.h"

#include "base/memory.h"
#include "base/status.h"
#include "config/edge_reader.h"
#include "net/part.h"

#include <stdlib.h>
#include <string.h>

enum { PIECE = 1024 };

typedef struct piece {
    int64_t n, sources[PIECE], targets[PIECE];
    double weights[PIECE];
    uint16_t delays[PIECE];
} piece;

static int push_piece(volley_router *router, piece *edges) {
    int64_t n = edges->n;
    edges->n = 0;
    return volley_router_push(router, n, edges->sources, edges->targets, edges->weights, edges->delays);
}

/* The network was laid out for the bounds that the first reading found. */
static int check_unchanged(const volley_projection *p, const volley_edge *e) {
    bool same = (!p->list->has_weight || (e->weight >= p->weight.min && e->weight <= p->weight.max)) &&
                (!p->list->has_delay || (e->steps >= p->delay.min && e->steps <= p->delay.max));
    CHECK(same, VOLLEY_FAILED, "%s: %s has changed while it was read", p->list->place, p->list->file);
    return VOLLEY_OK;
}

static int push_part(volley_edge_reader *r, piece *edges, volley_router *router) {
    for (bool more = true; more;) {
        volley_edge e = {0};
        TRY(volley_edge_reader_next(r, &e, &more));
        if (!more)
            break;
        TRY(check_unchanged(r->projection, &e));
        edges->sources[edges->n] = e.source;
        edges->targets[edges->n] = e.target;
        edges->weights[edges->n] = e.weight;
        edges->delays[edges->n] = (uint16_t)e.steps;
        if (++edges->n == PIECE)
            TRY(push_piece(router, edges));
    }
    return push_piece(router, edges);
}

/* Where every rank has neighbouring targets and the file has an index, a rank takes the edges of its own
 * targets instead of a part of the file. All ranks find the same. */
static int choose_own(const volley_router *router, int rank, volley_edge_reader *r) {
    const volley_projection *p = r->projection;
    bool has;
    if (!volley_partition_method_of(r->network)->contiguous)
        return VOLLEY_OK;
    volley_slice own = volley_partition_slice(router->partition, p->target.population, rank);
    const volley_population *population = &r->network->populations[p->target.population];
    if (own.count == 0)
        return volley_sonata_edges_of(r->sonata, 0, 0, &has);
    int64_t first = volley_part_id(population, own.start),
            last = volley_part_id(population,
                                  own.start + own.count - 1); /* neighbours here, so the last is that */
    return volley_sonata_edges_of(r->sonata, (uint64_t)first, (uint64_t)(last - first + 1), &has);
}

int volley_lists_feed(void *context, int32_t projection, volley_router *router) {
    const volley_list_reader *reader = context;
    volley_edge_reader r;
    piece *edges;
    TRY(VOLLEY_NEW(edges, 1));
    int status = volley_edge_reader_open(reader->network, projection, reader->rank, reader->ranks, &r);
    if (status == VOLLEY_OK && r.sonata)
        status = choose_own(router, reader->rank, &r);
    if (status == VOLLEY_OK)
        status = push_part(&r, edges, router);
    volley_edge_reader_close(&r);
    free(edges);
    return status;
}

int volley_lists_check(volley_comm *comm, const volley_layout *layout, const volley_tables *tables) {
    for (int32_t p = 0; p < layout->network->n_projections; p++) {
        const volley_projection *projection = &layout->network->projections[p];
        if (projection->list == NULL || projection->list->file == NULL)
            continue;
        uint64_t edges = tables->of[p].start[layout->slices[projection->target.population].count];
        if (comm != NULL)
            volley_comm_sum_u64(comm, &edges, 1);
        CHECK(edges == (uint64_t)projection->list->count, VOLLEY_USAGE,
              "%s: %s: %llu edges are in the index of targets, or the file has changed: allowed %lld",
              projection->list->place, projection->list->file, (unsigned long long)edges,
              (long long)projection->list->count);
    }
    return VOLLEY_OK;
}
