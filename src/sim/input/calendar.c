/* SPDX-License-Identifier: BSD-3-Clause */
/* Keeps the runs of synapses that are due, by update, and adds their weights to the accumulators. */
#include "sim/input/calendar.h"
#include "base/memory.h"
#include "base/simd.h"
#include "base/status.h"

#include <stdlib.h>

enum {
    CHUNK = 64, /* synapses fetched at once */
    AHEAD = 8,  /* chunks between fetching and adding */
    LINE = 64,  /* bytes of a cache line */
    CLASS_BITS = 2,
};

/* How far a bucket has been fetched: items, and synapses of the next one. */
typedef struct place_ahead {
    size_t item;
    uint32_t done;
} place_ahead;

int volley_calendar_create(const volley_block *block, int n_receptors, int64_t max_delay,
                           volley_calendar *calendar) {
    *calendar = (volley_calendar){.block = block, .slots = max_delay, .n_receptors = n_receptors};
    TRY(VOLLEY_NEW(calendar->rows, n_receptors * VOLLEY_CLASSES));
    for (int t = 0; t < block->n_static; t++) {
        const volley_rows *rows = &block->tables[t];
        calendar->rows[rows->receptor * VOLLEY_CLASSES + rows->class] = rows;
    }
    return VOLLEY_NEW(calendar->buckets, max_delay * n_receptors);
}

void volley_calendar_free(volley_calendar *calendar) {
    if (calendar->buckets != NULL)
        for (int64_t i = 0; i < calendar->slots * calendar->n_receptors; i++)
            free(calendar->buckets[i].items);
    free(calendar->buckets);
    free((void *)calendar->rows);
    *calendar = (volley_calendar){0};
}

/* Runs with a delay below `least` are left out. */
VOLLEY_INLINE int push_row(volley_calendar *calendar, const volley_rows *rows, uint32_t source,
                           int64_t first_update, int64_t least) {
    uint32_t position = rows->row_start[source];
    uint32_t end = rows->run_start[source + 1];
    int64_t slot = first_update % calendar->slots, receptors = calendar->n_receptors;
    volley_bucket *buckets = calendar->buckets + rows->receptor;
    unsigned class = (unsigned)rows->class;
    uint16_t previous = 0;
    for (uint32_t run = rows->run_start[source]; run < end; run++) {
        /* delays ascend inside a row, so the slot only moves on */
        slot += rows->run_delay[run] - previous;
        previous = rows->run_delay[run];
        if (slot >= calendar->slots)
            slot -= calendar->slots;
        if (least > 0 && rows->run_delay[run] < least) {
            position += rows->run_length[run];
            continue;
        }
        volley_bucket *bucket = &buckets[slot * receptors];
        if (__builtin_expect(bucket->count == bucket->capacity, 0))
            TRY(VOLLEY_RESERVE(bucket->items, &bucket->capacity, bucket->count + 1));
        uint16_t length = rows->run_length[run];
        uint16_t weight = rows->run_weight != NULL ? rows->run_weight[run] : 0;
        bucket->items[bucket->count++] =
            (volley_due){position, length, (uint16_t)(class | weight << CLASS_BITS)};
        position += length;
    }
    return VOLLEY_OK;
}

void volley_calendar_expect(const volley_calendar *calendar, uint32_t source, bool near) {
    const volley_block *block = calendar->block;
    for (int t = 0; t < block->n_static; t++) {
        const volley_rows *rows = &block->tables[t];
        if (rows->row_start == NULL)
            continue;
        if (!near) {
            __builtin_prefetch(rows->row_start + source);
            __builtin_prefetch(rows->run_start + source);
        } else {
            uint32_t run = rows->run_start[source];
            __builtin_prefetch(rows->run_delay + run);
            __builtin_prefetch(rows->run_length + run);
            if (rows->run_weight != NULL)
                __builtin_prefetch(rows->run_weight + run);
        }
    }
}

/* The tables come in the order of classes at each receptor, so additions to one accumulator do. */
VOLLEY_INLINE int push(volley_calendar *calendar, uint32_t source, int64_t stamp, int64_t least) {
    const volley_block *block = calendar->block;
    for (int t = 0; t < block->n_static; t++) {
        const volley_rows *rows = &block->tables[t];
        if (rows->row_start != NULL)
            TRY(push_row(calendar, rows, source, stamp - 1, least));
    }
    return VOLLEY_OK;
}

