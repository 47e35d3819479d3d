/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether places in a list are a lattice that was rounded when it was written. */
#ifndef VOLLEY_MODELS_SPACE_LATTICE_H
#define VOLLEY_MODELS_SPACE_LATTICE_H

#include <stdint.h>

/* How far the n places, coordinates[i * dimensions + axis] in mm, can be from those of a lattice of equal
 * steps along each axis: the rounding of a file of few digits or of float32. 0 for places that are no
 * lattice. VOLLEY_EXHAUSTED without memory. Not collective. */
int volley_lattice_error(const double *coordinates, int64_t n, int dimensions, double *error);

#endif
