/* SPDX-License-Identifier: BSD-3-Clause */
/* Writes the datasets of a SONATA nodes or edges file: lists, attributes, and the indices by source and
 * target. */
#include "io/sonata_export/sonata_write.h"

#include "base/memory.h"
#include "base/status.h"
#include "files/together.h"

#include <stdio.h>
#include <stdlib.h>

/* Creates a list, writes this rank's items of it, and closes it. */
static int write_list(volley_comm *comm, volley_h5 group, const char *name, enum volley_h5_type type,
                      uint64_t total, uint64_t first, uint64_t n, const void *values) {
    volley_h5 dataset = 0;
    TRY(volley_io_together(comm, volley_h5_create_dataset(group, name, type, total, &dataset)));
    int code = volley_h5_write(comm, dataset, type, first, n, values);
    int closed = volley_h5_close(&dataset);
    return volley_io_together(comm, code != VOLLEY_OK ? code : closed);
}

static int write_node_columns(volley_comm *comm, const volley_sonata_node_part *part, volley_h5 group,
                              uint64_t *column) {
    const struct {
        const char *name;
        const uint64_t *values;
    } columns[] = {{"node_type_id", part->type},
                   {"node_group_id", part->group},
                   {"node_group_index", part->index},
                   {"node_id", column}};
    for (uint64_t i = 0; i < part->count; i++)
        column[i] = part->first + i;
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        TRY(write_list(comm, group, columns[i].name, VOLLEY_H5_UINT64, part->total, part->first, part->count,
                       columns[i].values));
    return VOLLEY_OK;
}

int volley_sonata_nodes_write(volley_comm *comm, volley_h5 nodes, const char *name,
                              const volley_sonata_node_part *part, volley_h5 *population) {
    uint64_t *column = NULL;
    *population = 0;
    int code = VOLLEY_NEW(column, part->count);
    if (code == VOLLEY_OK)
        code = volley_h5_create_group(nodes, name, population);
    code = volley_io_together(comm, code);
    if (code == VOLLEY_OK)
        code = write_node_columns(comm, part, *population, column);
    free(column);
    return code;
}

int volley_sonata_node_group_create(volley_h5 population, int number, volley_sonata_node_group *group) {
    char name[20];
    snprintf(name, sizeof name, "%d", number);
    group->attributes = group->params = 0;
    int code = volley_h5_create_group(population, name, &group->attributes);
    if (code == VOLLEY_OK)
        code = volley_h5_create_group(group->attributes, "dynamics_params", &group->params);
    return volley_io_together(group->comm, code);
}

int volley_sonata_node_group_close(volley_sonata_node_group *group) {
    int params = volley_h5_close(&group->params), attributes = volley_h5_close(&group->attributes);
    return volley_io_together(group->comm, params != VOLLEY_OK ? params : attributes);
}

int volley_sonata_attribute_write(const volley_sonata_node_group *group, const char *name,
                                  const double *values) {
    return write_list(group->comm, group->attributes, name, VOLLEY_H5_FLOAT64, group->total, group->first,
                      group->count, values);
}

int volley_sonata_param_write(const volley_sonata_node_group *group, const char *name, const double *values) {
    return write_list(group->comm, group->params, name, VOLLEY_H5_FLOAT64, group->total, group->first,
                      group->count, values);
}

static int create_columns(volley_sonata_edge_writer *w, const char *source, const char *target, bool delay) {
    volley_h5 group = 0;
    TRY(volley_h5_create_dataset(w->population, "source_node_id", VOLLEY_H5_UINT64, w->total, &w->source));
    TRY(volley_h5_put_string(w->source, "node_population", source));
    TRY(volley_h5_create_dataset(w->population, "target_node_id", VOLLEY_H5_UINT64, w->total, &w->target));
    TRY(volley_h5_put_string(w->target, "node_population", target));
    TRY(volley_h5_create_dataset(w->population, "edge_type_id", VOLLEY_H5_UINT64, w->total, &w->type));
    TRY(volley_h5_create_dataset(w->population, "edge_group_id", VOLLEY_H5_UINT64, w->total, &w->group_id));
    TRY(volley_h5_create_dataset(w->population, "edge_group_index", VOLLEY_H5_UINT64, w->total,
                                 &w->group_index));
    TRY(volley_h5_create_group(w->population, "0", &group));
    int code = VOLLEY_OK;
    if (w->weight_bytes > 0)
        code = volley_h5_create_dataset(group, "syn_weight",
                                        w->weight_bytes == 4 ? VOLLEY_H5_FLOAT32 : VOLLEY_H5_FLOAT64,
                                        w->total, &w->weight);
    if (code == VOLLEY_OK && delay)
        code = volley_h5_create_dataset(group, "delay", VOLLEY_H5_FLOAT64, w->total, &w->delay);
    volley_h5_close(&group);
    return code;
}

