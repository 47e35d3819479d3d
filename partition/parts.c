/* Partitions in which every neuron has a part of its own. */
#include "partition/layout.h"

#include "base/memory.h"
#include "base/status.h"

#include <stdlib.h>

static void set_owner(volley_partition *partition, int64_t gid, uint32_t rank) {
    if (partition->owner_bytes == 1)
        ((uint8_t *)partition->owner)[gid] = (uint8_t)rank;
    else if (partition->owner_bytes == 2)
        ((uint16_t *)partition->owner)[gid] = (uint16_t)rank;
    else
        ((uint32_t *)partition->owner)[gid] = rank;
}

static int allocate(volley_partition *partition, const volley_network *network, int ranks, int rank) {
    partition->ranks = ranks;
    partition->own_rank = rank;
    partition->n_populations = network->n_populations;
    partition->owner_bytes = ranks <= 256 ? 1 : ranks <= 65536 ? 2 : 4;
    partition->owner = volley_alloc((size_t)network->n_neurons + 1, (size_t)partition->owner_bytes);
    TRY(volley_alloc_status());
    TRY(VOLLEY_NEW(partition->slices, network->n_populations));
    TRY(VOLLEY_NEW(partition->first_gid, network->n_populations));
    TRY(VOLLEY_NEW(partition->end_gid, network->n_populations));
    return VOLLEY_NEW(partition->local_start, (int64_t)ranks * (network->n_populations + 1));
}

/* Counts every rank's neurons of each population. */
static void count(volley_partition *partition, const volley_network *network) {
    int32_t n = network->n_populations;
    for (int32_t p = 0; p < n; p++) {
        const volley_population *population = &network->populations[p];
        int64_t end = population->first_gid + population->size;
        partition->first_gid[p] = population->first_gid;
        partition->end_gid[p] = end;
        for (int64_t gid = population->first_gid; gid < end; gid++)
            partition
                ->local_start[(int64_t)volley_partition_listed_owner(partition, gid) * (n + 1) + p + 1]++;
    }
    for (int64_t r = 0; r < partition->ranks; r++)
        for (int32_t p = 0; p < n; p++)
            partition->local_start[r * (n + 1) + p + 1] += partition->local_start[r * (n + 1) + p];
}

static int list_own(volley_partition *partition, const volley_network *network) {
    int32_t n = network->n_populations;
    const int64_t *start = partition->local_start + (int64_t)partition->own_rank * (n + 1);
    TRY(VOLLEY_NEW(partition->own, start[n] + 1)); /* a list even when there are none */
    int64_t at = 0;
    for (int32_t p = 0; p < n; p++) {
        const volley_population *population = &network->populations[p];
        for (int64_t i = 0; i < population->size; i++)
            if (volley_partition_listed_owner(partition, population->first_gid + i) == partition->own_rank)
                partition->own[at++] = i;
        partition->slices[p] =
            (volley_slice){.stride = 1, .count = start[p + 1] - start[p], .index = partition->own + start[p]};
    }
    return VOLLEY_OK;
}

int volley_partition_from_parts(const volley_network *network, int ranks, int rank, const uint32_t *parts,
                                uint32_t n_parts, volley_partition **out) {
    *out = NULL;
    volley_partition *partition;
    TRY(VOLLEY_NEW(partition, 1));
    int code = allocate(partition, network, ranks, rank);
    if (code == VOLLEY_OK) {
        bool folded = n_parts > (uint32_t)ranks;
        for (int64_t gid = 0; gid < network->n_neurons; gid++) {
            ASSERT(parts[gid] < n_parts);
            uint64_t part = parts[gid];
            set_owner(partition, gid, (uint32_t)(folded ? part * (uint64_t)ranks / n_parts : part));
        }
        count(partition, network);
        code = list_own(partition, network);
    }
    if (code != VOLLEY_OK)
        volley_partition_destroy(&partition);
    *out = partition;
    return code;
}

/* Number of gids of a population with this owner, below `gid`. */
static int64_t count_before(const volley_partition *partition, int rank, int64_t first, int64_t gid) {
    int64_t n = 0;
    for (int64_t g = first; g < gid; g++)
        n += volley_partition_listed_owner(partition, g) == rank;
    return n;
}

int64_t volley_partition_listed_local(const volley_partition *partition, int64_t gid) {
    int32_t p = 0;
    while (gid >= partition->end_gid[p])
        p++;
    int rank = volley_partition_listed_owner(partition, gid);
    int64_t start = partition->local_start[(int64_t)rank * (partition->n_populations + 1) + p];
    if (rank == partition->own_rank)
        return start + volley_slice_find(&partition->slices[p], gid - partition->first_gid[p]);
    return start + count_before(partition, rank, partition->first_gid[p], gid);
}

int64_t volley_partition_listed_global(const volley_partition *partition, int rank, int64_t local) {
    const int64_t *start = partition->local_start + (int64_t)rank * (partition->n_populations + 1);
    int32_t p = 0;
    while (local >= start[p + 1])
        p++;
    if (rank == partition->own_rank)
        return partition->first_gid[p] + partition->own[local];
    int64_t gid = partition->first_gid[p];
    for (int64_t left = local - start[p];; gid++)
        if (volley_partition_listed_owner(partition, gid) == rank && left-- == 0)
            return gid;
}
