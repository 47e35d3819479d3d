/* SPDX-License-Identifier: BSD-3-Clause */
/* Opens an edge population, chooses edges (all, a part, or those of targets), and reads their ends, weights
 * and delays. */
#include "sonata/edge_file.h"

#include "base/memory.h"
#include "base/status.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 1 << 15 }; /* edges read at once */

enum { WEIGHT, DELAY, MULTIPLICITY, ATTRIBUTES };

/* What a type gives to edges without a value of their own. */
typedef struct type_values {
    bool selected, incomplete; /* incomplete: its parameter file is missing */
    double of[ATTRIBUTES];
} type_values;

struct volley_sonata_edge_file {
    const volley_edge_selection *selection;
    volley_h5 file;
    volley_sonata_group group;
    volley_h5 source, target, type;
    volley_sonata_attribute attributes[ATTRIBUTES];
    volley_sonata_types types;
    type_values *values; /* [types.n + 1], the last one for edges without types */
    volley_sonata_range *ranges;
    size_t n_ranges, ranges_room, range; /* range: the one being read */
    uint64_t next;                       /* edge of it that is read next */
    uint64_t own_first, own_n;           /* the targets that edges may have */
    uint64_t row, at, n;                 /* block in memory: its first row; edge that is given next; edges */
    uint64_t *sources, *targets;
    int64_t *type_ids; /* some files have -1: no type */
    double *columns[ATTRIBUTES];
    volley_sonata_rows rows;
};

/* The two spellings of weights, in the order of their precedence, and where each may stand. */
static int open_weight(const volley_sonata_group *g, volley_sonata_attribute *a) {
    static const struct {
        bool params;
        const char *name;
    } places[] = {{false, "syn_weight"}, {false, "weight"}, {true, "syn_weight"}, {true, "weight"}};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        TRY(volley_sonata_attribute_open(g, places[i].params, places[i].name, a));
    return VOLLEY_OK;
}

static int open_attributes(const volley_sonata_group *g, volley_sonata_attribute *attributes) {
    TRY(open_weight(g, &attributes[WEIGHT]));
    TRY(volley_sonata_attribute_open(g, false, "delay", &attributes[DELAY]));
    TRY(volley_sonata_attribute_open(g, true, "delay", &attributes[DELAY]));
    return volley_sonata_attribute_open(g, false, "nsyns", &attributes[MULTIPLICITY]);
}

static void close_attributes(const volley_sonata_group *g, volley_sonata_attribute *attributes) {
    for (int i = 0; i < ATTRIBUTES; i++)
        volley_sonata_attribute_close(g, &attributes[i]);
}

/* Bytes of a weight: 4 only where all groups have them so. */
static int weight_bytes(const volley_sonata_group *g, const volley_sonata_attribute *weight) {
    bool narrow = weight->any;
    for (int i = 0; i < g->n_places; i++)
        narrow &= weight->of[i].dataset != 0 && volley_h5_float_bytes(weight->of[i].dataset) == 4;
    return narrow ? 4 : 8;
}

/* The node population that an end of the edges is in, owned by the caller. */
static int read_end(volley_sonata_group *g, const char *name, char **population) {
    volley_h5 dataset = 0;
    TRY(volley_sonata_column_open(g, name, true, &dataset));
    int status = volley_sonata_usage(volley_h5_get_string(dataset, "node_population", population));
    volley_h5_close(&dataset);
    if (status == VOLLEY_OK && !*population)
        status = volley_fail(VOLLEY_USAGE, "%s: dataset %s has no attribute node_population", g->path, name);
    return status;
}

static bool is_known(const char *name) {
    return strcmp(name, "syn_weight") == 0 || strcmp(name, "weight") == 0 || strcmp(name, "delay") == 0;
}

