/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads tables of node and edge types, and the parameter files that they name. */
#include "sonata/sonata_types.h"

#include "base/inputs.h"
#include "base/memory.h"
#include "base/starved.h"
#include "base/status.h"
#include "base/text.h"
#include "document/paths.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_COLUMNS = 1000 };

/* One file while it is read. */
typedef struct csv {
    const char *path;
    int line;
    char *at; /* what follows in the line */
} csv;

static char *copy_text(const char *text, size_t length) {
    char *copy = volley_alloc(length + 1, 1);
    return copy ? memcpy(copy, text, length) : NULL;
}

bool volley_sonata_is_missing(const char *text) {
    static const char *const words[] = {"NULL", "null", "NONE", "None", "none", "NaN", "nan"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(text, words[i]) == 0)
            return true;
    return false;
}

/* The next cell of the line, owned by the caller; NULL in *cell for NULL and the like, *more false at the end
 * of the line. Quotes inside quotes are doubled. */
static int next_cell(csv *c, char **cell, bool *more) {
    *cell = NULL;
    c->at += strspn(c->at, " \t\r");
    *more = *c->at != '\0';
    if (!*more)
        return VOLLEY_OK;
    if (*c->at != '"') {
        size_t length = strcspn(c->at, " \t\r");
        const char *text = c->at;
        c->at += length;
        *cell = copy_text(text, length);
        TRY(volley_alloc_status());
        if (volley_sonata_is_missing(*cell)) {
            free(*cell);
            *cell = NULL;
        }
        return VOLLEY_OK;
    }
    char *to, *from = c->at + 1;
    TRY(VOLLEY_NEW(*cell, strlen(from) + 1));
    to = *cell;
    while (*from != '\0' && (*from != '"' || from[1] == '"')) {
        from += *from == '"';
        *to++ = *from++;
    }
    CHECK(*from == '"', VOLLEY_USAGE, "%s:%d: a quote is not closed", c->path, c->line);
    c->at = from + 1;
    return VOLLEY_OK;
}

static int find_column(const volley_sonata_types *types, const char *name) {
    for (int i = 0; i < types->n_columns; i++)
        if (strcmp(types->columns[i], name) == 0)
            return i;
    return -1;
}

static int read_header(csv *c, volley_sonata_types *types) {
    TRY(VOLLEY_NEW(types->columns, MAX_COLUMNS));
    for (bool more = true; more;) {
        char *name;
        TRY(next_cell(c, &name, &more));
        if (!more)
            break;
        CHECK(types->n_columns < MAX_COLUMNS, VOLLEY_USAGE, "%s:%d: more than %d columns", c->path, c->line,
              MAX_COLUMNS);
        types->columns[types->n_columns++] = name;
        CHECK(name, VOLLEY_USAGE, "%s:%d: a column without a name", c->path, c->line);
        CHECK(volley_text_is_plain(name), VOLLEY_USAGE,
              "%s:%d: a column's name holds control characters: value \"%.200s\"", c->path, c->line, name);
        CHECK(find_column(types, name) == types->n_columns - 1, VOLLEY_USAGE,
              "%s:%d: two columns are called %.200s", c->path, c->line, name);
    }
    return VOLLEY_OK;
}

static int read_row(csv *c, const volley_sonata_types *types, char **cells) {
    int n = 0;
    for (bool more = true; more;) {
        char *cell;
        TRY(next_cell(c, &cell, &more));
        if (!more)
            break;
        if (n < types->n_columns)
            cells[n++] = cell;
        else {
            free(cell);
            return volley_fail(VOLLEY_USAGE, "%s:%d: more cells than columns: allowed %d", c->path, c->line,
                               types->n_columns);
        }
    }
    CHECK(n == types->n_columns, VOLLEY_USAGE, "%s:%d: too few cells: value %d; allowed %d", c->path, c->line,
          n, types->n_columns);
    return VOLLEY_OK;
}

static int parse_id(const csv *c, const char *text, int64_t *id) {
    char *end = NULL;
    *id = text ? strtoll(text, &end, 10) : 0;
    CHECK(text && end != text && *end == '\0', VOLLEY_USAGE, "%s:%d: the type's id is not a whole number: %s",
          c->path, c->line, text ? text : "NULL");
    return VOLLEY_OK;
}

