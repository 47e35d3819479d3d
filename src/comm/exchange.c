#include "comm/exchange.h"
#include "base/memory.h"
#include "base/status.h"

#include <limits.h>
#include <mpi.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { COUNT, FLAGS, STEP_COUNTS }; /* words of a slot's header */

/* Larger slots would not fit the int counts of MPI; counts beyond it come as excess each time. */
enum { MAX_SLOT = 1 << 28 };

/* Calls that have to fit into half a slot before it shrinks. */
enum { SHRINK_CALLS = 1024 };

/* Largest piece of a broadcast of excess, in words. */
enum { PIECE = 1 << 28 };

struct volley_exchange {
    volley_comm *comm;
    MPI_Comm world;
    int rank, size;
    int gid_words; /* 32-bit words of a gid: 1 or 2 */
    int64_t max_interval;
    int64_t slot;                 /* gids per slot */
    int64_t first_slot;           /* the smallest it gets */
    int64_t recent, recent_calls; /* largest count of the latest calls, and how many they are */
    uint32_t *slots;              /* [size] slots, by rank */
    uint32_t *excess;
    size_t excess_capacity;
    uint64_t *excess_start; /* [size + 1], in words */
    int *round_counts, *round_starts;
    uint64_t max_words; /* excess beyond this many words goes by broadcasts */
    uint64_t *gid, *scratch;
    size_t gid_capacity, scratch_capacity;
    int64_t *start;     /* [max_interval + 1] */
    int64_t *position;  /* [size]: gids of that rank taken so far */
    int64_t *run_start; /* [size + 1]: lists of the ranks inside a step */
    uint64_t calls, overflows;
};

static int64_t header_words(int64_t n_steps) {
    return n_steps > 1 ? STEP_COUNTS + n_steps : STEP_COUNTS;
}

static int64_t slot_words(const volley_exchange *x, int64_t n_steps) {
    return header_words(n_steps) + x->slot * x->gid_words;
}

static int allocate_slots(volley_exchange *x) {
    free(x->slots);
    return VOLLEY_NEW(x->slots, (size_t)x->size * (size_t)slot_words(x, x->max_interval));
}

static int allocate(volley_exchange *x) {
    TRY(VOLLEY_NEW(x->start, x->max_interval + 1));
    TRY(VOLLEY_NEW(x->excess_start, x->size + 1));
    TRY(VOLLEY_NEW(x->round_counts, x->size));
    TRY(VOLLEY_NEW(x->round_starts, x->size));
    TRY(VOLLEY_NEW(x->position, x->size));
    TRY(VOLLEY_NEW(x->run_start, x->size + 1));
    return allocate_slots(x);
}

int volley_exchange_create(volley_comm *comm, uint64_t n_neurons, int64_t max_interval, uint32_t initial_slot,
                           volley_exchange **exchange) {
    *exchange = NULL;
    CHECK(max_interval >= 1 && max_interval <= MAX_SLOT, VOLLEY_USAGE,
          "an exchange interval of %lld steps is not possible", (long long)max_interval);
    volley_exchange *x;
    TRY(VOLLEY_NEW(x, 1));
    x->comm = comm;
    x->world = *(MPI_Comm *)volley_comm_mpi(comm);
    x->rank = volley_comm_rank(comm);
    x->size = volley_comm_size(comm);
    x->gid_words = n_neurons < (UINT64_C(1) << 32) ? 1 : 2;
    x->max_interval = max_interval;
    x->slot = initial_slot < 1 ? 1 : initial_slot > MAX_SLOT ? MAX_SLOT : initial_slot;
    x->first_slot = x->slot;
    x->max_words = INT_MAX;
    *exchange = x;
    int code = allocate(x);
    if (code != VOLLEY_OK)
        volley_exchange_destroy(exchange);
    return code;
}

void volley_exchange_destroy(volley_exchange **exchange) {
    volley_exchange *x = *exchange;
    if (x == NULL)
        return;
    free(x->slots);
    free(x->excess);
    free(x->excess_start);
    free(x->round_counts);
    free(x->round_starts);
    free(x->gid);
    free(x->scratch);
    free(x->start);
    free(x->position);
    free(x->run_start);
    free(x);
    *exchange = NULL;
}

uint64_t volley_exchange_calls(const volley_exchange *exchange) {
    return exchange->calls;
}