static int read_about(volley_sonata_group *g, volley_sonata_edges *edges) {
    volley_sonata_attribute attributes[ATTRIBUTES] = {0};
    edges->count = (int64_t)g->count;
    TRY(read_end(g, "source_node_id", &edges->source));
    TRY(read_end(g, "target_node_id", &edges->target));
    int status = open_attributes(g, attributes);
    edges->has_weight = attributes[WEIGHT].any || attributes[MULTIPLICITY].any;
    edges->has_delay = attributes[DELAY].any;
    edges->weight_bytes = status == VOLLEY_OK ? weight_bytes(g, &attributes[WEIGHT]) : 8;
    close_attributes(g, attributes);
    TRY(status);
    TRY(volley_sonata_attribute_names(g, false, VOLLEY_SONATA_TEXTS, &edges->texts, &edges->n_texts));
    TRY(volley_sonata_attribute_names(g, true, VOLLEY_SONATA_NUMBERS, &edges->params, &edges->n_params));
    int kept = 0;
    for (int i = 0; i < edges->n_params; i++)
        if (is_known(edges->params[i]))
            free(edges->params[i]);
        else
            edges->params[kept++] = edges->params[i];
    edges->n_params = kept;
    return VOLLEY_OK;
}

int volley_sonata_edges_about(const char *path, const char *population, volley_sonata_edges *edges) {
    volley_h5 file = 0;
    volley_sonata_group group;
    *edges = (volley_sonata_edges){0};
    TRY(volley_sonata_input(path, &file));
    int status = volley_sonata_group_open(file, path, "edge", population, &group);
    if (status == VOLLEY_OK)
        status = read_about(&group, edges);
    volley_sonata_group_close(&group);
    volley_h5_close(&file);
    return status;
}

static bool is_selected(const volley_edge_selection *selection, int64_t id) {
    for (int i = 0; i < selection->n_type_ids; i++)
        if (selection->type_ids[i] == id)
            return true;
    return selection->n_type_ids == 0;
}

static int find_values(volley_sonata_edge_file *e) {
    static const char *const names[] = {"syn_weight", "delay", "nsyns"};
    TRY(VOLLEY_NEW(e->values, e->types.n + 1));
    for (int64_t row = -1; row < e->types.n; row++) {
        type_values *values = &e->values[row < 0 ? e->types.n : row];
        bool complete = volley_sonata_types_complete(&e->types, row);
        *values = (type_values){.incomplete = !complete,
                                .selected = row < 0 || is_selected(e->selection, e->types.ids[row]),
                                .of = {1.0, 1.0, 1.0}};
        for (int i = 0; complete && i < ATTRIBUTES; i++) {
            bool found;
            TRY(volley_sonata_types_number(&e->types, row, names[i], &found, &values->of[i]));
            if (!found && i == WEIGHT)
                TRY(volley_sonata_types_number(&e->types, row, "weight", &found, &values->of[i]));
        }
    }
    return VOLLEY_OK;
}

static int open_all(volley_sonata_edge_file *e, const char *path) {
    const volley_edge_selection *s = e->selection;
    TRY(volley_sonata_types_read(s->types, s->models, s->population, "edge_type_id", &e->types));
    TRY(find_values(e));
    TRY(volley_sonata_input(path, &e->file));
    TRY(volley_sonata_group_open(e->file, path, "edge", s->population, &e->group));
    TRY(volley_sonata_column_open(&e->group, "source_node_id", true, &e->source));
    TRY(volley_sonata_column_open(&e->group, "target_node_id", true, &e->target));
    TRY(volley_sonata_column_open(&e->group, "edge_type_id", true, &e->type));
    TRY(open_attributes(&e->group, e->attributes));
    TRY(VOLLEY_NEW(e->sources, BLOCK));
    TRY(VOLLEY_NEW(e->targets, BLOCK));
    TRY(VOLLEY_NEW(e->type_ids, BLOCK));
    for (int i = 0; i < ATTRIBUTES; i++)
        TRY(VOLLEY_NEW(e->columns[i], BLOCK));
    return VOLLEY_OK;
}

int volley_sonata_edges_open(const char *path, const volley_edge_selection *selection,
                             volley_sonata_edge_file **edges) {
    *edges = NULL;
    volley_sonata_edge_file *e;
    TRY(VOLLEY_NEW(e, 1));
    e->selection = selection;
    int status = open_all(e, path);
    if (status != VOLLEY_OK)
        volley_sonata_edges_close(&e);
    *edges = e;
    return status;
}

