/* SPDX-License-Identifier: BSD-3-Clause */
/* Sorts the sources within reach into cells, and walks through the cells around a target. */
#include "models/space/cells.h"
#include "base/memory.h"
#include "base/special.h"
#include "base/status.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

/* Cells are a third of the kernel's width, so that bounds of the kernel are close, but hold at least this
 * many sources on average, so that there are not more cells than edges. */
static const double cells_per_width = 3.0, sources_per_cell = 4.0;

/* Candidates in vain, on average, for which a segment is not made shorter: they cost as much as a segment. */
static const double waste_of_segment = 0.1;

enum { MIN_STEP = -2147483647 };

void volley_cells_destroy(volley_cells **out) {
    volley_cells *cells = *out;
    if (cells == NULL)
        return;
    free(cells->start);
    free(cells->id);
    free(cells->at);
    free(cells->rows);
    free(cells->segments);
    free(cells);
    *out = NULL;
}

/* Cells along an axis when they have about this side. */
static double count_along(const volley_positions *p, int axis, double side) {
    return fmax(1.0, floor(p->extent[axis] / side));
}

/* Side that cells should have. */
static double find_side(const volley_connect_spec *spec) {
    const volley_positions *p = spec->source_positions;
    double side = spec->kernel->width / cells_per_width, n = INFINITY;
    for (; n > 1.0; side *= 1.1) {
        n = count_along(p, 0, side) * count_along(p, 1, side) * count_along(p, 2, side);
        if (n * sources_per_cell <= (double)spec->n_sources)
            break;
    }
    return side;
}

/* Part of a cell by which two places can be closer than their cells say, as both are rounded: far from the
 * origin coordinates have few digits for the size of a cell. */
static double slack_along(const volley_connect_spec *spec, int axis, double side) {
    const volley_positions *s = spec->source_positions, *t = spec->target_positions;
    double largest = 0.0;
    for (const volley_positions *p = s; p != NULL; p = p == s && t != s ? t : NULL)
        largest = fmax(largest, fmax(fabs(p->low[axis]), fabs(p->low[axis] + p->extent[axis])));
    return fmin(1.0, fmax(1e-9, 16.0 * DBL_EPSILON * largest / side));
}

/* Cells that cover the box of the sources: equal parts of it. */
static void divide(const volley_connect_spec *spec, volley_cells *c) {
    const volley_positions *p = spec->source_positions;
    double side = find_side(spec);
    c->dimensions = p->dimensions;
    c->edge_wrap = p->edge_wrap;
    c->n_cells = 1;
    for (int axis = 0; axis < 3; axis++) {
        c->n[axis] = (int64_t)count_along(p, axis, side);
        c->low[axis] = p->low[axis];
        c->side[axis] = p->extent[axis] > 0.0 ? p->extent[axis] / (double)c->n[axis] : side;
        c->slack[axis] = slack_along(spec, axis, c->side[axis]);
        c->n_cells *= c->n[axis];
    }
}

/* Smallest and largest offset along an axis from the cell of a target to a cell of sources. */
static void find_offsets(const volley_connect_spec *spec, const volley_cells *c, int axis, int64_t *low,
                         int64_t *high) {
    const volley_positions *source = spec->source_positions, *target = spec->target_positions;
    *low = *high = 0;
    if (axis >= c->dimensions)
        return;
    if (c->edge_wrap) { /* every cell once, the nearer way round */
        *low = -((c->n[axis] - 1) / 2);
        *high = c->n[axis] / 2;
    }
    double reach = ceil(sqrt(spec->kernel->rim) / c->side[axis]) + 1.0;
    double up = source->low[axis] + source->extent[axis] - target->low[axis];
    double down = target->low[axis] + target->extent[axis] - source->low[axis];
    double most_up = fmin(reach, ceil(fmax(up, 0.0) / c->side[axis]) + 1.0);
    double most_down = fmin(reach, ceil(fmax(down, 0.0) / c->side[axis]) + 1.0);
    if (c->edge_wrap) {
        *high = (int64_t)fmin((double)*high, reach);
        *low = (int64_t)fmax((double)*low, -reach);
    } else {
        *high = (int64_t)most_up;
        *low = -(int64_t)most_down;
    }
}

/* Square of the smallest distance along an axis; a little less, for the rounding of places to cells. */
static double gap_squared(const volley_cells *c, int axis, int64_t offset) {
    double gap = fmax(0.0, fabs((double)offset) - 1.0) * c->side[axis] * (1.0 - c->slack[axis]);
    return gap * gap;
}

