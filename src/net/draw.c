/* SPDX-License-Identifier: BSD-3-Clause */
/* Draws batches of values, and draws those again that fall outside the bounds. */
#include "net/draw.h"
#include "base/rng.h"
#include "base/simd.h"
#include "base/special.h"
#include "base/status.h"

#include <stdbool.h>

enum { PIECE = 1024, MASK_BITS = 64, LANES = 8 };

/* Turns standard normals into values and sets the bit of those outside the bounds, `outside` [n / 64 rounded
 * up]; the same operations for every item. Returns whether there are any. */
VOLLEY_INLINE uint64_t normal_chunk(double a, double b, double min, double max, int64_t n,
                                    double *restrict x) {
    uint64_t mask = 0;
    for (int64_t i = 0; i < n; i++) {
        double value = a + b * x[i];
        x[i] = value;
        mask |= (uint64_t)((value < min) | (value > max)) << i;
    }
    return mask;
}
VOLLEY_INLINE bool normal_body(double a, double b, double min, double max, int64_t n, double *restrict x,
                               uint64_t *restrict outside) {
    uint64_t any = 0;
    int64_t i = 0;
    for (; i + MASK_BITS <= n; i += MASK_BITS)
        any |= outside[i / MASK_BITS] = normal_chunk(a, b, min, max, MASK_BITS, x + i);
    if (i < n)
        any |= outside[i / MASK_BITS] = normal_chunk(a, b, min, max, n - i, x + i);
    return any != 0;
}
VOLLEY_KERNEL(bool, normal,
              (double a, double b, double min, double max, int64_t n, double *restrict x,
               uint64_t *restrict outside),
              (a, b, min, max, n, x, outside))
typedef bool (*normal_function)(double, double, double, double, int64_t, double *restrict,
                                uint64_t *restrict);
static const normal_function normal[] = VOLLEY_KERNEL_TABLE(normal);

/* Standard normals, n <= PIECE, to values of the distribution; returns whether some are out of bounds. */
static bool to_values(const volley_distribution *d, int simd, int64_t n, double *x, uint64_t *outside) {
    if (d->kind == VOLLEY_LOGNORMAL)
        for (int64_t i = 0; i < n; i++)
            x[i] = volley_exp(d->a + d->b * x[i]);
    double a = d->kind == VOLLEY_LOGNORMAL ? 0.0 : d->a, b = d->kind == VOLLEY_LOGNORMAL ? 1.0 : d->b;
    return normal[simd](a, b, d->min, d->max, n, x, outside);
}

/* Draws again, attempt by attempt, the items of out[0 .. n) that are out of bounds, n <= PIECE. */
static int redraw(const volley_distribution *d, int simd, uint64_t key, uint64_t entity, uint64_t first,
                  int64_t n, double *out, uint64_t *outside) {
    uint64_t k[PIECE];
    double value[PIECE];
    int64_t left = 0;
    for (int64_t i = 0; i < n; i += MASK_BITS)
        for (uint64_t mask = outside[i / MASK_BITS]; mask != 0; mask &= mask - 1)
            k[left++] = first + (uint64_t)i + (uint64_t)__builtin_ctzll(mask);
    for (uint64_t attempt = 1; left > 0 && attempt < VOLLEY_RNG_ATTEMPTS; attempt++) {
        for (int64_t i = left; i % LANES != 0; i++)
            k[i] = 0;
        volley_rng_normal_items(simd, key, entity, k, attempt, left, value);
        to_values(d, simd, left, value, outside);
        int64_t kept = 0;
        for (int64_t i = 0; i < left; i++) {
            out[k[i] - first] = value[i];
            k[kept] = k[i];
            kept += (int64_t)(outside[i / MASK_BITS] >> (i % MASK_BITS) & 1);
        }
        left = kept;
    }
    CHECK(left == 0, VOLLEY_USAGE, "%d draws of a distribution all fell outside its bounds [%g, %g]",
          VOLLEY_RNG_ATTEMPTS, d->min, d->max);
    return VOLLEY_OK;
}

static int draw_normal(const volley_distribution *d, int simd, uint64_t key, uint64_t entity, int64_t first,
                       int64_t n, double *out) {
    uint64_t outside[PIECE / MASK_BITS];
    volley_rng_normal_batch(simd, key, entity, (uint64_t)first, n, out);
    for (int64_t i = 0; i < n; i += PIECE) {
        int64_t some = n - i < PIECE ? n - i : PIECE;
        if (to_values(d, simd, some, out + i, outside))
            TRY(redraw(d, simd, key, entity, (uint64_t)(first + i), some, out + i, outside));
    }
    return VOLLEY_OK;
}

int volley_draw_batch(const volley_distribution *d, int simd, uint64_t key, uint64_t entity, int64_t first,
                      int64_t n, int64_t list_start, double *out) {
    switch (d->kind) {
    case VOLLEY_CONSTANT:
        for (int64_t i = 0; i < n; i++)
            out[i] = d->a;
        break;
    case VOLLEY_VALUES:
        for (int64_t i = 0; i < n; i++)
            out[i] = d->values[list_start + first + i];
        break;
    case VOLLEY_UNIFORM:
        volley_rng_uniform_batch(simd, key, entity, (uint64_t)first, n, out);
        for (int64_t i = 0; i < n; i++)
            out[i] = d->a + (d->b - d->a) * out[i];
        break;
    case VOLLEY_NORMAL:
    case VOLLEY_LOGNORMAL:
        return draw_normal(d, simd, key, entity, first, n, out);
    case VOLLEY_COLUMN:
    case VOLLEY_LINEAR:
        ASSERT(!"columns are kept with their edges, and distances are theirs");
        break;
    }
    return VOLLEY_OK;
}

int volley_draw_one(const volley_distribution *d, uint64_t key, uint64_t entity, int64_t index, double *out) {
    double room[16] = {0};
    TRY(volley_draw_batch(d, VOLLEY_SIMD_PLAIN, key, entity, 0, 1, index, room));
    *out = room[0];
    return VOLLEY_OK;
}
