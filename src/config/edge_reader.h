/* SPDX-License-Identifier: BSD-3-Clause */
/* Reading the edge list of a projection from a file, CSV, HDF5 or SONATA, by this process alone: all edges or
 * a part.
 */
#ifndef VOLLEY_CONFIG_EDGE_READER_H
#define VOLLEY_CONFIG_EDGE_READER_H

#include "files/column_file.h"
#include "net/network.h"
#include "sonata/edge_file.h"

#include <stdbool.h>
#include <stdint.h>

/* Tells whether an edge list has the columns weight and delay beside source and target. VOLLEY_USAGE for a
 * file that is none. */
int volley_edge_columns(const char *path, const char *group, bool *weight, bool *delay);

/* One projection's list while it is read. */
typedef struct volley_edge_reader {
    const volley_network *network;
    const volley_projection *projection;
    volley_table *table;
    volley_sonata_edge_file *sonata; /* one of the two */
    uint64_t row;                    /* the last one of a SONATA file */
    bool rounded;
} volley_edge_reader;

/* One edge as the engine needs it. */
typedef struct volley_edge {
    int64_t source, target; /* positions in the subsets */
    double weight;
    double steps; /* delay, whole */
} volley_edge;

/* Opens part `part` of `parts` of the list of projection p, whose list has a file. The network is borrowed.
 * Closed by the caller, also after a failure. VOLLEY_USAGE with the config's place for what cannot be used.
 */
int volley_edge_reader_open(const volley_network *network, int32_t p, int part, int parts,
                            volley_edge_reader *r);
void volley_edge_reader_close(volley_edge_reader *r);

/* The next edge; *more is false at the end. VOLLEY_USAGE with file and row for an edge that the projection
 * cannot have. */
int volley_edge_reader_next(volley_edge_reader *r, volley_edge *e, bool *more);

#endif
