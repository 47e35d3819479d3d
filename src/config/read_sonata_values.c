/* SPDX-License-Identifier: BSD-3-Clause */
/* What a config takes from SONATA's files: numbers of nodes, spike trains, edges. */
#include "config/files.h"
#include "config/schema.h"
#include "sonata/edge_file.h"
#include "sonata/node_file.h"
#include "sonata/sonata_kinds.h"
#include "net/part.h"

#include "base/memory.h"
#include "base/status.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The paths and names of {nodes: ...}, all owned. */
typedef struct node_source {
    char *nodes, *types, *models;
    const char *population, *attribute, *model; /* model NULL: nodes of all */
    double standard;                            /* NAN: none */
} node_source;

/* The nodes while their numbers are found. */
typedef struct node_numbers {
    volley_sonata_nodes nodes;
    volley_sonata_types types;
    volley_sonata_kinds kinds;
    double *own, *of_kind; /* [size], [kinds.n]; NAN: none */
} node_numbers;

static char *optional_path(volley_reader *r, const volley_node *map, const char *key) {
    const volley_node *node = volley_node_find(map, key);
    return node ? volley_file_path(r, node) : NULL;
}

static bool read_source(volley_reader *r, const volley_node *node, node_source *s) {
    size_t before = volley_reader_problems(r);
    volley_read_section(r, node, volley_keys_nodes);
    s->standard = NAN;
    s->nodes = optional_path(r, node, "nodes");
    s->types = optional_path(r, node, "types");
    s->models = optional_path(r, node, "models");
    volley_read_text(r, volley_read_required(r, node, "population"), &s->population);
    volley_read_text(r, volley_read_required(r, node, "attribute"), &s->attribute);
    volley_read_text(r, volley_node_find(node, "model"), &s->model);
    volley_read_number(r, volley_node_find(node, "default"), -INFINITY, INFINITY, &s->standard);
    return volley_reader_problems(r) == before && s->nodes;
}

/* One number for each kind of nodes; NAN where neither it nor the default has one. */
static int find_kind_values(const node_source *s, node_numbers *n) {
    TRY(VOLLEY_NEW(n->of_kind, n->kinds.n + 1));
    for (int32_t k = 0; k < n->kinds.n; k++) {
        bool found;
        n->of_kind[k] = s->standard;
        TRY(volley_sonata_kind_number(&n->types, &n->kinds.of[k], s->attribute, &found, &n->of_kind[k]));
    }
    return VOLLEY_OK;
}

/* The node's own number, else that of its kind, for the nodes of the model. */
static int fill(const node_source *s, const node_numbers *n, volley_distribution *d) {
    TRY(VOLLEY_NEW(d->values, n->nodes.size));
    for (int64_t i = 0; i < n->nodes.size; i++) {
        int32_t kind = n->kinds.node ? n->kinds.node[i] : -1;
        const char *model = kind >= 0 && s->model ? volley_sonata_kind_model(&n->kinds.of[kind]) : NULL;
        if (s->model && (!model || strcmp(model, s->model) != 0))
            continue;
        double value = !isnan(n->own[i]) ? n->own[i] : n->of_kind ? n->of_kind[kind] : s->standard;
        CHECK(isfinite(value), VOLLEY_USAGE, "%s: node %lld of %s has no %s, nor has its type", s->nodes,
              (long long)i, s->population, s->attribute);
        d->values[d->count++] = value;
    }
    return VOLLEY_OK;
}

static bool all_own(const node_numbers *n) {
    for (int64_t i = 0; i < n->nodes.size; i++)
        if (isnan(n->own[i]))
            return false;
    return true;
}

static int find_numbers(const node_source *s, node_numbers *n) {
    bool found = false;
    TRY(volley_sonata_nodes_read(s->nodes, s->population, &n->nodes));
    TRY(VOLLEY_NEW(n->own, n->nodes.size));
    TRY(volley_sonata_node_values(s->nodes, s->population, s->attribute, n->nodes.size, n->own, &found));
    for (int64_t i = 0; i < n->nodes.size && !found; i++)
        n->own[i] = NAN;
    bool by_kind = !all_own(n) && (s->types || n->nodes.n_texts > 0);
    if (!by_kind && !s->model)
        return VOLLEY_OK;
    TRY(volley_sonata_types_read(s->types, s->models, s->population, "node_type_id", &n->types));
    TRY(volley_sonata_kinds_find(s->nodes, s->population, by_kind, s->models, &n->nodes, &n->types,
                                 &n->kinds));
    return by_kind ? find_kind_values(s, n) : VOLLEY_OK;
}

