/* SPDX-License-Identifier: BSD-3-Clause */
/* Both exchanges of spikes give every rank what it needs, in canonical order, with any counts and through
 * overflows. */
#include "comm/exchange.h"
#include "comm/require.h"

#include "base/status.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static volley_comm *comm;
static int rank, size;

enum { MOST_STEPS = 5, MOST = 200000 };

/* How a test deals neurons to ranks and how many of them fire. */
typedef struct pattern {
    bool interleaved; /* gid modulo ranks instead of ranges */
    uint64_t first;   /* lowest gid */
    uint64_t n;       /* neurons that may fire */
    uint64_t rarity;  /* one in this many fires */
    uint64_t silent;  /* call number modulo this is silent; 0: never */
    int lonely;       /* only this rank fires; -1: all */
} pattern;

static uint64_t mix(uint64_t x) {
    x = (x ^ (x >> 31)) * UINT64_C(0x7fb5d329728ea185);
    x = (x ^ (x >> 27)) * UINT64_C(0x81dadef4bc2dd44d);
    return x ^ (x >> 33);
}

static int owner_of(const pattern *p, uint64_t i) {
    return (int)(p->interleaved ? i % (uint64_t)size : i * (uint64_t)size / p->n);
}

/* What the ranks need: all spikes by allgather; all, or one in three, or none from others by routes. */
typedef enum needs { ALLGATHER, ALL, SOME, NONE, N_NEEDS } needs;
static needs mode;

static bool rank_needs(uint64_t gid, int receiver) {
    return mode == ALLGATHER || mode == ALL || (mode == SOME && mix(gid * 131 + (uint64_t)receiver) % 3 == 0);
}

static volley_routes *routes;

/* An exchange of the mode, for neurons [first, first + n) dealt out as in the pattern. */
static volley_exchange *create(const pattern *p, uint64_t n_neurons, int64_t interval, uint32_t slot) {
    volley_exchange *x;
    routes = NULL;
    if (mode != ALLGATHER) {
        uint64_t *needed = calloc(p->n, sizeof *needed), *counts = calloc((size_t)size, sizeof *counts),
                 at = 0;
        for (int r = 0; r < size; r++)
            for (uint64_t i = 0; i < p->n; i++)
                if (r != rank && owner_of(p, i) == r && rank_needs(p->first + i, rank)) {
                    needed[at++] = p->first + i;
                    counts[r]++;
                }
        REQUIRE(volley_routes_create(comm, needed, counts, &routes) == VOLLEY_OK);
        free(needed);
        free(counts);
    }
    REQUIRE(volley_exchange_create(comm, n_neurons, interval, slot, routes, &x) == VOLLEY_OK);
    return x;
}

static void destroy(volley_exchange **x) {
    volley_exchange_destroy(x);
    REQUIRE(*x == NULL);
    volley_routes_destroy(&routes);
}

static uint64_t overflows_of(const volley_exchange *x) {
    return volley_exchange_so_far(x).overflows;
}

static uint64_t calls_of(const volley_exchange *x) {
    return volley_exchange_so_far(x).calls;
}

static bool fires(const pattern *p, uint64_t i, uint64_t call, uint64_t step) {
    if (p->silent > 0 && call % p->silent == 0)
        return false;
    if (p->lonely >= 0 && owner_of(p, i) != p->lonely)
        return false;
    return mix(i * 1000003 + call * 101 + step) % p->rarity == 0;
}

static uint64_t gids[MOST];

/* Fills this rank's spikes of one call and gives their number. */
static int64_t fill(const pattern *p, uint64_t call, int64_t n_steps, int64_t *counts) {
    int64_t total = 0;
    for (int64_t step = 0; step < n_steps; step++) {
        int64_t before = total;
        for (uint64_t i = 0; i < p->n; i++)
            if (owner_of(p, i) == rank && fires(p, i, call, (uint64_t)step))
                gids[total++] = p->first + i;
        counts[step] = total - before;
    }
    return total;
}

