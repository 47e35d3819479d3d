/* SPDX-License-Identifier: BSD-3-Clause */
/* Recognises positions that are a lattice but for rounding, and measures that rounding. */
#include "models/space/lattice.h"
#include "base/memory.h"
#include "base/status.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

/* Largest deviation from equal steps, in steps, that counts as rounding: where many neurons share each
 * coordinate, as those of a column of a lattice do, and where they do not and it may be chance. */
static const double most_in_columns = 0.05, most_alone = 1e-3;

/* Coordinates closer than this share of the largest one are the same. */
static const double same_coordinate = 1e-12;

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Sorts the coordinates and leaves out repetitions; returns how many are left. */
static int64_t find_distinct(double *x, int64_t n) {
    qsort(x, (size_t)n, sizeof *x, by_value);
    double apart = same_coordinate * fmax(fabs(x[0]), fabs(x[n - 1]));
    int64_t distinct = 1;
    for (int64_t i = 1; i < n; i++)
        if (x[i] - x[distinct - 1] > apart)
            x[distinct++] = x[i];
    return distinct;
}

/* Largest distance of n ascending coordinates from equal steps between the first and the last, some of which
 * may be empty; *step in mm. */
static double deviation(const double *x, int64_t n, double *step) {
    double least = INFINITY, steps = 0.0, most = 0.0, at = 0.0;
    for (int64_t i = 1; i < n; i++)
        least = fmin(least, x[i] - x[i - 1]);
    for (int64_t i = 1; i < n; i++)
        steps += round((x[i] - x[i - 1]) / least);
    *step = (x[n - 1] - x[0]) / steps;
    for (int64_t i = 1; i < n; i++) {
        at += round((x[i] - x[i - 1]) / least);
        most = fmax(most, fabs(x[i] - x[0] - at * *step));
    }
    return most;
}

/* Adds the square of the error along an axis, of which x are the coordinates; false when they are irregular.
 */
static bool add_axis(double *x, int64_t n, double *squared) {
    int64_t distinct = find_distinct(x, n);
    if (distinct == 1)
        return true;
    double step, most = deviation(x, distinct, &step);
    if (most > (2 * distinct <= n ? most_in_columns : most_alone) * step)
        return false;
    *squared += most * most;
    return true;
}

int volley_lattice_error(const double *coordinates, int64_t n, int dimensions, double *error) {
    double *x, squared = 0.0;
    *error = 0.0;
    if (n < 2)
        return VOLLEY_OK;
    TRY(VOLLEY_NEW(x, n));
    bool regular = true;
    for (int axis = 0; axis < dimensions && regular; axis++) {
        for (int64_t i = 0; i < n; i++)
            x[i] = coordinates[i * dimensions + axis];
        regular = add_axis(x, n, &squared);
    }
    free(x);
    /* Steps between rounded ends are rounded themselves. */
    if (regular)
        *error = 2.0 * sqrt(squared);
    return VOLLEY_OK;
}
