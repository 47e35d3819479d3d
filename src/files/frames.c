/* SPDX-License-Identifier: BSD-3-Clause */
/* Moves recorded frames from the ranks that own the columns to the ranks that write the rows. */
#include "files/frames.h"

#include "base/memory.h"
#include "base/status.h"
#include "files/redistribute.h"
#include "files/together.h"

#include <stdlib.h>
#include <string.h>

/* A rank gets so many frames at least: for fewer, telling it which columns come would cost as much as they
 * do. */
enum { FRAMES_AT_LEAST = 16 };

/* Columns that follow one another. */
typedef struct run {
    uint64_t first, n;
} run;

/* What goes from this rank to all, or comes from all: for or from rank 0, then rank 1, ... */
typedef struct parcel {
    run *runs;
    size_t n_runs, runs_capacity;
    void *values;
    uint64_t *run_counts, *value_counts; /* [ranks] */
} parcel;

static void parcel_free(parcel *p) {
    free(p->runs);
    free(p->values);
    free(p->run_counts);
    free(p->value_counts);
}

/* The frames are divided among `parts` groups of ranks, and in each group the columns. */
static void divide(const volley_frames *block, int ranks, int *parts, int *groups) {
    uint64_t most = block->frames / FRAMES_AT_LEAST;
    if (block->first_alone) {
        *parts = *groups = 1;
        return;
    }
    *parts = most < 1 ? 1 : most < (uint64_t)ranks ? (int)most : ranks;
    *groups = ranks / *parts;
}

volley_frames_part volley_frames_part_of(const volley_frames *block, int ranks, int rank) {
    int parts, groups;
    divide(block, ranks, &parts, &groups);
    if (rank >= parts * groups)
        return (volley_frames_part){0};
    int part = rank / groups, group = rank % groups;
    uint64_t row = volley_block_first(block->frames, parts, part);
    uint64_t column = volley_block_first(block->columns, groups, group);
    return (volley_frames_part){row, volley_block_first(block->frames, parts, part + 1) - row, column,
                                volley_block_first(block->columns, groups, group + 1) - column};
}

/* Number of the first of the ascending columns that is not below `column`. */
static uint64_t first_from(const uint64_t *columns, uint64_t n, uint64_t column) {
    uint64_t low = 0, high = n;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (columns[middle] < column)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int add_runs(parcel *p, const uint64_t *columns, uint64_t n) {
    for (uint64_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && columns[end] == columns[end - 1] + 1;)
            end++;
        TRY(VOLLEY_RESERVE(p->runs, &p->runs_capacity, p->n_runs + 1));
        p->runs[p->n_runs++] = (run){columns[i], end - i};
    }
    return VOLLEY_OK;
}

/* A piece of every frame of a part, one after another. */
static char *pack_values(const volley_frames *block, const volley_frames_part *part, const char *values,
                         uint64_t n, uint64_t low, uint64_t count, char *to) {
    size_t size = (size_t)block->bytes;
    for (uint64_t f = part->first_row; f < part->first_row + part->rows; f++, to += count * size)
        if (count > 0)
            memcpy(to, values + (f * n + low) * size, count * size);
    return to;
}

/* What goes to every rank. Whole frames go as they are, without a copy. */
static int pack(const volley_frames *block, const uint64_t *columns, const void *values, uint64_t n,
                int ranks, parcel *p) {
    TRY(VOLLEY_NEW(p->run_counts, ranks));
    TRY(VOLLEY_NEW(p->value_counts, ranks));
    int parts, groups;
    divide(block, ranks, &parts, &groups);
    if (groups > 1) {
        p->values = volley_alloc(block->frames * n, (size_t)block->bytes);
        TRY(volley_alloc_status());
    }
    char *at = p->values;
    for (int r = 0; r < parts * groups; r++) {
        volley_frames_part to = volley_frames_part_of(block, ranks, r);
        uint64_t low = first_from(columns, n, to.first_column);
        uint64_t count = first_from(columns, n, to.first_column + to.columns) - low, before = p->n_runs;
        TRY(add_runs(p, columns + low, count));
        p->run_counts[r] = p->n_runs - before;
        p->value_counts[r] = count * to.rows;
        if (at != NULL)
            at = pack_values(block, &to, values, n, low, count, at);
    }
    return VOLLEY_OK;
}