int volley_calendar_push(volley_calendar *calendar, uint32_t source, int64_t stamp) {
    return push(calendar, source, stamp, 0);
}

int volley_calendar_push_rest(volley_calendar *calendar, uint32_t source, int64_t stamp, int64_t first) {
    return push(calendar, source, stamp, first - stamp + 1);
}

/* Fetches the columns of the next synapses that will be handled, a chunk at most, and moves on behind them.
 */
static inline void fetch(const volley_rows *const *tables, const volley_bucket *bucket, place_ahead *ahead) {
    if (ahead->item >= bucket->count)
        return;
    volley_due due = bucket->items[ahead->item];
    const volley_rows *rows = tables[due.kind & ((1 << CLASS_BITS) - 1)];
    uint32_t start = due.position + ahead->done, end = due.position + due.length;
    if (end - start > CHUNK)
        end = start + CHUNK;
    for (uint32_t at = start; at < end; at += LINE / sizeof *rows->target)
        __builtin_prefetch(rows->target + at);
    __builtin_prefetch(rows->target + end - 1);
    if (rows->weight32 != NULL) {
        for (uint32_t at = start; at < end; at += LINE / sizeof *rows->weight32)
            __builtin_prefetch(rows->weight32 + at);
        __builtin_prefetch(rows->weight32 + end - 1);
    } else if (rows->weight64 != NULL) {
        for (uint32_t at = start; at < end; at += LINE / sizeof *rows->weight64)
            __builtin_prefetch(rows->weight64 + at);
        __builtin_prefetch(rows->weight64 + end - 1);
    }
    ahead->done += end - start;
    if (ahead->done == due.length) {
        ahead->item++;
        ahead->done = 0;
    }
}

/* Adds n synapses from `position` on. */
static inline void add(const volley_rows *rows, int class, double constant, uint32_t position, uint32_t n,
                       double *restrict input) {
    const uint16_t *restrict target = rows->target + position;
    if (class == VOLLEY_CLASS_FLOAT32) {
        const float *restrict weight = rows->weight32 + position;
        for (uint32_t j = 0; j < n; j++)
            input[target[j]] += (double)weight[j];
    } else if (class == VOLLEY_CLASS_CONSTANT) {
        for (uint32_t j = 0; j < n; j++)
            input[target[j]] += constant;
    } else {
        const double *restrict weight = rows->weight64 + position;
        for (uint32_t j = 0; j < n; j++)
            input[target[j]] += weight[j];
    }
}

static int64_t deliver_bucket(const volley_rows *const *tables, volley_bucket *bucket, const double *weights,
                              double *restrict input) {
    int64_t events = 0;
    place_ahead ahead = {0, 0};
    for (int i = 0; i < AHEAD; i++)
        fetch(tables, bucket, &ahead);
    for (size_t i = 0; i < bucket->count; i++) {
        volley_due due = bucket->items[i];
        int class = due.kind & ((1 << CLASS_BITS) - 1);
        const volley_rows *rows = tables[class];
        double constant = class == VOLLEY_CLASS_CONSTANT ? weights[due.kind >> CLASS_BITS] : 0.0;
        for (uint32_t done = 0; done < due.length; done += CHUNK) {
            uint32_t left = due.length - done;
            fetch(tables, bucket, &ahead);
            add(rows, class, constant, due.position + done, left < CHUNK ? left : CHUNK, input);
        }
        events += due.length;
    }
    bucket->count = 0;
    return events;
}

int64_t volley_calendar_deliver(volley_calendar *calendar, int64_t update, const double *weights,
                                double *const *input) {
    int64_t events = 0;
    const volley_rows **tables = calendar->rows;
    for (int r = 0; r < calendar->n_receptors; r++, tables += VOLLEY_CLASSES) {
        volley_bucket *bucket = volley_calendar_bucket(calendar, update, r);
        if (bucket->count > 0) /* else the block may lie behind the last accumulator of the receptor */
            events += deliver_bucket(tables, bucket, weights, input[r] + calendar->block->first_target);
    }
    return events;
}
