#include "io/sonata_group.h"

#include "base/memory.h"
#include "base/status.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WINDOW = 1 << 16 }; /* rows read at once where items are scattered */

int volley_sonata_usage(int status) {
    return status == VOLLEY_FAILED ? VOLLEY_USAGE : status;
}

static bool is_number(const char *name) {
    return name[0] != '\0' && name[strspn(name, "0123456789")] == '\0';
}

static void free_names(char **names, int n) {
    for (int i = 0; i < n; i++)
        free(names[i]);
    free(names);
}

/* The group of attributes: the one whose name is a number. */
static int open_attributes(volley_sonata_group *g, const char *name) {
    char **names, text[40] = "";
    int n, groups = 0;
    TRY(volley_sonata_usage(volley_h5_children(g->population, &names, &n)));
    for (int i = 0; i < n; i++)
        if (is_number(names[i])) {
            snprintf(text, sizeof text, "%.30s", names[i]);
            groups++;
        }
    free_names(names, n);
    CHECK(groups <= 1, VOLLEY_USAGE, "%s: %s has %d groups of attributes; allowed one", g->path, name,
          groups);
    if (groups == 0)
        return VOLLEY_OK;
    g->id = strtoull(text, NULL, 10);
    TRY(volley_sonata_usage(volley_h5_open_group(g->population, text, &g->group)));
    if (volley_h5_has(g->group, "dynamics_params"))
        TRY(volley_sonata_usage(volley_h5_open_group(g->group, "dynamics_params", &g->params)));
    return VOLLEY_OK;
}

int volley_sonata_column_open(volley_sonata_group *g, const char *name, bool required, volley_h5 *dataset) {
    uint64_t count = 0;
    *dataset = 0;
    if (!required && !volley_h5_has(g->population, name))
        return VOLLEY_OK;
    TRY(volley_sonata_usage(volley_h5_open_dataset(g->population, name, dataset, &count)));
    if (g->count != UINT64_MAX && count != g->count) {
        volley_h5_close(dataset);
        return volley_fail(VOLLEY_USAGE, "%s: dataset %s has %llu items; allowed %llu, as in the others",
                           g->path, name, (unsigned long long)count, (unsigned long long)g->count);
    }
    g->count = count;
    return VOLLEY_OK;
}

int volley_sonata_group_open(volley_h5 file, const char *path, const char *kind, const char *name,
                             volley_sonata_group *g) {
    char place[300], column[60];
    *g = (volley_sonata_group){.path = path, .count = UINT64_MAX};
    snprintf(place, sizeof place, "%ss/%.200s", kind, name);
    TRY(volley_sonata_usage(volley_h5_open_group(file, place, &g->population)));
    snprintf(column, sizeof column, "%s_type_id", kind);
    volley_h5 types;
    TRY(volley_sonata_column_open(g, column, true, &types));
    volley_h5_close(&types);
    snprintf(column, sizeof column, "%s_group_id", kind);
    TRY(volley_sonata_column_open(g, column, false, &g->ids));
    snprintf(column, sizeof column, "%s_group_index", kind);
    TRY(volley_sonata_column_open(g, column, false, &g->index));
    return open_attributes(g, place);
}

void volley_sonata_group_close(volley_sonata_group *g) {
    volley_h5_close(&g->ids);
    volley_h5_close(&g->index);
    volley_h5_close(&g->params);
    volley_h5_close(&g->group);
    volley_h5_close(&g->population);
}

int volley_sonata_attribute_open(const volley_sonata_group *g, bool params, const char *name,
                                 volley_sonata_attribute *attribute) {
    volley_h5 place = params ? g->params : g->group;
    *attribute = (volley_sonata_attribute){0};
    if (place == 0 || !volley_h5_has(place, name))
        return VOLLEY_OK;
    snprintf(attribute->name, sizeof attribute->name, "%s%.90s", params ? "dynamics_params/" : "", name);
    return volley_sonata_usage(volley_h5_open_dataset(place, name, &attribute->dataset, &attribute->rows));
}

/* Whether the rows are those of one contiguous part of the group, which is how files are mostly written. */
static bool are_in_order(volley_sonata_rows *rows, uint64_t n) {
    for (uint64_t i = 1; i < n; i++)
        if (rows->row[i] != rows->row[0] + i)
            return false;
    rows->first = n > 0 ? rows->row[0] : 0;
    return true;
}

