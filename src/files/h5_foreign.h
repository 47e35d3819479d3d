/* SPDX-License-Identifier: BSD-3-Clause */
/* For the files behind files/h5.h: what an HDF5 file that others made may not do. */
#ifndef VOLLEY_FILES_H5_FOREIGN_H
#define VOLLEY_FILES_H5_FOREIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* NULL when the values of an open dataset are in its file, which is large enough for as many as it says; else
 * what is wrong. A few bytes can claim any number of values that were never written: readers would take
 * memory for them all.
 */
const char *volley_h5_doubt(int64_t dataset);

/* The same for a text of so many bytes beside an object. */
bool volley_h5_doubts_text(int64_t object, size_t bytes);

/* Properties for reading whole numbers, closed by the caller; negative after a failure. Where HDF5 would take
 * the nearest number that the type holds, as 0 for -1, reading fails and *changed becomes true. */
int64_t volley_h5_exact_reading(bool *changed);

#endif
