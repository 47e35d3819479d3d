/* SPDX-License-Identifier: BSD-3-Clause */
/* Node and edge types of SONATA: a CSV file whose columns are separated by spaces, and the JSON files of
 * parameters (dynamics_params) that it names. Not collective. */
#ifndef VOLLEY_SONATA_SONATA_TYPES_H
#define VOLLEY_SONATA_SONATA_TYPES_H

#include <stdbool.h>
#include <stdint.h>

struct json_t;

typedef struct volley_sonata_types {
    char *path; /* owned, as all below */
    int n_columns;
    int64_t n; /* types, ascending by id */
    char **columns;
    int64_t *ids;             /* [n] */
    char **cells;             /* [n][n_columns], NULL: missing */
    char *models;             /* directory of the parameter files; NULL: that of the CSV file */
    struct json_t **dynamics; /* [n], read when they are asked for; NULL: none, or not yet */
} volley_sonata_types;

/* Reads the types of one population. path NULL: no file, and no types. models: the directory of the files
 * named in the column dynamics_params, NULL: that of the CSV file; these are read when a number of their type
 * is asked for, so that files of types that nobody has may be missing. id: the column that holds the ids,
 * node_type_id or edge_type_id. Rows of another `population`, where the file has that column, are left out.
 * VOLLEY_USAGE with file and line for what cannot be read. Released with volley_sonata_types_free, also after
 * a failure. */
int volley_sonata_types_read(const char *path, const char *models, const char *population, const char *id,
                             volley_sonata_types *types);

void volley_sonata_types_free(volley_sonata_types *types);

/* Whether a text of a file stands for nothing: NULL, NONE, NaN and the like. */
bool volley_sonata_is_missing(const char *text);

/* Row of a type, or -1. */
int64_t volley_sonata_types_find(const volley_sonata_types *types, int64_t id);

/* Text in a column; NULL: missing, or no such column. row -1 has nothing. */
const char *volley_sonata_types_text(const volley_sonata_types *types, int64_t row, const char *column);

/* A parameter file: `name` in the directory models, else (NULL) beside the file `beside`. Released with
 * json_decref. VOLLEY_USAGE when it cannot be read. */
int volley_sonata_dynamics_read(const char *models, const char *beside, const char *name,
                                struct json_t **params);

/* The parameters of a type, NULL: it has no file of them. Borrowed from the types. VOLLEY_USAGE when the file
 * cannot be read. row -1 has none. */
int volley_sonata_types_params(const volley_sonata_types *types, int64_t row, const struct json_t **params);

/* Whether the parameter file of a type exists, or the type needs none. */
bool volley_sonata_types_complete(const volley_sonata_types *types, int64_t row);

/* A number of the column, not of the parameter file. *found is false when it is missing, and *value stays.
 * VOLLEY_USAGE when it is not a number. */
int volley_sonata_types_column(const volley_sonata_types *types, int64_t row, const char *name, bool *found,
                               double *value);

/* A number: that of the column, else of the parameter file. *found is false when neither has it. VOLLEY_USAGE
 * when it is not a number. */
int volley_sonata_types_number(const volley_sonata_types *types, int64_t row, const char *name, bool *found,
                               double *value);

#endif
