/* SPDX-License-Identifier: BSD-3-Clause */
/* Neuron gid belongs to rank gid modulo the number of ranks. */
#include "partition/partition_impl.h"

#include "base/status.h"

static int make(const volley_network *network, int ranks, volley_partition *partition) {
    for (int32_t p = 0; p < network->n_populations; p++) {
        const volley_population *population = &network->populations[p];
        volley_slice *row = volley_partition_row(partition, p);
        int first_owner = (int)(population->first_gid % ranks);
        for (int r = 0; r < ranks; r++) {
            int64_t start = (r - first_owner + ranks) % ranks;
            int64_t count = start < population->size ? (population->size - start + ranks - 1) / ranks : 0;
            row[r] = (volley_slice){.start = start, .stride = ranks, .count = count};
        }
    }
    return VOLLEY_OK;
}

extern const volley_partition_method volley_partition_round_robin;
const volley_partition_method volley_partition_round_robin = {
    .name = "round_robin",
    .meaning = "neurons dealt out to the ranks in turn",
    .make = make,
};
