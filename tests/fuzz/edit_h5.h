/* SPDX-License-Identifier: BSD-3-Clause */
/* Damaging HDF5 files on purpose: bytes are decoded into a list of edits, made through the library itself, so
 * that what comes out is still a file that it can open. */
#ifndef VOLLEY_TESTS_FUZZ_EDIT_H5_H
#define VOLLEY_TESTS_FUZZ_EDIT_H5_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of the fuzzer that have not been used yet; behind their end there are zeros. */
typedef struct edit_bytes {
    const uint8_t *at;
    size_t left;
} edit_bytes;

uint8_t edit_byte(edit_bytes *bytes);

/* Carries out the edits that `bytes` describe, at most 16, on the HDF5 file. Edits that the library refuses
 * are left out. */
void edit_h5_file(const char *path, edit_bytes *bytes);

/* Turns over bits: each edit is three bytes of a place, modulo the size, and one that is combined with it. */
void edit_raw(uint8_t *image, size_t size, edit_bytes *bytes);

#endif
