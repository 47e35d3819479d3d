/* SPDX-License-Identifier: BSD-3-Clause */
/* The graph of the neurons, for cutting a network whose structure only its edges tell. */
#ifndef VOLLEY_WIRING_NEURON_GRAPH_H
#define VOLLEY_WIRING_NEURON_GRAPH_H

#include "wiring/edge_store.h"
#include "comm/comm.h"
#include "partition/partition.h"

/* Collective. The partition `scotch`, by the neurons or by the populations as the network's partition_graph
 * says; `auto`: by the neurons when at least half of the synapses belong to rules that are not uniform, and
 * there are at most 2^29. For the neurons each rank draws the edges of an equal range of them, sends every
 * edge to the rank of its source, too, and never holds more than its share. feed: of the lists in files. *by:
 * the graph that was cut. The caller owns *partition. Fails on all ranks when one fails; only ranks with a
 * failure of their own hold a message. */
int volley_scotch_partition(volley_comm *comm, const volley_network *network, int simd, volley_edge_feed feed,
                            void *context, volley_partition **partition, const char **by);

/* Whether the graph of the neurons is cut for this network. */
bool volley_scotch_by_neurons(const volley_network *network);

#endif
