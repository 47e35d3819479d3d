#include "net/draw.h"
#include "base/rng.h"
#include "base/simd.h"
#include "base/special.h"
#include "base/status.h"

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

static double value_of(const volley_distribution *d, double z) {
    double value = d->a + d->b * z;
    return d->kind == VOLLEY_LOGNORMAL ? volley_exp(value) : value;
}

static int redraw(const volley_distribution *d, uint64_t key, uint64_t entity, uint64_t k, double *out) {
    for (unsigned attempt = 1; attempt < VOLLEY_RNG_ATTEMPTS; attempt++) {
        double value = value_of(d, volley_normal(volley_rng_item(key, entity, k, attempt), k));
        if (value >= d->min && value <= d->max) {
            *out = value;
            return VOLLEY_OK;
        }
    }
    return volley_fail(VOLLEY_USAGE, "%d draws of a distribution all fell outside its bounds [%g, %g]",
                       VOLLEY_RNG_ATTEMPTS, d->min, d->max);
}

static int draw_normal(const volley_distribution *d, int simd, uint64_t key, uint64_t entity, int64_t first,
                       int64_t n, double *out) {
    int64_t outside;
    volley_rng_normal_batch(simd, key, entity, (uint64_t)first, n, out);
    if (d->kind == VOLLEY_NORMAL) {
        outside = normal[simd](d->a, d->b, d->min, d->max, n, out);
    } else {
        outside = 0;
        for (int64_t i = 0; i < n; i++) {
            out[i] = value_of(d, out[i]);
            outside += out[i] < d->min || out[i] > d->max;
        }
    }
    for (int64_t i = 0; outside > 0 && i < n; i++)
        if (out[i] < d->min || out[i] > d->max) {
            TRY(redraw(d, key, entity, (uint64_t)(first + i), &out[i]));
            outside--;
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
    }
    return VOLLEY_OK;
}

int volley_draw_one(const volley_distribution *d, uint64_t key, uint64_t entity, int64_t index, double *out) {
    double room[16] = {0};
    TRY(volley_draw_batch(d, VOLLEY_SIMD_PLAIN, key, entity, 0, 1, index, room));
    *out = room[0];
    return VOLLEY_OK;
}
