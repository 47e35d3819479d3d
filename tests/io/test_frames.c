/* SPDX-License-Identifier: BSD-3-Clause */
/* Blocks of frames come from any owners of columns to the ranks that write them: whole, once, in order. */
#include "files/frames.h"

#include "base/hash.h"
#include "base/status.h"
#include "comm/require.h"

#include <stdlib.h>
#include <string.h>

static volley_comm *comm;
static int rank, ranks;

/* Which rank owns a column: blocks, in turn, at random, or the last rank all. */
enum { BLOCKS, IN_TURN, AT_RANDOM, LAST, OWNERS };

static int owner(int how, uint64_t column, uint64_t total) {
    switch (how) {
    case BLOCKS:
        return (int)(column * (uint64_t)ranks / total);
    case IN_TURN:
        return (int)(column % (uint64_t)ranks);
    case AT_RANDOM:
        return (int)(volley_mix64(column) % (uint64_t)ranks);
    default:
        return ranks - 1;
    }
}

static float value_of(uint64_t frame, uint64_t column) {
    return (float)(volley_mix64(frame << 32 | column) >> 40);
}

static void put(void *values, int bytes, uint64_t at, float value) {
    if (bytes == 4)
        ((float *)values)[at] = value;
    else
        ((double *)values)[at] = value;
}

static float get(const void *values, int bytes, uint64_t at) {
    return bytes == 4 ? ((const float *)values)[at] : (float)((const double *)values)[at];
}

/* fault 1: the first rank that has two columns gives its first one twice; 2: it leaves one out. */
static int gather(const volley_frames *block, int how, int fault, volley_frames_part *part, void **rows,
                  void **values) {
    uint64_t *columns = calloc(block->columns + 1, sizeof *columns), n = 0;
    *values = calloc(block->frames * block->columns + 1, 8);
    REQUIRE(columns != NULL && *values != NULL);
    for (uint64_t c = 0; c < block->columns; c++)
        if (owner(how, c, block->columns) == rank)
            columns[n++] = c;
    for (uint64_t f = 0; f < block->frames; f++)
        for (uint64_t i = 0; i < n; i++)
            put(*values, block->bytes, f * n + i, value_of(f, columns[i]));
    if (fault == 1 && n > 1)
        columns[1] = columns[0];
    if (fault == 2 && n > 0)
        n--;
    int code = volley_frames_gather(comm, block, columns, *values, n, part, rows);
    free(columns);
    return code;
}

static void check_block(const volley_frames *block, int how) {
    volley_frames_part part;
    void *rows = NULL, *values = NULL;
    REQUIRE(gather(block, how, 0, &part, &rows, &values) == VOLLEY_OK);
    const void *found = rows != NULL ? rows : values;
    REQUIRE(ranks == 1 || rows != NULL || part.rows * part.columns == 0);
    for (uint64_t f = 0; f < part.rows; f++)
        for (uint64_t c = 0; c < part.columns; c++)
            REQUIRE(get(found, block->bytes, f * part.columns + c) ==
                    value_of(part.first_row + f, part.first_column + c));
    uint64_t items = part.rows * part.columns;
    volley_comm_sum_u64(comm, &items, 1);
    REQUIRE(items == block->frames * block->columns);
    free(rows);
    free(values);
}

static void test_blocks(void) {
    static const uint64_t frames[] = {1, 3, 16, 35, 48, 100}, columns[] = {1, 4, 97, 1000};
    for (size_t f = 0; f < sizeof frames / sizeof *frames; f++)
        for (size_t c = 0; c < sizeof columns / sizeof *columns; c++)
            for (int how = 0; how < OWNERS; how++)
                for (int bytes = 4; bytes <= 8; bytes += 4)
                    for (int alone = 0; alone <= 1; alone++)
                        check_block(&(volley_frames){frames[f], columns[c], bytes, alone}, how);
}

/* The parts of any number of ranks cover every item once, and none has more than twice its share where there
 * are enough frames. */
static void test_parts(void) {
    for (int n = 1; n <= 40; n++)
        for (uint64_t f = 1; f <= 700; f += 37) {
            enum { COLUMNS = 53 };
            volley_frames block = {f, COLUMNS, 4, false};
            char *seen = calloc(f * COLUMNS, 1);
            REQUIRE(seen != NULL);
            for (int r = 0; r < n; r++) {
                volley_frames_part p = volley_frames_part_of(&block, n, r);
                for (uint64_t i = 0; i < p.rows; i++)
                    for (uint64_t k = 0; k < p.columns; k++)
                        seen[(p.first_row + i) * COLUMNS + p.first_column + k]++;
                REQUIRE(p.rows * p.columns <= 2 * (f + 1) * (COLUMNS + (uint64_t)n) / (uint64_t)n + COLUMNS);
            }
            for (uint64_t i = 0; i < f * COLUMNS; i++)
                REQUIRE(seen[i] == 1);
            free(seen);
        }
}

/* A column that comes twice, or not at all, is found, by all ranks. */
static void test_faults(void) {
    for (int fault = 1; fault <= 2; fault++)
        for (uint64_t frames = 3; frames <= 100; frames += 97) {
            if (ranks == 1 && fault == 1)
                continue;
            volley_frames_part part;
            void *rows = NULL, *values = NULL;
            REQUIRE(gather(&(volley_frames){frames, 200, 8, false}, AT_RANDOM, fault, &part, &rows,
                           &values) == VOLLEY_FAILED);
            REQUIRE(rows == NULL);
            uint64_t speaking = volley_error_message()[0] != '\0';
            volley_comm_sum_u64(comm, &speaking, 1);
            REQUIRE(speaking >= 1);
            volley_error_clear();
            free(values);
        }
}

int main(int argc, char **argv) {
    REQUIRE(volley_comm_start(&argc, &argv, &comm) == VOLLEY_OK);
    rank = volley_comm_rank(comm);
    ranks = volley_comm_size(comm);
    test_parts();
    test_blocks();
    test_faults();
    volley_comm_stop(&comm);
    return 0;
}
