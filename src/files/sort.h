/* SPDX-License-Identifier: BSD-3-Clause */
/* Sorting of 64-bit keys. */
#ifndef VOLLEY_FILES_SORT_H
#define VOLLEY_FILES_SORT_H

#include <stdint.h>

/* Sorts n keys ascending, in linear time; scratch has room for n keys. Not collective. */
void volley_sort_keys(uint64_t *keys, uint64_t *scratch, uint64_t n);

#endif