static void compare(const pattern *p, uint64_t call, int64_t n_steps, const volley_spikes *spikes) {
    REQUIRE(spikes->n_steps == n_steps && spikes->start[0] == 0);
    int64_t at = 0;
    uint64_t total = 0;
    for (int64_t step = 0; step < n_steps; step++) {
        for (uint64_t i = 0; i < p->n; i++)
            if (fires(p, i, call, (uint64_t)step)) {
                total++;
                if (owner_of(p, i) != rank && !rank_needs(p->first + i, rank))
                    continue;
                REQUIRE(at < spikes->start[step + 1]);
                REQUIRE(spikes->gid[at++] == p->first + i);
            }
        REQUIRE(spikes->start[step + 1] == at);
    }
    REQUIRE(spikes->total == total);
}

/* Largest count of one rank in a call: what the slot is measured against. */
static uint64_t largest_count(int64_t mine) {
    uint64_t largest = (uint64_t)mine;
    volley_comm_max_u64(comm, &largest, 1);
    return largest;
}

static uint64_t power_of_two(uint64_t n) {
    uint64_t power = 1;
    while (power < n)
        power *= 2;
    return power;
}

/* Runs the pattern and checks spikes, union of flags, number of calls and of overflows. */
static void run(const pattern *p, uint64_t n_neurons, int64_t interval, uint32_t slot, uint64_t max_words) {
    volley_exchange *x = create(p, n_neurons, interval, slot);
    if (max_words > 0)
        volley_exchange_limit_words(x, max_words);
    uint64_t overflows = 0, room = slot;
    for (uint64_t call = 0; call < 12; call++) {
        int64_t counts[MOST_STEPS];
        int64_t n_steps = call == 7 ? 1 : interval; /* shorter calls are legal */
        int64_t mine = fill(p, call, n_steps, counts);
        uint32_t flags = rank == (int)(call % (uint64_t)size) ? VOLLEY_FLAG_FLUSH : 0;
        flags |= rank == size - 1 && call == 3 ? VOLLEY_FLAG_CHECKPOINT : 0;
        volley_spikes spikes;
        REQUIRE(volley_exchange_run(x, n_steps, counts, gids, flags, &spikes) == VOLLEY_OK);
        REQUIRE(spikes.flags == (VOLLEY_FLAG_FLUSH | (call == 3 ? VOLLEY_FLAG_CHECKPOINT : 0u)));
        compare(p, call, n_steps, &spikes);
        uint64_t largest = largest_count(mine);
        if (size > 1 && largest > room) {
            overflows++;
            room = power_of_two(largest);
        }
        if (mode == ALLGATHER)
            REQUIRE(overflows_of(x) == overflows);
        REQUIRE(overflows_of(x) <= call + 1 && (size > 1 || overflows_of(x) == 0));
        REQUIRE(calls_of(x) == call + 1 + overflows_of(x));
        REQUIRE(largest_count((int64_t)overflows_of(x)) == overflows_of(x)); /* all ranks agree */
    }
    REQUIRE(mode != NONE || volley_exchange_so_far(x).overflows == 0);
    destroy(&x);
}

static void test_patterns(void) {
    const pattern patterns[] = {
        {false, 0, 1000, 10, 0, -1},    /* ranges */
        {true, 0, 1000, 10, 0, -1},     /* lists that have to be merged */
        {true, 77, 1001, 3, 2, -1},     /* silent in every other call, so counts jump */
        {true, 0, 3, 2, 0, -1},         /* fewer neurons than ranks */
        {true, 5, 500, 4, 0, size - 1}, /* uneven: one rank has all */
        {false, 5, 500, 4, 3, 0},       {true, 0, 400, UINT64_C(1) << 62, 0, -1}, /* nothing at all */
    };
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++)
        for (int64_t interval = 1; interval <= MOST_STEPS; interval += 2) {
            run(&patterns[i], 2000, interval, 1, 0);
            run(&patterns[i], 2000, interval, 37, 0);
            run(&patterns[i], 2000, interval, 4096, 0);
            run(&patterns[i], 2000, interval, 1, 3); /* excess by broadcasts */
        }
}

