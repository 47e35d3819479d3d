/* SPDX-License-Identifier: BSD-3-Clause */
/* Reading a CSV file of numbers row by row: comma-separated, empty lines skipped, LF or CR LF. Not
 * collective. */
#ifndef VOLLEY_FILES_CSV_H
#define VOLLEY_FILES_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef struct volley_csv {
    const char *path; /* borrowed */
    FILE *file;
    char *line; /* owned; the last one read */
    size_t room;
    char **names; /* [n_fields] of the header, owned; NULL: a file without header, of one field */
    int n_fields;
    uint64_t line_start, next, end; /* bytes: of the last line, of the next one, and where the part ends */
    uint64_t data_start, size;
} volley_csv;

/* Opens a file and reads the header when it is to have one. Returns VOLLEY_USAGE for a file that cannot be
 * read. The caller closes *csv, also after a failure. */
int volley_csv_open(const char *path, bool header, volley_csv *csv);
void volley_csv_close(volley_csv *csv);

/* Goes to part `part` of `parts`: rows that begin in its share of the bytes. The parts hold every row once,
 * in the order of the file. */
int volley_csv_part(volley_csv *csv, int part, int parts);

/* The next row of the part: values[i] is the field with number fields[i], i < n. *more is false at its end.
 * Returns VOLLEY_USAGE with place, column and text for what is not a finite number. */
int volley_csv_next(volley_csv *csv, const int *fields, int n, double *values, bool *more);

/* Number of the last line in the file, from 1; reads the file up to it. */
uint64_t volley_csv_line_number(const volley_csv *csv);

#endif
