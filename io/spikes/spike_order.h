/* SPDX-License-Identifier: BSD-3-Clause */
/* Spikes from the order of time into the order of ids. */
#ifndef VOLLEY_IO_SPIKES_SPIKE_ORDER_H
#define VOLLEY_IO_SPIKES_SPIKE_ORDER_H

#include "io/read/result_reader.h"
#include "io/spikes/spike_file.h"

#include <stdint.h>

/* Collective. Writes all spikes of `files`, whose populations are those of the network and which has `all` of
 * them, into a file created with room for them, each population by id and then by time. Small populations are
 * sorted by one rank each. Of a large one the ids are cut into shares of about equally many spikes, one for
 * each rank at a time, so that memory is bounded; the files are read once for each such pass. Fails on all
 * ranks together; those with a failure of their own hold the message. */
int volley_spike_order_copy(volley_spike_file *file, volley_spike_files *files, uint64_t all);

/* For tests: spikes in a share. */
void volley_spike_order_set_share(uint64_t spikes);

#endif
