/* SPDX-License-Identifier: BSD-3-Clause */
/* Computes the mean of a kernel over all pairs, which gives the expected in-degree of a rule with a kernel.
 * */
#include "models/space/expect.h"
#include "base/memory.h"
#include "base/special.h"
#include "base/status.h"

#include <math.h>
#include <stdlib.h>

/* Displacements along one axis between a source and a target, with how often they occur. */
typedef struct axis_nodes {
    int64_t n;
    double *at, *weight; /* owned; squares of displacements, ascending */
    double total;        /* of all weights, those beyond the cutoff included */
} axis_nodes;

static double kernel_at(const volley_kernel *kernel, double squared) {
    return squared <= kernel->rim ? volley_exp(-volley_kernel_exponent(kernel, squared)) : 0.0;
}

/* Share of pairs of points, one in each of two intervals, whose displacement is below x: the integral of a
 * trapezoid. */
static double share_below(double x, const volley_positions *s, const volley_positions *t, int axis) {
    double a = s->extent[axis], b = t->extent[axis], from = t->low[axis] - s->low[axis] - a;
    const double corner[4] = {from, from + fmin(a, b), from + fmax(a, b), from + a + b};
    const double sign[4] = {1.0, -1.0, -1.0, 1.0};
    double sum = 0.0;
    for (int i = 0; i < 4; i++)
        sum += x > corner[i] ? sign[i] * 0.5 * (x - corner[i]) * (x - corner[i]) : 0.0;
    return fmin(1.0, sum / (a * b));
}

/* Random positions: bins of the distance along the axis, up to the cutoff, each with its share of the pairs.
 */
static int random_nodes(const volley_connect_spec *spec, int axis, int64_t bins, axis_nodes *nodes) {
    const volley_positions *s = spec->source_positions, *t = spec->target_positions;
    double low, high = 0.5 * s->extent[axis];
    if (!s->edge_wrap) {
        double up = t->low[axis] + t->extent[axis] - s->low[axis];
        high = fmax(up, s->low[axis] + s->extent[axis] - t->low[axis]);
    }
    const double widths = 20.0; /* beyond them a kernel is below 2e-9 */
    double end = fmin(high, fmin(spec->kernel->cutoff, widths * spec->kernel->width));
    double width = end / (double)bins;
    nodes->n = bins;
    nodes->total = 1.0;
    for (int64_t i = 0; i < bins; i++) {
        low = (double)i * width;
        nodes->at[i] = (low + 0.5 * width) * (low + 0.5 * width);
        if (s->edge_wrap)
            nodes->weight[i] = width / high;
        else
            nodes->weight[i] = share_below(low + width, s, t, axis) - share_below(low, s, t, axis) +
                               share_below(-low, s, t, axis) - share_below(-low - width, s, t, axis);
    }
    return VOLLEY_OK;
}

/* Two grids of the same places along an axis. */
static void grid_nodes(const volley_connect_spec *spec, int axis, axis_nodes *nodes) {
    const volley_positions *s = spec->source_positions;
    int64_t places = s->shape[axis];
    double step = s->extent[axis] / (double)places;
    nodes->n = s->edge_wrap ? places / 2 + 1 : places;
    nodes->total = (double)places * (double)places;
    for (int64_t i = 0; i < nodes->n; i++) {
        bool once = i == 0 || (s->edge_wrap && 2 * i == places); /* else one to each side */
        nodes->at[i] = (double)i * step * ((double)i * step);
        nodes->weight[i] = (once ? 1.0 : 2.0) * (double)(s->edge_wrap ? places : places - i);
    }
}

/* Mean of the kernel over all displacements: the axes are independent. */
static double mean_over_axes(const volley_kernel *kernel, const axis_nodes *axes) {
    double sum = 0.0;
    for (int64_t z = 0; z < axes[2].n; z++)
        for (int64_t y = 0; y < axes[1].n && axes[2].at[z] <= kernel->rim; y++) {
            double beside = axes[2].at[z] + axes[1].at[y], row = 0.0;
            for (int64_t x = 0; x < axes[0].n && beside <= kernel->rim; x++)
                row += axes[0].weight[x] * kernel_at(kernel, beside + axes[0].at[x]);
            sum += row * axes[1].weight[y] * axes[2].weight[z];
        }
    return sum / (axes[0].total * axes[1].total * axes[2].total);
}

