/* SPDX-License-Identifier: BSD-3-Clause */
/* Computes means, bounds and shares of distributions without drawing from them. */
#include "net/distribution.h"
#include "base/special.h"

#include <math.h>

static const double sqrt_half = 0.70710678118654752440;
static const double sqrt_two_pi = 2.50662827463100050242;

/* P(low < Z < high) for a standard normal Z, without cancellation in the tails. */
static double normal_share(double low, double high) {
    if (low > 0.0) {
        double swap = low;
        low = -high;
        high = -swap;
    }
    if (high <= 0.0)
        return 0.5 * (volley_erfc(-high * sqrt_half) - volley_erfc(-low * sqrt_half));
    return 1.0 - 0.5 * (volley_erfc(-low * sqrt_half) + volley_erfc(high * sqrt_half));
}

static double normal_density(double z) {
    return isinf(z) ? 0.0 : volley_exp(-0.5 * z * z) / sqrt_two_pi;
}

/* The bounds of the underlying normal in units of its standard deviation. */
static void standard_bounds(const volley_distribution *d, double *low, double *high) {
    double min = d->min, max = d->max;
    if (d->kind == VOLLEY_LOGNORMAL) {
        min = min > 0.0 ? volley_log(min) : -INFINITY;
        max = max > 0.0 ? volley_log(max) : -INFINITY;
    }
    if (d->b > 0.0) {
        *low = (min - d->a) / d->b;
        *high = (max - d->a) / d->b;
    } else {
        *low = min <= d->a ? -INFINITY : INFINITY;
        *high = max >= d->a ? INFINITY : -INFINITY;
    }
}

double volley_distribution_acceptance(const volley_distribution *d) {
    if (d->kind != VOLLEY_NORMAL && d->kind != VOLLEY_LOGNORMAL)
        return 1.0;
    double low, high;
    standard_bounds(d, &low, &high);
    return low < high ? normal_share(low, high) : 0.0;
}

/* Share of draws below x, of all draws that are taken or not. */
static double share_below(const volley_distribution *d, double x) {
    if (d->kind == VOLLEY_LOGNORMAL)
        x = x > 0.0 ? volley_log(x) : -INFINITY;
    if (d->b > 0.0)
        return normal_share(-INFINITY, (x - d->a) / d->b);
    return d->a < x ? 1.0 : 0.0;
}

double volley_distribution_share(const volley_distribution *d, double low, double high) {
    if (d->kind == VOLLEY_CONSTANT)
        return low <= d->a && d->a < high ? 1.0 : 0.0;
    if (d->kind == VOLLEY_NORMAL || d->kind == VOLLEY_LOGNORMAL) {
        low = fmax(low, d->min);
        high = fmin(high, d->max);
        double all = volley_distribution_acceptance(d);
        return low < high && all > 0.0 ? (share_below(d, high) - share_below(d, low)) / all : 0.0;
    }
    if (d->kind == VOLLEY_VALUES) {
        int64_t inside = 0;
        for (int64_t i = 0; i < d->count; i++)
            inside += low <= d->values[i] && d->values[i] < high;
        return d->count > 0 ? (double)inside / (double)d->count : 0.0;
    }
    double from = volley_distribution_low(d), to = volley_distribution_high(d);
    if (to <= from)
        return low <= from && from < high ? 1.0 : 0.0;
    return fmax(0.0, fmin(high, to) - fmax(low, from)) / (to - from);
}

static double list_mean(const volley_distribution *d) {
    double sum = 0.0;
    for (int64_t i = 0; i < d->count; i++)
        sum += d->values[i];
    return d->count > 0 ? sum / (double)d->count : 0.0;
}

double volley_distribution_mean(const volley_distribution *d) {
    double low, high;
    switch (d->kind) {
    case VOLLEY_CONSTANT:
        return d->a;
    case VOLLEY_VALUES:
        return list_mean(d);
    case VOLLEY_UNIFORM:
        return 0.5 * (d->a + d->b);
    case VOLLEY_NORMAL:
        standard_bounds(d, &low, &high);
        return d->a + d->b * (normal_density(low) - normal_density(high)) / normal_share(low, high);
    case VOLLEY_LOGNORMAL:
        standard_bounds(d, &low, &high);
        return volley_exp(d->a + 0.5 * d->b * d->b) * normal_share(low - d->b, high - d->b) /
               normal_share(low, high);
    case VOLLEY_COLUMN:
    case VOLLEY_LINEAR:
        break;
    }
    return NAN;
}

/* Smallest (sign 1) or largest (sign -1) value of a list. */
static double list_end(const volley_distribution *d, double sign) {
    double end = sign * INFINITY;
    for (int64_t i = 0; i < d->count; i++)
        if (sign * d->values[i] < sign * end)
            end = d->values[i];
    return end;
}

double volley_distribution_low(const volley_distribution *d) {
    switch (d->kind) {
    case VOLLEY_CONSTANT:
    case VOLLEY_UNIFORM:
        return d->a;
    case VOLLEY_VALUES:
        return list_end(d, 1.0);
    case VOLLEY_NORMAL:
        return d->b > 0.0 ? d->min : d->a;
    case VOLLEY_LOGNORMAL:
        return d->b > 0.0 ? fmax(d->min, 0.0) : volley_exp(d->a);
    case VOLLEY_COLUMN:
    case VOLLEY_LINEAR:
        return d->min;
    }
    return -INFINITY;
}

double volley_distribution_high(const volley_distribution *d) {
    switch (d->kind) {
    case VOLLEY_CONSTANT:
        return d->a;
    case VOLLEY_UNIFORM:
        return d->b;
    case VOLLEY_VALUES:
        return list_end(d, -1.0);
    case VOLLEY_NORMAL:
        return d->b > 0.0 ? d->max : d->a;
    case VOLLEY_LOGNORMAL:
        return d->b > 0.0 ? d->max : volley_exp(d->a);
    case VOLLEY_COLUMN:
    case VOLLEY_LINEAR:
        return d->max;
    }
    return INFINITY;
}

void volley_distribution_reach(const volley_distribution *d, double *low, double *high) {
    /* Box-Muller with uniforms of 53 bits gives at most sqrt(2 ln 2^53) = 8.58. */
    const double sigmas = 8.7;
    *low = volley_distribution_low(d);
    *high = volley_distribution_high(d);
    if (d->kind == VOLLEY_NORMAL) {
        *low = fmax(*low, d->a - sigmas * d->b);
        *high = fmin(*high, d->a + sigmas * d->b);
    } else if (d->kind == VOLLEY_LOGNORMAL) {
        *low = fmax(*low, volley_exp(d->a - sigmas * d->b));
        *high = fmin(*high, volley_exp(d->a + sigmas * d->b));
    }
}
