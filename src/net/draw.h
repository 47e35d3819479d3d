/* SPDX-License-Identifier: BSD-3-Clause */
/* Drawing the values of a distribution from a counter-based stream. */
#ifndef VOLLEY_NET_DRAW_H
#define VOLLEY_NET_DRAW_H

#include "net/distribution.h"

#include <stdint.h>

/* Values for items first .. first + n - 1 of an entity: item k of the stream `key` (base/rng.h) is redrawn
 * while outside [min, max]; `first` is even. A list (VOLLEY_VALUES) gives values[list_start + k]. `out` has
 * room for n rounded up to a multiple of 16. `simd` is a volley_simd level and does not change the result.
 * Returns VOLLEY_USAGE when 256 draws all fell outside the bounds. */
int volley_draw_batch(const volley_distribution *d, int simd, uint64_t key, uint64_t entity, int64_t first,
                      int64_t n, int64_t list_start, double *out);

/* One value: item 0 of an entity; `index` chooses from a list. */
int volley_draw_one(const volley_distribution *d, uint64_t key, uint64_t entity, int64_t index, double *out);

#endif
