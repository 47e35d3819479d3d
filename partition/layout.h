/* The inside of a partition, for the methods of this folder. A method fills `slices` and nothing else.
 *
 * Two shapes are known per population. Contiguous (stride 1): the slices follow one another in rank order,
 * and an empty one starts where the one before ends. By turns (stride = ranks): neuron i belongs to rank
 * (first owner + i) modulo ranks. */
#ifndef VOLLEY_PARTITION_LAYOUT_H
#define VOLLEY_PARTITION_LAYOUT_H

#include "partition/partition.h"

struct volley_partition {
    int ranks;
    int32_t n_populations;
    volley_slice *slices; /* [n_populations][ranks] */
    int64_t *end_gid;     /* [n_populations]: first gid behind the population */
    int64_t *first_gid;   /* [n_populations] */
    int *first_owner;     /* [n_populations]: rank of the first neuron when by turns, -1 when contiguous */
    int64_t *local_start; /* [ranks][n_populations + 1]: local number of the first neuron of a population */
};

static inline volley_slice *volley_partition_row(const volley_partition *partition, int32_t population) {
    return partition->slices + (int64_t)population * partition->ranks;
}

/* Cost that one projection adds to each of its targets. */
double volley_partition_input_cost(const volley_network *network, const volley_projection *projection);

#endif
