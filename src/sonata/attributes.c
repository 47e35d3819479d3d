/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads values of nodes or edges from the groups of a population, in order or scattered. */
#include "sonata/attributes.h"

#include "base/inputs.h"
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

int volley_sonata_input(const char *path, volley_h5 *file) {
    *file = 0;
    TRY(volley_input_list(path));
    return volley_sonata_usage(volley_h5_open(path, file));
}

static bool is_number(const char *name) {
    return name[0] != '\0' && name[strspn(name, "0123456789")] == '\0';
}

static void free_names(char **names, int n) {
    for (int i = 0; i < n; i++)
        free(names[i]);
    free(names);
}

static int open_place(volley_h5 population, const char *name, volley_sonata_place *place) {
    place->id = strtoull(name, NULL, 10);
    TRY(volley_sonata_usage(volley_h5_open_group(population, name, &place->group)));
    if (volley_h5_kind_of(place->group, "dynamics_params") == VOLLEY_H5_GROUP)
        TRY(volley_sonata_usage(volley_h5_open_group(place->group, "dynamics_params", &place->params)));
    if (volley_h5_kind_of(place->group, "@library") == VOLLEY_H5_GROUP)
        TRY(volley_sonata_usage(volley_h5_open_group(place->group, "@library", &place->library)));
    return VOLLEY_OK;
}

static int compare_places(const void *a, const void *b) {
    uint64_t x = ((const volley_sonata_place *)a)->id, y = ((const volley_sonata_place *)b)->id;
    return (x > y) - (x < y);
}

/* The groups of attributes: those whose names are numbers. */
static int open_places(volley_sonata_group *g) {
    char **names;
    int n;
    TRY(volley_sonata_usage(volley_h5_children(g->population, &names, &n)));
    int status = VOLLEY_NEW(g->places, n + 1);
    for (int i = 0; i < n && status == VOLLEY_OK; i++)
        if (is_number(names[i]))
            status = open_place(g->population, names[i], &g->places[g->n_places++]);
    free_names(names, n);
    TRY(status);
    qsort(g->places, (size_t)g->n_places, sizeof *g->places, compare_places);
    CHECK(g->n_places <= 1 || (g->ids != 0 && g->index != 0), VOLLEY_USAGE,
          "%s: there are %d groups of attributes, but no group_id and group_index", g->path, g->n_places);
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
    return open_places(g);
}

void volley_sonata_group_close(volley_sonata_group *g) {
    volley_h5_close(&g->ids);
    volley_h5_close(&g->index);
    for (int i = 0; i < g->n_places; i++) {
        volley_h5_close(&g->places[i].library);
        volley_h5_close(&g->places[i].params);
        volley_h5_close(&g->places[i].group);
    }
    free(g->places);
    g->places = NULL;
    g->n_places = 0;
    volley_h5_close(&g->population);
}

int volley_sonata_attribute_open(const volley_sonata_group *g, bool params, const char *name,
                                 volley_sonata_attribute *attribute) {
    if (!attribute->of)
        TRY(VOLLEY_NEW(attribute->of, g->n_places + 1));
    for (int i = 0; i < g->n_places; i++) {
        struct volley_sonata_column *column = &attribute->of[i];
        volley_h5 place = params ? g->places[i].params : g->places[i].group;
        if (column->dataset != 0 || place == 0 || !volley_h5_has(place, name))
            continue;
        snprintf(column->name, sizeof column->name, "%s%.90s", params ? "dynamics_params/" : "", name);
        TRY(volley_sonata_usage(volley_h5_open_dataset(place, name, &column->dataset, &column->rows)));
        attribute->any = true;
    }
    return VOLLEY_OK;
}

void volley_sonata_attribute_close(const volley_sonata_group *g, volley_sonata_attribute *attribute) {
    for (int i = 0; attribute->of && i < g->n_places; i++)
        volley_h5_close(&attribute->of[i].dataset);
    free(attribute->of);
    *attribute = (volley_sonata_attribute){0};
}

