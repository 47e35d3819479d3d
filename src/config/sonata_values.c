/* What a config takes from SONATA's files: numbers of nodes, spike trains, edges. */
#include "config/files.h"
#include "config/schema.h"
#include "config/sonata_types.h"

#include "base/memory.h"
#include "base/status.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The paths and names of {nodes: ...}, all owned. */
typedef struct node_source {
    char *nodes, *types, *models;
    const char *population, *attribute;
    double standard; /* NAN: none */
} node_source;

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
    volley_read_number(r, volley_node_find(node, "default"), -INFINITY, INFINITY, &s->standard);
    return volley_reader_problems(r) == before && s->nodes;
}

/* One number for each type; NAN where neither it nor the default has one. */
static int find_type_values(const node_source *s, const volley_sonata_types *types, double **of_type) {
    TRY(VOLLEY_NEW(*of_type, types->n + 1));
    for (int64_t row = -1; row < types->n; row++) {
        bool found;
        double *value = &(*of_type)[row < 0 ? types->n : row];
        *value = s->standard;
        TRY(volley_sonata_types_number(types, row, s->attribute, &found, value));
    }
    return VOLLEY_OK;
}

static int fill_by_type(const node_source *s, const volley_sonata_nodes *nodes,
                        const volley_sonata_types *types, const double *of_type, double *values) {
    for (int64_t i = 0; i < nodes->size; i++) {
        int64_t row = volley_sonata_types_find(types, nodes->types[i]);
        CHECK(row >= 0 || !types->path, VOLLEY_USAGE, "%s: node %lld of %s has type %lld, which is not in %s",
              s->nodes, (long long)i, s->population, (long long)nodes->types[i], types->path);
        values[i] = of_type[row < 0 ? types->n : row];
        CHECK(isfinite(values[i]), VOLLEY_USAGE, "%s: node %lld of %s has no %s, nor has its type", s->nodes,
              (long long)i, s->population, s->attribute);
    }
    return VOLLEY_OK;
}

static int find_values(const volley_sonata_reader *files, const node_source *s, volley_distribution *d) {
    volley_sonata_nodes nodes;
    volley_sonata_types types = {0};
    double *of_type = NULL;
    bool found = false;
    int status = files->nodes(s->nodes, s->population, &nodes);
    if (status == VOLLEY_OK)
        status = VOLLEY_NEW(d->values, nodes.size);
    if (status == VOLLEY_OK)
        status = files->node_values(s->nodes, s->population, s->attribute, nodes.size, d->values, &found);
    if (status == VOLLEY_OK && !found)
        status = volley_sonata_types_read(s->types, s->models, s->population, "node_type_id", &types);
    if (status == VOLLEY_OK && !found)
        status = find_type_values(s, &types, &of_type);
    if (status == VOLLEY_OK && !found)
        status = fill_by_type(s, &nodes, &types, of_type, d->values);
    d->kind = VOLLEY_VALUES;
    d->count = nodes.size;
    free(of_type);
    volley_sonata_types_free(&types);
    volley_sonata_nodes_free(&nodes);
    return status;
}

bool volley_read_node_values(volley_reader *r, const volley_node *node, volley_distribution *d) {
    node_source s = {0};
    const volley_sonata_reader *files = volley_file_sonata(r, node);
    bool ok = files && read_source(r, node, &s);
    if (ok)
        ok = volley_file_is_read(r, volley_node_find(node, "nodes"), find_values(files, &s, d));
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
    s->population = strdup(name);
    s->types = optional_path(r, connect, "types");
    s->models = optional_path(r, connect, "models");
    volley_read_choice(r, volley_node_find(connect, "weights"), signs, &sign);
    s->sign = sign - 1;
    if (!s->population)
        volley_reader_status(r, VOLLEY_EXHAUSTED);
    return read_type_ids(r, volley_node_find(connect, "edge_types"), s) &&
           volley_reader_problems(r) == before && s->population;
}

bool volley_read_selection(volley_reader *r, const volley_node *connect, bool ends, volley_projection *p) {
    const volley_sonata_reader *files = volley_file_sonata(r, connect);
    const volley_node *file = volley_node_find(connect, "file"), *projection = connect->parent;
    volley_edge_list *list = p->list;
    if (volley_node_find(connect, "group"))
        volley_problem_add(&r->problems, connect, "group", "a population of a SONATA file has no group");
    if (!files || !file || volley_node_find(connect, "group") ||
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
    bool ok = volley_file_is_read(r, file, files->edges(list->file, list->selection->population, &edges));
    /* A number in the config takes the place of those in the file. */
    list->has_weight = !volley_node_find(projection, "weight");
    list->has_delay = !volley_node_find(projection, "delay");
    if (ok && ends && edges.count > 0) {
        const char *source = r->network->populations[p->source.population].name;
        const char *target = r->network->populations[p->target.population].name;
        if (strcmp(edges.source, source) != 0 || strcmp(edges.target, target) != 0)
            volley_reader_note(r, file, "edges from %s to %s connect %s to %s", edges.source, edges.target,
                               source, target);
    }
    volley_sonata_edges_free(&edges);
    return ok;
}