/* Cuts the cells low .. high of a row into segments. */
static int add_segments(volley_cells *c, const volley_connect_spec *spec, double beside, int64_t low,
                        int64_t high, size_t *room) {
    double density = (double)spec->n_sources / (double)c->n_cells, sum = 0.0, highest = 0.0;
    volley_cell_segment *segment = NULL;
    for (int64_t x = low; x <= high; x++) {
        double exponent = volley_kernel_exponent(spec->kernel, beside + gap_squared(c, 0, x));
        double p = spec->near * volley_exp(-exponent), top = p > highest ? p : highest;
        if (segment != NULL && density * (top * (double)(segment->n + 1) - sum - p) <= waste_of_segment) {
            segment->n++;
            segment->exponent = fmin(segment->exponent, exponent);
            highest = top;
            sum += p;
        } else {
            TRY(VOLLEY_RESERVE(c->segments, room, c->n_segments + 1));
            segment = &c->segments[c->n_segments++];
            *segment = (volley_cell_segment){.x = x, .n = 1, .exponent = exponent};
            highest = sum = p;
        }
        segment->hazard = highest < 1.0 ? -volley_log1p(-highest) : INFINITY;
    }
    return VOLLEY_OK;
}

static int add_row(volley_cells *c, const volley_connect_spec *spec, int64_t y, int64_t z, int64_t low,
                   int64_t high, size_t *row_room, size_t *segment_room) {
    double beside = gap_squared(c, 1, y) + gap_squared(c, 2, z);
    while (low <= high && beside + gap_squared(c, 0, low) > spec->kernel->rim)
        low++;
    while (high >= low && beside + gap_squared(c, 0, high) > spec->kernel->rim)
        high--;
    if (low > high)
        return VOLLEY_OK;
    int64_t first = c->n_segments;
    TRY(add_segments(c, spec, beside, low, high, segment_room));
    TRY(VOLLEY_RESERVE(c->rows, row_room, c->n_rows + 1));
    c->rows[c->n_rows++] = (volley_cell_row){y, z, first, c->n_segments - first};
    return VOLLEY_OK;
}

static int find_rows(volley_cells *c, const volley_connect_spec *spec) {
    int64_t low[3], high[3];
    size_t row_room = 0, segment_room = 0;
    for (int axis = 0; axis < 3; axis++)
        find_offsets(spec, c, axis, &low[axis], &high[axis]);
    for (int64_t z = low[2]; z <= high[2]; z++)
        for (int64_t y = low[1]; y <= high[1]; y++)
            TRY(add_row(c, spec, y, z, low[0], high[0], &row_room, &segment_room));
    return VOLLEY_OK;
}

int volley_cells_create(const volley_connect_spec *spec, volley_cells **cells) {
    *cells = NULL;
    CHECK(spec->n_sources < UINT32_MAX, VOLLEY_USAGE,
          "a rule with a kernel takes at most 4294967294 sources: value %lld", (long long)spec->n_sources);
    TRY(VOLLEY_NEW(*cells, 1));
    divide(spec, *cells);
    int status = VOLLEY_NEW((*cells)->start, (*cells)->n_cells + 1);
    if (status == VOLLEY_OK)
        status = find_rows(*cells, spec);
    if (status != VOLLEY_OK)
        volley_cells_destroy(cells);
    return status;
}

/* Number along an axis of the cell that holds a place; outside the grid where it lies there, unless the grid
 * wraps. */
static int64_t cell_along(const volley_cells *c, int axis, double at) {
    double number = floor((at - c->low[axis]) / c->side[axis]), n = (double)c->n[axis];
    if (c->edge_wrap) {
        number -= n * floor(number / n);
        return number < n ? (int64_t)number : 0;
    }
    /* Far outside there is nothing in reach. */
    return (int64_t)fmin(fmax(number, (double)MIN_STEP), n - (double)MIN_STEP);
}

/* The parts of a segment that lie in the grid: cut at its edges, or at the one edge where it goes round. */
static int visit_segment(const volley_cells *c, int64_t base, int64_t x, const volley_cell_segment *segment,
                         volley_cells_visit visit, void *context) {
    int64_t first = x + segment->x, end = first + segment->n, n = c->n[0];
    if (!c->edge_wrap) {
        first = first > 0 ? first : 0;
        end = end < n ? end : n;
        return first < end ? visit(context, base + first, end - first, segment) : VOLLEY_OK;
    }
    int64_t turn = first < 0 ? n : first >= n ? -n : 0;
    first += turn;
    end += turn;
    TRY(visit(context, base + first, (end < n ? end : n) - first, segment));
    return end > n ? visit(context, base, end - n, segment) : VOLLEY_OK;
}