static inline void copy_run(char *to, const char *from, size_t bytes) {
    if (bytes == 4)
        memcpy(to, from, 4);
    else if (bytes == 8)
        memcpy(to, from, 8);
    else
        memcpy(to, from, bytes);
}

/* Puts what came from one rank into this rank's part. */
static void place(const volley_frames_part *part, size_t size, const run *runs, uint64_t n_runs,
                  const char *values, char *rows) {
    for (uint64_t f = 0; f < part->rows; f++)
        for (uint64_t i = 0; i < n_runs; i++) {
            copy_run(rows + (f * part->columns + runs[i].first - part->first_column) * size, values,
                     runs[i].n * size);
            values += runs[i].n * size;
        }
}

/* Every column of the part must come once. */
static int check_runs(const volley_frames_part *part, const run *runs, uint64_t n_runs) {
    char *seen = NULL;
    TRY(VOLLEY_NEW(seen, part->columns));
    uint64_t columns = 0;
    int code = VOLLEY_OK;
    for (uint64_t i = 0; i < n_runs && code == VOLLEY_OK; i++)
        for (uint64_t k = 0; k < runs[i].n && code == VOLLEY_OK; k++, columns++) {
            uint64_t column = runs[i].first + k, at = column - part->first_column;
            if (at >= part->columns || seen[at])
                code = volley_fail(VOLLEY_FAILED, "recording: column %llu came twice",
                                   (unsigned long long)column);
            else
                seen[at] = 1;
        }
    free(seen);
    TRY(code);
    CHECK(columns == part->columns, VOLLEY_FAILED, "recording: %llu columns came for %llu",
          (unsigned long long)columns, (unsigned long long)part->columns);
    return VOLLEY_OK;
}

static int unpack(const volley_frames *block, const volley_frames_part *part, int ranks, const parcel *got,
                  void **rows) {
    if (part->rows == 0 || part->columns == 0)
        return VOLLEY_OK;
    TRY(check_runs(part, got->runs, got->n_runs));
    *rows = volley_alloc(part->rows * part->columns, (size_t)block->bytes);
    TRY(volley_alloc_status());
    const run *runs = got->runs;
    const char *values = got->values;
    for (int r = 0; r < ranks; r++) {
        if (got->run_counts[r] == 0)
            continue;
        place(part, (size_t)block->bytes, runs, got->run_counts[r], values, *rows);
        runs += got->run_counts[r];
        values += got->value_counts[r] * (size_t)block->bytes;
    }
    return VOLLEY_OK;
}

static int move(volley_comm *comm, const parcel *sent, const void *values, int bytes, parcel *got) {
    int ranks = volley_comm_size(comm);
    int code = VOLLEY_NEW(got->run_counts, ranks);
    if (code == VOLLEY_OK)
        code = VOLLEY_NEW(got->value_counts, ranks);
    TRY(volley_io_together(comm, code));
    void *runs = NULL;
    code =
        volley_comm_alltoall(comm, sent->runs, sent->run_counts, sizeof *got->runs, &runs, got->run_counts);
    got->runs = runs;
    TRY(code);
    for (int r = 0; r < ranks; r++)
        got->n_runs += got->run_counts[r];
    return volley_comm_alltoall(comm, sent->values != NULL ? sent->values : values, sent->value_counts,
                                (uint64_t)bytes, &got->values, got->value_counts);
}

int volley_frames_gather(volley_comm *comm, const volley_frames *block, const uint64_t *columns,
                         const void *values, uint64_t n, volley_frames_part *part, void **rows) {
    int ranks = volley_comm_size(comm);
    *rows = NULL;
    *part = volley_frames_part_of(block, ranks, volley_comm_rank(comm));
    if (ranks == 1) {
        CHECK(n == block->columns, VOLLEY_FAILED, "recording: %llu columns came for %llu",
              (unsigned long long)n, (unsigned long long)block->columns);
        return VOLLEY_OK;
    }
    parcel sent = {0}, got = {0};
    int code = volley_io_together(comm, pack(block, columns, values, n, ranks, &sent));
    if (code == VOLLEY_OK)
        code = move(comm, &sent, values, block->bytes, &got);
    parcel_free(&sent);
    if (code == VOLLEY_OK)
        code = volley_io_together(comm, unpack(block, part, ranks, &got, rows));
    parcel_free(&got);
    if (code != VOLLEY_OK) {
        free(*rows);
        *rows = NULL;
    }
    return code;
}
