/* SPDX-License-Identifier: BSD-3-Clause */
/* Draws the counts of Poisson input by comparing random words with thresholds, and adds their weights. */
#include "sim/input/poisson_sampler.h"
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

/* One stimulus on one of its target populations. */
typedef struct train {
    int64_t start_step, stop_step, delay;
    uint64_t key;
    double weight;
    int receptor;
    const volley_stimulus *stimulus;
    double dt_ms;
    int room;
    struct {
        double mean; /* events per step; -1 at first */
        int n;
        uint32_t *thresholds; /* [room] */
    } steps[STEPS];           /* of a block, drawn in one go */
    int64_t n;                /* targets, a multiple of the batch width */
    int64_t first;            /* target number of target 0 when they are contiguous */
    int32_t *index;           /* [n] target numbers otherwise */
    int64_t used;             /* real targets */
    uint64_t *gids;           /* [n] */
    uint16_t *counts;         /* [STEPS][n] */
    int64_t drawn;            /* block of four steps in `counts`, -1 at first */
} train;

struct volley_poisson {
    int n, simd;
    uint64_t draws;
    train *trains;
};

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

static double param(const volley_stimulus *stimulus, const char *name, double otherwise) {
    int k = volley_field_find(stimulus->model->params, stimulus->model->n_params, name);
    return k < 0 ? otherwise : stimulus->params[k];
}

/* The rate of a stamp in Hz: a schedule, or a constant and a sine wave that together are at least 0. */
static double rate_at(const train *t, int64_t step) {
    const volley_stimulus *stimulus = t->stimulus;
    if (stimulus->model->changes) {
        int64_t i = volley_stimulus_change_at(stimulus, step);
        return i < 0 ? 0.0 : stimulus->change_values[i];
    }
    double rate = param(stimulus, "rate", 0.0), amplitude = param(stimulus, "amplitude", 0.0);
    if (amplitude == 0.0)
        return rate;
    double turns = param(stimulus, "frequency", 0.0) * ((double)step * t->dt_ms * 1e-3) +
                   param(stimulus, "phase", 0.0) / 360.0;
    rate += amplitude * volley_sin_pi(2.0 * (turns - floor(turns)));
    return rate > 0.0 ? rate : 0.0;
}

/* Brings the thresholds to the rates of a block. */
static void set_thresholds(train *t, int64_t block) {
    for (int s = 0; s < STEPS; s++) {
        double mean = rate_at(t, block * STEPS + s) * t->dt_ms * 1e-3;
        if (mean == t->steps[s].mean)
            continue;
        t->steps[s].mean = mean;
        t->steps[s].n = volley_poisson_thresholds(mean, t->steps[s].thresholds, t->room);
    }
}

/* Draws the counts of four steps for all targets. */
static void draw(train *t, int simd, int64_t block) {
    uint32_t words[STEPS * PIECE];
    set_thresholds(t, block);
    for (int64_t i = 0; i < t->n; i += PIECE) {
        int64_t n = t->n - i < PIECE ? t->n - i : PIECE;
        volley_rng_words_batch(simd, t->key, t->gids + i, (uint64_t)block, n, words);
        for (int s = 0; s < STEPS; s++) {
            const uint32_t *threshold = t->steps[s].thresholds;
            uint16_t *count = t->counts + s * t->n + i;
            if (t->steps[s].n <= FEW)
                count_few[simd](words + s * n, n, threshold, t->steps[s].n, count);
            else
                count_many(words + s * n, n, threshold, t->steps[s].n, count);
        }
    }
    t->drawn = block;
}

VOLLEY_INLINE int64_t add_body(const uint16_t *restrict count, int64_t n, double weight,
                               double *restrict input) {
    int32_t events = 0;
    for (int64_t i = 0; i < n; i++) {
        input[i] += (double)count[i] * weight;
        events += count[i];
    }
    return events;
}
VOLLEY_KERNEL(int64_t, add,
              (const uint16_t *restrict count, int64_t n, double weight, double *restrict input),
              (count, n, weight, input))
typedef int64_t (*add_function)(const uint16_t *restrict, int64_t, double, double *restrict);
static const add_function add[] = VOLLEY_KERNEL_TABLE(add);

int64_t volley_poisson_apply(volley_poisson *poisson, int64_t update, double *const input[VOLLEY_RECEPTORS]) {
    int64_t events = 0;
    for (int i = 0; i < poisson->n; i++) {
        train *t = &poisson->trains[i];
        int64_t step = update + 1 - t->delay; /* stamp of the events that enter this update */
        if (step <= t->start_step || step > t->stop_step)
            continue;
        if (step / STEPS != t->drawn)
            draw(t, poisson->simd, step / STEPS);
        poisson->draws += (uint64_t)t->used;
        const uint16_t *count = t->counts + step % STEPS * t->n;
        double *restrict to = input[t->receptor];
        if (t->index == NULL)
            for (int64_t j = 0; j < t->used; j += PIECE)
                events += add[poisson->simd](count + j, t->used - j < PIECE ? t->used - j : PIECE, t->weight,
                                             to + t->first + j);
        else
            for (int64_t j = 0; j < t->used; j++) {
                to[t->index[j]] += (double)count[j] * t->weight;
                events += count[j];
            }
    }
    return events;
}

