/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether a directory still holds the spikes that a checkpoint counts on. */
#ifndef VOLLEY_IO_SPIKES_SPIKE_CHECK_H
#define VOLLEY_IO_SPIKES_SPIKE_CHECK_H

#include "comm/comm.h"
#include "io/spikes/spikes.h"
#include "net/network.h"

#include <stdint.h>

/* Collective. Reads all spikes of the directory stamped up to `step`, each rank a part, and compares them
 * with `segments`, in number and by their hash. Returns the same code on all ranks: VOLLEY_FAILED when one is
 * missing, damaged or not from this run; then rank 0 holds the message, which names it. Changes nothing. */
int volley_spike_check(volley_comm *comm, const volley_network *network, const char *directory, int64_t step,
                       const volley_spike_segment *segments, uint64_t n);

#endif
