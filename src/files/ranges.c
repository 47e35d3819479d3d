/* SPDX-License-Identifier: BSD-3-Clause */
/* Writes and reads items that are spread over the ranks in ranges, in rounds of contiguous slabs. */
#include "files/ranges.h"

#include "base/hash.h"
#include "base/memory.h"
#include "base/status.h"
#include "files/redistribute.h"
#include "files/together.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* An item of a long range takes up to 24 bytes on its way to the file, as many in each of three places. */
static uint64_t round_items = UINT64_C(1) << 21;

void volley_ranges_set_round(uint64_t items) {
    round_items = items;
}

int volley_ranges_create(uint64_t n, volley_ranges *ranges) {
    *ranges = (volley_ranges){.n = n};
    TRY(VOLLEY_NEW(ranges->place, n));
    return VOLLEY_NEW(ranges->start, n + 1);
}

void volley_ranges_free(volley_ranges *ranges) {
    free(ranges->place);
    free(ranges->start);
    *ranges = (volley_ranges){0};
}

/* ---- places in the file ---- */

/* One range on its way to the rank that adds up, and the answer on its way back. */
typedef struct question {
    uint64_t count, rank, number;
} question;

typedef struct answer {
    uint64_t number, place;
} answer;

/* From the lengths of a block of ranges to their places, in the order of their keys. */
static void add_up(volley_comm *comm, const question *questions, uint64_t n, answer *answers, int32_t *ranks,
                   uint64_t *total) {
    uint64_t sum = 0;
    for (uint64_t i = 0; i < n; i++)
        sum += questions[i].count;
    uint64_t place = volley_comm_exscan_u64(comm, sum);
    *total = sum;
    volley_comm_sum_u64(comm, total, 1);
    for (uint64_t i = 0; i < n; i++) {
        ranks[i] = (int32_t)questions[i].rank;
        answers[i] = (answer){questions[i].number, place};
        place += questions[i].count;
    }
}

int volley_ranges_place(volley_comm *comm, const uint64_t *keys, uint64_t n_keys, volley_ranges *ranges) {
    int ranks = volley_comm_size(comm), rank = volley_comm_rank(comm);
    uint64_t n = volley_block_first(n_keys, ranks, rank + 1) - volley_block_first(n_keys, ranks, rank);
    uint64_t n_back = 0;
    void *block = NULL, *back = NULL;
    question *questions = NULL;
    answer *answers = NULL;
    int32_t *destination = NULL;
    int code = VOLLEY_NEW(questions, ranges->n);
    for (uint64_t i = 0; i < ranges->n && code == VOLLEY_OK; i++)
        questions[i] = (question){ranges->start[i + 1] - ranges->start[i], (uint64_t)rank, i};
    code = volley_io_together(comm, code);
    if (code == VOLLEY_OK)
        code =
            volley_redistribute_blocks(comm, keys, questions, ranges->n, sizeof *questions, n_keys, &block);
    free(questions);
    if (code == VOLLEY_OK) {
        code = VOLLEY_NEW(answers, n);
        if (code == VOLLEY_OK)
            code = VOLLEY_NEW(destination, n);
        code = volley_io_together(comm, code);
    }
    if (code == VOLLEY_OK) {
        add_up(comm, block, n, answers, destination, &ranges->total);
        code = volley_redistribute(comm, answers, n, sizeof *answers, destination, &back, &n_back);
    }
    for (uint64_t i = 0; code == VOLLEY_OK && i < n_back; i++)
        ranges->place[((const answer *)back)[i].number] = ((const answer *)back)[i].place;
    free(block);
    free(back);
    free(answers);
    free(destination);
    return code;
}

/* ---- writing ---- */

/* The file in blocks, one a rank, each written in rounds. Items travel in pieces of ranges: a header of two
 * words (place, number of items), then the values, filled up to a word. */
enum { HEADER = 2 };

typedef struct round {
    uint64_t first;       /* in each block from `first` on */
    uint64_t *words;      /* pieces for rank 0, 1, ... */
    uint64_t *send_words; /* [ranks] */
    uint64_t *receive_words;
    uint64_t *next; /* [ranks] where the next piece for a rank begins */
    char *block;    /* what this rank writes */
} round;

