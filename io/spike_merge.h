/* The end of a run: segments become spikes.h5. */
#ifndef VOLLEY_IO_SPIKE_MERGE_H
#define VOLLEY_IO_SPIKE_MERGE_H

#include "comm/comm.h"
#include "io/provenance.h"
#include "net/network.h"

/* Collective. Writes directory/spikes.h5 from all segments of the directory, in bounded memory, and removes
 * them when the file is complete. `provenance` is the same on all ranks. Fails on all ranks alike and prints
 * nothing. */
int volley_spike_merge(volley_comm *comm, const volley_network *network, const volley_provenance *provenance,
                       const char *directory);

#endif
