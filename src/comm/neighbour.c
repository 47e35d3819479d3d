/* SPDX-License-Identifier: BSD-3-Clause */
/* The exchange between neighbours; see exchange.h. */
#include "base/memory.h"
#include "base/status.h"
#include "comm/transport.h"

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>

enum { EXCESS_TAG = 1 };

/* What all ranks need of each other. */
typedef struct header {
    uint64_t flags, spikes, overflow;
} header;

/* One direction of the traffic with one neighbour. */
typedef struct peer {
    volley_slot slot;
    int64_t count; /* gids in this call */
    uint64_t late; /* where its excess begins, in gids */
} peer;

/* One direction of the traffic with all neighbours. */
typedef struct side {
    int n;
    const int *ranks; /* [n], borrowed */
    peer *peers;      /* [n] */
    uint32_t *words;  /* the slots, one after another */
    size_t words_capacity;
    int *counts, *starts; /* [n], in words */
    uint32_t *late;       /* the excess, one neighbour after another */
    size_t late_capacity;
} side;

/* A gid that did not fit its slot. */
typedef struct late_gid {
    uint64_t gid;
    uint32_t to;
} late_gid;

typedef struct neighbour {
    const volley_routes *routes; /* borrowed */
    MPI_Comm graph;
    MPI_Datatype header_type;
    MPI_Op header_join;
    int reduction_messages; /* log2 of the ranks, up */
    side out, in;
    late_gid *late; /* in the order of the spikes */
    size_t n_late, late_capacity;
    uint32_t *own, *own_counts;
    size_t own_capacity;
    MPI_Request *requests;
    size_t requests_capacity;
} neighbour;

/* cppcheck-suppress constParameter ; the signature is MPI's */
static void join_headers(void *in, void *inout, int *n, MPI_Datatype *type) {
    const header *a = in;
    header *b = inout;
    (void)type;
    for (int i = 0; i < *n; i++) {
        b[i].flags |= a[i].flags;
        b[i].spikes += a[i].spikes;
        b[i].overflow |= a[i].overflow;
    }
}

/* Lays the slots out for n_steps; one that cannot be sent would break the call, so the job ends. */
static void lay_out(volley_exchange *x, side *s, int64_t n_steps) {
    size_t at = 0;
    for (int i = 0; i < s->n; i++) {
        size_t words = (size_t)(n_steps + s->peers[i].slot.gids * x->gid_words);
        s->starts[i] = (int)at;
        s->counts[i] = (int)words;
        at += words;
    }
    int code = VOLLEY_OK;
    if (at > INT_MAX)
        code = volley_fail(VOLLEY_FAILED, "more than 2^31 - 1 words in one exchange between neighbours");
    if (code == VOLLEY_OK)
        code = VOLLEY_RESERVE(s->words, &s->words_capacity, at);
    if (code != VOLLEY_OK)
        volley_comm_abort(x->comm, code);
}

static int create_side(const volley_exchange *x, side *s, int n, const int *ranks, int64_t initial_slot) {
    s->n = n;
    s->ranks = ranks;
    TRY(VOLLEY_NEW(s->peers, n));
    TRY(VOLLEY_NEW(s->counts, n));
    TRY(VOLLEY_NEW(s->starts, n));
    for (int i = 0; i < n; i++) {
        volley_slot *slot = &s->peers[i].slot;
        slot->largest = 1;
        while (slot->largest < VOLLEY_MAX_SLOT / x->size)
            slot->largest *= 2;
        slot->gids = slot->smallest = initial_slot < slot->largest ? initial_slot : slot->largest;
    }
    return VOLLEY_OK;
}

static void free_side(side *s) {
    free(s->peers);
    free(s->words);
    free(s->counts);
    free(s->starts);
    free(s->late);
}

static int create(volley_exchange *x, uint32_t initial_slot, const volley_routes *routes) {
    neighbour *b;
    TRY(VOLLEY_NEW(b, 1));
    x->state = b;
    b->routes = routes;
    b->graph = *(MPI_Comm *)routes->graph;
    while ((1 << b->reduction_messages) < x->size)
        b->reduction_messages++;
    MPI_Type_contiguous((int)(sizeof(header) / sizeof(uint64_t)), MPI_UINT64_T, &b->header_type);
    MPI_Type_commit(&b->header_type);
    MPI_Op_create(join_headers, 1, &b->header_join);
    TRY(create_side(x, &b->out, routes->n_destinations, routes->destinations, initial_slot));
    TRY(create_side(x, &b->in, routes->n_origins, routes->origins, initial_slot));
    return VOLLEY_NEW(b->own_counts, x->max_interval);
}

