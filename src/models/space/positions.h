/* SPDX-License-Identifier: BSD-3-Clause */
/* Where the neurons of a population are: on a grid, at random in a box, or as a list says. Grid and random
 * positions are computed when they are asked for, so any rank knows those of any neuron and none is stored.
 * Lengths are in mm. */
#ifndef VOLLEY_MODELS_SPACE_POSITIONS_H
#define VOLLEY_MODELS_SPACE_POSITIONS_H

#include <stdbool.h>
#include <stdint.h>

enum { VOLLEY_AXES = 3 };

typedef enum volley_positions_kind {
    VOLLEY_POSITIONS_GRID,
    VOLLEY_POSITIONS_UNIFORM,
    VOLLEY_POSITIONS_LIST
} volley_positions_kind;

/* Axes beyond `dimensions` have extent 0, shape 1 and coordinate 0. */
typedef struct volley_positions {
    volley_positions_kind kind;
    int dimensions;                               /* 1 to 3 */
    double low[VOLLEY_AXES], extent[VOLLEY_AXES]; /* the box that holds all neurons */
    bool edge_wrap;                               /* opposite sides of the box touch */
    double wrap[VOLLEY_AXES];                     /* way round along an axis: its extent, INFINITY if none */
    int64_t shape[VOLLEY_AXES];                   /* grid: places along each axis */
    uint64_t key;                                 /* uniform: the stream of the population */
    double *coordinates;                          /* list: [neurons][dimensions], owned */
    double error; /* mm; how far a neuron can be from where it is meant to be, by rounding */
} volley_positions;

/* Sets p->error from the box and, of a list of `size` neurons, from the digits of a lattice. VOLLEY_EXHAUSTED
 * without memory. Not collective. */
int volley_positions_find_error(volley_positions *p, int64_t size);

/* Position of neuron `index` of the population, all three axes. A pure function. On a grid the last axis runs
 * fastest and y runs downwards, as in NEST. */
void volley_position(const volley_positions *positions, int64_t index, double at[VOLLEY_AXES]);

/* Square of the distance between two places in the box, across its edges where that is shorter and it wraps.
 */
static inline double volley_distance_squared(const volley_positions *box, const double a[VOLLEY_AXES],
                                             const double b[VOLLEY_AXES]) {
    double sum = 0.0;
    for (int axis = 0; axis < VOLLEY_AXES; axis++) {
        double d = __builtin_fabs(b[axis] - a[axis]), round = box->wrap[axis] - d;
        d = d < round ? d : round;
        sum += d * d;
    }
    return sum;
}

/* Bounds of the distances between neurons of two populations; if one wraps, both do, in the same box. */
void volley_distance_bounds(const volley_positions *a, const volley_positions *b, double *low, double *high);

#endif
