/* SPDX-License-Identifier: BSD-3-Clause */
/* One column of numbers in a file: CSV with or without a header, or a dataset of HDF5. Not collective. */
#ifndef VOLLEY_FILES_NUMBERS_H
#define VOLLEY_FILES_NUMBERS_H

#include "files/column_file.h"

#include <stdint.h>

/* Opens a file at part `part` of `parts` of one column. column: of a CSV file (NULL: a file without header);
 * dataset: of an HDF5 file; with both names the one that the file needs. Closed by the caller, also after a
 * failure. VOLLEY_USAGE for a file that does not have it. */
int volley_numbers_open(const char *path, const char *column, const char *dataset, int part, int parts,
                        volley_table **table);

/* Reads all numbers of a column. The caller owns *values, also after a failure. */
int volley_numbers_read(const char *path, const char *column, const char *dataset, double **values,
                        int64_t *count);

#endif