/* Keeps the row that has been read into the place behind the last one, when it is of the population. */
static int keep_row(const csv *c, const char *population, int id_column, volley_sonata_types *types) {
    char **cells = types->cells + types->n * types->n_columns;
    int column = find_column(types, "population");
    const char *owner = column >= 0 ? cells[column] : NULL;
    if (population && owner && strcmp(owner, population) != 0) {
        for (int i = 0; i < types->n_columns; i++) {
            free(cells[i]);
            cells[i] = NULL;
        }
        return VOLLEY_OK;
    }
    TRY(parse_id(c, cells[id_column], &types->ids[types->n]));
    types->n++;
    return VOLLEY_OK;
}

static int read_rows(csv *c, char *text, const char *population, const char *id, volley_sonata_types *types) {
    char *rest = text, *line;
    int64_t lines = 0;
    for (const char *t = text; *t; t++)
        lines += *t == '\n';
    while ((line = strsep(&rest, "\n")) != NULL) {
        c->line++;
        c->at = line;
        if (line[strspn(line, " \t\r")] == '\0')
            continue;
        if (types->columns == NULL) {
            TRY(read_header(c, types));
            CHECK(find_column(types, id) >= 0, VOLLEY_USAGE, "%s:%d: has no column %s", c->path, c->line, id);
            TRY(VOLLEY_NEW(types->cells, (lines + 1) * types->n_columns));
            TRY(VOLLEY_NEW(types->ids, lines + 1));
            TRY(VOLLEY_NEW(types->dynamics, lines + 1));
            continue;
        }
        int status = read_row(c, types, types->cells + types->n * types->n_columns);
        if (status == VOLLEY_OK)
            status = keep_row(c, population, find_column(types, id), types);
        if (status != VOLLEY_OK) {
            types->n++; /* so that its cells are freed */
            return status;
        }
    }
    CHECK(types->columns, VOLLEY_USAGE, "%s: is empty; allowed a line with the names of the columns",
          c->path);
    return VOLLEY_OK;
}

/* Insertion sort: types are few and mostly in order. */
static int sort_rows(volley_sonata_types *types) {
    char **row;
    size_t bytes = (size_t)types->n_columns * sizeof *row;
    TRY(VOLLEY_NEW(row, types->n_columns));
    for (int64_t i = 1; i < types->n; i++) {
        int64_t id = types->ids[i], k = i;
        memcpy(row, types->cells + i * types->n_columns, bytes);
        for (; k > 0 && types->ids[k - 1] > id; k--) {
            types->ids[k] = types->ids[k - 1];
            memcpy(types->cells + k * types->n_columns, types->cells + (k - 1) * types->n_columns, bytes);
        }
        types->ids[k] = id;
        memcpy(types->cells + k * types->n_columns, row, bytes);
    }
    free(row);
    for (int64_t i = 1; i < types->n; i++)
        CHECK(types->ids[i] != types->ids[i - 1], VOLLEY_USAGE, "%s: type %lld stands twice", types->path,
              (long long)types->ids[i]);
    return VOLLEY_OK;
}

static int read_params(const char *path, const char *beside, json_t **params) {
    char *text = NULL;
    json_error_t error;
    int status = volley_input_text(path, &text);
    *params = NULL;
    if (status == VOLLEY_OK)
        status = volley_json_parse(text, path, JSON_REJECT_DUPLICATES, params, &error);
    free(text);
    if (status == VOLLEY_USAGE) {
        char message[1024];
        snprintf(message, sizeof message, "%s", volley_error_message());
        volley_error_clear();
        return volley_fail(VOLLEY_USAGE, "%s: dynamics_params %s", beside, message);
    }
    TRY(status);
    CHECK(*params, VOLLEY_USAGE, "%s:%d: %s", path, error.line, error.text);
    CHECK(json_is_object(*params), VOLLEY_USAGE, "%s: is not a JSON object", path);
    return VOLLEY_OK;
}

/* The path of a parameter file, owned by the caller; NULL without memory. */
static char *dynamics_path(const char *models, const char *beside, const char *name) {
    char *in_models = NULL;
    if (models && name[0] != '/')
        in_models = volley_alloc(strlen(models) + 2, 1);
    if (in_models)
        snprintf(in_models, strlen(models) + 2, "%s/", models);
    char *path = volley_path_beside(in_models ? in_models : beside, name);
    free(in_models);
    return path;
}

