/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads edge lists in files through once, so that a network is whole: its counts and the bounds of its
 * columns. */
#include "config/scan_lists.h"

#include "config/edge_reader.h"

#include "base/hash.h"
#include "base/inputs.h"
#include "base/memory.h"
#include "base/status.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is found out about a list, in parts or as a whole. */
typedef struct summary {
    uint64_t count, rounded, content; /* content: a hash of the edges in their order */
    double bounds[4];                 /* largest weight, largest delay, and the negatives of the smallest */
} summary;

/* The edges of a list are the digits of a number in this base, modulo 2^64, so that parts can be put
 * together.
 */
static const uint64_t FACTOR = UINT64_C(0x9e3779b97f4a7c15);

static uint64_t hash_edge(const volley_edge *e) {
    uint64_t words[4] = {(uint64_t)e->source, (uint64_t)e->target, 0, 0}, hash = 0;
    memcpy(&words[2], &e->weight, sizeof e->weight);
    memcpy(&words[3], &e->steps, sizeof e->steps);
    for (int i = 0; i < 4; i++)
        hash = volley_hash_add(hash, words[i]);
    return hash;
}

static int scan_part(const volley_network *network, int32_t p, int part, int parts, summary *s) {
    volley_edge_reader r;
    *s = (summary){.bounds = {-INFINITY, -INFINITY, -INFINITY, -INFINITY}};
    int status = volley_edge_reader_open(network, p, part, parts, &r);
    bool more = true;
    while (status == VOLLEY_OK && more) {
        volley_edge e;
        status = volley_edge_reader_next(&r, &e, &more);
        if (status != VOLLEY_OK || !more)
            break;
        s->content = s->content * FACTOR + hash_edge(&e);
        s->count++;
        s->bounds[0] = fmax(s->bounds[0], e.weight);
        s->bounds[1] = fmax(s->bounds[1], e.steps);
        s->bounds[2] = fmax(s->bounds[2], -e.weight);
        s->bounds[3] = fmax(s->bounds[3], -e.steps);
    }
    s->rounded = r.rounded;
    volley_edge_reader_close(&r);
    return status;
}

/* FACTOR to the power n, modulo 2^64. */
static uint64_t power(uint64_t n) {
    uint64_t result = 1, square = FACTOR;
    for (; n > 0; n >>= 1, square *= square)
        if (n & 1)
            result *= square;
    return result;
}

static void keep(const summary *s, volley_projection *p) {
    bool empty = s->count == 0; /* bounds that are never used */
    p->list->count = (int64_t)s->count;
    p->list->rounded = s->rounded != 0;
    if (p->list->has_weight) {
        p->weight.max = empty ? 1.0 : s->bounds[0];
        p->weight.min = empty ? 1.0 : -s->bounds[2];
        if (p->receptor < 0) /* excitatory or inhibitory */
            p->receptor = p->weight.min < 0.0;
    }
    if (p->list->has_delay) {
        p->delay.max = empty ? 1.0 : s->bounds[1];
        p->delay.min = empty ? 1.0 : -s->bounds[3];
    }
}

/* Collective. All parts together; the worst status of all ranks. */
static int join(volley_comm *comm, int status, summary *s) {
    uint64_t worst[2] = {(uint64_t)status, s->rounded};
    if (comm == NULL)
        return status;
    volley_comm_max_u64(comm, worst, 2);
    s->rounded = worst[1];
    uint64_t before = volley_comm_exscan_u64(comm, s->count), sums[2] = {s->count, 0};
    volley_comm_sum_u64(comm, sums, 1);
    s->content *= power(sums[0] - before - s->count);
    sums[1] = s->content;
    volley_comm_sum_u64(comm, &sums[1], 1);
    s->count = sums[0];
    s->content = sums[1];
    volley_comm_max_double(comm, s->bounds, 4);
    return (int)worst[0];
}

/* Not collective. All ranks have the same summary; one of them alone may find that the file has changed. */
static int add_content(const volley_projection *p, const summary *s) {
    char key[1024];
    snprintf(key, sizeof key, "projections.%s.connect", p->name);
    return volley_input_read(key, p->list->file, volley_hash_add(s->count, s->content));
}

/* Removes projections that were made for one sign of weights or two parts of populations and have no edges.
 * Nothing but the recordings of weights refers to projections. */
static int remove_empty(volley_network *network) {
    int32_t kept = 0, *now; /* [projection] number that recordings of weights have to name; 0: none does */
    TRY(VOLLEY_NEW(now, network->n_projections));
    for (int32_t k = 0; k < network->n_weight_records; k++)
        now[network->weight_records[k].projection] = 1;
    for (int32_t i = 0; i < network->n_projections; i++) {
        volley_projection *p = &network->projections[i];
        bool recorded = now[i] != 0;
        if (p->list != NULL && p->list->selection != NULL &&
            (p->list->selection->sign != 0 || p->list->selection->pair) && p->list->count == 0 && !recorded) {
            volley_projection_free(p);
            continue;
        }
        now[i] = kept;
        if (kept < i) {
            network->projections[kept] = *p;
            *p = (volley_projection){0};
        }
        kept++;
    }
    for (int32_t k = 0; k < network->n_weight_records; k++)
        network->weight_records[k].projection = now[network->weight_records[k].projection];
    network->n_projections = kept;
    free(now);
    return VOLLEY_OK;
}

int volley_lists_read(volley_comm *comm, volley_network *network, bool *any) {
    int rank = comm != NULL ? volley_comm_rank(comm) : 0, ranks = comm != NULL ? volley_comm_size(comm) : 1;
    int listed = VOLLEY_OK;
    *any = false;
    for (int32_t p = 0; p < network->n_projections; p++) {
        volley_projection *projection = &network->projections[p];
        if (projection->list == NULL || projection->list->file == NULL)
            continue;
        summary s;
        *any = true;
        int status = scan_part(network, p, rank, ranks, &s);
        TRY(join(comm, status, &s));
        keep(&s, projection);
        if (listed == VOLLEY_OK) /* no other rank waits for what is found here */
            listed = add_content(projection, &s);
    }
    TRY(listed);
    return remove_empty(network);
}
