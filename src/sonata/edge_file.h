/* SPDX-License-Identifier: BSD-3-Clause */
/* Reading edges from a SONATA file, by this process alone: all of them, a part, or those of some targets. */
#ifndef VOLLEY_SONATA_EDGE_FILE_H
#define VOLLEY_SONATA_EDGE_FILE_H

#include "sonata/sonata_files.h"
#include "sonata/sonata_types.h"
#include "files/h5.h"
#include "sonata/attributes.h"
#include "net/network.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads what an edge population is. The caller frees with volley_sonata_edges_free, also after a failure. */
int volley_sonata_edges_about(const char *path, const char *population, volley_sonata_edges *edges);

/* Edges [first, end) of the file. */
typedef struct volley_sonata_range {
    uint64_t first, end;
} volley_sonata_range;

typedef struct volley_sonata_edge {
    uint64_t row; /* in the file */
    uint64_t source, target;
    double weight, delay_ms;
} volley_sonata_edge;

typedef struct volley_sonata_edge_file volley_sonata_edge_file;

/* Opens the edges that `selection` names in a file. The caller closes; selection and path are borrowed until
 * then. VOLLEY_USAGE for what cannot be used. */
int volley_sonata_edges_open(const char *path, const volley_edge_selection *selection,
                             volley_sonata_edge_file **edges);
void volley_sonata_edges_close(volley_sonata_edge_file **edges);

/* Chooses what volley_sonata_edges_next gives: part `part` of `parts` of the file, which follow one another
 * in its order; or the edges of targets [first, first + n), by target and then in the order of the file. *has
 * false, depending on the file alone: it has no index of targets, or the edges of a target are scattered over
 * it, and nothing is chosen. */
int volley_sonata_edges_part(volley_sonata_edge_file *edges, int part, int parts);
int volley_sonata_edges_of(volley_sonata_edge_file *edges, uint64_t first, uint64_t n, bool *has);

/* The next edge of the selection; *more is false at the end. A weight is that of all nsyns synapses. */
int volley_sonata_edges_next(volley_sonata_edge_file *edges, volley_sonata_edge *edge, bool *more);

#endif