int volley_sonata_edge_writer_create(volley_comm *comm, volley_h5 edges, const char *name, const char *source,
                                     const char *target, uint64_t type_id, uint64_t total, int weight_bytes,
                                     bool delay, volley_sonata_edge_writer *w) {
    *w = (volley_sonata_edge_writer){
        .comm = comm, .type_id = type_id, .total = total, .weight_bytes = weight_bytes};
    int code = volley_h5_create_group(edges, name, &w->population);
    if (code == VOLLEY_OK)
        code = create_columns(w, source, target, delay);
    return volley_io_together(comm, code);
}

static int put_constants(volley_sonata_edge_writer *w, uint64_t first, uint64_t n, uint64_t *column) {
    for (uint64_t i = 0; i < n; i++)
        column[i] = w->type_id;
    TRY(volley_h5_write(w->comm, w->type, VOLLEY_H5_UINT64, first, n, column));
    for (uint64_t i = 0; i < n; i++)
        column[i] = 0;
    TRY(volley_h5_write(w->comm, w->group_id, VOLLEY_H5_UINT64, first, n, column));
    for (uint64_t i = 0; i < n; i++)
        column[i] = first + i;
    return volley_h5_write(w->comm, w->group_index, VOLLEY_H5_UINT64, first, n, column);
}

int volley_sonata_edge_writer_put(volley_sonata_edge_writer *w, uint64_t first, uint64_t n,
                                  const uint64_t *source, const uint64_t *target, const void *weight,
                                  const double *delay) {
    uint64_t *column = NULL;
    TRY(volley_h5_write(w->comm, w->source, VOLLEY_H5_UINT64, first, n, source));
    TRY(volley_h5_write(w->comm, w->target, VOLLEY_H5_UINT64, first, n, target));
    if (w->weight != 0)
        TRY(volley_h5_write(w->comm, w->weight, w->weight_bytes == 4 ? VOLLEY_H5_FLOAT32 : VOLLEY_H5_FLOAT64,
                            first, n, weight));
    if (w->delay != 0)
        TRY(volley_h5_write(w->comm, w->delay, VOLLEY_H5_FLOAT64, first, n, delay));
    int code = volley_io_together(w->comm, VOLLEY_NEW(column, n));
    if (code == VOLLEY_OK)
        code = put_constants(w, first, n, column);
    free(column);
    return code;
}

/* A table of two columns; the rank has `rows` of them from `first` on. */
static int write_pairs(volley_comm *comm, volley_h5 group, const char *name, uint64_t total, uint64_t first,
                       uint64_t rows, const uint64_t *pairs) {
    volley_h5 dataset = 0;
    TRY(volley_io_together(comm, volley_h5_create_table(group, name, VOLLEY_H5_UINT64, total, 2, &dataset)));
    int code = volley_h5_write_rows(comm, dataset, VOLLEY_H5_UINT64, first, rows, 2, pairs);
    int closed = volley_h5_close(&dataset);
    return volley_io_together(comm, code != VOLLEY_OK ? code : closed);
}

/* A target with edges has one range; those without have the empty one [0, 0). Readers spell the table's name
 * in two ways. */
