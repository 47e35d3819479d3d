/* SPDX-License-Identifier: BSD-3-Clause */
/* A built network as SONATA. */
#ifndef VOLLEY_IO_SONATA_EXPORT_SONATA_EXPORT_H
#define VOLLEY_IO_SONATA_EXPORT_SONATA_EXPORT_H

#include "wiring/synapses.h"
#include "comm/comm.h"
#include "files/provenance.h"
#include "io/sonata_export/sonata_write.h"
#include "net/network.h"

/* Collective. Writes nodes.h5 and edges.h5 into the directory. The network is divided in blocks of gids, with
 * one thread a rank. Returns the same code on all ranks; those with a failure of their own hold the message.
 */
int volley_sonata_export_nodes(volley_comm *comm, const volley_layout *layout,
                               const volley_provenance *provenance, const char *directory);
int volley_sonata_export_edges(volley_comm *comm, const volley_wiring *wiring,
                               const volley_provenance *provenance, const char *directory);

/* Collective. Writes the index by source of a projection, whose edges this rank has from number `first` of
 * the file on. Codes as above. */
int volley_sonata_export_sources(volley_comm *comm, const volley_wiring *wiring, int32_t projection,
                                 uint64_t first, volley_sonata_edge_writer *writer);

/* Not collective. Writes the types (CSV), their parameters and both configs (JSON), the prescribed spikes,
 * and network.yaml, which holds what SONATA cannot. */
int volley_sonata_export_texts(const volley_network *network, const volley_provenance *provenance,
                               const char *directory);

/* Types of nodes and edges are numbered from here on by population and projection. */
enum { VOLLEY_SONATA_FIRST_TYPE = 100 };

#endif
