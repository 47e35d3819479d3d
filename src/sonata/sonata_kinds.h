/* SPDX-License-Identifier: BSD-3-Clause */
/* The kinds of nodes in a SONATA population: what a node's type says of it (CSV), and the texts that it has
 * of its own (HDF5), which take precedence. Not collective. */
#ifndef VOLLEY_SONATA_SONATA_KINDS_H
#define VOLLEY_SONATA_SONATA_KINDS_H

#include "sonata/sonata_files.h"
#include "sonata/sonata_types.h"

#include <stdbool.h>
#include <stdint.h>

struct json_t;

typedef struct volley_sonata_kind {
    int64_t row; /* of the types; -1: none */
    const char *type, *model,
        *dynamics;               /* model_type, model_template, dynamics_params; NULL: none; borrowed */
    const struct json_t *params; /* of the file that `dynamics` names; borrowed */
    int32_t next;                /* kind of the same type; -1: none */
    int32_t texts[3];            /* numbers of its texts in HDF5 */
} volley_sonata_kind;

typedef struct volley_sonata_kinds {
    int32_t n;
    volley_sonata_kind *of; /* [n] by the type's row, owned as all below */
    int32_t *node;          /* [size] kind of each node */
    volley_sonata_texts texts[3];
    struct json_t **files; /* [texts[2].n], NULL: not read */
    bool with_params;
} volley_sonata_kinds;

/* Finds the kinds of all nodes of a population in the file `path`, with their parameter files or (params
 * false) without. nodes and types are those of the population, and borrowed; models as for
 * volley_sonata_types_read. Released with volley_sonata_kinds_free, also after a failure; VOLLEY_USAGE for a
 * node whose type is in no file and for files that cannot be read. */
int volley_sonata_kinds_find(const char *path, const char *population, bool params, const char *models,
                             const volley_sonata_nodes *nodes, const volley_sonata_types *types,
                             volley_sonata_kinds *kinds);
void volley_sonata_kinds_free(volley_sonata_kinds *kinds);

/* Name of the kind's model: what stands behind the schema in model_template; NULL: none is given. Virtual
 * nodes are sources of spikes. */
const char *volley_sonata_kind_model(const volley_sonata_kind *kind);

/* A number: that of the type's column, else of the kind's parameter file. *found is false when neither has
 * it, and *value stays. VOLLEY_USAGE when it is not a number. */
int volley_sonata_kind_number(const volley_sonata_types *types, const volley_sonata_kind *kind,
                              const char *name, bool *found, double *value);

/* The nodes of one model, as a config names them: numbers ascending, owned by the caller, also after a
 * failure; *size is that of the population. */
int volley_sonata_members(const char *path, const char *types_path, const char *population, const char *model,
                          int64_t **ids, int64_t *n, int64_t *size);

#endif
