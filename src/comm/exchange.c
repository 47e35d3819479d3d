/* SPDX-License-Identifier: BSD-3-Clause */
/* Exchanges the spikes of an interval: packs them by step, checks the counts, and unpacks what has come in
 * canonical order. */
#include "comm/exchange.h"
#include "base/memory.h"
#include "base/status.h"
#include "comm/transport.h"

#include <limits.h>
#include <stdlib.h>

/* Calls that have to fit into half a slot before it shrinks. */
enum { SHRINK_CALLS = 1024 };

static int allocate(volley_exchange *x, uint32_t initial_slot, const volley_routes *routes) {
    TRY(VOLLEY_NEW(x->start, x->max_interval + 1));
    TRY(VOLLEY_NEW(x->run_start, x->size + 1));
    TRY(VOLLEY_NEW(x->letters, x->size));
    if (x->size == 1)
        return VOLLEY_OK;
    x->transport = routes != NULL ? &volley_neighbour : &volley_allgather;
    return x->transport->create(x, initial_slot, routes);
}

int volley_exchange_create(volley_comm *comm, uint64_t n_neurons, int64_t max_interval, uint32_t initial_slot,
                           const volley_routes *routes, volley_exchange **exchange) {
    *exchange = NULL;
    CHECK(max_interval >= 1 && max_interval <= VOLLEY_MAX_SLOT, VOLLEY_USAGE,
          "an exchange interval of %lld steps is not possible", (long long)max_interval);
    volley_exchange *x;
    TRY(VOLLEY_NEW(x, 1));
    x->comm = comm;
    x->world = *(MPI_Comm *)volley_comm_mpi(comm);
    x->rank = volley_comm_rank(comm);
    x->size = volley_comm_size(comm);
    x->gid_words = n_neurons < (UINT64_C(1) << 32) ? 1 : 2;
    x->max_interval = max_interval;
    x->max_words = INT_MAX;
    *exchange = x;
    int code = allocate(x, initial_slot < 1 ? 1 : initial_slot, routes);
    if (code != VOLLEY_OK)
        volley_exchange_destroy(exchange);
    return code;
}

void volley_exchange_destroy(volley_exchange **exchange) {
    volley_exchange *x = *exchange;
    if (x == NULL)
        return;
    if (x->transport != NULL)
        x->transport->destroy(x);
    free(x->letters);
    free(x->gid);
    free(x->scratch);
    free(x->start);
    free(x->run_start);
    free(x);
    *exchange = NULL;
}

volley_exchange_figures volley_exchange_so_far(const volley_exchange *exchange) {
    return exchange->figures;
}

void volley_exchange_limit_words(volley_exchange *exchange, uint64_t words) {
    exchange->max_words = words;
}

void volley_slot_settle(volley_slot *slot, int64_t count) {
    if (count > slot->gids) {
        int64_t power = 1;
        while (power < count && power < slot->largest)
            power *= 2;
        slot->gids = power;
    }
    slot->recent = count > slot->recent ? count : slot->recent;
    if (++slot->recent_calls < SHRINK_CALLS)
        return;
    int64_t enough = slot->smallest;
    while (enough < 2 * slot->recent)
        enough *= 2;
    if (2 * enough <= slot->gids)
        slot->gids = enough;
    slot->recent = slot->recent_calls = 0;
}

/* The sum of this rank's counts, refused when it does not fit its word. */
static int total_count(const int64_t *counts, int64_t n_steps, int64_t *total) {
    *total = 0;
    for (int64_t i = 0; i < n_steps; i++)
        *total += counts[i];
    CHECK(*total <= (int64_t)UINT32_MAX, VOLLEY_FAILED,
          "%lld spikes of one rank in one exchange are more than 2^32 - 1", (long long)*total);
    return VOLLEY_OK;
}

static void unpack(const volley_exchange *x, uint64_t *gids, const uint32_t *words, int64_t n) {
    if (x->gid_words == 1)
        for (int64_t i = 0; i < n; i++)
            gids[i] = words[i];
    else if (n > 0)
        memcpy(gids, words, (size_t)n * sizeof *gids);
}

