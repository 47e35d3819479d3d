/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files behind edit_h5.h share. */
#ifndef VOLLEY_TESTS_FUZZ_EDIT_INSIDE_H
#define VOLLEY_TESTS_FUZZ_EDIT_INSIDE_H

#include "fuzz/edit_h5.h"

#include <hdf5.h>
#include <stdbool.h>

enum { MAX_COPIED = 1 << 16 /* items */, NAME = 300 };

/* A number of so many bytes. */
uint64_t edit_number(edit_bytes *bytes, int n);

/* A whole number at the edge of a type, or near `size`. */
uint64_t edit_special(edit_bytes *bytes, uint64_t size);

/* The name of an object that is there now; NULL in an empty file. */
const char *edit_choose(hid_t file, edit_bytes *bytes);

/* Opens a dataset, negative when there is none; and the number of its items, 0 when they are too many. */
hid_t edit_open_dataset(hid_t file, const char *name);
size_t edit_elements(hid_t dataset);

/* A type, and a shape near that of n items; closed by the caller. */
hid_t edit_choose_type(edit_bytes *bytes);
hid_t edit_choose_space(edit_bytes *bytes, size_t n, int *rank, hsize_t *dims);

/* Makes a dataset in place of one that is there, with the same numbers where there is room for them. */
void edit_remake(hid_t file, const char *path, edit_bytes *bytes, bool type_too, bool shape_too);

#endif
