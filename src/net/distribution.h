/* SPDX-License-Identifier: BSD-3-Clause */
/* Values of parameters, initial states, weights and delays: a constant, a list or a distribution. */
#ifndef VOLLEY_NET_DISTRIBUTION_H
#define VOLLEY_NET_DISTRIBUTION_H

#include <stdint.h>

typedef enum volley_distribution_kind {
    VOLLEY_CONSTANT,  /* a */
    VOLLEY_VALUES,    /* values[i] for item i */
    VOLLEY_NORMAL,    /* mean a, standard deviation b; redrawn until inside [min, max] */
    VOLLEY_LOGNORMAL, /* exp of such a normal; redrawn until exp is inside [min, max] */
    VOLLEY_UNIFORM,   /* a + (b - a) u, u in [0, 1) */
    VOLLEY_COLUMN,    /* a column of an edge list's file: kept with the edges; all lie in [min, max] */
    VOLLEY_LINEAR,    /* a + b x distance of source and target in mm; all lie in [min, max] */
} volley_distribution_kind;

typedef struct volley_distribution {
    volley_distribution_kind kind;
    double a, b;
    double min, max; /* -INFINITY, INFINITY when unbounded */
    double *values;  /* owned, count items; NULL unless kind is VOLLEY_VALUES */
    int64_t count;
} volley_distribution;

/* A constant distribution. */
static inline volley_distribution volley_constant(double value) {
    return (volley_distribution){VOLLEY_CONSTANT, value, 0.0, -__builtin_inf(), __builtin_inf(), 0, 0};
}

/* Share of draws that fall inside [min, max] (1 for constants, lists and uniform). Exact up to erfc. */
double volley_distribution_acceptance(const volley_distribution *d);

/* Share of values in [low, high), 1 over all of them; of a column or what depends on distance, as if values
 * were spread evenly. */
double volley_distribution_share(const volley_distribution *d, double low, double high);

/* Mean of the (bounded) distribution; of a list, the mean of its values; of a column or what depends on
 * distance NAN, not known. */
double volley_distribution_mean(const volley_distribution *d);

/* Smallest and largest value that can come out (may be infinite). */
double volley_distribution_low(const volley_distribution *d);
double volley_distribution_high(const volley_distribution *d);

/* The same, but finite also without min and max: the normals of base/rng.h stay below 8.6 standard
 * deviations, so no draw of a run is outside. */
void volley_distribution_reach(const volley_distribution *d, double *low, double *high);

#endif