/* Copies the next n gids of a letter. */
static void take(const volley_exchange *x, volley_letter *letter, int64_t n, uint64_t *out) {
    int64_t from = letter->taken;
    int64_t inside = from < letter->room ? letter->room - from : 0;
    if (inside > n)
        inside = n;
    if (inside > 0)
        unpack(x, out, letter->head + from * x->gid_words, inside);
    if (n > inside)
        unpack(x, out + inside, letter->rest + (from + inside - letter->room) * x->gid_words, n - inside);
    letter->taken = from + n;
}

/* Puts the received gids in order: step by step, ascending inside. */
static int unfold(volley_exchange *x, int64_t n_steps) {
    int64_t total = 0, begin = 0;
    for (int l = 0; l < x->n_letters; l++)
        for (int64_t step = 0; step < n_steps; step++)
            total += x->letters[l].counts[step];
    TRY(VOLLEY_RESERVE(x->gid, &x->gid_capacity, total));
    TRY(VOLLEY_RESERVE(x->scratch, &x->scratch_capacity, total));
    for (int64_t step = 0; step < n_steps; step++) {
        int64_t n = 0;
        for (int l = 0; l < x->n_letters; l++) {
            int64_t count = x->letters[l].counts[step];
            x->run_start[l] = n;
            take(x, &x->letters[l], count, x->gid + begin + n);
            n += count;
        }
        x->run_start[x->n_letters] = n;
        volley_merge_ascending(x->gid + begin, x->run_start, x->n_letters, x->scratch);
        begin += n;
        x->start[step + 1] = begin;
    }
    return VOLLEY_OK;
}

/* No spikes, which is what a failed exchange gives. */
static void clear_steps(volley_exchange *x, int64_t n_steps) {
    memset(x->start, 0, (size_t)(n_steps + 1) * sizeof *x->start);
}

/* One rank: the spikes are copied, since the caller may go on filling its own list. */
static int loopback(volley_exchange *x, const volley_outgoing *out) {
    TRY(VOLLEY_RESERVE(x->gid, &x->gid_capacity, out->total));
    if (out->total > 0)
        memcpy(x->gid, out->gids, (size_t)out->total * sizeof *out->gids);
    for (int64_t i = 0; out->total > 0 && i < out->n_steps; i++)
        x->start[i + 1] = x->start[i] + out->counts[i];
    return VOLLEY_OK;
}

static int exchange_spikes(volley_exchange *x, const volley_outgoing *out, uint32_t *flags, uint64_t *total) {
    x->n_letters = 0;
    int code = x->transport->move(x, out, flags, total);
    if (*flags & VOLLEY_FLAG_ERROR)
        return code;
    if (code == VOLLEY_OK)
        code = unfold(x, out->n_steps);
    x->transport->settle(x);
    return code;
}

int volley_exchange_run(volley_exchange *exchange, int64_t n_steps, const int64_t *counts,
                        const uint64_t *gids, uint32_t flags, volley_spikes *spikes) {
    volley_exchange *x = exchange;
    ASSERT(n_steps >= 1 && n_steps <= x->max_interval);
    volley_outgoing out = {.n_steps = n_steps, .counts = counts, .gids = gids};
    int code = total_count(counts, n_steps, &out.total);
    if (code != VOLLEY_OK)
        flags |= VOLLEY_FLAG_ERROR;
    if (flags & VOLLEY_FLAG_ERROR)
        out.total = 0;
    uint64_t total = (uint64_t)out.total;
    clear_steps(x, n_steps);
    x->figures.calls++;
    int moved = x->size == 1 ? loopback(x, &out) : exchange_spikes(x, &out, &flags, &total);
    if (moved != VOLLEY_OK)
        clear_steps(x, n_steps);
    *spikes = (volley_spikes){.n_steps = n_steps, .start = x->start, .gid = x->gid, .flags = flags};
    spikes->total = flags & VOLLEY_FLAG_ERROR ? 0 : total;
    return code != VOLLEY_OK ? code : moved;
}
