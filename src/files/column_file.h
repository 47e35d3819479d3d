/* SPDX-License-Identifier: BSD-3-Clause */
/* Named columns of numbers in a file: CSV, or one-dimensional datasets of HDF5, told apart by the first bytes
 * of the file. Read row by row, by this process alone. Failures are VOLLEY_USAGE (the user named the file)
 * unless memory does not suffice. */
#ifndef VOLLEY_FILES_COLUMN_FILE_H
#define VOLLEY_FILES_COLUMN_FILE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct volley_table volley_table;

enum { VOLLEY_TABLE_COLUMNS = 8 }; /* that can be read at once */

/* Opens a file. group: of an HDF5 file, NULL for its root; for CSV it must be NULL. header: a CSV file names
 * its columns in its first line; without header it has one column, whose name is NULL. The caller closes
 * *table. */
int volley_table_open(const char *path, const char *group, bool header, volley_table **table);
void volley_table_close(volley_table **table);

bool volley_table_is_h5(const volley_table *table);

/* Whether a file that has not been opened is one of HDF5. */
int volley_table_starts_like_h5(const char *path, bool *is_h5);
bool volley_table_has(const volley_table *table, const char *name);

/* Chooses the columns to be read, n <= VOLLEY_TABLE_COLUMNS, and part `part` of `parts` of the rows; parts
 * follow one another in the order of the file. A column that is not there, or columns of different lengths,
 * are VOLLEY_USAGE. */
int volley_table_choose(volley_table *table, const char *const *names, int n, int part, int parts);

/* The next row of the part: one finite value for each chosen column. *more is false at its end. */
int volley_table_next(volley_table *table, double *values, bool *more);

/* Where the last row stands: "edges.csv:17" or "edges.h5: row 3" (from 0). */
void volley_table_place(const volley_table *table, char *text, size_t size);

#endif
