/* SPDX-License-Identifier: BSD-3-Clause */
/* Writing SONATA nodes and edges from all ranks, one contiguous slab a rank. All functions are collective and
 * return the same code on all ranks; those with a failure of their own hold the message. */
#ifndef VOLLEY_IO_SONATA_EXPORT_SONATA_WRITE_H
#define VOLLEY_IO_SONATA_EXPORT_SONATA_WRITE_H

#include "comm/comm.h"
#include "files/h5.h"

#include <stdbool.h>
#include <stdint.h>

/* The nodes of one population that this rank writes: [first, first + count) of total. */
typedef struct volley_sonata_node_part {
    uint64_t first, count, total;
    const uint64_t *type, *group, *index; /* [count] node_type_id, node_group_id, node_group_index */
} volley_sonata_node_part;

/* Writes the population `name` below the group /nodes with these columns; *population is open then and closed
 * with volley_h5_close. */
int volley_sonata_nodes_write(volley_comm *comm, volley_h5 nodes, const char *name,
                              const volley_sonata_node_part *part, volley_h5 *population);

/* A group of attributes: this rank writes [first, first + count) of the `total` nodes in it. */
typedef struct volley_sonata_node_group {
    volley_comm *comm;
    uint64_t first, count, total;
    volley_h5 attributes, params; /* the group of a number; in it, parameters and states by node */
} volley_sonata_node_group;

/* Creates the group of a number. Released with volley_sonata_node_group_close, also after a failure. */
int volley_sonata_node_group_create(volley_h5 population, int number, volley_sonata_node_group *group);
int volley_sonata_node_group_close(volley_sonata_node_group *group);

/* A number for each node of this rank: a parameter or state, or another attribute. */
int volley_sonata_param_write(const volley_sonata_node_group *group, const char *name, const double *values);
int volley_sonata_attribute_write(const volley_sonata_node_group *group, const char *name,
                                  const double *values);

/* An edge population being written, sorted by target. */
typedef struct volley_sonata_edge_writer {
    volley_comm *comm;
    volley_h5 population, source, target, type, group_id, group_index, weight, delay;
    uint64_t type_id, total;
    int weight_bytes;
} volley_sonata_edge_writer;

/* Creates the population `name` below /edges with `total` edges. weight_bytes 4, 8, or 0 for edges without
 * weights of their own; delay: edges have their own. Released with volley_sonata_edge_writer_close, also
 * after a failure. */
int volley_sonata_edge_writer_create(volley_comm *comm, volley_h5 edges, const char *name, const char *source,
                                     const char *target, uint64_t type_id, uint64_t total, int weight_bytes,
                                     bool delay, volley_sonata_edge_writer *writer);

/* Writes edges [first, first + n) of this rank; weight as float or double. */
int volley_sonata_edge_writer_put(volley_sonata_edge_writer *writer, uint64_t first, uint64_t n,
                                  const uint64_t *source, const uint64_t *target, const void *weight,
                                  const double *delay);

/* Writes indices/target_to_source: this rank has targets [first, first + n) of n_targets with counts[i] edges
 * each, which begin at edge `edge`. */
int volley_sonata_edge_writer_index(volley_sonata_edge_writer *writer, uint64_t n_targets, uint64_t first,
                                    uint64_t n, const uint64_t *counts, uint64_t edge);
int volley_sonata_edge_writer_close(volley_sonata_edge_writer *writer);

/* indices/source_to_target while it is written. */
typedef struct volley_sonata_index {
    volley_comm *comm;
    volley_h5 group, nodes, ranges;
} volley_sonata_index;

/* Creates it, after volley_sonata_edge_writer_index, for so many sources and ranges. Released with
 * volley_sonata_index_close, also after a failure. */
int volley_sonata_index_create(volley_sonata_edge_writer *writer, uint64_t n_sources, uint64_t n_ranges,
                               volley_sonata_index *index);

/* Writes rows [first, first + n) of node_id_to_ranges, and of range_to_edge_id: pairs [first, end). */
int volley_sonata_index_nodes(volley_sonata_index *index, uint64_t first, uint64_t n, const uint64_t *pairs);
int volley_sonata_index_ranges(volley_sonata_index *index, uint64_t first, uint64_t n, const uint64_t *pairs);
int volley_sonata_index_close(volley_sonata_index *index);

#endif
