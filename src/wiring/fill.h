/* SPDX-License-Identifier: BSD-3-Clause */
/* Building the rows of one block in two passes over the same generator: count, then fill. */
#ifndef VOLLEY_WIRING_FILL_H
#define VOLLEY_WIRING_FILL_H

#include "wiring/synapses.h"

/* Builds all tables of a block whose first_target and n_targets are set, and adds the hash of its connections
 * to *hash. The peak is the finished columns plus little (wiring/buckets.h). */
int volley_block_build(const volley_wiring *wiring, int thread, volley_block *block, uint64_t *hash);

#endif
