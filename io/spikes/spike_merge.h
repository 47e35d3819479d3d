/* SPDX-License-Identifier: BSD-3-Clause */
/* The end of a run: segments become spikes.h5; and the way back. */
#ifndef VOLLEY_IO_SPIKES_SPIKE_MERGE_H
#define VOLLEY_IO_SPIKES_SPIKE_MERGE_H

#include "comm/comm.h"
#include "files/provenance.h"
#include "io/read/result_reader.h"
#include "net/network.h"

#include <stdbool.h>
#include <stdint.h>

/* Collective. Writes directory/spikes.h5 from all segments of the directory, in bounded memory, and removes
 * them when the file is complete. `provenance` is the same on all ranks. Fails on all ranks together and
 * prints nothing. */
int volley_spike_merge(volley_comm *comm, const volley_network *network, const volley_provenance *provenance,
                       const char *directory);

/* Collective. The way back, for a run that goes on from step `step`: makes a segment of the spikes in
 * spikes.h5 stamped up to it, if there is that file, and then removes it and all segments beyond the step.
 * *one: whether that segment is the only one now. Fails as above. */
int volley_spike_unmerge(volley_comm *comm, const volley_network *network,
                         const volley_provenance *provenance, const char *directory, int64_t step, bool *one);

/* Collective. Rank 0 looks into the directory, by volley_spike_files_open_until, and tells the others: what
 * they would see of a shared file system may be late, and many ranks need not open every file. Populations
 * are those of the network. The caller closes *files, also after a failure. Fails as above. */
int volley_spike_share(volley_comm *comm, const volley_network *network, const char *directory,
                       enum volley_spike_source source, int64_t step, volley_spike_files *files);

/* Time between the last spike stamped `step` and the first one after it, ms. */
double volley_spike_until(const volley_network *network, int64_t step);

/* Not collective. How many spikes of population p are stamped up to time `until`, among those of the files.
 */
int volley_spike_count_until(volley_spike_files *files, int32_t p, double until, uint64_t *n);

#endif
