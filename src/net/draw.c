#include "net/draw.h"
#include "base/rng.h"
#include "base/simd.h"
#include "base/special.h"
#include "base/status.h"

enum { PIECE = 512 };

/* Turns standard normals into values and counts those outside the bounds; the same operations for every item.
 */
VOLLEY_INLINE int64_t normal_body(double a, double b, double min, double max, int64_t n, double *restrict x) {
    int64_t outside = 0;
    for (int64_t i = 0; i < n; i++) {
        double value = a + b * x[i];
        x[i] = value;
        outside += (value < min) | (value > max);
    }
    return outside;
}
VOLLEY_KERNEL(int64_t, normal, (double a, double b, double min, double max, int64_t n, double *restrict x),
              (a, b, min, max, n, x))
typedef int64_t (*normal_function)(double, double, double, double, int64_t, double *restrict);
static const normal_function normal[] = VOLLEY_KERNEL_TABLE(normal);

/* Standard normals to values of the distribution; returns how many are out of bounds. */
static int64_t to_values(const volley_distribution *d, int simd, int64_t n, double *x) {
    if (d->kind == VOLLEY_NORMAL)
        return normal[simd](d->a, d->b, d->min, d->max, n, x);
    int64_t outside = 0;
    for (int64_t i = 0; i < n; i++) {
        x[i] = volley_exp(d->a + d->b * x[i]);
        outside += x[i] < d->min || x[i] > d->max;
    }
    return outside;
}

/* Draws again, attempt by attempt, the items of out[0 .. n) that are out of bounds, n <= PIECE. */
static int redraw(const volley_distribution *d, int simd, uint64_t key, uint64_t entity, uint64_t first,
                  int64_t n, double *out) {
    uint64_t k[PIECE] = {0};
    double value[PIECE];
    double min = d->min, max = d->max;
    int64_t left = 0;
    for (int64_t i = 0; i < n; i++) {
        k[left] = first + (uint64_t)i;
        left += (out[i] < min) | (out[i] > max);
    }
    for (uint64_t attempt = 1; left > 0 && attempt < VOLLEY_RNG_ATTEMPTS; attempt++) {
        volley_rng_normal_items(simd, key, entity, k, attempt, left, value);
        to_values(d, simd, left, value);
        int64_t kept = 0;
        for (int64_t i = 0; i < left; i++) {
            out[k[i] - first] = value[i];
            k[kept] = k[i];
            kept += (value[i] < min) | (value[i] > max);
        }
        left = kept;
    }
    CHECK(left == 0, VOLLEY_USAGE, "%d draws of a distribution all fell outside its bounds [%g, %g]",
          VOLLEY_RNG_ATTEMPTS, min, max);
    return VOLLEY_OK;
}

static int draw_normal(const volley_distribution *d, int simd, uint64_t key, uint64_t entity, int64_t first,
                       int64_t n, double *out) {
    volley_rng_normal_batch(simd, key, entity, (uint64_t)first, n, out);
    if (to_values(d, simd, n, out) == 0)
        return VOLLEY_OK;
    for (int64_t i = 0; i < n; i += PIECE)
        TRY(redraw(d, simd, key, entity, (uint64_t)(first + i), n - i < PIECE ? n - i : PIECE, out + i));
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
