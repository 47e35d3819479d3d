/* SPDX-License-Identifier: BSD-3-Clause */
/* Building the synapses of a rank: network description + partition -> rows. */
#ifndef VOLLEY_WIRING_SYNAPSES_H
#define VOLLEY_WIRING_SYNAPSES_H

#include "wiring/layout.h"
#include "wiring/synapse_table.h"
#include "wiring/source_map.h"
#include "wiring/edge_store.h"
#include "models/space/cells.h"

#include <stdbool.h>
#include <stdint.h>

/* What all threads of a rank share while building and running. */
typedef struct volley_wiring {
    const volley_layout *layout; /* borrowed */
    const volley_tables *tables; /* borrowed */
    int simd;
    volley_source_map sources;
    uint8_t *storage; /* [n_projections] volley_class */
    int n_tables;     /* of a block; the first n_static hold static synapses, by class and receptor */
    int n_static;
    int *table;       /* [n_projections] the table of a block that holds the projection */
    int32_t *first;   /* [n_tables] the first projection of each */
    bool *flat;       /* [n_tables] one constant delay, one constant weight: no buckets, no sorting */
    int32_t *plastic; /* [n_plastic] projections with plasticity, ascending */
    int n_plastic;
    uint16_t *constant; /* [n_projections] index into weights, constant class only */
    double *weights;    /* distinct constant weights */
    int n_weights;
    int64_t **indegree; /* [n_projections][neurons of the target population on this rank] for rules that split
                           a total; NULL for others */
    volley_cells **cells;      /* [n_projections] sources within reach of the rank's targets, for rules with a
                                  kernel; NULL for others */
    volley_synapses *synapses; /* [threads] */
} volley_wiring;

/* Not collective: builds this rank's synapses with layout->threads threads. Each thread touches its own
 * memory first. The caller owns *wiring; the layout and the tables must outlive it. Returns VOLLEY_EXHAUSTED
 * when memory does not suffice. */
int volley_wiring_create(const volley_layout *layout, const volley_tables *tables, int simd,
                         volley_wiring **wiring);
/* Not collective: as much of it as volley_edges_walk needs, without synapses. */
int volley_wiring_draft(const volley_layout *layout, const volley_tables *tables, int simd,
                        volley_wiring **wiring);
void volley_wiring_destroy(volley_wiring **wiring);

#endif
