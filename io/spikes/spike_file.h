/* SPDX-License-Identifier: BSD-3-Clause */
/* One SONATA spike file being written by all ranks: spikes.h5 or a segment. */
#ifndef VOLLEY_IO_SPIKES_SPIKE_FILE_H
#define VOLLEY_IO_SPIKES_SPIKE_FILE_H

#include "comm/comm.h"
#include "files/h5.h"
#include "files/provenance.h"
#include "files/shared_file.h"
#include "net/network.h"

#include <stdint.h>

typedef struct volley_spike_file {
    volley_shared_file shared;
    const volley_network *network; /* borrowed */
    volley_spike_order order;
} volley_spike_file;

/* Collective. Creates directory/name under a temporary name, with a group for every recorded population p of
 * files (first parts, see net/part.h) and room for total[p] spikes, and reserves the space on disk.
 * `until_step`: last step covered. `order` is what the file says of the order in which they will be written.
 * Returns the same code on all ranks; after a failure volley_spike_file_finish is called all the same. */
int volley_spike_file_create(volley_comm *comm, const volley_network *network,
                             const volley_provenance *provenance, const char *directory, const char *name,
                             const uint64_t *total, int64_t until_step, volley_spike_order order,
                             volley_spike_file *file);

/* Not collective: the ranks may call it for different populations, and any number of times. Writes spikes
 * [first, first + count) of a recorded population. Of a failure only this rank knows; it goes on to
 * volley_spike_file_finish with the code. */
int volley_spike_file_write(volley_spike_file *file, int32_t population, uint64_t first, uint64_t count,
                            const double *timestamps, const uint64_t *node_ids);

/* Collective. Closes the file; when `code`, which may differ between ranks, is VOLLEY_OK it is synced and
 * gets its final name, else it is removed. Returns `code`, or the failure of closing, the same on all ranks.
 * Frees what the file holds. */
int volley_spike_file_finish(volley_spike_file *file, int code);

/* Not collective. Sum over spikes of a population of the network, whatever their order and files. */
uint64_t volley_spikes_hash(int32_t population, uint64_t n, const double *timestamps,
                            const uint64_t *node_ids);

#endif