static int find_values(const node_source *s, volley_distribution *d) {
    node_numbers n = {0};
    d->kind = VOLLEY_VALUES;
    d->count = 0;
    int status = find_numbers(s, &n);
    if (status == VOLLEY_OK)
        status = fill(s, &n, d);
    free(n.own);
    free(n.of_kind);
    volley_sonata_kinds_free(&n.kinds);
    volley_sonata_types_free(&n.types);
    volley_sonata_nodes_free(&n.nodes);
    return status;
}

bool volley_read_node_values(volley_reader *r, const volley_node *node, volley_distribution *d) {
    node_source s = {0};
    bool ok = read_source(r, node, &s);
    if (ok)
        ok = volley_file_is_read(r, volley_node_find(node, "nodes"), find_values(&s, d)) &&
             volley_file_content(r, node, s.nodes, d->values, (size_t)d->count * sizeof *d->values);
    free(s.nodes);
    free(s.types);
    free(s.models);
    return ok;
}

static bool read_type_ids(volley_reader *r, const volley_node *list, volley_edge_selection *s) {
    if (!list)
        return true;
    if (list->kind != VOLLEY_NODE_LIST || list->n == 0) {
        volley_problem_add(&r->problems, list, NULL, "must be a list of ids, not empty");
        return false;
    }
    if (volley_reader_status(r, VOLLEY_NEW(s->type_ids, list->n)) != VOLLEY_OK)
        return false;
    bool ok = true;
    for (size_t i = 0; i < list->n; i++)
        ok &= volley_read_whole(r, list->items[i], -1, INT64_MAX, &s->type_ids[i]);
    s->n_type_ids = (int)list->n;
    return ok;
}

static bool read_selection(volley_reader *r, const volley_node *connect, volley_edge_selection *s) {
    static const char *const signs[] = {"negative", "all", "positive", NULL};
    const char *name;
    int sign = 1;
    size_t before = volley_reader_problems(r);
    if (!volley_read_text(r, volley_node_find(connect, "population"), &name))
        return false;
    s->population = volley_strdup(name);
    s->types = optional_path(r, connect, "types");
    s->models = optional_path(r, connect, "models");
    volley_read_choice(r, volley_node_find(connect, "weights"), signs, &sign);
    volley_read_bool(r, volley_node_find(connect, "skip_other_parts"), &s->pair);
    s->sign = sign - 1;
    if (!s->population)
        volley_reader_status(r, VOLLEY_EXHAUSTED);
    return read_type_ids(r, volley_node_find(connect, "edge_types"), s) &&
           volley_reader_problems(r) == before && s->population;
}

bool volley_read_selection(volley_reader *r, const volley_node *connect, bool ends, volley_projection *p) {
    const volley_node *file = volley_node_find(connect, "file"), *projection = connect->parent;
    volley_edge_list *list = p->list;
    if (volley_node_find(connect, "group"))
        volley_problem_add(&r->problems, connect, "group", "a population of a SONATA file has no group");
    if (!file || volley_node_find(connect, "group") ||
        volley_reader_status(r, VOLLEY_NEW(list->selection, 1)) != VOLLEY_OK)
        return false;
    list->count = -1;
    list->file = volley_file_path(r, file);
    list->place = volley_problem_place(&r->problems, file);
    if (!list->place)
        volley_reader_status(r, VOLLEY_EXHAUSTED);
    if (!list->file || !list->place || !read_selection(r, connect, list->selection))
        return false;
    volley_sonata_edges edges;
    bool ok = volley_file_is_read(r, file,
                                  volley_sonata_edges_about(list->file, list->selection->population, &edges));
    /* A number in the config takes the place of those in the file. */
    list->has_weight = !volley_node_find(projection, "weight");
    list->has_delay = !volley_node_find(projection, "delay");
    if (ok && ends && edges.count > 0) {
        const char *source = volley_part_name(&r->network->populations[p->source.population]);
        const char *target = volley_part_name(&r->network->populations[p->target.population]);
        if (strcmp(edges.source, source) != 0 || strcmp(edges.target, target) != 0)
            volley_reader_note(r, file, "edges from %s to %s connect %s to %s", edges.source, edges.target,
                               source, target);
    }
    volley_sonata_edges_free(&edges);
    return ok;
}
