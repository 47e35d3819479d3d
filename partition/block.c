/* SPDX-License-Identifier: BSD-3-Clause */
/* Every rank gets one range of gids; the ranges differ by one neuron at most. */
#include "partition/partition_impl.h"

#include "base/status.h"

static int64_t clamp(int64_t value, int64_t high) {
    return value < 0 ? 0 : value > high ? high : value;
}

/* First gid of a rank. The product may pass 2^63. */
static int64_t cut(int64_t n_neurons, int rank, int ranks) {
    return (int64_t)((unsigned __int128)n_neurons * (unsigned)rank / (unsigned)ranks);
}

static int make(const volley_network *network, int ranks, volley_partition *partition) {
    for (int32_t p = 0; p < network->n_populations; p++) {
        const volley_population *population = &network->populations[p];
        volley_slice *row = volley_partition_row(partition, p);
        for (int r = 0; r < ranks; r++) {
            int64_t begin = cut(network->n_neurons, r, ranks) - population->first_gid;
            int64_t end = cut(network->n_neurons, r + 1, ranks) - population->first_gid;
            begin = clamp(begin, population->size);
            end = clamp(end, population->size);
            row[r] = (volley_slice){.start = begin, .stride = 1, .count = end - begin};
        }
    }
    return VOLLEY_OK;
}

extern const volley_partition_method volley_partition_block;
const volley_partition_method volley_partition_block = {
    .name = "block",
    .meaning = "one range of neuron numbers per rank",
    .make = make,
    .contiguous = true,
};