static int make_axis(const volley_connect_spec *spec, int axis, bool grid, axis_nodes *nodes) {
    enum { BINS = 1000, BINS_3D = 160 };
    const volley_positions *s = spec->source_positions;
    bool used = axis < s->dimensions;
    int64_t bins = !used ? 1 : grid ? s->shape[axis] : s->dimensions < 3 ? BINS : BINS_3D;
    TRY(VOLLEY_NEW(nodes->at, bins));
    TRY(VOLLEY_NEW(nodes->weight, bins));
    if (used && grid) {
        grid_nodes(spec, axis, nodes);
    } else if (used) {
        return random_nodes(spec, axis, bins, nodes);
    } else {
        nodes->n = 1;
        nodes->weight[0] = nodes->total = 1.0;
    }
    return VOLLEY_OK;
}

static int by_axes(const volley_connect_spec *spec, bool grid, double *mean) {
    axis_nodes axes[3] = {{0}, {0}, {0}};
    int status = VOLLEY_OK;
    for (int axis = 0; axis < 3 && status == VOLLEY_OK; axis++)
        status = make_axis(spec, axis, grid, &axes[axis]);
    if (status == VOLLEY_OK)
        *mean = mean_over_axes(spec->kernel, axes);
    for (int axis = 0; axis < 3; axis++) {
        free(axes[axis].at);
        free(axes[axis].weight);
    }
    return status;
}

static void locate_target(const volley_connect_spec *spec, int64_t position, double *at) {
    volley_position(spec->target_positions, spec->target_index(spec->context, position), at);
}

/* All pairs, or every so many-th source and target. A neuron's distance to itself is left out. */
static double by_pairs(const volley_connect_spec *spec) {
    const double most_pairs = 2e6;
    double pairs = (double)spec->n_sources * (double)spec->n_targets, sum = 0.0, count = 0.0;
    double step = fmax(1.0, sqrt(pairs / most_pairs)), source[VOLLEY_AXES], target[VOLLEY_AXES];
    int64_t t, s;
    for (int64_t i = 0; (t = (int64_t)((double)i * step)) < spec->n_targets; i++) {
        int64_t self = spec->may_meet ? spec->self(spec->context, t) : -1;
        locate_target(spec, t, target);
        for (int64_t j = 0; (s = (int64_t)((double)j * step)) < spec->n_sources; j++) {
            if (s == self)
                continue;
            volley_position(spec->source_positions, spec->source_index(spec->context, s), source);
            sum += kernel_at(spec->kernel, volley_distance_squared(spec->source_positions, source, target));
            count++;
        }
    }
    return count > 0 ? sum / count : 0.0;
}

static bool same_grid(const volley_positions *a, const volley_positions *b) {
    bool same = a->kind == VOLLEY_POSITIONS_GRID && b->kind == VOLLEY_POSITIONS_GRID;
    for (int axis = 0; axis < a->dimensions; axis++)
        same = same && a->shape[axis] == b->shape[axis] && a->extent[axis] == b->extent[axis] &&
               a->low[axis] == b->low[axis];
    return same;
}

/* Whether positions have a density: random ones, and a whole grid beside such. */
static bool fills_box(const volley_positions *p, bool whole) {
    return p->kind == VOLLEY_POSITIONS_UNIFORM || (p->kind == VOLLEY_POSITIONS_GRID && whole);
}

int volley_expect_kernel(const volley_connect_spec *spec, bool whole, double *sum) {
    const volley_positions *s = spec->source_positions, *t = spec->target_positions;
    double n = (double)spec->n_sources, meet = 0.0, mean = 0.0;
    *sum = 0.0;
    if (spec->n_sources == 0 || spec->n_targets == 0)
        return VOLLEY_OK;
    for (int64_t i = 0; spec->may_meet && !spec->same && i < spec->n_targets; i++)
        meet += spec->self(spec->context, i) >= 0;
    meet = spec->same ? 1.0 : meet / (double)spec->n_targets; /* share of targets that are sources, too */
    bool grid = whole && same_grid(s, t);
    bool random = s->kind == VOLLEY_POSITIONS_UNIFORM || t->kind == VOLLEY_POSITIONS_UNIFORM;
    if (grid || (random && fills_box(s, whole) && fills_box(t, whole))) {
        TRY(by_axes(spec, grid, &mean));
    } else {
        mean = by_pairs(spec);
    }
    /* On a grid the mean holds the pairs of a neuron with itself, elsewhere it does not. */
    if (grid)
        *sum = n * mean - (spec->autapses ? 0.0 : meet);
    else
        *sum = (n - meet) * mean + (spec->autapses ? meet : 0.0);
    return VOLLEY_OK;
}
