/* SPDX-License-Identifier: BSD-3-Clause */
/* Large arrays as whole pages. */
#ifndef VOLLEY_BASE_PAGES_H
#define VOLLEY_BASE_PAGES_H

#include <stddef.h>

/* A huge page. */
enum { VOLLEY_PAGE = 2 << 20 };

/* Stores in *array a zeroed array of `bytes` bytes that begins at a multiple of VOLLEY_PAGE (NULL when bytes
 * is 0); memory is taken when it is touched. The caller owns it and releases it with volley_pages_free(). Not
 * collective, thread-safe. Returns VOLLEY_EXHAUSTED when there is no room. */
int volley_pages_alloc(size_t bytes, void **array);
void volley_pages_free(void *array, size_t bytes);

#endif
