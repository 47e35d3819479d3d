/* SPDX-License-Identifier: BSD-3-Clause */
/* The key positions of a population. */
#include "config/files.h"
#include "config/schema.h"
#include "config/sections.h"

#include "base/memory.h"
#include "base/rng.h"
#include "base/status.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* A list of one number for each axis; the number of axes when *dimensions is 0, else it must agree. */
static bool read_axes(volley_reader *r, const volley_node *node, double low, int *dimensions,
                      double *values) {
    if (!node)
        return false;
    if (node->kind != VOLLEY_NODE_LIST || node->n < 1 || node->n > VOLLEY_AXES ||
        (*dimensions > 0 && (size_t)*dimensions != node->n)) {
        char expected[60];
        snprintf(expected, sizeof expected,
                 *dimensions > 0 ? "a list of %d numbers, one for each axis"
                                 : "a list of 1 to 3 numbers, one for each axis",
                 *dimensions);
        volley_wrong_type(r, node, expected);
        return false;
    }
    *dimensions = (int)node->n;
    bool ok = true;
    for (size_t i = 0; i < node->n; i++)
        ok &= volley_read_quantity(r, node->items[i], low, VOLLEY_MAX_LENGTH, "mm", &values[i]);
    return ok;
}

/* extent, center and edge_wrap. */
static void read_box(volley_reader *r, const volley_node *node, const volley_node *extent,
                     volley_positions *p) {
    double center[VOLLEY_AXES] = {0.0, 0.0, 0.0};
    read_axes(r, extent, VOLLEY_MIN_LENGTH, &p->dimensions, p->extent);
    read_axes(r, volley_node_find(node, "center"), -VOLLEY_MAX_LENGTH, &p->dimensions, center);
    volley_read_bool(r, volley_node_find(node, "edge_wrap"), &p->edge_wrap);
    for (int axis = 0; axis < VOLLEY_AXES; axis++) {
        p->low[axis] = center[axis] - 0.5 * p->extent[axis];
        p->wrap[axis] = p->edge_wrap && axis < p->dimensions ? p->extent[axis] : INFINITY;
    }
}

static void read_grid(volley_reader *r, const volley_node *node, int64_t size, volley_positions *p) {
    if (!volley_read_section(r, node, volley_keys_grid))
        return;
    const volley_node *shape = volley_read_required(r, node, "shape");
    double places = 1.0;
    if (!shape)
        return;
    if (shape->kind != VOLLEY_NODE_LIST || shape->n < 1 || shape->n > VOLLEY_AXES) {
        volley_wrong_type(r, shape, "a list of 1 to 3 whole numbers, one for each axis");
        return;
    }
    p->dimensions = (int)shape->n;
    for (size_t i = 0; i < shape->n; i++) {
        if (!volley_read_whole(r, shape->items[i], 1, INT64_MAX, &p->shape[i]))
            return;
        places *= (double)p->shape[i];
    }
    if (size > 0 && places != (double)size)
        volley_problem_add(&r->problems, shape, NULL,
                           "other places than neurons: value %.10g places; allowed %lld, the size", places,
                           (long long)size);
    read_box(r, node, volley_read_required(r, node, "extent"), p);
}

static void read_uniform(volley_reader *r, const volley_node *node, volley_positions *p) {
    if (volley_read_section(r, node, volley_keys_box))
        read_box(r, node, volley_read_required(r, node, "extent"), p);
}

/* One coordinate of all neurons, from a column of a CSV file or a dataset of an HDF5 file. */
static bool read_column(volley_reader *r, const volley_node *node, int axis, int64_t size,
                        volley_positions *p) {
    static const char *const names[VOLLEY_AXES] = {"x", "y", "z"};
    const volley_node *file = volley_node_find(node, "file"), *group = volley_node_find(node, "group");
    const char *path = NULL;
    char dataset[1024];
    double *values = NULL;
    int64_t n = 0;
    ASSERT(axis < VOLLEY_AXES);
    if (group && !volley_read_text(r, group, &path))
        return false;
    snprintf(dataset, sizeof dataset, "%s/%s", path ? path : "", names[axis]);
    bool ok =
        volley_file_values(r, file, path ? NULL : names[axis], path ? dataset : names[axis], &values, &n);
    if (ok && n != size) {
        volley_problem_add(&r->problems, file, NULL, "wrong length: value %lld positions; allowed %lld",
                           (long long)n, (long long)size);
        ok = false;
    }
    for (int64_t i = 0; ok && i < size; i++) {
        p->coordinates[i * p->dimensions + axis] = values[i];
        if (fabs(values[i]) <= VOLLEY_MAX_LENGTH)
            continue;
        volley_problem_add(&r->problems, file, NULL, "%s of neuron %lld out of range: value %.10g mm",
                           names[axis], (long long)i, values[i]);
        ok = false;
    }
    free(values);
    return ok;
}

