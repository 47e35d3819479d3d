/* SPDX-License-Identifier: BSD-3-Clause */
/* weights.h5 as a file: its groups and datasets, and where the synapses of this rank stand in them. */
#ifndef VOLLEY_IO_RECORDINGS_WEIGHT_FILE_H
#define VOLLEY_IO_RECORDINGS_WEIGHT_FILE_H

#include "files/h5.h"
#include "files/provenance.h"
#include "files/ranges.h"
#include "files/shared_file.h"
#include "net/network.h"

#include <stdint.h>

/* One record. The synapses of a target are a range. */
typedef struct volley_weight_set {
    volley_ranges ranges;
    uint64_t *target;                             /* [ranges.n] number inside the population */
    int64_t snapshots, written;                   /* rows of the file, and those that are done */
    volley_h5 source, destination, delay, weight; /* datasets */
} volley_weight_set;

/* Collective. Creates the file with all datasets under a temporary name and reserves its space; writes the
 * times. sets: [n_weight_records], with their totals. Returns the same code on all ranks; those with a
 * failure of their own hold the message. */
int volley_weight_file_create(volley_comm *comm, const volley_network *network,
                              const volley_provenance *provenance, const char *directory,
                              volley_weight_set *sets, volley_shared_file *file);

/* Collective. The same for a run that goes on from step `step`, with the snapshots up to it from the file of
 * the run before, complete or not, whose place the new file takes. VOLLEY_USAGE when that file does not hold
 * them. */
int volley_weight_file_go_on(volley_comm *comm, const volley_network *network,
                             const volley_provenance *provenance, const char *directory, int64_t step,
                             volley_weight_set *sets, volley_shared_file *file);

/* Collective. Closes the file and publishes it, or removes it when `code`, the agreed one, is not VOLLEY_OK.
 * Returns the same code on all ranks. */
int volley_weight_file_finish(volley_shared_file *file, volley_weight_set *sets, int32_t n_sets, int code);

/* Collective. As volley_weight_file_finish with VOLLEY_OK for a file of which snapshots are missing: what is
 * in it is copied to a file without them, which takes its place. A file without any snapshot is removed. */
int volley_weight_file_shorten(volley_shared_file *file, const volley_network *network,
                               const volley_provenance *provenance, const char *directory,
                               volley_weight_set *sets);

#endif