void volley_sonata_edges_close(volley_sonata_edge_file **edges) {
    volley_sonata_edge_file *e = *edges;
    if (e == NULL)
        return;
    close_attributes(&e->group, e->attributes);
    volley_h5_close(&e->source);
    volley_h5_close(&e->target);
    volley_h5_close(&e->type);
    volley_sonata_group_close(&e->group);
    volley_h5_close(&e->file);
    volley_sonata_types_free(&e->types);
    volley_sonata_rows_free(&e->rows);
    free(e->values);
    free(e->ranges);
    free(e->sources);
    free(e->targets);
    free(e->type_ids);
    for (int i = 0; i < ATTRIBUTES; i++)
        free(e->columns[i]);
    free(e);
    *edges = NULL;
}

static void start(volley_sonata_edge_file *e) {
    e->range = 0;
    e->at = e->n = 0;
    e->next = e->n_ranges > 0 ? e->ranges[0].first : 0;
}

/* Edges behind those chosen before; neighbours become one range. */
static int add_range(volley_sonata_edge_file *e, uint64_t first, uint64_t end) {
    if (first >= end)
        return VOLLEY_OK;
    if (e->n_ranges > 0 && e->ranges[e->n_ranges - 1].end == first) {
        e->ranges[e->n_ranges - 1].end = end;
        return VOLLEY_OK;
    }
    TRY(VOLLEY_RESERVE(e->ranges, &e->ranges_room, e->n_ranges + 1));
    e->ranges[e->n_ranges++] = (volley_sonata_range){first, end};
    return VOLLEY_OK;
}

int volley_sonata_edges_part(volley_sonata_edge_file *e, int part, int parts) {
    uint64_t share = e->group.count / (uint64_t)parts, rest = e->group.count % (uint64_t)parts;
    uint64_t p = (uint64_t)part, first = share * p + (p < rest ? p : rest);
    e->n_ranges = 0;
    e->own_first = 0;
    e->own_n = UINT64_MAX;
    TRY(add_range(e, first, first + share + (p < rest)));
    start(e);
    return VOLLEY_OK;
}

/* The two tables of the index; nodes 0: there is none. Files have two spellings of the group's name, and two
 * of the table's. */
static int open_index(const volley_sonata_edge_file *e, volley_h5 *nodes, uint64_t *n_nodes,
                      volley_h5 *ranges, uint64_t *n_ranges) {
    static const char *const groups[] = {"indices", "indicies"};
    static const char *const tables[] = {"node_id_to_ranges", "node_id_to_range"};
    volley_h5 group = 0;
    *nodes = *ranges = 0;
    for (int i = 0; i < 2 && group == 0; i++) {
        volley_h5 outer = 0;
        if (!volley_h5_has(e->group.population, groups[i]))
            continue;
        TRY(volley_sonata_usage(volley_h5_open_group(e->group.population, groups[i], &outer)));
        int status = volley_h5_has(outer, "target_to_source")
                         ? volley_sonata_usage(volley_h5_open_group(outer, "target_to_source", &group))
                         : VOLLEY_OK;
        volley_h5_close(&outer);
        TRY(status);
    }
    if (group == 0)
        return VOLLEY_OK;
    uint64_t columns = 2, more = 2;
    int status = volley_h5_open_table(group, tables[volley_h5_has(group, tables[0]) ? 0 : 1], nodes, n_nodes,
                                      &columns);
    if (status == VOLLEY_OK)
        status = volley_h5_open_table(group, "range_to_edge_id", ranges, n_ranges, &more);
    if (status == VOLLEY_OK && (columns != 2 || more != 2))
        status = volley_fail(VOLLEY_USAGE, "%s: indices/target_to_source: tables must have two columns",
                             e->group.path);
    volley_h5_close(&group);
    return volley_sonata_usage(status);
}

static int compare_ranges(const void *a, const void *b) {
    uint64_t x = ((const volley_sonata_range *)a)->first, y = ((const volley_sonata_range *)b)->first;
    return (x > y) - (x < y);
}

/* Chooses n ranges of the table, those [first, first + n) or of some targets with one each. Those of a target
 * are taken in the order of the file. Some files have negative numbers where there is nothing. */
