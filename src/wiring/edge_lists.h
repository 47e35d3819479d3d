/* SPDX-License-Identifier: BSD-3-Clause */
/* Edges from the lists of a config. */
#ifndef VOLLEY_WIRING_EDGE_LISTS_H
#define VOLLEY_WIRING_EDGE_LISTS_H

#include "wiring/route.h"
#include "wiring/edge_store.h"
#include "comm/comm.h"
#include "net/network.h"

/* Reads this rank's part of one list again and pushes its edges: a volley_edge_feed. context: a
 * volley_list_reader. */
typedef struct volley_list_reader {
    const volley_network *network;
    int rank, ranks;
} volley_list_reader;
int volley_lists_feed(void *context, int32_t projection, volley_router *router);

/* Collective. That the tables hold all edges that volley_lists_read counted, which an index of a
 * SONATA file may leave out. VOLLEY_USAGE on all ranks. */
int volley_lists_check(volley_comm *comm, const volley_layout *layout, const volley_tables *tables);

#endif