/* Gids that need two words. */
static void test_more_than_2_to_32_neurons(void) {
    const pattern wide = {true, (UINT64_C(1) << 32) - 50, 200, 3, 0, -1};
    const pattern huge = {false, UINT64_C(0x123456789abcd), 200, 3, 0, -1};
    for (int64_t interval = 1; interval <= MOST_STEPS; interval += 2) {
        run(&wide, UINT64_C(1) << 33, interval, 1, 0);
        run(&wide, UINT64_C(1) << 33, interval, 64, 0);
        run(&huge, UINT64_C(1) << 60, interval, 7, 0);
        run(&huge, UINT64_C(1) << 60, interval, 7, 3);
    }
    const pattern edge = {true, UINT32_MAX - UINT64_C(100), 100, 2, 0, -1};
    run(&edge, UINT32_MAX, 1, 1, 0);
}

/* Counts that grow in every call overflow in every call. */
static void test_overflow_in_every_step(void) {
    if (mode != ALLGATHER && mode != ALL)
        return;
    const pattern all = {true, 0, (uint64_t)(32768 * size), 1, 0, -1};
    volley_exchange *x = create(&all, 1 << 20, 1, 1);
    uint64_t calls = 0;
    for (int64_t n = 2; n <= 32768; n *= 2, calls++) {
        int64_t mine = n - rank % 2;
        for (int64_t i = 0; i < mine; i++)
            gids[i] = (uint64_t)(i * size + rank);
        volley_spikes spikes;
        REQUIRE(volley_exchange_run(x, 1, &mine, gids, 0, &spikes) == VOLLEY_OK);
        REQUIRE(spikes.start[1] == n * size - size / 2);
        for (int64_t i = 0; i < spikes.start[1]; i++)
            REQUIRE(i == 0 || spikes.gid[i] > spikes.gid[i - 1]);
        REQUIRE(overflows_of(x) == (size > 1 ? calls + 1 : 0));
    }
    REQUIRE(calls_of(x) == calls + overflows_of(x));
    destroy(&x);
}

/* A failing rank sends nothing, all ranks see its flag in the same call, and nobody starts a second round
 * although counts are above the slot. */
static void test_error_flag(void) {
    const pattern all = {true, 0, 1000, 1, 0, -1};
    volley_exchange *x = create(&all, 1000, 2, 1);
    int64_t counts[2] = {10, 5};
    for (int64_t i = 0; i < 15; i++)
        gids[i] = (uint64_t)(rank + size * i);
    for (int failing = 0; failing < size; failing++) {
        volley_spikes spikes;
        uint32_t flags = rank == failing ? VOLLEY_FLAG_ERROR | VOLLEY_FLAG_RATE : 0;
        REQUIRE(volley_exchange_run(x, 2, counts, gids, flags, &spikes) == VOLLEY_OK);
        REQUIRE(spikes.flags == (VOLLEY_FLAG_ERROR | VOLLEY_FLAG_RATE));
        REQUIRE(spikes.start[1] == 0 && spikes.start[2] == 0);
        REQUIRE(spikes.total == 0);
        REQUIRE(calls_of(x) == (uint64_t)failing + 1);
        REQUIRE(overflows_of(x) == 0);
    }
    destroy(&x);
}

/* More spikes than a 32-bit count can tell are refused, and the other ranks learn it at once. */
static void test_too_many_spikes(void) {
    const pattern all = {true, 0, 1000, 1, 0, -1};
    volley_exchange *x = create(&all, 1000, 2, 1);
    int64_t counts[2] = {0, 0};
    if (rank == size - 1)
        counts[0] = counts[1] = INT64_C(1) << 31;
    volley_spikes spikes;
    int code = volley_exchange_run(x, 2, counts, gids, 0, &spikes);
    REQUIRE(code == (rank == size - 1 ? VOLLEY_FAILED : VOLLEY_OK));
    REQUIRE((volley_error_message()[0] != '\0') == (rank == size - 1));
    volley_error_clear();
    REQUIRE(spikes.flags == VOLLEY_FLAG_ERROR && spikes.start[2] == 0);
    REQUIRE(calls_of(x) == 1);
    destroy(&x);
}