int volley_cells_walk(const volley_cells *c, const double at[3], volley_cells_visit visit, void *context) {
    int64_t home[3] = {0, 0, 0};
    for (int axis = 0; axis < c->dimensions; axis++)
        home[axis] = cell_along(c, axis, at[axis]);
    for (int64_t i = 0; i < c->n_rows; i++) {
        const volley_cell_row *row = &c->rows[i];
        int64_t y = home[1] + row->y, z = home[2] + row->z;
        if (c->edge_wrap) {
            y += y < 0 ? c->n[1] : y >= c->n[1] ? -c->n[1] : 0;
            z += z < 0 ? c->n[2] : z >= c->n[2] ? -c->n[2] : 0;
        }
        if (y < 0 || y >= c->n[1] || z < 0 || z >= c->n[2])
            continue;
        for (int64_t k = row->first; k < row->first + row->n; k++)
            TRY(visit_segment(c, (z * c->n[1] + y) * c->n[0], home[0], &c->segments[k], visit, context));
    }
    return VOLLEY_OK;
}

static int mark(void *context, int64_t cell, int64_t n, const volley_cell_segment *segment) {
    bool *within = context;
    (void)segment;
    for (int64_t i = cell; i < cell + n; i++)
        within[i] = true;
    return VOLLEY_OK;
}

void volley_cells_mark(const volley_cells *cells, const double at[3], bool *within) {
    volley_cells_walk(cells, at, mark, within);
}

int64_t volley_cells_find(const volley_cells *c, const double at[3]) {
    int64_t cell = 0;
    for (int axis = c->dimensions - 1; axis >= 0; axis--) {
        int64_t place = cell_along(c, axis, at[axis]);
        if (place < 0 || place >= c->n[axis])
            return -1;
        cell = cell * c->n[axis] + place;
    }
    return cell;
}

/* The cell of a source: one on the upper edge of the box belongs to the last cell. */
static int64_t cell_of_source(const volley_cells *c, const double *at) {
    int64_t cell = 0;
    for (int axis = c->dimensions - 1; axis >= 0; axis--) {
        int64_t place = cell_along(c, axis, at[axis]), last = c->n[axis] - 1;
        cell = cell * c->n[axis] + (place < 0 ? 0 : place > last ? last : place);
    }
    return cell;
}

static void locate(const volley_connect_spec *spec, int64_t position, double *at) {
    volley_position(spec->source_positions, spec->source_index(spec->context, position), at);
}

/* Sorts sources by cell; home[i] is the cell of source i, UINT32_MAX for those that are not taken. */
static int sort(volley_cells *c, int64_t n_sources, const uint32_t *home) {
    for (int64_t i = 0; i < n_sources; i++)
        if (home[i] != UINT32_MAX)
            c->start[home[i] + 1]++;
    for (int64_t cell = 0; cell < c->n_cells; cell++)
        c->start[cell + 1] += c->start[cell];
    TRY(VOLLEY_NEW(c->id, c->start[c->n_cells]));
    TRY(VOLLEY_NEW(c->at, (int64_t)c->start[c->n_cells] * c->dimensions));
    for (int64_t i = 0; i < n_sources; i++)
        if (home[i] != UINT32_MAX)
            c->id[c->start[home[i]]++] = (uint32_t)i;
    /* Every start has become that of the next cell. */
    for (int64_t cell = c->n_cells; cell > 0; cell--)
        c->start[cell] = c->start[cell - 1];
    c->start[0] = 0;
    return VOLLEY_OK;
}

int volley_cells_fill(volley_cells *c, const volley_connect_spec *spec, const bool *within, int threads) {
    uint32_t *home;
    TRY(VOLLEY_NEW(home, spec->n_sources));
#pragma omp parallel for num_threads(threads)
    for (int64_t i = 0; i < spec->n_sources; i++) {
        double at[3];
        locate(spec, i, at);
        int64_t cell = cell_of_source(c, at);
        home[i] = within[cell] ? (uint32_t)cell : UINT32_MAX;
    }
    int status = sort(c, spec->n_sources, home);
    free(home);
    TRY(status);
#pragma omp parallel for num_threads(threads)
    for (int64_t slot = 0; slot < (int64_t)c->start[c->n_cells]; slot++) {
        double at[3];
        locate(spec, c->id[slot], at);
        for (int axis = 0; axis < c->dimensions; axis++)
            c->at[slot * c->dimensions + axis] = at[axis];
    }
    return VOLLEY_OK;
}