int volley_sonata_rows_find(const volley_sonata_group *g, uint64_t first, uint64_t n,
                            volley_sonata_rows *rows) {
    rows->first = first;
    rows->in_order = true;
    if (n > rows->room) {
        TRY(VOLLEY_RESIZE(rows->row, n));
        TRY(VOLLEY_RESIZE(rows->scratch, n));
        rows->room = n;
    }
    if (g->ids != 0) {
        TRY(volley_sonata_usage(volley_h5_read(g->ids, VOLLEY_H5_UINT64, first, n, rows->row)));
        for (uint64_t i = 0; i < n; i++)
            CHECK(rows->row[i] == g->id, VOLLEY_USAGE, "%s: item %llu is in group %llu; allowed %llu",
                  g->path, (unsigned long long)(first + i), (unsigned long long)rows->row[i],
                  (unsigned long long)g->id);
    }
    if (g->index == 0)
        return VOLLEY_OK;
    TRY(volley_sonata_usage(volley_h5_read(g->index, VOLLEY_H5_UINT64, first, n, rows->row)));
    rows->in_order = are_in_order(rows, n);
    return VOLLEY_OK;
}

void volley_sonata_rows_free(volley_sonata_rows *rows) {
    free(rows->row);
    free(rows->scratch);
    *rows = (volley_sonata_rows){0};
}

static const uint64_t *sort_key;

static int compare_rows(const void *a, const void *b) {
    uint64_t x = sort_key[*(const uint64_t *)a], y = sort_key[*(const uint64_t *)b];
    return (x > y) - (x < y);
}

/* Reads windows of the dataset from the smallest row to the largest, and takes what is asked for. */
static int read_scattered(const volley_sonata_attribute *a, const volley_sonata_rows *rows, uint64_t n,
                          double *window, double *values) {
    for (uint64_t i = 0; i < n; i++)
        rows->scratch[i] = i;
    sort_key = rows->row;
    qsort(rows->scratch, n, sizeof *rows->scratch, compare_rows);
    uint64_t begin = 0, end = 0;
    for (uint64_t i = 0; i < n; i++) {
        uint64_t row = rows->row[rows->scratch[i]];
        if (row >= end) {
            begin = row;
            end = a->rows - begin < WINDOW ? a->rows : begin + WINDOW;
            TRY(volley_sonata_usage(
                volley_h5_read(a->dataset, VOLLEY_H5_FLOAT64, begin, end - begin, window)));
        }
        values[rows->scratch[i]] = window[row - begin];
    }
    return VOLLEY_OK;
}

int volley_sonata_attribute_read(const volley_sonata_group *g, const volley_sonata_attribute *a,
                                 const volley_sonata_rows *rows, uint64_t n, double *values) {
    uint64_t most = rows->in_order && n > 0 ? rows->first + n - 1 : 0;
    for (uint64_t i = 0; !rows->in_order && i < n; i++)
        most = rows->row[i] > most ? rows->row[i] : most;
    CHECK(n == 0 || most < a->rows, VOLLEY_USAGE, "%s: dataset %s has %llu rows; row %llu is asked for",
          g->path, a->name, (unsigned long long)a->rows, (unsigned long long)most);
    int status = VOLLEY_OK;
    if (rows->in_order) {
        status = volley_sonata_usage(volley_h5_read(a->dataset, VOLLEY_H5_FLOAT64, rows->first, n, values));
    } else {
        double *window;
        status = VOLLEY_NEW(window, WINDOW);
        if (status == VOLLEY_OK)
            status = read_scattered(a, rows, n, window, values);
        free(window);
    }
    TRY(status);
    for (uint64_t i = 0; i < n; i++)
        CHECK(isfinite(values[i]), VOLLEY_USAGE, "%s: dataset %s: row %llu is no finite number: value %g",
              g->path, a->name, (unsigned long long)(rows->in_order ? rows->first + i : rows->row[i]),
              values[i]);
    return VOLLEY_OK;
}

int volley_sonata_attribute_names(const volley_sonata_group *g, bool params, char ***names, int *n) {
    volley_h5 place = params ? g->params : g->group;
    *names = NULL;
    *n = 0;
    if (place == 0)
        return VOLLEY_OK;
    TRY(volley_sonata_usage(volley_h5_children(place, names, n)));
    int kept = 0;
    for (int i = 0; i < *n; i++)
        if (strcmp((*names)[i], "dynamics_params") == 0 || strcmp((*names)[i], "@library") == 0)
            free((*names)[i]);
        else
            (*names)[kept++] = (*names)[i];
    *n = kept;
    return VOLLEY_OK;
}