/* The box around all neurons, or whether they lie in the one that is given, but for rounding. */
static void bound_list(volley_reader *r, const volley_node *node, int64_t size, bool given,
                       volley_positions *p) {
    if (given && volley_reader_status(r, volley_positions_find_error(p, size)) != VOLLEY_OK)
        return;
    for (int axis = 0; axis < p->dimensions; axis++) {
        double low = INFINITY, high = -INFINITY;
        for (int64_t i = 0; i < size; i++) {
            low = fmin(low, p->coordinates[i * p->dimensions + axis]);
            high = fmax(high, p->coordinates[i * p->dimensions + axis]);
        }
        if (!given) {
            p->low[axis] = low;
            p->extent[axis] = high - low;
        } else if (low < p->low[axis] - p->error || high > p->low[axis] + p->extent[axis] + p->error) {
            volley_problem_add(&r->problems, node, "extent",
                               "neurons lie outside along axis %d: value %.10g to %.10g mm; allowed %.10g to "
                               "%.10g mm",
                               axis, low, high, p->low[axis], p->low[axis] + p->extent[axis]);
            return;
        }
    }
}

static void read_list(volley_reader *r, const volley_node *node, int64_t size, volley_positions *p) {
    size_t before = volley_reader_problems(r);
    const volley_node *extent = volley_node_find(node, "extent");
    int64_t dimensions = 2;
    volley_read_section(r, node, volley_keys_positions_file);
    volley_read_whole(r, volley_node_find(node, "dimensions"), 1, VOLLEY_AXES, &dimensions);
    p->kind = VOLLEY_POSITIONS_LIST;
    p->dimensions = (int)dimensions;
    read_box(r, node, extent, p);
    if (p->edge_wrap && !extent)
        volley_problem_add(&r->problems, node, "edge_wrap", "needs extent, the box whose edges touch");
    if (size <= 0 || volley_reader_problems(r) > before ||
        volley_reader_status(r, VOLLEY_NEW(p->coordinates, size * p->dimensions)) != VOLLEY_OK)
        return;
    for (int axis = 0; axis < p->dimensions; axis++)
        if (!read_column(r, node, axis, size, p))
            return;
    bound_list(r, node, size, extent != NULL, p);
}

/* A grid, or random places. */
static void read_generated(volley_reader *r, const volley_node *node, int64_t size, volley_positions *p) {
    if (node->n != 1) {
        volley_problem_add(&r->problems, node, NULL, "must be one of grid, uniform, file: value has %zu keys",
                           node->n);
        return;
    }
    p->kind = volley_node_find(node, "grid") ? VOLLEY_POSITIONS_GRID : VOLLEY_POSITIONS_UNIFORM;
    if (p->kind == VOLLEY_POSITIONS_GRID)
        read_grid(r, node->items[0], size, p);
    else
        read_uniform(r, node->items[0], p);
}

void volley_read_positions(volley_reader *r, const volley_node *node, volley_population *population) {
    if (!node)
        return;
    int64_t index = population - r->network->populations;
    size_t before = volley_reader_problems(r);
    if (volley_reader_status(r, VOLLEY_NEW(population->positions, 1)) != VOLLEY_OK)
        return;
    volley_positions *p = population->positions;
    *p = (volley_positions){.shape = {1, 1, 1}};
    p->key = volley_rng_key(r->network->seed, VOLLEY_RNG_POSITION, (uint32_t)index);
    if (node->kind != VOLLEY_NODE_MAP)
        volley_wrong_type(r, node, "a mapping: grid, uniform or file");
    else if (volley_node_find(node, "file"))
        read_list(r, node, population->size, p);
    else if (volley_read_section(r, node, volley_keys_positions))
        read_generated(r, node, population->size, p);
    if (population->size <= 0 || volley_reader_problems(r) > before || r->problems.status != VOLLEY_OK)
        p->dimensions = 0; /* reported: what asks for positions leaves these alone (volley_needs_positions) */
    else
        volley_reader_status(r, volley_positions_find_error(p, population->size));
}
