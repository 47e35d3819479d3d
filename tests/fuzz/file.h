/* SPDX-License-Identifier: BSD-3-Clause */
/* Targets that read HDF5 files: valid files are made once, damaged for each input, and read as the program
 * reads them. With VOLLEY_FUZZ_RAW set, bits are turned over instead of making edits. */
#ifndef VOLLEY_TESTS_FUZZ_FILE_H
#define VOLLEY_TESTS_FUZZ_FILE_H

#include "fuzz/edit_h5.h"
#include "fuzz/fuzz.h"

#include <stdbool.h>

/* Called once, before the first input. */
int LLVMFuzzerInitialize(int *argc, char ***argv);

/* The directory of all files, in memory; removed at the end. */
const char *file_directory(void);

/* Path of a file in it; the text is overwritten after eight calls. */
const char *file_path(const char *name);

/* Writes a text. */
void file_text(const char *name, const char *text);

/* Making an HDF5 file: doubles become float64, whole numbers uint64; groups are made as they are named. */
void file_begin(const char *name);
void file_real(const char *dataset, int n, const double *values);
void file_whole(const char *dataset, int n, const uint64_t *values);
void file_table(const char *dataset, int rows, int columns, const uint64_t *values);
void file_real_table(const char *dataset, int rows, int columns, const double *values);
void file_attribute(const char *object, const char *name, const char *text);
void file_end(void);

/* Keeps a file of the directory as it is now, as one that will be damaged. */
void file_keep(const char *name);

/* Empties a directory below it; the files kept come back with the next damage. */
void file_forget(const char *name);

/* Puts all files back, one of them (as the input says) damaged. */
void file_damage(edit_bytes *bytes);

/* A reader accepts or refuses: with a message of printable lines, which it leaves pending or not. It must
 * have named `name` when that is not NULL. */
void file_check(int status, const char *message, const char *name);

/* Reads a config and builds its network without running it: everything that reads files. */
void file_check_network(const char *config);

#endif