int volley_sonata_dynamics_read(const char *models, const char *beside, const char *name, json_t **params) {
    char *path = dynamics_path(models, beside, name);
    if (!path)
        return VOLLEY_EXHAUSTED;
    int status = read_params(path, beside, params);
    free(path);
    return status;
}

int volley_sonata_types_read(const char *path, const char *models, const char *population, const char *id,
                             volley_sonata_types *types) {
    *types = (volley_sonata_types){0};
    if (!path)
        return VOLLEY_OK;
    types->path = copy_text(path, strlen(path));
    types->models = models ? copy_text(models, strlen(models)) : NULL;
    TRY(volley_alloc_status());
    char *text = NULL;
    csv c = {.path = types->path};
    int status = volley_input_text(path, &text);
    if (status == VOLLEY_OK)
        status = read_rows(&c, text, population, id, types);
    free(text);
    TRY(status);
    return sort_rows(types);
}

int volley_sonata_types_params(const volley_sonata_types *types, int64_t row, const json_t **params) {
    const char *name = volley_sonata_types_text(types, row, "dynamics_params");
    *params = NULL;
    if (!name)
        return VOLLEY_OK;
    if (!types->dynamics[row])
        TRY(volley_sonata_dynamics_read(types->models, types->path, name, &types->dynamics[row]));
    *params = types->dynamics[row];
    return VOLLEY_OK;
}

bool volley_sonata_types_complete(const volley_sonata_types *types, int64_t row) {
    const char *name = volley_sonata_types_text(types, row, "dynamics_params");
    if (!name)
        return true;
    char *path = dynamics_path(types->models, types->path, name);
    bool there = !path || access(path, F_OK) == 0; /* without memory the reader says so */
    free(path);
    return there;
}

void volley_sonata_types_free(volley_sonata_types *types) {
    for (int i = 0; i < types->n_columns; i++)
        free(types->columns[i]);
    for (int64_t i = 0; types->cells && i < types->n * types->n_columns; i++)
        free(types->cells[i]);
    for (int64_t i = 0; types->dynamics && i < types->n; i++)
        json_decref(types->dynamics[i]);
    free(types->path);
    free(types->models);
    free(types->columns);
    free(types->ids);
    free(types->cells);
    free(types->dynamics);
    *types = (volley_sonata_types){0};
}

int64_t volley_sonata_types_find(const volley_sonata_types *types, int64_t id) {
    int64_t low = 0, high = types->n;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (types->ids[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < types->n && types->ids[low] == id ? low : -1;
}

const char *volley_sonata_types_text(const volley_sonata_types *types, int64_t row, const char *column) {
    int i = row >= 0 ? find_column(types, column) : -1;
    return i >= 0 ? types->cells[row * types->n_columns + i] : NULL;
}

int volley_sonata_types_column(const volley_sonata_types *types, int64_t row, const char *name, bool *found,
                               double *value) {
    const char *text = volley_sonata_types_text(types, row, name);
    char *end;
    *found = text != NULL;
    if (!text)
        return VOLLEY_OK;
    double number = strtod(text, &end);
    CHECK(end != text && *end == '\0' && isfinite(number), VOLLEY_USAGE,
          "%s: type %lld: %s is not a finite number: value %s", types->path, (long long)types->ids[row], name,
          text);
    *value = number;
    return VOLLEY_OK;
}

int volley_sonata_types_number(const volley_sonata_types *types, int64_t row, const char *name, bool *found,
                               double *value) {
    TRY(volley_sonata_types_column(types, row, name, found, value));
    if (*found)
        return VOLLEY_OK;
    const json_t *params;
    TRY(volley_sonata_types_params(types, row, &params));
    const json_t *item = json_object_get(params, name);
    *found = item != NULL;
    CHECK(!item || json_is_number(item), VOLLEY_USAGE, "%s: type %lld: %s in %s is not a number", types->path,
          (long long)types->ids[row], name, volley_sonata_types_text(types, row, "dynamics_params"));
    *value = item ? json_number_value(item) : *value;
    return VOLLEY_OK;
}