static int add_ranges(volley_sonata_edge_file *e, volley_h5 table, uint64_t first, uint64_t n,
                      bool one_target, volley_sonata_range **ranges, size_t *room) {
    TRY(VOLLEY_RESERVE(*ranges, room, n));
    TRY(volley_sonata_usage(volley_h5_read_table(table, VOLLEY_H5_INT64, first, n, 0, 2, *ranges)));
    if (one_target)
        qsort(*ranges, n, sizeof **ranges, compare_ranges);
    for (uint64_t i = 0; i < n; i++) {
        const volley_sonata_range *range = &(*ranges)[i];
        if ((int64_t)range->first >= (int64_t)range->end)
            continue;
        CHECK((int64_t)range->first >= 0 && range->end <= e->group.count, VOLLEY_USAGE,
              "%s: indices/target_to_source/range_to_edge_id: edge %lld; there are %llu", e->group.path,
              (long long)((int64_t)range->first < 0 ? range->first : range->end),
              (unsigned long long)e->group.count);
        TRY(add_range(e, range->first, range->end));
    }
    return VOLLEY_OK;
}

/* Where every target has one range, that of target i being number i of the table, as files sorted by target
 * have it, the table is read in one piece. No range belongs to two targets, so that what is read is bounded
 * by the table. */
static int add_targets(volley_sonata_edge_file *e, const volley_sonata_range *of, uint64_t n,
                       uint64_t n_table, volley_h5 table) {
    volley_sonata_range *ranges = NULL;
    size_t room = 0;
    uint64_t seen = 0;
    int status = VOLLEY_OK;
    for (uint64_t i = 0; i < n && status == VOLLEY_OK;) {
        uint64_t k = i + 1, count = of[i].end - of[i].first;
        if ((int64_t)of[i].first >= (int64_t)of[i].end) { /* no edges */
            i = k;
            continue;
        }
        if ((int64_t)of[i].first < 0 || of[i].end > n_table) {
            status = volley_fail(
                VOLLEY_USAGE, "%s: indices/target_to_source: ranges from %lld to %lld; there are %llu",
                e->group.path, (long long)of[i].first, (long long)of[i].end, (unsigned long long)n_table);
            break;
        }
        while (count == k - i && k < n && of[k].first == of[k - 1].end && of[k].end == of[k].first + 1 &&
               of[k].end <= n_table) {
            k++;
            count++;
        }
        seen += count;
        status = seen <= n_table
                     ? add_ranges(e, table, of[i].first, count, k == i + 1, &ranges, &room)
                     : volley_fail(VOLLEY_USAGE, "%s: indices/target_to_source: targets share ranges",
                                   e->group.path);
        i = k;
    }
    free(ranges);
    return status;
}

/* No edge may be chosen twice: it would become two synapses. */
static int check_disjoint(const volley_sonata_edge_file *e) {
    volley_sonata_range *sorted;
    int status = VOLLEY_NEW(sorted, e->n_ranges);
    if (status == VOLLEY_OK && e->n_ranges > 0) {
        memcpy(sorted, e->ranges, e->n_ranges * sizeof *sorted);
        qsort(sorted, e->n_ranges, sizeof *sorted, compare_ranges);
    }
    for (size_t i = 1; i < e->n_ranges && status == VOLLEY_OK; i++)
        if (sorted[i].first < sorted[i - 1].end)
            status = volley_fail(VOLLEY_USAGE,
                                 "%s: indices/target_to_source/range_to_edge_id: edge %llu is in two ranges",
                                 e->group.path, (unsigned long long)sorted[i].first);
    free(sorted);
    return status;
}

