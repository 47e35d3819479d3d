/* SPDX-License-Identifier: BSD-3-Clause */
/* Sends edges to the ranks of their targets, in rounds of bounded size. */
#include "wiring/route.h"
#include "base/memory.h"
#include "base/status.h"

#include <stdlib.h>
#include <string.h>

static uint64_t round_edges = VOLLEY_ROUTER_ROUND;

void volley_router_limit_round(uint64_t edges) {
    round_edges = edges;
}

static int bytes_for(int64_t largest) {
    return largest <= UINT32_MAX ? 4 : 8;
}

int volley_router_init(volley_comm *comm, const volley_partition *partition, const volley_layout *layout,
                       const volley_projection *projection, bool weights, bool delays,
                       volley_router *router) {
    const volley_network *network = layout->network;
    *router = (volley_router){
        .comm = comm,
        .ranks = comm != NULL ? volley_comm_size(comm) : 1,
        .partition = partition,
        .network = network,
        .projection = projection,
        .source_bytes = bytes_for(projection->source.count),
        .target_bytes = bytes_for(network->populations[projection->target.population].size),
        .weight_bytes = weights ? projection->weight_bytes : 0,
        .delay_bytes = delays ? (int)sizeof(uint16_t) : 0,
        .room = round_edges,
    };
    int bytes = router->source_bytes + router->target_bytes + router->weight_bytes + router->delay_bytes;
    router->edge_bytes = (uint64_t)bytes;
    TRY(VOLLEY_NEW(router->waiting, router->room * router->edge_bytes));
    TRY(VOLLEY_NEW(router->sorted, router->room * router->edge_bytes));
    TRY(VOLLEY_NEW(router->destination, router->room));
    TRY(VOLLEY_NEW(router->counts, router->ranks));
    return VOLLEY_NEW(router->next, router->ranks);
}

void volley_router_free(volley_router *router) {
    for (size_t i = 0; i < router->n_parcels; i++) {
        free(router->parcels[i].edges);
        free(router->parcels[i].counts);
    }
    free(router->parcels);
    free(router->waiting);
    free(router->sorted);
    free(router->destination);
    free(router->counts);
    free(router->next);
    *router = (volley_router){0};
}

/* Orders the waiting edges by destination, keeping the order of those with the same one. */
static void sort_waiting(volley_router *router) {
    memset(router->counts, 0, (size_t)router->ranks * sizeof *router->counts);
    for (uint64_t i = 0; i < router->n; i++)
        router->counts[router->destination[i]]++;
    router->next[0] = 0;
    for (int r = 1; r < router->ranks; r++)
        router->next[r] = router->next[r - 1] + router->counts[r - 1];
    for (uint64_t i = 0; i < router->n; i++)
        memcpy(router->sorted + router->next[router->destination[i]]++ * router->edge_bytes,
               router->waiting + i * router->edge_bytes, router->edge_bytes);
}

static int receive_alone(const volley_router *router, volley_parcel *parcel) {
    TRY(VOLLEY_NEW(parcel->edges, router->n * router->edge_bytes));
    if (router->n > 0)
        memcpy(parcel->edges, router->waiting, router->n * router->edge_bytes);
    parcel->counts[0] = router->n;
    return VOLLEY_OK;
}

/* Collective. One round; status: of this rank; *more: whether any rank has edges left. */
static int exchange(volley_router *router, int status, bool *more) {
    volley_parcel parcel = {0};
    if (status == VOLLEY_OK)
        status = VOLLEY_RESERVE(router->parcels, &router->parcels_room, router->n_parcels + 1);
    if (status == VOLLEY_OK)
        status = VOLLEY_NEW(parcel.counts, router->ranks);
    uint64_t state[2] = {*more, (uint64_t)status};
    if (router->comm != NULL)
        volley_comm_max_u64(router->comm, state, 2);
    *more = state[0] != 0;
    status = (int)state[1];
    if (status == VOLLEY_OK && router->comm == NULL) {
        status = receive_alone(router, &parcel);
    } else if (status == VOLLEY_OK) {
        sort_waiting(router);
        status = volley_comm_alltoall(router->comm, router->sorted, router->counts, router->edge_bytes,
                                      (void **)&parcel.edges, parcel.counts);
    }
    router->n = 0;
    if (status == VOLLEY_OK) {
        router->parcels[router->n_parcels++] = parcel;
    } else {
        free(parcel.counts);
        router->ended = true;
    }
    return status;
}

static char *put(char *at, uint64_t value, int bytes) {
    if (bytes == 4)
        memcpy(at, &(uint32_t){(uint32_t)value}, 4);
    else
        memcpy(at, &value, 8);
    return at + bytes;
}

int volley_router_push(volley_router *router, int64_t n, const int64_t *sources, const int64_t *targets,
                       const double *weights, const uint16_t *delays) {
    const volley_subset *subset = &router->projection->target;
    int64_t first_gid = router->network->populations[subset->population].first_gid;
    for (int64_t i = 0; i < n; i++) {
        if (router->n == router->room) {
            bool more = true;
            TRY(exchange(router, VOLLEY_OK, &more));
        }
        int64_t index = volley_subset_at(subset, targets[i]);
        char *at = router->waiting + router->n * router->edge_bytes;
        at = put(at, (uint64_t)sources[i], router->source_bytes);
        at = put(at, (uint64_t)index, router->target_bytes);
        if (router->weight_bytes == 4)
            memcpy(at, &(float){(float)weights[i]}, 4);
        else if (router->weight_bytes == 8)
            memcpy(at, &weights[i], 8);
        if (router->delay_bytes > 0)
            memcpy(at + router->weight_bytes, &delays[i], sizeof delays[i]);
        router->destination[router->n++] =
            router->ranks == 1 ? 0 : volley_partition_owner(router->partition, first_gid + index);
    }
    return VOLLEY_OK;
}

int volley_router_finish(volley_router *router, int status) {
    for (bool more = true; more && !router->ended;) {
        more = false;
        status = exchange(router, status, &more);
    }
    router->ended = true;
    return status;
}
