/* SPDX-License-Identifier: BSD-3-Clause */
/* Sends items to the ranks that write them, by destination or by key. */
#include "files/redistribute.h"

#include "base/memory.h"
#include "base/status.h"
#include "files/together.h"

#include <stdlib.h>
#include <string.h>

uint64_t volley_block_first(uint64_t total, int ranks, int rank) {
    uint64_t share = total / (uint64_t)ranks, rest = total % (uint64_t)ranks, r = (uint64_t)rank;
    return share * r + (r < rest ? r : rest);
}

int volley_block_owner(uint64_t total, int ranks, uint64_t key) {
    uint64_t share = total / (uint64_t)ranks, rest = total % (uint64_t)ranks;
    if (key < rest * (share + 1))
        return (int)(key / (share + 1));
    return (int)(rest + (key - rest * (share + 1)) / share);
}

typedef struct parcel {
    char *bytes; /* items ordered by destination */
    uint64_t *send_counts, *receive_counts, *next;
} parcel;

static void parcel_free(parcel *p) {
    free(p->bytes);
    free(p->send_counts);
    free(p->receive_counts);
    free(p->next);
}

/* Orders the items by destination, keeping the order of those with the same one. */
static int parcel_pack(parcel *p, const void *items, uint64_t n, uint64_t item_bytes,
                       const int32_t *destination, int ranks) {
    TRY(VOLLEY_NEW(p->send_counts, ranks));
    TRY(VOLLEY_NEW(p->receive_counts, ranks));
    TRY(VOLLEY_NEW(p->next, ranks));
    p->bytes = volley_alloc(n, item_bytes);
    TRY(volley_alloc_status());
    for (uint64_t i = 0; i < n; i++) {
        ASSERT(destination[i] >= 0 && destination[i] < ranks);
        p->send_counts[destination[i]]++;
    }
    for (int r = 1; r < ranks; r++)
        p->next[r] = p->next[r - 1] + p->send_counts[r - 1];
    for (uint64_t i = 0; i < n; i++)
        memcpy(p->bytes + p->next[destination[i]]++ * item_bytes, (const char *)items + i * item_bytes,
               item_bytes);
    return VOLLEY_OK;
}

int volley_redistribute(volley_comm *comm, const void *items, uint64_t n, uint64_t item_bytes,
                        const int32_t *destination, void **received, uint64_t *n_received) {
    *received = NULL;
    *n_received = 0;
    parcel p = {0};
    int ranks = volley_comm_size(comm);
    int code = parcel_pack(&p, items, n, item_bytes, destination, ranks);
    code = volley_io_together(comm, code);
    if (code == VOLLEY_OK)
        code = volley_comm_alltoall(comm, p.bytes, p.send_counts, item_bytes, received, p.receive_counts);
    if (code == VOLLEY_OK)
        for (int r = 0; r < ranks; r++)
            *n_received += p.receive_counts[r];
    parcel_free(&p);
    return code;
}

/* Puts the received items, each with its key in front, into their places and checks that there is one for
 * each. */
static int place_items(const char *received, uint64_t n, uint64_t item_bytes, uint64_t first, uint64_t count,
                       char *block, char *seen) {
    CHECK(n == count, VOLLEY_FAILED, "redistribution: %llu items for %llu keys", (unsigned long long)n,
          (unsigned long long)count);
    uint64_t stride = sizeof(uint64_t) + item_bytes;
    for (uint64_t i = 0; i < n; i++) {
        uint64_t key;
        memcpy(&key, received + i * stride, sizeof key);
        key -= first;
        CHECK(key < count && !seen[key], VOLLEY_FAILED, "redistribution: key %llu came twice",
              (unsigned long long)(key + first));
        seen[key] = 1;
        memcpy(block + key * item_bytes, received + i * stride + sizeof key, item_bytes);
    }
    return VOLLEY_OK;
}

static int pack_keyed(const uint64_t *keys, const void *items, uint64_t n, uint64_t item_bytes,
                      uint64_t total, int ranks, char **packed, int32_t **destination) {
    uint64_t stride = sizeof(uint64_t) + item_bytes;
    *packed = volley_alloc(n, stride);
    TRY(volley_alloc_status());
    TRY(VOLLEY_NEW(*destination, n));
    for (uint64_t i = 0; i < n; i++) {
        CHECK(keys[i] < total, VOLLEY_FAILED, "redistribution: key %llu of %llu", (unsigned long long)keys[i],
              (unsigned long long)total);
        (*destination)[i] = volley_block_owner(total, ranks, keys[i]);
        memcpy(*packed + i * stride, &keys[i], sizeof keys[i]);
        memcpy(*packed + i * stride + sizeof keys[i], (const char *)items + i * item_bytes, item_bytes);
    }
    return VOLLEY_OK;
}

static int unpack_keyed(volley_comm *comm, const char *received, uint64_t n, uint64_t item_bytes,
                        uint64_t total, void **block) {
    int ranks = volley_comm_size(comm), rank = volley_comm_rank(comm);
    uint64_t first = volley_block_first(total, ranks, rank);
    uint64_t count = volley_block_first(total, ranks, rank + 1) - first;
    char *seen = NULL;
    int code = VOLLEY_NEW(seen, count);
    if (code == VOLLEY_OK) {
        *block = volley_alloc(count, item_bytes);
        code = volley_alloc_status();
    }
    if (code == VOLLEY_OK)
        code = place_items(received, n, item_bytes, first, count, *block, seen);
    free(seen);
    return code;
}

int volley_redistribute_blocks(volley_comm *comm, const uint64_t *keys, const void *items, uint64_t n,
                               uint64_t item_bytes, uint64_t total, void **block) {
    *block = NULL;
    char *packed = NULL;
    int32_t *destination = NULL;
    void *received = NULL;
    uint64_t n_received = 0;
    int code = pack_keyed(keys, items, n, item_bytes, total, volley_comm_size(comm), &packed, &destination);
    code = volley_io_together(comm, code);
    if (code == VOLLEY_OK)
        code = volley_redistribute(comm, packed, n, sizeof(uint64_t) + item_bytes, destination, &received,
                                   &n_received);
    free(packed);
    free(destination);
    if (code == VOLLEY_OK)
        code = volley_io_together(comm, unpack_keyed(comm, received, n_received, item_bytes, total, block));
    free(received);
    if (code != VOLLEY_OK) {
        free(*block);
        *block = NULL;
    }
    return code;
}