int volley_sonata_edges_of(volley_sonata_edge_file *e, uint64_t first, uint64_t n, bool *has) {
    volley_h5 nodes, table;
    uint64_t n_nodes = 0, n_table = 0;
    volley_sonata_range *of = NULL;
    int status = open_index(e, &nodes, &n_nodes, &table, &n_table);
    *has = status == VOLLEY_OK && nodes != 0 && n_table <= n_nodes;
    if (*has) {
        e->n_ranges = 0;
        uint64_t last = first + n < n_nodes ? first + n : n_nodes; /* nodes beyond the table have no edges */
        uint64_t count = last > first ? last - first : 0;
        status = VOLLEY_NEW(of, count);
        if (status == VOLLEY_OK)
            status =
                volley_sonata_usage(volley_h5_read_table(nodes, VOLLEY_H5_INT64, first, count, 0, 2, of));
        if (status == VOLLEY_OK)
            status = add_targets(e, of, count, n_table, table);
        if (status == VOLLEY_OK)
            status = check_disjoint(e);
        e->own_first = first;
        e->own_n = n;
        free(of);
        start(e);
    }
    volley_h5_close(&nodes);
    volley_h5_close(&table);
    return status;
}

/* Reads the next block, which does not go beyond its range. */
static int fill(volley_sonata_edge_file *e) {
    const volley_sonata_range *range = &e->ranges[e->range];
    uint64_t left = range->end - e->next, n = left < BLOCK ? left : BLOCK;
    TRY(volley_sonata_usage(volley_h5_read(e->source, VOLLEY_H5_UINT64, e->next, n, e->sources)));
    TRY(volley_sonata_usage(volley_h5_read(e->target, VOLLEY_H5_UINT64, e->next, n, e->targets)));
    for (uint64_t i = 0; i < n; i++)
        CHECK(e->own_n == UINT64_MAX || e->targets[i] - e->own_first < e->own_n, VOLLEY_USAGE,
              "%s: indices/target_to_source: edge %llu has target %llu, for which the index does not give it",
              e->group.path, (unsigned long long)(e->next + i), (unsigned long long)e->targets[i]);
    if (e->types.path)
        TRY(volley_sonata_usage(volley_h5_read(e->type, VOLLEY_H5_INT64, e->next, n, e->type_ids)));
    bool any = false;
    for (int i = 0; i < ATTRIBUTES; i++)
        any |= e->attributes[i].any;
    if (any)
        TRY(volley_sonata_rows_find(&e->group, e->next, n, &e->rows));
    for (int i = 0; i < ATTRIBUTES; i++)
        if (e->attributes[i].any)
            TRY(volley_sonata_attribute_read(&e->group, &e->attributes[i], &e->rows, n, e->columns[i]));
    e->row = e->next;
    e->at = 0;
    e->n = n;
    e->next += n;
    if (e->next == range->end && ++e->range < e->n_ranges)
        e->next = e->ranges[e->range].first;
    return VOLLEY_OK;
}

/* What the edge at `at` takes from its type. */
static int find_type(const volley_sonata_edge_file *e, uint64_t at, const type_values **values) {
    *values = &e->values[e->types.n];
    if (!e->types.path)
        return VOLLEY_OK;
    int64_t row = volley_sonata_types_find(&e->types, e->type_ids[at]);
    CHECK(row >= 0, VOLLEY_USAGE, "%s: edge %llu has type %lld, which is not in %s", e->group.path,
          (unsigned long long)(e->row + at), (long long)e->type_ids[at], e->types.path);
    *values = &e->values[row];
    const json_t *params;
    return (*values)->incomplete ? volley_sonata_types_params(&e->types, row, &params) : VOLLEY_OK;
}

int volley_sonata_edges_next(volley_sonata_edge_file *e, volley_sonata_edge *edge, bool *more) {
    for (;;) {
        if (e->at == e->n) {
            *more = e->range < e->n_ranges;
            if (!*more)
                return VOLLEY_OK;
            TRY(fill(e));
        }
        uint64_t at = e->at++;
        const type_values *values;
        TRY(find_type(e, at, &values));
        if (!values->selected)
            continue;
        double value[ATTRIBUTES];
        for (int i = 0; i < ATTRIBUTES; i++)
            value[i] = e->attributes[i].any && !isnan(e->columns[i][at]) ? e->columns[i][at] : values->of[i];
        double weight = value[WEIGHT] * value[MULTIPLICITY];
        if ((e->selection->sign > 0 && weight < 0.0) || (e->selection->sign < 0 && !(weight < 0.0)))
            continue;
        *edge = (volley_sonata_edge){e->row + at, e->sources[at], e->targets[at], weight, value[DELAY]};
        *more = true;
        return VOLLEY_OK;
    }
}
