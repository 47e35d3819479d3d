/* SPDX-License-Identifier: BSD-3-Clause */
/* Moves items from the ranks that own them to the ranks that write them. Parallel datasets are only ever
 * written as one contiguous slab per rank: scattered collective writes are corrupted by some releases of Open
 * MPI (see h5.h). */
#ifndef VOLLEY_FILES_REDISTRIBUTE_H
#define VOLLEY_FILES_REDISTRIBUTE_H

#include "comm/comm.h"

#include <stdint.h>

/* The block distribution of `total` keys over `ranks` ranks: rank r holds [first(r), first(r + 1)), sizes
 * differ by at most one. Pure. */
uint64_t volley_block_first(uint64_t total, int ranks, int rank);
int volley_block_owner(uint64_t total, int ranks, uint64_t key);

/* Collective. Sends item i (item_bytes each) to rank destination[i]. *received (owned by the caller, free();
 * NULL without items) holds *n_received items, those of rank 0 first, in the order in which their sender had
 * them. Fails with VOLLEY_EXHAUSTED on all ranks when one has no memory (ranks that have hold no message). */
int volley_redistribute(volley_comm *comm, const void *items, uint64_t n, uint64_t item_bytes,
                        const int32_t *destination, void **received, uint64_t *n_received);

/* Collective. Brings items with the distinct keys keys[i] in [0, total), spread over the ranks in any way,
 * into the block distribution: *block (owned by the caller, free(); NULL without items) holds the items of
 * this rank's keys in ascending order. Every key must be there exactly once, else VOLLEY_FAILED. Fails on all
 * ranks together. */
int volley_redistribute_blocks(volley_comm *comm, const uint64_t *keys, const void *items, uint64_t n,
                               uint64_t item_bytes, uint64_t total, void **block);

#endif
