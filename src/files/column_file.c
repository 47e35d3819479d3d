/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads chosen columns row by row, from CSV or from datasets of HDF5. */
#include "files/column_file.h"

#include "base/inputs.h"
#include "base/memory.h"
#include "base/status.h"
#include "files/csv.h"
#include "files/h5.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUFFER = 65536 /* rows of a dataset read at once */, MAX_LISTED = 500 /* characters of names */ };

struct volley_table {
    char *path; /* owned */
    int n;      /* chosen columns */
    /* CSV */
    volley_csv csv;
    int fields[VOLLEY_TABLE_COLUMNS];
    /* HDF5; file 0: CSV */
    volley_h5 file, group;
    volley_h5 datasets[VOLLEY_TABLE_COLUMNS];
    char names[VOLLEY_TABLE_COLUMNS][100];
    double *buffers[VOLLEY_TABLE_COLUMNS]; /* [BUFFER], rows from buffer_first on, owned */
    uint64_t next, end, buffer_first, buffer_end;
};

/* What files/h5.c calls a failure is a wrong file here. */
static int as_usage(int status) {
    return status == VOLLEY_FAILED ? VOLLEY_USAGE : status;
}

int volley_table_starts_like_h5(const char *path, bool *is_h5) {
    char start[8] = {0};
    FILE *file;
    TRY(volley_input_fopen(path, &file));
    size_t n = fread(start, 1, sizeof start, file);
    fclose(file);
    *is_h5 = n == sizeof start && memcmp(start, "\x89HDF\r\n\x1a\n", sizeof start) == 0;
    return VOLLEY_OK;
}

static int open_file(volley_table *t, const char *path, const char *group, bool header) {
    bool is_h5 = false;
    t->path = volley_strdup(path);
    CHECK(t->path, VOLLEY_EXHAUSTED, "no memory for %s", path);
    TRY(volley_table_starts_like_h5(path, &is_h5));
    if (!is_h5) {
        CHECK(!group, VOLLEY_USAGE, "%s: is not an HDF5 file, and only those have groups and datasets", path);
        return volley_csv_open(t->path, header, &t->csv);
    }
    TRY(as_usage(volley_h5_open(path, &t->file)));
    return as_usage(volley_h5_open_group(t->file, group ? group : "/", &t->group));
}

int volley_table_open(const char *path, const char *group, bool header, volley_table **table) {
    *table = NULL;
    volley_table *t;
    TRY(VOLLEY_NEW(t, 1));
    int status = open_file(t, path, group, header);
    if (status != VOLLEY_OK)
        volley_table_close(&t);
    *table = t;
    return status;
}

void volley_table_close(volley_table **table) {
    volley_table *t = *table;
    if (!t)
        return;
    volley_csv_close(&t->csv);
    for (int i = 0; i < VOLLEY_TABLE_COLUMNS; i++) {
        volley_h5_close(&t->datasets[i]);
        free(t->buffers[i]);
    }
    volley_h5_close(&t->group);
    volley_h5_close(&t->file);
    free(t->path);
    free(t);
    *table = NULL;
}

bool volley_table_is_h5(const volley_table *t) {
    return t->file != 0;
}

static int find_field(const volley_table *t, const char *name) {
    for (int i = 0; t->csv.names && i < t->csv.n_fields; i++)
        if (strcmp(t->csv.names[i], name) == 0)
            return i;
    return -1;
}

bool volley_table_has(const volley_table *t, const char *name) {
    return t->file ? volley_h5_has(t->group, name) : find_field(t, name) >= 0;
}

