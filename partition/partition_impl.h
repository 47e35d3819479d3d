/* SPDX-License-Identifier: BSD-3-Clause */
/* The inside of a partition, for the methods of this folder. A method with `make` fills `slices` and nothing
 * else.
 *
 * Two shapes are known per population. Contiguous (stride 1): the slices follow one another in rank order,
 * and an empty one starts where the one before ends. By turns (stride = ranks): neuron i belongs to rank
 * (first owner + i) modulo ranks. */
#ifndef VOLLEY_PARTITION_PARTITION_IMPL_H
#define VOLLEY_PARTITION_PARTITION_IMPL_H

#include "partition/partition.h"

struct volley_partition {
    int ranks;
    int32_t n_populations;
    volley_slice *slices; /* [n_populations][ranks]; with owners [n_populations], of the own rank */
    int64_t *end_gid;     /* [n_populations]: first gid behind the population */
    int64_t *first_gid;   /* [n_populations] */
    int *first_owner;     /* [n_populations]: rank of the first neuron when by turns, -1 when contiguous */
    int64_t *local_start; /* [ranks][n_populations + 1]: local number of the first neuron of a population */
    /* where every neuron has an owner of its own; NULL else */
    void *owner;     /* [n_neurons] of owner_bytes: rank of each gid */
    int owner_bytes; /* 1, 2 or 4 */
    int own_rank;
    int64_t *own; /* [own neurons] indices inside their populations, by gid */
};

static inline volley_slice *volley_partition_row(const volley_partition *partition, int32_t population) {
    return partition->slices + (int64_t)population * partition->ranks;
}

/* Owner of a gid where every neuron has one of its own. */
static inline int volley_partition_listed_owner(const volley_partition *partition, int64_t gid) {
    if (partition->owner_bytes == 1)
        return ((const uint8_t *)partition->owner)[gid];
    if (partition->owner_bytes == 2)
        return ((const uint16_t *)partition->owner)[gid];
    return (int)((const uint32_t *)partition->owner)[gid];
}

/* The same as volley_partition_local and _global. */
int64_t volley_partition_listed_local(const volley_partition *partition, int64_t gid);
int64_t volley_partition_listed_global(const volley_partition *partition, int rank, int64_t local);

#endif