uint64_t volley_poisson_draws(const volley_poisson *poisson) {
    return poisson->draws;
}

static int find_targets(train *t, const volley_layout *layout, int thread, const volley_subset *subset) {
    const volley_segment *segment = volley_layout_segment(layout, thread, subset->population);
    const volley_population *population = &layout->network->populations[subset->population];
    bool whole = subset->count == population->size;
    int64_t width = 16; /* of count_few */
    int64_t room = (segment->used + width - 1) / width * width;
    t->first = segment->first;
    TRY(VOLLEY_NEW(t->gids, room));
    if (!whole)
        TRY(VOLLEY_NEW(t->index, room));
    for (int64_t slot = 0; slot < segment->used; slot++) {
        int64_t index = volley_layout_index(layout, thread, subset->population, slot);
        if (!whole) {
            if (volley_subset_find(subset, index) < 0)
                continue;
            t->index[t->used] = (int32_t)(segment->first + slot);
        }
        t->gids[t->used++] = (uint64_t)(population->first_gid + index);
    }
    t->n = (t->used + width - 1) / width * width;
    return VOLLEY_NEW(t->counts, STEPS * t->n);
}

static int create_train(train *t, const volley_layout *layout, int thread, int32_t s,
                        const volley_subset *subset) {
    const volley_stimulus *stimulus = &layout->network->stimuli[s];
    double rate = param(stimulus, "rate", 0.0) + param(stimulus, "amplitude", 0.0);
    for (int64_t i = 0; i < stimulus->n_changes; i++)
        rate = stimulus->change_values[i] > rate ? stimulus->change_values[i] : rate;
    double mean = rate * layout->network->dt_ms * 1e-3;
    CHECK(mean <= VOLLEY_POISSON_MEAN_MAX, VOLLEY_USAGE,
          "stimulus %s: %g events per step (rate %g Hz); at most %d are possible", stimulus->name, mean, rate,
          VOLLEY_POISSON_MEAN_MAX);
    t->start_step = stimulus->start_step;
    t->stop_step = stimulus->stop_step;
    t->delay = stimulus->delay_steps;
    t->key = volley_rng_key(layout->network->seed, VOLLEY_RNG_POISSON, (uint32_t)s);
    t->weight = param(stimulus, "weight", 1.0);
    t->stimulus = stimulus;
    t->dt_ms = layout->network->dt_ms;
    t->receptor = stimulus->receptor;
    t->drawn = -1;
    t->room = (int)(mean + 20.0 * sqrt(mean) + 64.0); /* grows with the mean */
    for (int i = 0; i < STEPS; i++) {
        t->steps[i].mean = -1.0;
        TRY(VOLLEY_NEW(t->steps[i].thresholds, t->room));
    }
    return find_targets(t, layout, thread, subset);
}

int volley_poisson_create(const volley_layout *layout, int thread, int simd, volley_poisson **out) {
    const volley_network *network = layout->network;
    volley_poisson *poisson;
    *out = NULL;
    TRY(VOLLEY_NEW(poisson, 1));
    *out = poisson;
    poisson->simd = simd;
    int n = 0;
    for (int32_t s = 0; s < network->n_stimuli; s++)
        if (network->stimuli[s].model->kind == VOLLEY_STIMULUS_SPIKES)
            n += network->stimuli[s].n_targets;
    TRY(VOLLEY_NEW(poisson->trains, n));
    for (int32_t s = 0; s < network->n_stimuli; s++)
        if (network->stimuli[s].model->kind == VOLLEY_STIMULUS_SPIKES)
            for (int32_t i = 0; i < network->stimuli[s].n_targets; i++)
                TRY(create_train(&poisson->trains[poisson->n++], layout, thread, s,
                                 &network->stimuli[s].targets[i]));
    return VOLLEY_OK;
}

void volley_poisson_destroy(volley_poisson **out) {
    volley_poisson *poisson = *out;
    if (poisson == NULL)
        return;
    for (int i = 0; i < poisson->n; i++) {
        for (int s = 0; s < STEPS; s++)
            free(poisson->trains[i].steps[s].thresholds);
        free(poisson->trains[i].index);
        free(poisson->trains[i].gids);
        free(poisson->trains[i].counts);
    }
    free(poisson->trains);
    free(poisson);
    *out = NULL;
}
