#include "sim/calendar.h"
#include "base/memory.h"
#include "base/simd.h"
#include "base/status.h"

#include <stdlib.h>

enum {
    AHEAD = 8, /* entries whose columns are prefetched before their turn */
    CLASS_BITS = 2,
};

int volley_calendar_create(const volley_block *block, int64_t max_delay, volley_calendar *calendar) {
    *calendar = (volley_calendar){.block = block, .slots = max_delay};
    return VOLLEY_NEW(calendar->buckets, max_delay * VOLLEY_RECEPTORS);
}

void volley_calendar_free(volley_calendar *calendar) {
    if (calendar->buckets != NULL)
        for (int64_t i = 0; i < calendar->slots * VOLLEY_RECEPTORS; i++)
            free(calendar->buckets[i].items);
    free(calendar->buckets);
    *calendar = (volley_calendar){0};
}

/* Runs with a delay below `least` are left out. */
VOLLEY_INLINE int push_row(volley_calendar *calendar, const volley_rows *rows, int class, int receptor,
                           uint32_t source, int64_t first_update, int64_t least) {
    uint32_t position = rows->row_start[source];
    uint32_t end = rows->run_start[source + 1];
    int64_t slot = first_update % calendar->slots;
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
        volley_bucket *bucket = &calendar->buckets[slot * VOLLEY_RECEPTORS + receptor];
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

VOLLEY_INLINE int push(volley_calendar *calendar, uint32_t source, int64_t stamp, int64_t least) {
    for (int class = 0; class < VOLLEY_CLASSES; class ++)
        for (int r = 0; r < VOLLEY_RECEPTORS; r++) {
            const volley_rows *rows = &calendar->block->rows[class][r];
            if (rows->row_start != NULL)
                TRY(push_row(calendar, rows, class, r, source, stamp - 1, least));
        }
    return VOLLEY_OK;
}

int volley_calendar_push(volley_calendar *calendar, uint32_t source, int64_t stamp) {
    return push(calendar, source, stamp, 0);
}

int volley_calendar_push_rest(volley_calendar *calendar, uint32_t source, int64_t stamp, int64_t first) {
    return push(calendar, source, stamp, first - stamp + 1);
}

/* The first lines of a run; the processor's own prefetcher finds the rest. */
static inline void fetch(const volley_block *block, int receptor, volley_due due) {
    const volley_rows *rows = &block->rows[due.kind & ((1 << CLASS_BITS) - 1)][receptor];
    const uint16_t *target = rows->target + due.position;
    __builtin_prefetch(target);
    __builtin_prefetch(target + 32);
    if (rows->weight32 != NULL) {
        const float *weight = rows->weight32 + due.position;
        __builtin_prefetch(weight);
        __builtin_prefetch(weight + 16);
        __builtin_prefetch(weight + 32);
    } else if (rows->weight64 != NULL) {
        const double *weight = rows->weight64 + due.position;
        __builtin_prefetch(weight);
        __builtin_prefetch(weight + 8);
        __builtin_prefetch(weight + 16);
    }
}

static int64_t deliver_bucket(const volley_block *block, int receptor, volley_bucket *bucket,
                              const double *weights, double *restrict input) {
    int64_t events = 0;
    for (size_t i = 0; i < bucket->count && i < AHEAD; i++)
        fetch(block, receptor, bucket->items[i]);
    for (size_t i = 0; i < bucket->count; i++) {
        volley_due due = bucket->items[i];
        if (i + AHEAD < bucket->count)
            fetch(block, receptor, bucket->items[i + AHEAD]);
        int class = due.kind & ((1 << CLASS_BITS) - 1);
        const volley_rows *rows = &block->rows[class][receptor];
        const uint16_t *restrict target = rows->target + due.position;
        uint32_t n = due.length;
        if (class == VOLLEY_CLASS_FLOAT32) {
            const float *restrict weight = rows->weight32 + due.position;
            for (uint32_t j = 0; j < n; j++)
                input[target[j]] += (double)weight[j];
        } else if (class == VOLLEY_CLASS_CONSTANT) {
            double weight = weights[due.kind >> CLASS_BITS];
            for (uint32_t j = 0; j < n; j++)
                input[target[j]] += weight;
        } else {
            const double *restrict weight = rows->weight64 + due.position;
            for (uint32_t j = 0; j < n; j++)
                input[target[j]] += weight[j];
        }
        events += n;
    }
    bucket->count = 0;
    return events;
}

int64_t volley_calendar_deliver(volley_calendar *calendar, int64_t update, const double *weights,
                                double *const input[VOLLEY_RECEPTORS]) {
    int64_t events = 0;
    for (int r = 0; r < VOLLEY_RECEPTORS; r++)
        events += deliver_bucket(calendar->block, r, volley_calendar_bucket(calendar, update, r), weights,
                                 input[r] + calendar->block->first_target);
    return events;
}
