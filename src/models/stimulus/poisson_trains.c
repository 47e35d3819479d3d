/* SPDX-License-Identifier: BSD-3-Clause */
/* Drawing of Poisson counts by thresholds. */
#include "models/stimulus/poisson_trains.h"
#include "base/memory.h"
#include "base/rng.h"
#include "base/simd.h"
#include "base/special.h"
#include "base/status.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    STEPS = 4,   /* words of a block */
    PIECE = 512, /* neurons drawn at a time */
    FEW = 64,    /* up to this many thresholds are compared one by one, in vectors */
};

/* What a batch keeps. */
typedef struct trains {
    int room;
    struct {
        double mean; /* events per step; -1 at first */
        int n;
        uint32_t *thresholds; /* [room] */
    } steps[STEPS];           /* of a block, drawn in one go */
    uint16_t *counts;         /* [STEPS][count] */
    int64_t drawn;            /* block of four steps in `counts`, -1 at first */
} trains;

int volley_poisson_thresholds(double mean, uint32_t *thresholds, int room) {
    if (mean <= 0)
        return 0;
    /* From the mode outward: exp(-mean) alone would underflow for large means. */
    double mode = floor(mean);
    double f_mode = volley_exp(mode * volley_log(mean) - mean - volley_log_factorial(mode));
    int low = (int)mode;
    double f = f_mode;
    while (low > 0 && f > 1e-18) {
        f *= (double)low / mean;
        low--;
    }
    int n = 0;
    for (int k = 0; k < low && n < room; k++)
        thresholds[n++] = 0;
    double sum = 0;
    for (int k = low;; k++) {
        if (k > low)
            f *= mean / (double)k;
        sum += f;
        double threshold = floor(sum * 4294967296.0);
        if (threshold > 4294967295.0 || (f < 1e-18 && k > mode))
            return n;
        if (n == room)
            return n;
        thresholds[n++] = (uint32_t)threshold;
    }
}

/* Counts words by comparing all thresholds, with vectors as long as the vector unit's: left to itself the
 * compiler does not find them here. Words are compared as signed numbers with the top bit turned over,
 * because units before AVX-512 have no unsigned comparison; a true comparison is -1. n is a multiple of 16.
 */
#define DEFINE_COUNT(level, target, lanes)                                                                   \
    typedef int32_t level##_words __attribute__((vector_size(4 * lanes)));                                   \
    typedef uint16_t level##_counts __attribute__((vector_size(2 * lanes)));                                 \
    target static void count_##level(const uint32_t *restrict word, int64_t n,                               \
                                     const uint32_t *restrict threshold, int few,                            \
                                     uint16_t *restrict count) {                                             \
        for (int64_t i = 0; i < n; i += lanes) {                                                             \
            level##_words value, sum = {0};                                                                  \
            memcpy(&value, word + i, sizeof value);                                                          \
            value ^= INT32_MIN;                                                                              \
            for (int t = 0; t < few; t++)                                                                    \
                sum += value < (int32_t)(threshold[t] ^ 0x80000000u);                                        \
            level##_counts result = __builtin_convertvector(sum + few, level##_counts);                      \
            memcpy(count + i, &result, sizeof result);                                                       \
        }                                                                                                    \
    }
DEFINE_COUNT(plain, VOLLEY_TARGET_PLAIN, 4)
DEFINE_COUNT(avx2, VOLLEY_TARGET_AVX2, 8)
DEFINE_COUNT(avx512, VOLLEY_TARGET_AVX512, 16)
typedef void (*count_function)(const uint32_t *restrict, int64_t, const uint32_t *restrict, int,
                               uint16_t *restrict);
static const count_function count_few[] = VOLLEY_KERNEL_TABLE(count);

static void count_many(const uint32_t *word, int64_t n, const uint32_t *threshold, int many,
                       uint16_t *count) {
    for (int64_t i = 0; i < n; i++) {
        int low = 0, high = many;
        while (low < high) {
            int middle = low + (high - low) / 2;
            if (threshold[middle] <= word[i])
                low = middle + 1;
            else
                high = middle;
        }
        count[i] = (uint16_t)low;
    }
}

/* Brings the thresholds to the rates of a block. */
static void set_thresholds(trains *t, const volley_stimulus_given *given, volley_rate_at rate,
                           int64_t block) {
    for (int s = 0; s < STEPS; s++) {
        double mean = rate(given, block * STEPS + s) * given->dt_ms * 1e-3;
        if (mean == t->steps[s].mean)
            continue;
        t->steps[s].mean = mean;
        t->steps[s].n = volley_poisson_thresholds(mean, t->steps[s].thresholds, t->room);
    }
}

/* Draws the counts of four steps for all targets. */
static void draw_block(const volley_stimulus_batch *batch, trains *t, int64_t block) {
    uint32_t words[STEPS * PIECE];
    for (int64_t i = 0; i < batch->count; i += PIECE) {
        int64_t n = batch->count - i < PIECE ? batch->count - i : PIECE;
        volley_rng_words_batch(batch->simd, batch->given.key, batch->gid + i, (uint64_t)block, n, words);
        for (int s = 0; s < STEPS; s++) {
            const uint32_t *threshold = t->steps[s].thresholds;
            uint16_t *count = t->counts + s * batch->count + i;
            if (t->steps[s].n <= FEW)
                count_few[batch->simd](words + s * n, n, threshold, t->steps[s].n, count);
            else
                count_many(words + s * n, n, threshold, t->steps[s].n, count);
        }
    }
    t->drawn = block;
}

const uint16_t *volley_poisson_trains_draw(volley_stimulus_batch *batch, int64_t step, volley_rate_at rate) {
    trains *t = batch->own;
    if (step / STEPS != t->drawn) {
        set_thresholds(t, &batch->given, rate, step / STEPS);
        draw_block(batch, t, step / STEPS);
    }
    return t->counts + step % STEPS * batch->count;
}

int volley_poisson_trains_prepare(volley_stimulus_batch *batch, double highest) {
    double mean = highest * batch->given.dt_ms * 1e-3;
    trains *t;
    TRY(VOLLEY_NEW(t, 1));
    batch->own = t;
    t->drawn = -1;
    t->room = (int)(mean + 20.0 * sqrt(mean) + 64.0); /* grows with the mean */
    for (int s = 0; s < STEPS; s++) {
        t->steps[s].mean = -1.0;
        TRY(VOLLEY_NEW(t->steps[s].thresholds, t->room));
    }
    return VOLLEY_NEW(t->counts, STEPS * batch->count);
}

void volley_poisson_trains_release(volley_stimulus_batch *batch) {
    trains *t = batch->own;
    if (t == NULL)
        return;
    for (int s = 0; s < STEPS; s++)
        free(t->steps[s].thresholds);
    free(t->counts);
    free(t);
}
