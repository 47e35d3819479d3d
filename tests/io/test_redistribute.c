/* SPDX-License-Identifier: BSD-3-Clause */
/* Items reach the ranks that write them, by destination and by key, and a doubled key is found; keys are
 * sorted. */
#include "files/redistribute.h"
#include "files/sort.h"

#include "base/hash.h"
#include "base/status.h"
#include "comm/require.h"

#include <stdlib.h>
#include <string.h>

static volley_comm *comm;
static int rank, ranks;

typedef struct item {
    uint32_t a;
    uint16_t from, order; /* 8 bytes, no gaps */
} item;

static void test_block_distribution(void) {
    static const uint64_t totals[] = {0, 1, 2, 5, 7, 64, 1000, (uint64_t)1 << 60};
    for (size_t t = 0; t < sizeof totals / sizeof *totals; t++)
        for (int n = 1; n <= 9; n++) {
            uint64_t total = totals[t];
            REQUIRE(volley_block_first(total, n, 0) == 0 && volley_block_first(total, n, n) == total);
            for (int r = 0; r < n; r++) {
                uint64_t first = volley_block_first(total, n, r), end = volley_block_first(total, n, r + 1);
                REQUIRE(end >= first && end - first <= total / (uint64_t)n + 1 &&
                        end - first >= total / (uint64_t)n);
                if (end > first)
                    REQUIRE(volley_block_owner(total, n, first) == r &&
                            volley_block_owner(total, n, end - 1) == r);
            }
        }
}

/* Rank r sends i % (r + 2) to where; order of the sender is kept. */
static void test_by_destination(void) {
    uint64_t n = rank == ranks - 1 && ranks > 1 ? 0 : 1000 + 37 * (uint64_t)rank, got = 0;
    item *items = calloc(n + 1, sizeof *items);
    int32_t *destination = calloc(n + 1, sizeof *destination);
    REQUIRE(items != NULL && destination != NULL);
    for (uint64_t i = 0; i < n; i++) {
        destination[i] = (int32_t)(volley_mix64(i) % (uint64_t)ranks);
        items[i] = (item){(uint32_t)destination[i], (uint16_t)rank, (uint16_t)i};
    }
    void *received;
    REQUIRE(volley_redistribute(comm, items, n, sizeof *items, destination, &received, &got) == VOLLEY_OK);
    const item *in = received;
    for (uint64_t i = 0; i < got; i++) {
        REQUIRE(in[i].a == (uint32_t)rank);
        REQUIRE(i == 0 || in[i].from > in[i - 1].from ||
                (in[i].from == in[i - 1].from && in[i].order > in[i - 1].order));
    }
    uint64_t sums[2] = {n, got};
    volley_comm_sum_u64(comm, sums, 2);
    REQUIRE(sums[0] == sums[1]);
    free(received);
    free(items);
    free(destination);
}

/* Every key once, on a rank given by its hash; `fault` 1: key 3 twice instead of 4. */
static int blocks_of(uint64_t total, int fault, void **block) {
    uint64_t *keys = calloc(total + 1, sizeof *keys), n = 0;
    item *items = calloc(total + 1, sizeof *items);
    REQUIRE(keys != NULL && items != NULL);
    for (uint64_t k = total; k-- > 0;) {
        if (volley_mix64(k) % (uint64_t)ranks != (uint64_t)rank)
            continue;
        keys[n] = fault && k == 4 ? 3 : k;
        items[n++] = (item){(uint32_t)k, (uint16_t)(k * 3), 9};
    }
    int code = volley_redistribute_blocks(comm, keys, items, n, sizeof *items, total, block);
    free(keys);
    free(items);
    return code;
}

static void test_blocks(void) {
    static const uint64_t totals[] = {0, 1, 3, 1000, 12345};
    for (size_t t = 0; t < sizeof totals / sizeof *totals; t++) {
        void *block;
        REQUIRE(blocks_of(totals[t], 0, &block) == VOLLEY_OK);
        const item *in = block;
        uint64_t first = volley_block_first(totals[t], ranks, rank);
        uint64_t n = volley_block_first(totals[t], ranks, rank + 1) - first;
        for (uint64_t i = 0; i < n; i++)
            REQUIRE(in[i].a == first + i && in[i].from == (uint16_t)(3 * (first + i)) && in[i].order == 9);
        free(block);
    }
}

static void test_doubled_key(void) {
    void *block;
    REQUIRE(blocks_of(1000, 1, &block) == VOLLEY_FAILED);
    REQUIRE(block == NULL);
    uint64_t speaking = volley_error_message()[0] != '\0';
    volley_comm_sum_u64(comm, &speaking, 1);
    REQUIRE(speaking >= 1);
    volley_error_clear();
}

static int ascending(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void test_sort(void) {
    enum { N = 5000 };
    static uint64_t keys[N], expected[N], scratch[N];
    for (int bits = 0; bits <= 64; bits += 4)
        for (int n = 0; n <= N; n = n * 3 + 1) {
            for (int i = 0; i < n; i++)
                expected[i] = keys[i] = bits == 0 ? 7 : volley_mix64((uint64_t)(i + bits)) >> (64 - bits);
            qsort(expected, (size_t)n, sizeof *expected, ascending);
            volley_sort_keys(keys, scratch, (uint64_t)n);
            REQUIRE(memcmp(keys, expected, (size_t)n * sizeof *keys) == 0);
        }
}

int main(int argc, char **argv) {
    REQUIRE(volley_comm_start(&argc, &argv, &comm) == VOLLEY_OK);
    rank = volley_comm_rank(comm);
    ranks = volley_comm_size(comm);
    test_block_distribution();
    test_by_destination();
    test_blocks();
    test_doubled_key();
    test_sort();
    volley_comm_stop(&comm);
    return 0;
}