static uint64_t words_of(uint64_t items, uint64_t bytes) {
    return HEADER + (items * bytes + sizeof(uint64_t) - 1) / sizeof(uint64_t);
}

/* Packs items [low, high) of the file, all of range t. */
static void pack_piece(const volley_ranges *ranges, uint64_t t, uint64_t low, uint64_t high,
                       const volley_column *c, uint64_t *to) {
    uint64_t bytes = volley_h5_type_bytes(c->type);
    char *values = (char *)(to + HEADER);
    to[0] = low;
    to[1] = high - low;
    if (c->values != NULL)
        memcpy(values, (const char *)c->values + (ranges->start[t] + low - ranges->place[t]) * bytes,
               (high - low) * bytes);
    for (uint64_t i = 0; c->values == NULL && i < high - low; i++)
        memcpy(values + i * bytes, &c->of_range[t], bytes);
}

/* Counts the words of the rank's pieces of the round, or packs them when there is room for them. */
static void visit_round(const volley_ranges *ranges, int ranks, const volley_column *c, round *r) {
    uint64_t bytes = volley_h5_type_bytes(c->type);
    for (uint64_t t = 0; t < ranges->n; t++) {
        uint64_t at = ranges->place[t], end = at + ranges->start[t + 1] - ranges->start[t];
        while (at < end) {
            int owner = volley_block_owner(ranges->total, ranks, at);
            uint64_t block = volley_block_first(ranges->total, ranks, owner) + r->first;
            uint64_t next = volley_block_first(ranges->total, ranks, owner + 1);
            uint64_t low = block > at ? block : at, high = block + round_items;
            high = high < next ? high : next;
            high = high < end ? high : end;
            if (low < high && r->words != NULL) {
                pack_piece(ranges, t, low, high, c, r->words + r->next[owner]);
                r->next[owner] += words_of(high - low, bytes);
            } else if (low < high) {
                r->send_words[owner] += words_of(high - low, bytes);
            }
            at = next;
        }
    }
}

/* Items of a block in the round that begins at `first`. */
static uint64_t in_round(uint64_t total, int ranks, int rank, uint64_t first) {
    uint64_t block = volley_block_first(total, ranks, rank + 1) - volley_block_first(total, ranks, rank);
    uint64_t left = block > first ? block - first : 0;
    return left < round_items ? left : round_items;
}

static int pack(const volley_ranges *ranges, int ranks, int rank, const volley_column *c, round *r) {
    uint64_t words = 0;
    TRY(VOLLEY_NEW(r->send_words, ranks));
    TRY(VOLLEY_NEW(r->receive_words, ranks));
    TRY(VOLLEY_NEW(r->next, ranks));
    visit_round(ranges, ranks, c, r);
    for (int i = 0; i < ranks; i++) {
        r->next[i] = words;
        words += r->send_words[i];
    }
    TRY(VOLLEY_NEW(r->words, words));
    if (words > 0)
        visit_round(ranges, ranks, c, r);
    r->block = volley_alloc(in_round(ranges->total, ranks, rank, r->first), volley_h5_type_bytes(c->type));
    return volley_alloc_status();
}

/* Puts the pieces that have come into their places in this rank's `n` items from `at` on. */
static int unpack(const uint64_t *words, uint64_t n_words, uint64_t bytes, uint64_t at, uint64_t n,
                  char *block) {
    uint64_t found = 0;
    for (uint64_t i = 0; i < n_words;) {
        uint64_t place = words[i] - at, items = words[i + 1];
        CHECK(place < n && items <= n - place, VOLLEY_FAILED, "ranges: items for place %llu",
              (unsigned long long)words[i]);
        memcpy(block + place * bytes, words + i + HEADER, items * bytes);
        found += items;
        i += words_of(items, bytes);
    }
    CHECK(found == n, VOLLEY_FAILED, "ranges: %llu items for %llu places", (unsigned long long)found,
          (unsigned long long)n);
    return VOLLEY_OK;
}