static void test_merge(void) {
    uint64_t values[400], scratch[400];
    int64_t start[20];
    for (int64_t lists = 0; lists < 20; lists++)
        for (uint64_t seed = 0; seed < 50; seed++) {
            int64_t n = 0;
            start[0] = seed % 3 == 0 ? 5 : 0; /* the lists need not begin at 0 */
            int64_t at = start[0];
            for (int64_t i = 0; i < lists; i++) {
                for (uint64_t g = 0; g < 20; g++)
                    if (mix(seed * 977 + g * 31 + (uint64_t)i) % (1 + seed % 4) == 0)
                        values[at++] = g * 20 + (uint64_t)i;
                start[i + 1] = at;
            }
            n = at - start[0];
            uint64_t sum = 0, merged = 0;
            for (int64_t i = 0; i < n; i++)
                sum += mix(values[start[0] + i]);
            volley_merge_ascending(values, start, lists, scratch);
            for (int64_t i = 0; i < n; i++) {
                merged += mix(values[start[0] + i]);
                REQUIRE(i == 0 || values[start[0] + i] > values[start[0] + i - 1]);
            }
            REQUIRE(sum == merged);
        }
}

/* Sends n gids from every rank once; returns the overflows so far. */
static uint64_t send(volley_exchange *x, int64_t n) {
    volley_spikes spikes;
    for (int64_t i = 0; i < n; i++)
        gids[i] = (uint64_t)(i * size + rank);
    REQUIRE(volley_exchange_run(x, 1, &n, gids, 0, &spikes) == VOLLEY_OK);
    REQUIRE(spikes.start[1] == n * size);
    for (int64_t i = 0; i < spikes.start[1]; i++)
        REQUIRE(spikes.gid[i] == (uint64_t)i);
    return overflows_of(x);
}

/* After a burst the slot holds as much for a while, and shrinks when nothing comes near it. */
static void test_slot_shrinks(void) {
    if (mode != ALLGATHER && mode != ALL)
        return;
    const pattern all = {true, 0, (uint64_t)(1000 * size), 1, 0, -1};
    uint64_t some = size > 1;
    volley_exchange *x = create(&all, 1 << 20, 1, 8);
    REQUIRE(send(x, 1000) == some);
    REQUIRE(send(x, 1000) == some);
    for (int i = 0; i < 3000; i++)
        REQUIRE(send(x, i % 30) == some);
    REQUIRE(send(x, 50) == some);
    REQUIRE(send(x, 100) == 2 * some);
    REQUIRE(send(x, 100) == 2 * some);
    destroy(&x);
}

/* Messages and bytes that came from other ranks, with slots of 4 gids and 6 spikes of every rank. */
static void test_figures(void) {
    const pattern all = {true, 0, (uint64_t)(6 * size), 1, 0, -1};
    volley_exchange *x = create(&all, 1000, 1, 4);
    volley_spikes spikes;
    uint64_t others = (uint64_t)size - 1, up = 0;
    while ((1 << up) < size)
        up++;
    for (int64_t i = 0; i < 6; i++)
        gids[i] = (uint64_t)(i * size + rank);
    REQUIRE(volley_exchange_run(x, 1, &(int64_t){6}, gids, 0, &spikes) == VOLLEY_OK);
    volley_exchange_figures f = volley_exchange_so_far(x);
    if (mode == ALLGATHER)
        REQUIRE(f.messages == 2 * others && f.bytes == others * (2 + 4 + 2) * 4);
    if (mode == ALL)
        REQUIRE(f.messages == 2 * others + up && f.bytes == others * (1 + 4 + 2) * 4 + up * 24);
    if (mode == NONE)
        REQUIRE(f.messages == up && f.bytes == up * 24);
    destroy(&x);
}

int main(int argc, char **argv) {
    volley_comm_yield_when_idle();
    REQUIRE(volley_comm_start(&argc, &argv, &comm) == VOLLEY_OK);
    rank = volley_comm_rank(comm);
    size = volley_comm_size(comm);
    test_merge();
    for (mode = ALLGATHER; mode < N_NEEDS; mode++) {
        test_patterns();
        test_more_than_2_to_32_neurons();
        test_overflow_in_every_step();
        test_slot_shrinks();
        test_error_flag();
        test_too_many_spikes();
        test_figures();
    }
    volley_comm_stop(&comm);
    return 0;
}
