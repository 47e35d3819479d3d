/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads the populations, nodes, values and texts of a nodes file. */
#include "sonata/node_file.h"

#include "base/memory.h"
#include "base/status.h"
#include "files/h5.h"
#include "sonata/edge_file.h"
#include "sonata/attributes.h"
#include "sonata/spike_input.h"
#include "sonata/node_texts.h"

#include <stdlib.h>
#include <string.h>

enum { PIECE = 1 << 16 }; /* nodes read at once */

int volley_sonata_populations(const char *path, const char *kind, char ***names, int *n) {
    volley_h5 file = 0, group = 0;
    *names = NULL;
    *n = 0;
    if (strcmp(kind, "spikes") == 0)
        return volley_sonata_spikes_populations(path, names, n);
    int status = volley_sonata_input(path, &file);
    if (status == VOLLEY_OK)
        status = volley_h5_open_group(file, kind, &group);
    if (status == VOLLEY_OK)
        status = volley_h5_children(group, names, n);
    volley_h5_close(&group);
    volley_h5_close(&file);
    return volley_sonata_usage(status);
}

/* Nodes from `first` on that are read at once. */
static uint64_t piece_at(const volley_sonata_group *g, uint64_t first) {
    uint64_t left = g->count - first;
    return left < PIECE ? left : PIECE;
}

/* Nodes are the rows of the file; their numbers must say the same. */
static int check_ids(volley_sonata_group *g) {
    volley_h5 ids;
    TRY(volley_sonata_column_open(g, "node_id", false, &ids));
    if (ids == 0)
        return VOLLEY_OK;
    uint64_t *piece;
    int status = VOLLEY_NEW(piece, PIECE);
    for (uint64_t first = 0; first < g->count && status == VOLLEY_OK; first += PIECE) {
        uint64_t n = piece_at(g, first);
        status = volley_sonata_usage(volley_h5_read(ids, VOLLEY_H5_UINT64, first, n, piece));
        for (uint64_t i = 0; i < n && status == VOLLEY_OK; i++)
            if (piece[i] != first + i)
                status = volley_fail(VOLLEY_USAGE, "%s: node_id: row %llu holds %llu; allowed 0, 1, 2, ...",
                                     g->path, first + i + 0ULL, (unsigned long long)piece[i]);
    }
    free(piece);
    volley_h5_close(&ids);
    return status;
}

/* Some files have signed ids (-1: no type). */
static int read_types(volley_sonata_group *g, volley_sonata_nodes *nodes) {
    volley_h5 types;
    TRY(volley_sonata_column_open(g, "node_type_id", true, &types));
    int status = VOLLEY_NEW(nodes->types, nodes->size);
    if (status == VOLLEY_OK)
        status = volley_sonata_usage(volley_h5_read(types, VOLLEY_H5_INT64, 0, g->count, nodes->types));
    volley_h5_close(&types);
    return status;
}

static int read_nodes(volley_sonata_group *g, volley_sonata_nodes *nodes) {
    nodes->size = (int64_t)g->count;
    TRY(check_ids(g));
    TRY(read_types(g, nodes));
    TRY(volley_sonata_attribute_names(g, false, VOLLEY_SONATA_NUMBERS, &nodes->attributes,
                                      &nodes->n_attributes));
    TRY(volley_sonata_attribute_names(g, false, VOLLEY_SONATA_TEXTS, &nodes->texts, &nodes->n_texts));
    return volley_sonata_attribute_names(g, true, VOLLEY_SONATA_NUMBERS, &nodes->params, &nodes->n_params);
}

int volley_sonata_nodes_read(const char *path, const char *population, volley_sonata_nodes *nodes) {
    volley_h5 file = 0;
    volley_sonata_group group;
    *nodes = (volley_sonata_nodes){0};
    TRY(volley_sonata_input(path, &file));
    int status = volley_sonata_group_open(file, path, "node", population, &group);
    if (status == VOLLEY_OK)
        status = read_nodes(&group, nodes);
    volley_sonata_group_close(&group);
    volley_h5_close(&file);
    return status;
}

static int read_values(const volley_sonata_group *g, const volley_sonata_attribute *attribute, int64_t size,
                       double *values) {
    volley_sonata_rows rows = {0};
    int status = VOLLEY_OK;
    CHECK((int64_t)g->count == size, VOLLEY_USAGE, "%s: has %llu nodes; allowed %lld", g->path,
          (unsigned long long)g->count, (long long)size);
    for (uint64_t first = 0; first < g->count && status == VOLLEY_OK; first += PIECE) {
        uint64_t n = piece_at(g, first);
        status = volley_sonata_rows_find(g, first, n, &rows);
        if (status == VOLLEY_OK)
            status = volley_sonata_attribute_read(g, attribute, &rows, n, values + first);
    }
    volley_sonata_rows_free(&rows);
    return status;
}

int volley_sonata_node_values(const char *path, const char *population, const char *name, int64_t size,
                              double *values, bool *found) {
    volley_h5 file = 0;
    volley_sonata_group group;
    volley_sonata_attribute attribute = {0};
    *found = false;
    TRY(volley_sonata_input(path, &file));
    int status = volley_sonata_group_open(file, path, "node", population, &group);
    for (int params = 0; params < 2 && status == VOLLEY_OK; params++)
        status = volley_sonata_attribute_open(&group, params != 0, name, &attribute);
    if (status == VOLLEY_OK && attribute.any) {
        *found = true;
        status = read_values(&group, &attribute, size, values);
    }
    volley_sonata_attribute_close(&group, &attribute);
    volley_sonata_group_close(&group);
    volley_h5_close(&file);
    return status;
}

int volley_sonata_node_texts(const char *path, const char *population, const char *name,
                             volley_sonata_texts *texts) {
    volley_h5 file = 0;
    volley_sonata_group group;
    *texts = (volley_sonata_texts){0};
    TRY(volley_sonata_input(path, &file));
    int status = volley_sonata_group_open(file, path, "node", population, &group);
    if (status == VOLLEY_OK)
        status = volley_sonata_texts_read(&group, name, texts);
    volley_sonata_group_close(&group);
    volley_h5_close(&file);
    return status;
}