static int write_round(volley_comm *comm, const volley_ranges *ranges, const volley_column *c,
                       uint64_t first) {
    int ranks = volley_comm_size(comm), rank = volley_comm_rank(comm);
    uint64_t bytes = volley_h5_type_bytes(c->type), n_words = 0;
    uint64_t at = volley_block_first(ranges->total, ranks, rank) + first;
    uint64_t n = in_round(ranges->total, ranks, rank, first);
    round r = {.first = first};
    void *received = NULL;
    int code = volley_io_together(comm, pack(ranges, ranks, rank, c, &r));
    if (code == VOLLEY_OK)
        code = volley_comm_alltoall(comm, r.words, r.send_words, sizeof *r.words, &received, r.receive_words);
    free(r.words);
    for (int i = 0; i < ranks && code == VOLLEY_OK; i++)
        n_words += r.receive_words[i];
    if (code == VOLLEY_OK)
        code = volley_io_together(comm, unpack(received, n_words, bytes, at, n, r.block));
    free(received);
    if (code == VOLLEY_OK && c->hash != NULL)
        *c->hash += volley_ranges_hash(c->type, at, n, r.block);
    if (code == VOLLEY_OK) /* each by itself: collective calls of HDF5 cost far more than small writes */
        code =
            volley_io_together(comm, c->row < 0 ? volley_h5_write(NULL, c->dataset, c->type, at, n, r.block)
                                                : volley_h5_write_table(NULL, c->dataset, c->type,
                                                                        (uint64_t)c->row, 1, at, n, r.block));
    free(r.block);
    free(r.send_words);
    free(r.receive_words);
    free(r.next);
    return code;
}

int volley_ranges_write(volley_comm *comm, const volley_ranges *ranges, const volley_column *column) {
    uint64_t largest = volley_block_first(ranges->total, volley_comm_size(comm), 1);
    for (uint64_t first = 0; first < largest; first += round_items)
        TRY(write_round(comm, ranges, column, first));
    return VOLLEY_OK;
}

uint64_t volley_ranges_hash(enum volley_h5_type type, uint64_t first, uint64_t n, const void *values) {
    uint64_t hash = 0;
    bool narrow = volley_h5_type_bytes(type) == 4;
    for (uint64_t i = 0; i < n; i++) {
        uint64_t bits = narrow ? ((const uint32_t *)values)[i] : ((const uint64_t *)values)[i];
        hash += volley_hash_add(volley_mix64(first + i), bits);
    }
    return hash;
}

/* ---- reading ---- */

/* Gaps up to this many items are read along, since a call costs more. */
enum { GAP = 1 << 13, PIECE = 1 << 18 };

/* Number of the range after the last one that is read together with range t, and where their items end. */
static uint64_t read_together(const volley_ranges *ranges, uint64_t t, uint64_t *end) {
    uint64_t first = ranges->place[t];
    *end = first + ranges->start[t + 1] - ranges->start[t];
    for (t++; t < ranges->n; t++) {
        uint64_t place = ranges->place[t], next = place + ranges->start[t + 1] - ranges->start[t];
        if (place < *end || place - *end > GAP || next - first > PIECE)
            break;
        *end = next;
    }
    return t;
}

int volley_ranges_read(const volley_ranges *ranges, volley_h5 dataset, enum volley_h5_type type,
                       void *values) {
    uint64_t bytes = volley_h5_type_bytes(type), end;
    char *piece = volley_alloc(PIECE, bytes);
    int code = volley_alloc_status();
    for (uint64_t t = 0, next; t < ranges->n && code == VOLLEY_OK; t = next) {
        next = read_together(ranges, t, &end);
        uint64_t first = ranges->place[t];
        if (next == t + 1) { /* straight to where it belongs */
            code =
                volley_h5_read(dataset, type, first, end - first, (char *)values + ranges->start[t] * bytes);
            continue;
        }
        code = volley_h5_read(dataset, type, first, end - first, piece);
        for (uint64_t i = t; i < next && code == VOLLEY_OK; i++)
            if (ranges->start[i + 1] > ranges->start[i]) /* else there may be no values at all */
                memcpy((char *)values + ranges->start[i] * bytes, piece + (ranges->place[i] - first) * bytes,
                       (ranges->start[i + 1] - ranges->start[i]) * bytes);
    }
    free(piece);
    return code;
}