static void destroy(volley_exchange *x) {
    neighbour *b = x->state;
    if (b == NULL)
        return;
    MPI_Type_free(&b->header_type);
    MPI_Op_free(&b->header_join);
    free_side(&b->out);
    free_side(&b->in);
    free(b->late);
    free(b->own);
    free(b->own_counts);
    free(b->requests);
    free(b);
}

/* Puts one gid into the slots of all who need it. */
static int address(volley_exchange *x, uint64_t gid, int64_t neuron, int64_t n_steps, int64_t step) {
    neighbour *b = x->state;
    const volley_routes *routes = b->routes;
    for (uint64_t i = routes->start[neuron]; i < routes->start[neuron + 1]; i++) {
        uint32_t to = routes->to[i];
        peer *p = &b->out.peers[to];
        uint32_t *slot = b->out.words + b->out.starts[to];
        slot[step]++;
        if (p->count < p->slot.gids) {
            volley_pack(x, slot + n_steps + p->count * x->gid_words, &gid, 1);
        } else {
            TRY(VOLLEY_RESERVE(b->late, &b->late_capacity, b->n_late + 1));
            b->late[b->n_late++] = (late_gid){gid, to};
        }
        p->count++;
    }
    return VOLLEY_OK;
}

/* First of the neurons [low, routes->n) that is not below gid. */
static int64_t find(const volley_routes *routes, int64_t low, uint64_t gid) {
    int64_t high = routes->n;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (routes->gid[middle] < gid)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void clear_slots(neighbour *b, int64_t n_steps) {
    b->n_late = 0;
    for (int i = 0; i < b->out.n; i++) {
        b->out.peers[i].count = 0;
        memset(b->out.words + b->out.starts[i], 0, (size_t)n_steps * sizeof *b->out.words);
    }
}

/* Sorts this rank's spikes by receiver. */
static int fill_slots(volley_exchange *x, const volley_outgoing *out) {
    neighbour *b = x->state;
    const volley_routes *routes = b->routes;
    const uint64_t *gid = out->gids;
    for (int64_t step = 0; step < out->n_steps && out->total > 0; step++) {
        int64_t neuron = 0; /* spikes of a step ascend */
        for (int64_t i = 0; i < out->counts[step]; i++, gid++) {
            neuron = find(routes, neuron, *gid);
            if (neuron < routes->n && routes->gid[neuron] == *gid)
                TRY(address(x, *gid, neuron, out->n_steps, step));
        }
    }
    return VOLLEY_OK;
}

/* The spikes that stay on this rank. */
static int keep_own(volley_exchange *x, const volley_outgoing *out) {
    neighbour *b = x->state;
    TRY(VOLLEY_RESERVE(b->own, &b->own_capacity, out->total * x->gid_words));
    volley_pack(x, b->own, out->gids, out->total);
    for (int64_t i = 0; i < out->n_steps; i++)
        b->own_counts[i] = out->total > 0 ? (uint32_t)out->counts[i] : 0;
    return VOLLEY_OK;
}

static int64_t excess(const peer *p) {
    return p->count > p->slot.gids ? p->count - p->slot.gids : 0;
}

/* Gives every neighbour its part of the excess; returns its words in all. */
static uint64_t place_excess(const volley_exchange *x, side *s) {
    uint64_t at = 0;
    for (int i = 0; i < s->n; i++) {
        s->peers[i].late = at;
        at += (uint64_t)(excess(&s->peers[i]) * x->gid_words);
    }
    return at;
}

/* Sends or receives the excess of all neighbours in pieces. Both ends know the count of their pair. */
static size_t start_excess(const volley_exchange *x, const side *s, bool sends, MPI_Request *requests) {
    size_t n = 0;
    for (int i = 0; i < s->n; i++) {
        uint64_t left = (uint64_t)(excess(&s->peers[i]) * x->gid_words);
        uint32_t *at = s->late + s->peers[i].late;
        for (; left > 0; n++) {
            int words = (int)(left < x->max_words ? left : x->max_words);
            if (requests != NULL && sends)
                MPI_Isend(at, words, MPI_UINT32_T, s->ranks[i], EXCESS_TAG, x->world, &requests[n]);
            else if (requests != NULL)
                MPI_Irecv(at, words, MPI_UINT32_T, s->ranks[i], EXCESS_TAG, x->world, &requests[n]);
            at += words;
            left -= (uint64_t)words;
        }
    }
    return n;
}

/* The second round, between those pairs that need it. A rank without memory for it ends the job. */
static void fetch_excess(volley_exchange *x) {
    neighbour *b = x->state;
    uint64_t sent = place_excess(x, &b->out), received = place_excess(x, &b->in);
    size_t messages = start_excess(x, &b->in, false, NULL);
    size_t requests = messages + start_excess(x, &b->out, true, NULL);
    int code = VOLLEY_RESERVE(b->out.late, &b->out.late_capacity, sent);
    if (code == VOLLEY_OK)
        code = VOLLEY_RESERVE(b->in.late, &b->in.late_capacity, received);
    if (code == VOLLEY_OK)
        code = VOLLEY_RESERVE(b->requests, &b->requests_capacity, requests);
    if (code != VOLLEY_OK)
        volley_comm_abort(x->comm, code);
    for (size_t i = 0; i < b->n_late; i++) {
        peer *p = &b->out.peers[b->late[i].to];
        volley_pack(x, b->out.late + p->late, &b->late[i].gid, 1);
        p->late += (uint64_t)x->gid_words;
    }
    place_excess(x, &b->out);
    start_excess(x, &b->in, false, b->requests);
    start_excess(x, &b->out, true, b->requests + messages);
    MPI_Waitall((int)requests, b->requests, MPI_STATUSES_IGNORE);
    x->figures.messages += messages;
    x->figures.bytes += received * sizeof *b->in.late;
}

static void count_received(volley_exchange *x, int64_t n_steps) {
    neighbour *b = x->state;
    uint64_t words = 0;
    for (int i = 0; i < b->in.n; i++) {
        const uint32_t *slot = b->in.words + b->in.starts[i];
        b->in.peers[i].count = 0;
        for (int64_t step = 0; step < n_steps; step++)
            b->in.peers[i].count += slot[step];
        words += (uint64_t)b->in.counts[i];
    }
    x->figures.messages += (uint64_t)(b->in.n + b->reduction_messages);
    x->figures.bytes += words * sizeof *b->in.words + (uint64_t)b->reduction_messages * sizeof(header);
}

/* Own spikes take their place among those of the other ranks. */
static void open_letters(volley_exchange *x, const volley_outgoing *out) {
    neighbour *b = x->state;
    int n = 0;
    bool own = false;
    for (int i = 0; i <= b->in.n; i++) {
        if (!own && (i == b->in.n || b->in.ranks[i] > x->rank)) {
            x->letters[n++] = (volley_letter){.counts = b->own_counts, .head = b->own, .room = out->total};
            own = true;
        }
        if (i == b->in.n)
            break;
        const peer *p = &b->in.peers[i];
        const uint32_t *slot = b->in.words + b->in.starts[i];
        x->letters[n++] = (volley_letter){.counts = slot,
                                          .head = slot + out->n_steps,
                                          .rest = b->in.late != NULL ? b->in.late + p->late : NULL,
                                          .room = p->slot.gids};
    }
    x->n_letters = n;
}

static int move(volley_exchange *x, const volley_outgoing *out, uint32_t *flags, uint64_t *total) {
    neighbour *b = x->state;
    MPI_Request reduced;
    header mine = {.flags = *flags, .spikes = (uint64_t)out->total}, all;
    lay_out(x, &b->out, out->n_steps);
    lay_out(x, &b->in, out->n_steps);
    clear_slots(b, out->n_steps);
    int code = keep_own(x, out);
    if (code == VOLLEY_OK)
        code = fill_slots(x, out);
    if (code != VOLLEY_OK) {
        clear_slots(b, out->n_steps);
        mine.flags |= VOLLEY_FLAG_ERROR;
    }
    mine.overflow = b->n_late > 0;
    MPI_Iallreduce(&mine, &all, 1, b->header_type, b->header_join, b->graph, &reduced);
    MPI_Neighbor_alltoallv(b->out.words, b->out.counts, b->out.starts, MPI_UINT32_T, b->in.words,
                           b->in.counts, b->in.starts, MPI_UINT32_T, b->graph);
    MPI_Wait(&reduced, MPI_STATUS_IGNORE);
    count_received(x, out->n_steps);
    *flags |= (uint32_t)all.flags;
    *total = all.spikes;
    if (*flags & VOLLEY_FLAG_ERROR)
        return code;
    if (all.overflow) {
        fetch_excess(x);
        x->figures.calls++;
        x->figures.overflows++;
    }
    open_letters(x, out);
    return VOLLEY_OK;
}

/* Both ends of a pair have seen the same counts, so both set the same slot. */
static void settle(volley_exchange *x) {
    neighbour *b = x->state;
    for (int i = 0; i < b->out.n; i++)
        volley_slot_settle(&b->out.peers[i].slot, b->out.peers[i].count);
    for (int i = 0; i < b->in.n; i++)
        volley_slot_settle(&b->in.peers[i].slot, b->in.peers[i].count);
}

const volley_transport volley_neighbour = {
    .create = create, .move = move, .settle = settle, .destroy = destroy};
