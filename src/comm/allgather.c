/* SPDX-License-Identifier: BSD-3-Clause */
/* The exchange by one allgather of fixed slots; see exchange.h. */
#include "base/memory.h"
#include "base/status.h"
#include "comm/transport.h"

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>

enum { COUNT, FLAGS, STEP_COUNTS }; /* words of a slot's header */

typedef struct allgather {
    volley_slot slot;
    uint32_t *slots; /* [size] slots, by rank */
    int64_t slot_room, largest;
    uint32_t *excess;
    size_t excess_capacity;
    uint64_t *excess_start; /* [size + 1], in bytes */
} allgather;

static int64_t header_words(int64_t n_steps) {
    return n_steps > 1 ? STEP_COUNTS + n_steps : STEP_COUNTS;
}

static int64_t slot_words(const volley_exchange *x, int64_t n_steps) {
    const allgather *a = x->state;
    return header_words(n_steps) + a->slot.gids * x->gid_words;
}

static int allocate_slots(volley_exchange *x) {
    allgather *a = x->state;
    free(a->slots);
    a->slot_room = a->slot.gids;
    return VOLLEY_NEW(a->slots, (size_t)x->size * (size_t)slot_words(x, x->max_interval));
}

static int create(volley_exchange *x, uint32_t initial_slot, const volley_routes *routes) {
    (void)routes;
    allgather *a;
    TRY(VOLLEY_NEW(a, 1));
    x->state = a;
    a->slot.largest = VOLLEY_MAX_SLOT;
    a->slot.gids = a->slot.smallest = initial_slot < VOLLEY_MAX_SLOT ? initial_slot : VOLLEY_MAX_SLOT;
    TRY(VOLLEY_NEW(a->excess_start, x->size + 1));
    return allocate_slots(x);
}

static void destroy(volley_exchange *x) {
    allgather *a = x->state;
    if (a == NULL)
        return;
    free(a->slots);
    free(a->excess);
    free(a->excess_start);
    free(a);
}

static void fill_slot(const volley_exchange *x, uint32_t *slot, const volley_outgoing *out, uint32_t flags) {
    const allgather *a = x->state;
    slot[COUNT] = (uint32_t)out->total;
    slot[FLAGS] = flags;
    if (out->n_steps > 1)
        for (int64_t i = 0; i < out->n_steps; i++)
            slot[STEP_COUNTS + i] = out->total > 0 ? (uint32_t)out->counts[i] : 0;
    volley_pack(x, slot + header_words(out->n_steps), out->gids,
                out->total < a->slot.gids ? out->total : a->slot.gids);
}

/* The second round. A rank without memory for what the others send cannot take part in it, so it ends the
 * job. */
static void fetch_excess(volley_exchange *x, const volley_outgoing *out, int64_t words) {
    allgather *a = x->state;
    uint64_t gid_bytes = (uint64_t)x->gid_words * sizeof *a->excess;
    a->excess_start[0] = 0;
    for (int r = 0; r < x->size; r++) {
        int64_t count = a->slots[r * words + COUNT];
        int64_t over = count > a->slot.gids ? count - a->slot.gids : 0;
        a->excess_start[r + 1] = a->excess_start[r] + (uint64_t)over * gid_bytes;
        x->figures.messages += r != x->rank && over > 0;
    }
    uint64_t total = a->excess_start[x->size];
    int code = VOLLEY_RESERVE(a->excess, &a->excess_capacity, total / sizeof *a->excess);
    if (code != VOLLEY_OK)
        volley_comm_abort(x->comm, code);
    uint64_t own = a->excess_start[x->rank + 1] - a->excess_start[x->rank];
    volley_pack(x, a->excess + a->excess_start[x->rank] / sizeof *a->excess, out->gids + a->slot.gids,
                (int64_t)(own / gid_bytes));
    volley_comm_gather_bytes(x->comm, a->excess, a->excess_start, x->max_words * sizeof *a->excess);
    x->figures.calls++;
    x->figures.overflows++;
    x->figures.bytes += total - own;
}

static int move(volley_exchange *x, const volley_outgoing *out, uint32_t *flags, uint64_t *total) {
    allgather *a = x->state;
    int64_t words = slot_words(x, out->n_steps);
    fill_slot(x, a->slots + x->rank * words, out, *flags);
    MPI_Allgather(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, a->slots, (int)words, MPI_UINT32_T, x->world);
    x->figures.messages += (uint64_t)x->size - 1;
    x->figures.bytes += ((uint64_t)x->size - 1) * (uint64_t)words * sizeof *a->slots;
    a->largest = 0;
    *total = 0;
    for (int r = 0; r < x->size; r++) {
        int64_t count = a->slots[r * words + COUNT];
        *flags |= a->slots[r * words + FLAGS];
        a->largest = count > a->largest ? count : a->largest;
        *total += (uint64_t)count;
    }
    if (*flags & VOLLEY_FLAG_ERROR)
        return VOLLEY_OK;
    bool overflow = a->largest > a->slot.gids;
    if (overflow)
        fetch_excess(x, out, words);
    x->n_letters = x->size;
    for (int r = 0; r < x->size; r++) {
        const uint32_t *slot = a->slots + r * words;
        x->letters[r] =
            (volley_letter){.counts = slot + (out->n_steps > 1 ? STEP_COUNTS : COUNT),
                            .head = slot + header_words(out->n_steps),
                            .rest = overflow ? a->excess + a->excess_start[r] / sizeof *a->excess : NULL,
                            .room = a->slot.gids};
    }
    return VOLLEY_OK;
}

/* All ranks have seen the same counts, so all set the same slot; one that cannot would break the next call,
 * so it ends the job. Large messages take other, slower ways through MPI, which is why slots shrink. */
static void settle(volley_exchange *x) {
    allgather *a = x->state;
    volley_slot_settle(&a->slot, a->largest);
    int code = a->slot.gids > a->slot_room ? allocate_slots(x) : VOLLEY_OK;
    if (code != VOLLEY_OK)
        volley_comm_abort(x->comm, code);
}

const volley_transport volley_allgather = {
    .create = create, .move = move, .settle = settle, .destroy = destroy};