uint64_t volley_exchange_overflows(const volley_exchange *exchange) {
    return exchange->overflows;
}

void volley_exchange_limit_words(volley_exchange *exchange, uint64_t words) {
    exchange->max_words = words;
}

static void pack(const volley_exchange *x, uint32_t *words, const uint64_t *gids, int64_t n) {
    if (x->gid_words == 1)
        for (int64_t i = 0; i < n; i++)
            words[i] = (uint32_t)gids[i];
    else if (n > 0)
        memcpy(words, gids, (size_t)n * sizeof *gids);
}

static void unpack(const volley_exchange *x, uint64_t *gids, const uint32_t *words, int64_t n) {
    if (x->gid_words == 1)
        for (int64_t i = 0; i < n; i++)
            gids[i] = words[i];
    else if (n > 0)
        memcpy(gids, words, (size_t)n * sizeof *gids);
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

static void fill_slot(const volley_exchange *x, uint32_t *slot, int64_t n_steps, const int64_t *counts,
                      const uint64_t *gids, int64_t total, uint32_t flags) {
    slot[COUNT] = (uint32_t)total;
    slot[FLAGS] = flags;
    if (n_steps > 1)
        for (int64_t i = 0; i < n_steps; i++)
            slot[STEP_COUNTS + i] = total > 0 ? (uint32_t)counts[i] : 0;
    pack(x, slot + header_words(n_steps), gids, total < x->slot ? total : x->slot);
}

/* Brings the excess of every rank when there is too much for one call: one broadcast a piece. */
static void broadcast_excess(volley_exchange *x) {
    for (int r = 0; r < x->size; r++) {
        uint64_t end = x->excess_start[r + 1];
        for (uint64_t at = x->excess_start[r]; at < end;) {
            uint64_t n = end - at < PIECE ? end - at : PIECE;
            MPI_Bcast(x->excess + at, (int)n, MPI_UINT32_T, r, x->world);
            at += n;
        }
    }
}

static void gather_excess(volley_exchange *x) {
    for (int r = 0; r < x->size; r++) {
        x->round_counts[r] = (int)(x->excess_start[r + 1] - x->excess_start[r]);
        x->round_starts[r] = (int)x->excess_start[r];
    }
    MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, x->excess, x->round_counts, x->round_starts,
                   MPI_UINT32_T, x->world);
}

/* The second round. A rank without memory for what the others send cannot take part in it, so it ends the
 * job. */
static void fetch_excess(volley_exchange *x, const uint64_t *gids, int64_t words) {
    x->excess_start[0] = 0;
    for (int r = 0; r < x->size; r++) {
        int64_t count = x->slots[r * words + COUNT];
        int64_t over = count > x->slot ? count - x->slot : 0;
        x->excess_start[r + 1] = x->excess_start[r] + (uint64_t)(over * x->gid_words);
    }
    uint64_t total = x->excess_start[x->size];
    int code = VOLLEY_RESERVE(x->excess, &x->excess_capacity, total);
    if (code != VOLLEY_OK)
        volley_comm_abort(x->comm, code);
    int64_t mine = (int64_t)(x->excess_start[x->rank + 1] - x->excess_start[x->rank]) / x->gid_words;
    pack(x, x->excess + x->excess_start[x->rank], gids + x->slot, mine);
    if (total <= x->max_words)
        gather_excess(x);
    else
        broadcast_excess(x);
    x->calls++;
    x->overflows++;
}

/* Every rank sets the same new slot; one that cannot would break the next call, so it ends the job. */
static void enlarge_slot(volley_exchange *x, int64_t largest) {
    int64_t slot = 1;
    while (slot < largest && slot < MAX_SLOT)
        slot *= 2;
    if (slot <= x->slot)
        return;
    x->slot = slot;
    int code = allocate_slots(x);
    if (code != VOLLEY_OK)
        volley_comm_abort(x->comm, code);
}

/* After a burst the slot becomes small again: large messages take other, slower ways through MPI. All ranks
 * have seen the same counts, so all do alike. */
static void shrink_slot(volley_exchange *x, int64_t largest) {
    x->recent = largest > x->recent ? largest : x->recent;
    if (++x->recent_calls < SHRINK_CALLS)
        return;
    int64_t slot = x->first_slot;
    while (slot < 2 * x->recent)
        slot *= 2;
    if (2 * slot <= x->slot)
        x->slot = slot; /* the buffer may be larger */
    x->recent = x->recent_calls = 0;
}