static int write_index(volley_comm *comm, volley_h5 group, uint64_t n_targets, uint64_t first, uint64_t n,
                       const uint64_t *counts, uint64_t edge, uint64_t *nodes, uint64_t *ranges) {
    uint64_t used = 0, rows = 0;
    for (uint64_t i = 0; i < n; i++)
        used += counts[i] > 0;
    uint64_t before = volley_comm_exscan_u64(comm, used), total = used;
    volley_comm_sum_u64(comm, &total, 1);
    for (uint64_t i = 0; i < n; i++) {
        if (counts[i] == 0)
            continue;
        nodes[2 * i] = before + rows;
        nodes[2 * i + 1] = before + rows + 1;
        ranges[2 * rows] = edge;
        ranges[2 * rows++ + 1] = edge += counts[i];
    }
    TRY(write_pairs(comm, group, "node_id_to_ranges", n_targets, first, n, nodes));
    TRY(write_pairs(comm, group, "range_to_edge_id", total, before, rows, ranges));
    return volley_io_together(comm, volley_h5_link(group, "node_id_to_ranges", "node_id_to_range"));
}

int volley_sonata_edge_writer_index(volley_sonata_edge_writer *w, uint64_t n_targets, uint64_t first,
                                    uint64_t n, const uint64_t *counts, uint64_t edge) {
    volley_h5 outer = 0, group = 0;
    uint64_t *nodes = NULL, *ranges = NULL;
    int code = VOLLEY_NEW(nodes, 2 * n);
    if (code == VOLLEY_OK)
        code = VOLLEY_NEW(ranges, 2 * n);
    if (code == VOLLEY_OK)
        code = volley_h5_create_group(w->population, "indices", &outer);
    if (code == VOLLEY_OK)
        code = volley_h5_create_group(outer, "target_to_source", &group);
    code = volley_io_together(w->comm, code);
    if (code == VOLLEY_OK)
        code = write_index(w->comm, group, n_targets, first, n, counts, edge, nodes, ranges);
    free(nodes);
    free(ranges);
    volley_h5_close(&group);
    volley_h5_close(&outer);
    return code;
}

int volley_sonata_edge_writer_close(volley_sonata_edge_writer *w) {
    volley_h5 *all[] = {&w->source,      &w->target, &w->type,  &w->group_id,
                        &w->group_index, &w->weight, &w->delay, &w->population};
    int code = VOLLEY_OK;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        int closed = volley_h5_close(all[i]);
        code = code != VOLLEY_OK ? code : closed;
    }
    return volley_io_together(w->comm, code);
}

int volley_sonata_index_create(volley_sonata_edge_writer *w, uint64_t n_sources, uint64_t n_ranges,
                               volley_sonata_index *index) {
    volley_h5 outer = 0;
    *index = (volley_sonata_index){.comm = w->comm};
    int code = volley_h5_open_group(w->population, "indices", &outer);
    if (code == VOLLEY_OK)
        code = volley_h5_create_group(outer, "source_to_target", &index->group);
    if (code == VOLLEY_OK)
        code = volley_h5_create_table(index->group, "node_id_to_ranges", VOLLEY_H5_UINT64, n_sources, 2,
                                      &index->nodes);
    if (code == VOLLEY_OK)
        code = volley_h5_create_table(index->group, "range_to_edge_id", VOLLEY_H5_UINT64, n_ranges, 2,
                                      &index->ranges);
    if (code == VOLLEY_OK)
        code = volley_h5_link(index->group, "node_id_to_ranges", "node_id_to_range");
    volley_h5_close(&outer);
    return volley_io_together(w->comm, code);
}

int volley_sonata_index_nodes(volley_sonata_index *index, uint64_t first, uint64_t n, const uint64_t *pairs) {
    return volley_h5_write_rows(index->comm, index->nodes, VOLLEY_H5_UINT64, first, n, 2, pairs);
}

int volley_sonata_index_ranges(volley_sonata_index *index, uint64_t first, uint64_t n,
                               const uint64_t *pairs) {
    return volley_h5_write_rows(index->comm, index->ranges, VOLLEY_H5_UINT64, first, n, 2, pairs);
}

int volley_sonata_index_close(volley_sonata_index *index) {
    int nodes = volley_h5_close(&index->nodes), ranges = volley_h5_close(&index->ranges);
    int group = volley_h5_close(&index->group);
    return volley_io_together(index->comm, nodes != VOLLEY_OK ? nodes : ranges != VOLLEY_OK ? ranges : group);
}
