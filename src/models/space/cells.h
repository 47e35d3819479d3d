/* SPDX-License-Identifier: BSD-3-Clause */
/* The sources of a projection sorted into cells, a regular grid of boxes, and the cells within reach of a
 * target with a bound of the kernel for each. Cells follow from the description alone, so the order in which
 * a target meets sources (cell by cell, x fastest, ascending inside a cell) is the same on every layout. */
#ifndef VOLLEY_MODELS_SPACE_CELLS_H
#define VOLLEY_MODELS_SPACE_CELLS_H

#include "models/connect/connect.h"

#include <stdbool.h>
#include <stdint.h>

/* Cells within reach side by side along x, as seen from the cell of a target, with one bound: of few
 * candidates far away, several cells are taken together. */
typedef struct volley_cell_segment {
    int64_t x, n;    /* offset of the first cell, and cells */
    double exponent; /* smallest exponent of the kernel between two neurons in such cells */
    double hazard;   /* -log(1 - spec.near exp(-exponent)) */
} volley_cell_segment;

/* The segments at one offset in y and z. */
typedef struct volley_cell_row {
    int64_t y, z, first, n;
} volley_cell_row;

typedef struct volley_cells {
    int dimensions;
    bool edge_wrap;
    double low[3], side[3];
    double slack[3]; /* share of a side by which places can be nearer than their cells */
    int64_t n[3];    /* cells along each axis */
    int64_t n_cells; /* in all */
    uint32_t *start; /* [n_cells + 1]: where the sources of a cell stand */
    uint32_t *id;    /* [stored] positions in the source subset, ascending inside a cell */
    double *at;      /* [stored][dimensions] coordinates */
    volley_cell_row *rows;
    int64_t n_rows;
    volley_cell_segment *segments;
    int64_t n_segments;
} volley_cells;

/* Cells for a projection with a kernel, without sources yet. The caller owns *cells. VOLLEY_USAGE above 2^32
 * - 1 sources, VOLLEY_EXHAUSTED without memory. Not collective. */
int volley_cells_create(const volley_connect_spec *spec, volley_cells **cells);
void volley_cells_destroy(volley_cells **cells);

/* Called for the parts of segments that lie in the grid: cells `cell` .. cell + n - 1. */
typedef int (*volley_cells_visit)(void *context, int64_t cell, int64_t n, const volley_cell_segment *segment);

/* Visits all cells within reach of a place, in their order. Stops when a visit fails and returns its status.
 */
int volley_cells_walk(const volley_cells *cells, const double at[3], volley_cells_visit visit, void *context);

/* Marks the cells within reach of a place: within[cell]. */
void volley_cells_mark(const volley_cells *cells, const double at[3], bool *within);

/* The cell that holds a place, or -1 outside the grid: for targets in one cell it is enough to mark once. */
int64_t volley_cells_find(const volley_cells *cells, const double at[3]);

/* Takes the sources that lie in marked cells, with `threads` threads. Time grows with all sources, memory
 * (4 bytes and 8 for each axis) with those taken; while it works, another 4 bytes for each of all. */
int volley_cells_fill(volley_cells *cells, const volley_connect_spec *spec, const bool *within, int threads);

/* Number of sources that were taken. */
static inline int64_t volley_cells_stored(const volley_cells *cells) {
    return cells->start[cells->n_cells];
}

#endif
