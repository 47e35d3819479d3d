/* SPDX-License-Identifier: BSD-3-Clause */
/* Computes positions on grids and at random, and the bounds of distances between two populations. */
#include "models/space/positions.h"
#include "base/rng.h"
#include "base/status.h"
#include "models/space/lattice.h"

#include <float.h>
#include <math.h>
#include <stddef.h>

/* Middle of the place that the grid has for the neuron. */
static void on_grid(const volley_positions *p, int64_t index, double *at) {
    for (int axis = p->dimensions - 1; axis >= 0; axis--) {
        int64_t place = index % p->shape[axis];
        index /= p->shape[axis];
        double share = ((double)place + 0.5) / (double)p->shape[axis];
        at[axis] = p->low[axis] + p->extent[axis] * (axis == 1 ? 1.0 - share : share);
    }
}

static void at_random(const volley_positions *p, int64_t index, double *at) {
    volley_rng_block block = {0};
    for (int axis = 0; axis < p->dimensions; axis++) {
        if (axis % 2 == 0) /* two axes share a block */
            block = volley_rng_item(p->key, (uint64_t)index, (uint64_t)axis, 0);
        at[axis] = p->low[axis] + p->extent[axis] * volley_uniform(block, (uint64_t)axis);
    }
}

void volley_position(const volley_positions *p, int64_t index, double at[VOLLEY_AXES]) {
    at[0] = at[1] = at[2] = 0.0;
    switch (p->kind) {
    case VOLLEY_POSITIONS_GRID:
        on_grid(p, index, at);
        break;
    case VOLLEY_POSITIONS_UNIFORM:
        at_random(p, index, at);
        break;
    case VOLLEY_POSITIONS_LIST:
        for (int axis = 0; axis < p->dimensions; axis++)
            at[axis] = p->coordinates[index * p->dimensions + axis];
        break;
    }
}

int volley_positions_find_error(volley_positions *p, int64_t size) {
    const double roundings = 8.0; /* of a coordinate; more than any formula here takes */
    double largest = 0.0, lattice = 0.0;
    for (int axis = 0; axis < p->dimensions; axis++)
        largest = fmax(largest, fmax(fabs(p->low[axis]), fabs(p->low[axis] + p->extent[axis])));
    if (p->kind == VOLLEY_POSITIONS_LIST && p->coordinates != NULL)
        TRY(volley_lattice_error(p->coordinates, size, p->dimensions, &lattice));
    p->error = roundings * DBL_EPSILON * largest + lattice;
    return VOLLEY_OK;
}

void volley_distance_bounds(const volley_positions *a, const volley_positions *b, double *low, double *high) {
    double least = 0.0, most = 0.0;
    for (int axis = 0; axis < a->dimensions; axis++) {
        double up = b->low[axis] + b->extent[axis] - a->low[axis];
        double down = a->low[axis] + a->extent[axis] - b->low[axis];
        double near = fmax(0.0, fmax(-up, -down)), far = fmax(up, down);
        if (a->edge_wrap) {
            near = 0.0;
            far = 0.5 * a->extent[axis];
        }
        least += near * near;
        most += far * far;
    }
    *low = sqrt(least);
    *high = sqrt(most);
}