/* Whether the rows are those of one contiguous part of the group, which is how files are mostly written. */
static bool are_in_order(volley_sonata_rows *rows, uint64_t n) {
    for (uint64_t i = 1; i < n; i++)
        if (rows->row[i] != rows->row[0] + i)
            return false;
    rows->first = n > 0 ? rows->row[0] : 0;
    return true;
}

/* Groups are few, and neighbours mostly in the same. */
static int find_place(const volley_sonata_group *g, uint64_t id, int last) {
    if (last >= 0 && g->places[last].id == id)
        return last;
    for (int i = 0; i < g->n_places; i++)
        if (g->places[i].id == id)
            return i;
    return -1;
}

static int find_places(const volley_sonata_group *g, uint64_t first, uint64_t n, volley_sonata_rows *rows) {
    int last = -1;
    TRY(volley_sonata_usage(volley_h5_read(g->ids, VOLLEY_H5_UINT64, first, n, rows->row)));
    rows->only = -1;
    for (uint64_t i = 0; i < n; i++) {
        last = find_place(g, rows->row[i], last);
        CHECK(last >= 0, VOLLEY_USAGE, "%s: item %llu is in group %llu, which is not there", g->path,
              (unsigned long long)(first + i), (unsigned long long)rows->row[i]);
        rows->place[i] = last;
        rows->only = i == 0 || rows->only == last ? last : -1;
    }
    return VOLLEY_OK;
}

int volley_sonata_rows_find(const volley_sonata_group *g, uint64_t first, uint64_t n,
                            volley_sonata_rows *rows) {
    rows->first = first;
    rows->in_order = true;
    rows->only = 0;
    if (n > rows->room) {
        TRY(VOLLEY_RESIZE(rows->row, n));
        TRY(VOLLEY_RESIZE(rows->scratch, n));
        TRY(VOLLEY_RESIZE(rows->place, n));
        rows->room = n;
    }
    if (g->ids != 0 && g->n_places > 0)
        TRY(find_places(g, first, n, rows));
    if (g->index == 0)
        return VOLLEY_OK;
    TRY(volley_sonata_usage(volley_h5_read(g->index, VOLLEY_H5_UINT64, first, n, rows->row)));
    rows->in_order = rows->only >= 0 && are_in_order(rows, n);
    return VOLLEY_OK;
}

void volley_sonata_rows_free(volley_sonata_rows *rows) {
    free(rows->row);
    free(rows->scratch);
    free(rows->place);
    *rows = (volley_sonata_rows){0};
}

static const uint64_t *sort_key;

static int compare_rows(const void *a, const void *b) {
    uint64_t x = sort_key[*(const uint64_t *)a], y = sort_key[*(const uint64_t *)b];
    return (x > y) - (x < y);
}

static int check_row(const volley_sonata_group *g, const struct volley_sonata_column *c, uint64_t most) {
    CHECK(most < c->rows, VOLLEY_USAGE, "%s: dataset %s has %llu rows; row %llu is asked for", g->path,
          c->name, (unsigned long long)c->rows, (unsigned long long)most);
    return VOLLEY_OK;
}

static int check_finite(const volley_sonata_group *g, const struct volley_sonata_column *c, uint64_t row,
                        double value) {
    CHECK(isfinite(value), VOLLEY_USAGE, "%s: dataset %s: row %llu is not a finite number: value %g", g->path,
          c->name, (unsigned long long)row, value);
    return VOLLEY_OK;
}

/* Reads windows of a group's dataset from the smallest row to the largest, and takes what is asked for by the
 * n items in rows->scratch. */
static int read_scattered(const volley_sonata_group *g, const struct volley_sonata_column *c,
                          const volley_sonata_rows *rows, uint64_t n, double *window, double *values) {
    sort_key = rows->row;
    qsort(rows->scratch, n, sizeof *rows->scratch, compare_rows);
    uint64_t begin = 0, end = 0;
    for (uint64_t i = 0; i < n; i++) {
        uint64_t row = rows->row[rows->scratch[i]];
        if (row >= end) {
            begin = row;
            end = c->rows - begin < WINDOW ? c->rows : begin + WINDOW;
            TRY(volley_sonata_usage(
                volley_h5_read(c->dataset, VOLLEY_H5_FLOAT64, begin, end - begin, window)));
        }
        values[rows->scratch[i]] = window[row - begin];
        TRY(check_finite(g, c, row, window[row - begin]));
    }
    return VOLLEY_OK;
}

