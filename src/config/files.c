/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads numbers, weights and texts from the files that a config names. */
#define _GNU_SOURCE
#include "config/files.h"

#include "base/inputs.h"
#include "base/memory.h"
#include "base/status.h"
#include "config/edge_reader.h"
#include "config/schema.h"
#include "config/trained_weights.h"
#include "document/paths.h"
#include "files/numbers.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *volley_file_path(volley_reader *r, const volley_node *node) {
    const char *name;
    if (!volley_read_text(r, node, &name))
        return NULL;
    if (name[0] == '\0') {
        volley_problem_add(&r->problems, node, NULL, "the path is empty");
        return NULL;
    }
    char *path = volley_path_beside(node->file ? node->file : r->problems.file, name);
    if (!path)
        volley_reader_status(r, VOLLEY_EXHAUSTED);
    return path;
}

bool volley_file_is_read(volley_reader *r, const volley_node *node, int status) {
    if (status == VOLLEY_OK)
        return true;
    if (status == VOLLEY_EXHAUSTED) {
        volley_reader_status(r, status);
        return false;
    }
    volley_problem_add(&r->problems, node, NULL, "%.1500s", volley_error_message());
    volley_error_clear();
    return false;
}

bool volley_file_content(volley_reader *r, const volley_node *node, const char *path, const void *bytes,
                         size_t n) {
    char key[1024];
    volley_node_path(node, key, sizeof key);
    return volley_file_is_read(r, node, volley_input_read(key, path, volley_input_hash(bytes, n)));
}

bool volley_file_values(volley_reader *r, const volley_node *node, const char *column, const char *dataset,
                        double **values, int64_t *count) {
    char *path = volley_file_path(r, node);
    bool ok = path &&
              volley_file_is_read(r, node, volley_numbers_read(path, column, dataset, values, count)) &&
              volley_file_content(r, node->parent, path, *values, (size_t)*count * sizeof **values);
    free(path);
    return ok;
}

static bool read_snapshot_time(volley_reader *r, const volley_node *node, double *time_ms) {
    *time_ms = NAN;
    if (!node || (node->kind == VOLLEY_NODE_SCALAR && strcmp(node->text, "last") == 0))
        return true;
    return volley_read_number(r, node, 0.0, INFINITY, time_ms);
}

static bool take_content(volley_reader *r, const volley_node *weight, const volley_trained *trained) {
    char *path;
    if (asprintf(&path, "%s/weights.h5", trained->directory) < 0)
        return volley_reader_status(r, VOLLEY_EXHAUSTED) == VOLLEY_OK;
    bool ok = volley_file_content(r, weight, path, &trained->content, sizeof trained->content);
    free(path);
    return ok;
}

bool volley_read_trained(volley_reader *r, const volley_node *weight, volley_projection *p) {
    const char *name = NULL;
    double time_ms = NAN, low = 0.0, high = 0.0;
    const volley_node *file = volley_node_find(weight, "file");
    size_t before = volley_reader_problems(r);
    volley_read_section(r, weight, volley_keys_trained);
    volley_read_text(r, volley_read_required(r, weight, "projection"), &name);
    volley_read_required(r, weight, "file");
    read_snapshot_time(r, volley_node_find(weight, "time"), &time_ms);
    if (volley_reader_problems(r) > before || volley_reader_status(r, VOLLEY_NEW(p->trained, 1)) != VOLLEY_OK)
        return false;
    volley_trained *trained = p->trained;
    trained->directory = volley_file_path(r, file);
    if (!trained->directory)
        return false;
    trained->projection = volley_strdup(name);
    trained->place = volley_problem_place(&r->problems, file);
    if (!trained->projection || !trained->place) {
        volley_reader_status(r, VOLLEY_EXHAUSTED);
        return false;
    }
    if (!volley_file_is_read(r, file,
                             volley_trained_find(trained->directory, name, time_ms, trained, &low, &high)))
        return false;
    p->weight = (volley_distribution){.kind = VOLLEY_COLUMN, .min = low, .max = high};
    return take_content(r, weight, trained);
}

bool volley_file_list(volley_reader *r, const volley_node *file, const volley_node *group,
                      volley_edge_list *list) {
    const char *name = NULL;
    list->count = -1;
    list->file = volley_file_path(r, file);
    if (!list->file || (group && !volley_read_text(r, group, &name)))
        return false;
    list->group = name ? volley_strdup(name) : NULL;
    list->place = volley_problem_place(&r->problems, file);
    if ((name && !list->group) || !list->place) {
        volley_reader_status(r, VOLLEY_EXHAUSTED);
        return false;
    }
    return volley_file_is_read(
        r, file, volley_edge_columns(list->file, list->group, &list->has_weight, &list->has_delay));
}

/* A copy of the text of an optional key. */
static bool copy_text(volley_reader *r, const volley_node *node, char **copy) {
    const char *text;
    if (!node)
        return true;
    if (!volley_read_text(r, node, &text))
        return false;
    *copy = volley_strdup(text);
    if (!*copy)
        volley_reader_status(r, VOLLEY_EXHAUSTED);
    return *copy != NULL;
}

bool volley_file_parts(volley_reader *r, const volley_node *partition, volley_parts_file *parts) {
    const volley_node *file = volley_read_required(r, partition, "file");
    const volley_node *column = volley_node_find(partition, "column");
    const volley_node *dataset = volley_node_find(partition, "dataset");
    if (column && dataset) {
        volley_problem_add(&r->problems, dataset, NULL, "cannot be given beside column");
        return false;
    }
    if (!file || !copy_text(r, column, &parts->column) || !copy_text(r, dataset, &parts->dataset))
        return false;
    parts->path = volley_file_path(r, file);
    parts->place = volley_problem_place(&r->problems, file);
    if (!parts->place)
        volley_reader_status(r, VOLLEY_EXHAUSTED);
    return parts->path && parts->place && volley_file_is_read(r, file, volley_input_list(parts->path));
}
