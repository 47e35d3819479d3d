/* SPDX-License-Identifier: BSD-3-Clause */
/* Expected in-degrees under a kernel. */
#ifndef VOLLEY_MODELS_SPACE_EXPECT_H
#define VOLLEY_MODELS_SPACE_EXPECT_H

#include "models/connect/connect.h"

/* Sum of the kernel over the sources of a target, on average over the targets, autapses as the spec says: the
 * expected in-degree at p = 1. On two equal grids it is exact; of random positions it is the mean over all of
 * them, by a quadrature (a grid beside them counts as filling its box). For other grids, subsets of grids and
 * lists all pairs are gone through, or an even sample of 2 million of them where there are more. whole:
 * source and target are whole populations. VOLLEY_EXHAUSTED without memory. Not collective, identical on all
 * ranks. */
int volley_expect_kernel(const volley_connect_spec *spec, bool whole, double *sum);

#endif