/* The items of one group among the n. */
static int read_place(const volley_sonata_group *g, const struct volley_sonata_column *c, int place,
                      const volley_sonata_rows *rows, uint64_t n, double *window, double *values) {
    uint64_t found = 0, most = 0;
    for (uint64_t i = 0; i < n; i++) {
        if (rows->only != place && (rows->only >= 0 || rows->place[i] != place))
            continue;
        rows->scratch[found++] = i;
        most = rows->row[i] > most ? rows->row[i] : most;
        values[i] = NAN;
    }
    if (found == 0 || c->dataset == 0)
        return VOLLEY_OK;
    TRY(check_row(g, c, most));
    return read_scattered(g, c, rows, found, window, values);
}

int volley_sonata_attribute_read(const volley_sonata_group *g, const volley_sonata_attribute *a,
                                 const volley_sonata_rows *rows, uint64_t n, double *values) {
    if (n == 0)
        return VOLLEY_OK;
    if (rows->in_order && a->of[rows->only].dataset != 0) {
        const struct volley_sonata_column *c = &a->of[rows->only];
        TRY(check_row(g, c, rows->first + n - 1));
        TRY(volley_sonata_usage(volley_h5_read(c->dataset, VOLLEY_H5_FLOAT64, rows->first, n, values)));
        for (uint64_t i = 0; i < n; i++)
            TRY(check_finite(g, c, rows->first + i, values[i]));
        return VOLLEY_OK;
    }
    if (rows->in_order) {
        for (uint64_t i = 0; i < n; i++)
            values[i] = NAN;
        return VOLLEY_OK;
    }
    double *window;
    TRY(VOLLEY_NEW(window, WINDOW));
    int status = VOLLEY_OK;
    for (int place = 0; place < g->n_places && status == VOLLEY_OK; place++)
        status = read_place(g, &a->of[place], place, rows, n, window, values);
    free(window);
    return status;
}

static bool is_content(const volley_sonata_place *place, bool params, const char *name,
                       enum volley_sonata_content content) {
    enum volley_h5_kind kind = volley_h5_kind_of(params ? place->params : place->group, name);
    bool listed = !params && place->library != 0 && volley_h5_has(place->library, name);
    if (content == VOLLEY_SONATA_TEXTS)
        return kind == VOLLEY_H5_TEXT || (kind == VOLLEY_H5_NUMBER && listed);
    return kind == VOLLEY_H5_NUMBER && !listed;
}

static int add_names(const volley_sonata_place *place, bool params, enum volley_sonata_content content,
                     char ***names, int *n) {
    char **children;
    int n_children;
    TRY(volley_sonata_usage(
        volley_h5_children(params ? place->params : place->group, &children, &n_children)));
    int status = VOLLEY_RESIZE(*names, *n + n_children + 1);
    for (int i = 0; i < n_children && status == VOLLEY_OK; i++) {
        bool known = false;
        for (int k = 0; k < *n; k++)
            known |= strcmp((*names)[k], children[i]) == 0;
        if (known || !is_content(place, params, children[i], content))
            continue;
        (*names)[(*n)++] = children[i];
        children[i] = NULL;
    }
    free_names(children, n_children);
    return status;
}

int volley_sonata_attribute_names(const volley_sonata_group *g, bool params,
                                  enum volley_sonata_content content, char ***names, int *n) {
    *names = NULL;
    *n = 0;
    for (int i = 0; i < g->n_places; i++)
        if ((params ? g->places[i].params : g->places[i].group) != 0)
            TRY(add_names(&g->places[i], params, content, names, n));
    return VOLLEY_OK;
}