/* Copies the next n gids of a rank, which may lie across the end of its slot. */
static void take(volley_exchange *x, int rank, const uint32_t *slot_gids, int64_t n, uint64_t *out) {
    int64_t from = x->position[rank];
    int64_t inside = from < x->slot ? x->slot - from : 0;
    if (inside > n)
        inside = n;
    if (inside > 0)
        unpack(x, out, slot_gids + from * x->gid_words, inside);
    if (n > inside) {
        uint64_t over = (uint64_t)((from + inside - x->slot) * x->gid_words);
        unpack(x, out + inside, x->excess + x->excess_start[rank] + over, n - inside);
    }
    x->position[rank] = from + n;
}

/* Puts the received gids in order: step by step, ascending inside. */
static int unfold(volley_exchange *x, int64_t n_steps, int64_t words, int64_t total) {
    TRY(VOLLEY_RESERVE(x->gid, &x->gid_capacity, total));
    TRY(VOLLEY_RESERVE(x->scratch, &x->scratch_capacity, total));
    memset(x->position, 0, (size_t)x->size * sizeof *x->position);
    int64_t begin = 0;
    for (int64_t step = 0; step < n_steps; step++) {
        int64_t n = 0;
        for (int r = 0; r < x->size; r++) {
            const uint32_t *slot = x->slots + r * words;
            int64_t count = slot[n_steps > 1 ? STEP_COUNTS + step : COUNT];
            x->run_start[r] = n;
            take(x, r, slot + header_words(n_steps), count, x->gid + begin + n);
            n += count;
        }
        x->run_start[x->size] = n;
        volley_merge_ascending(x->gid + begin, x->run_start, x->size, x->scratch);
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
static int loopback(volley_exchange *x, int64_t n_steps, const int64_t *counts, const uint64_t *gids,
                    int64_t total) {
    x->calls++;
    TRY(VOLLEY_RESERVE(x->gid, &x->gid_capacity, total));
    if (total > 0)
        memcpy(x->gid, gids, (size_t)total * sizeof *gids);
    for (int64_t i = 0; total > 0 && i < n_steps; i++)
        x->start[i + 1] = x->start[i] + counts[i];
    return VOLLEY_OK;
}

static int gather(volley_exchange *x, int64_t n_steps, const int64_t *counts, const uint64_t *gids,
                  int64_t mine, uint32_t *flags) {
    int64_t words = slot_words(x, n_steps);
    fill_slot(x, x->slots + x->rank * words, n_steps, counts, gids, mine, *flags);
    MPI_Allgather(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, x->slots, (int)words, MPI_UINT32_T, x->world);
    x->calls++;
    int64_t largest = 0, total = 0;
    for (int r = 0; r < x->size; r++) {
        int64_t count = x->slots[r * words + COUNT];
        *flags |= x->slots[r * words + FLAGS];
        largest = count > largest ? count : largest;
        total += count;
    }
    if (*flags & VOLLEY_FLAG_ERROR)
        return VOLLEY_OK;
    bool overflow = largest > x->slot;
    if (overflow)
        fetch_excess(x, gids, words);
    int code = unfold(x, n_steps, words, total);
    if (overflow)
        enlarge_slot(x, largest);
    shrink_slot(x, largest);
    return code;
}

int volley_exchange_run(volley_exchange *exchange, int64_t n_steps, const int64_t *counts,
                        const uint64_t *gids, uint32_t flags, volley_spikes *spikes) {
    volley_exchange *x = exchange;
    ASSERT(n_steps >= 1 && n_steps <= x->max_interval);
    int64_t total = 0;
    int code = total_count(counts, n_steps, &total);
    if (code != VOLLEY_OK)
        flags |= VOLLEY_FLAG_ERROR;
    if (flags & VOLLEY_FLAG_ERROR)
        total = 0;
    clear_steps(x, n_steps);
    int moved = x->size == 1 ? loopback(x, n_steps, counts, gids, total)
                             : gather(x, n_steps, counts, gids, total, &flags);
    if (moved != VOLLEY_OK)
        clear_steps(x, n_steps);
    *spikes = (volley_spikes){.n_steps = n_steps, .start = x->start, .gid = x->gid, .flags = flags};
    return code != VOLLEY_OK ? code : moved;
}
