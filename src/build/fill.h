/* Building the rows of one block in two passes over the same generator: count, then fill. */
#ifndef VOLLEY_BUILD_FILL_H
#define VOLLEY_BUILD_FILL_H

#include "build/synapses.h"

/* Builds all tables of a block whose first_target and n_targets are set, and adds the hash of its connections
 * to *hash. The peak is the block's records, 6, 8 or 12 bytes per synapse by class, plus little. */
int volley_block_build(const volley_wiring *wiring, int thread, volley_block *block, uint64_t *hash);

#endif
