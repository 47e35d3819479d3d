/* The end of a run: segments become spikes.h5; and the way back. */
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

/* Collective. The way back, for a run that goes on from step `step`: makes a segment of the spikes in
 * spikes.h5 stamped up to it, if there is that file, and then removes it and all segments beyond the step.
 * Fails as above. */
int volley_spike_unmerge(volley_comm *comm, const volley_network *network,
                         const volley_provenance *provenance, const char *directory, int64_t step);

#endif