/* "no column x; the file has a, b, c" */
static int fail_missing(const volley_table *t, const char *name) {
    char list[MAX_LISTED] = "";
    char **names = t->csv.names;
    int n = t->file ? 0 : t->csv.n_fields;
    if (t->file)
        TRY(as_usage(volley_h5_children(t->group, &names, &n)));
    for (int i = 0; names && i < n; i++) {
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", names[i]);
        if (t->file)
            free(names[i]);
    }
    if (t->file)
        free(names);
    return volley_fail(VOLLEY_USAGE, "%s: has no %s %s; allowed %s", t->path, t->file ? "dataset" : "column",
                       name, list[0] ? list : "none");
}

static int choose_datasets(volley_table *t, const char *const *names, int part, int parts) {
    uint64_t rows = 0;
    for (int i = 0; i < t->n; i++) {
        uint64_t count;
        if (strchr(names[i], '/') == NULL && !volley_h5_has(t->group, names[i]))
            return fail_missing(t, names[i]);
        snprintf(t->names[i], sizeof t->names[i], "%s", names[i]);
        TRY(as_usage(volley_h5_open_dataset(t->group, names[i], &t->datasets[i], &count)));
        CHECK(i == 0 || count == rows, VOLLEY_USAGE,
              "%s: columns of different lengths: %s has %llu rows, %s has %llu", t->path, t->names[0],
              (unsigned long long)rows, t->names[i], (unsigned long long)count);
        rows = count;
        TRY(VOLLEY_NEW(t->buffers[i], rows < BUFFER ? rows : BUFFER));
    }
    uint64_t share = rows / (uint64_t)parts, rest = rows % (uint64_t)parts, at = (uint64_t)part;
    t->next = share * at + (at < rest ? at : rest);
    t->end = t->next + share + (at < rest);
    t->buffer_first = t->buffer_end = t->next;
    return VOLLEY_OK;
}

int volley_table_choose(volley_table *t, const char *const *names, int n, int part, int parts) {
    ASSERT(n <= VOLLEY_TABLE_COLUMNS && t->n == 0);
    t->n = n;
    if (t->file)
        return choose_datasets(t, names, part, parts);
    for (int i = 0; i < n; i++) {
        t->fields[i] = names[i] ? find_field(t, names[i]) : 0;
        if (t->fields[i] < 0)
            return fail_missing(t, names[i]);
        for (int k = t->fields[i] + 1; names[i] && k < t->csv.n_fields; k++)
            CHECK(strcmp(t->csv.names[k], names[i]) != 0, VOLLEY_USAGE,
                  "%s:1: two columns are called %.200s; which of them is meant?", t->path, names[i]);
    }
    return volley_csv_part(&t->csv, part, parts);
}

static int fill_buffers(volley_table *t) {
    uint64_t left = t->end - t->next, n = left < BUFFER ? left : BUFFER;
    for (int i = 0; i < t->n; i++)
        TRY(as_usage(volley_h5_read(t->datasets[i], VOLLEY_H5_FLOAT64, t->next, n, t->buffers[i])));
    t->buffer_first = t->next;
    t->buffer_end = t->next + n;
    return VOLLEY_OK;
}

int volley_table_next(volley_table *t, double *values, bool *more) {
    if (!t->file)
        return volley_csv_next(&t->csv, t->fields, t->n, values, more);
    *more = t->next < t->end;
    if (!*more)
        return VOLLEY_OK;
    if (t->next == t->buffer_end)
        TRY(fill_buffers(t));
    for (int i = 0; i < t->n; i++) {
        values[i] = t->buffers[i][t->next - t->buffer_first];
        CHECK(isfinite(values[i]), VOLLEY_USAGE, "%s: row %llu: %s must be a finite number: value %g",
              t->path, (unsigned long long)t->next, t->names[i], values[i]);
    }
    t->next++;
    return VOLLEY_OK;
}

void volley_table_place(const volley_table *t, char *text, size_t size) {
    if (t->file)
        snprintf(text, size, "%s: row %llu", t->path, (unsigned long long)(t->next - 1));
    else
        snprintf(text, size, "%s:%llu", t->path, (unsigned long long)volley_csv_line_number(&t->csv));
}
