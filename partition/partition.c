/* SPDX-License-Identifier: BSD-3-Clause */
/* Makes partitions by their methods, and answers who owns a neuron and where it is there. */
#include "partition/partition.h"
#include "partition/partition_impl.h"

#include "base/memory.h"
#include "base/status.h"

#include <stdlib.h>
#include <string.h>

#define PARTITION_METHOD(name) extern const volley_partition_method volley_partition_##name;
#include "partition/partition_methods.def"
#undef PARTITION_METHOD

const volley_partition_method *const volley_partition_methods[] = {
#define PARTITION_METHOD(name) &volley_partition_##name,
#include "partition/partition_methods.def"
#undef PARTITION_METHOD
    NULL,
};

const volley_partition_method *volley_partition_method_of(const volley_network *network) {
    return volley_partition_method_find(network->partition);
}

const volley_partition_method *volley_partition_method_find(const char *name) {
    for (const volley_partition_method *const *method = volley_partition_methods; *method != NULL; method++)
        if (strcmp((*method)->name, name) == 0)
            return *method;
    return NULL;
}

static int64_t *locals(const volley_partition *partition, int rank) {
    return partition->local_start + (int64_t)rank * (partition->n_populations + 1);
}

static int allocate(volley_partition *partition) {
    size_t populations = (size_t)partition->n_populations, ranks = (size_t)partition->ranks;
    TRY(VOLLEY_NEW(partition->slices, populations * ranks));
    TRY(VOLLEY_NEW(partition->first_gid, populations));
    TRY(VOLLEY_NEW(partition->end_gid, populations));
    TRY(VOLLEY_NEW(partition->first_owner, populations));
    return VOLLEY_NEW(partition->local_start, ranks * (populations + 1));
}

static int first_owner(const volley_slice *row, int ranks) {
    if (row[0].stride == 1)
        return -1;
    int owner = 0;
    while (owner < ranks - 1 && row[owner].start != 0)
        owner++;
    return owner;
}

/* Derives what look-ups need from the slices a method made. */
static void complete(const volley_network *network, volley_partition *partition) {
    for (int32_t p = 0; p < partition->n_populations; p++) {
        const volley_population *population = &network->populations[p];
        const volley_slice *row = volley_partition_row(partition, p);
        partition->first_gid[p] = population->first_gid;
        partition->end_gid[p] = population->first_gid + population->size;
        partition->first_owner[p] = first_owner(row, partition->ranks);
        for (int r = 0; r < partition->ranks; r++)
            locals(partition, r)[p + 1] = locals(partition, r)[p] + row[r].count;
    }
}

int volley_partition_create(const volley_network *network, int ranks, volley_partition **partition) {
    *partition = NULL;
    const volley_partition_method *method = volley_partition_method_find(network->partition);
    CHECK(method != NULL, VOLLEY_USAGE, "there is no partition method '%s'", network->partition);
    CHECK(method->make != NULL, VOLLEY_FAILED, "the partition %s needs the part of each neuron",
          method->name);
    CHECK(ranks >= 1, VOLLEY_FAILED, "a partition needs at least one rank, not %d", ranks);
    volley_partition *made;
    TRY(VOLLEY_NEW(made, 1));
    made->ranks = ranks;
    made->n_populations = network->n_populations;
    int code = allocate(made);
    if (code == VOLLEY_OK)
        code = method->make(network, ranks, made);
    if (code == VOLLEY_OK) {
        complete(network, made);
        *partition = made;
    } else {
        volley_partition_destroy(&made);
    }
    return code;
}

void volley_partition_destroy(volley_partition **partition) {
    if (*partition == NULL)
        return;
    free((*partition)->slices);
    free((*partition)->owner);
    free((*partition)->own);
    free((*partition)->first_gid);
    free((*partition)->end_gid);
    free((*partition)->first_owner);
    free((*partition)->local_start);
    free(*partition);
    *partition = NULL;
}

volley_slice volley_partition_slice(const volley_partition *partition, int32_t population, int rank) {
    if (partition->owner != NULL) {
        ASSERT(rank == partition->own_rank);
        return partition->slices[population];
    }
    return volley_partition_row(partition, population)[rank];
}

/* The population of a gid: the first one that ends behind it (empty ones end where they begin). */
static int32_t population_of(const volley_partition *partition, int64_t gid) {
    int32_t low = 0, high = partition->n_populations - 1;
    while (low < high) {
        int32_t middle = low + (high - low) / 2;
        if (partition->end_gid[middle] > gid)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static int owner_in(const volley_partition *partition, int32_t population, int64_t index) {
    int first = partition->first_owner[population];
    if (first >= 0)
        return (int)((first + index) % partition->ranks);
    const volley_slice *row = volley_partition_row(partition, population);
    int low = 0, high = partition->ranks - 1;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (row[middle].start + row[middle].count > index)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

int64_t volley_slice_find(const volley_slice *slice, int64_t index) {
    if (slice->index == NULL) {
        int64_t distance = index - slice->start, i = slice->stride == 1 ? distance : distance / slice->stride;
        return distance >= 0 && i < slice->count && i * slice->stride == distance ? i : -1;
    }
    int64_t low = 0, high = slice->count;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (slice->index[middle] < index)
            low = middle + 1;
        else
            high = middle;
    }
    return low < slice->count && slice->index[low] == index ? low : -1;
}

int volley_partition_owner(const volley_partition *partition, int64_t gid) {
    if (partition->owner != NULL)
        return volley_partition_listed_owner(partition, gid);
    int32_t population = population_of(partition, gid);
    return owner_in(partition, population, gid - partition->first_gid[population]);
}

int64_t volley_partition_local(const volley_partition *partition, int64_t gid) {
    if (partition->owner != NULL)
        return volley_partition_listed_local(partition, gid);
    int32_t population = population_of(partition, gid);
    int64_t index = gid - partition->first_gid[population];
    int rank = owner_in(partition, population, index);
    volley_slice slice = volley_partition_row(partition, population)[rank];
    return locals(partition, rank)[population] + volley_slice_find(&slice, index);
}

int64_t volley_partition_global(const volley_partition *partition, int rank, int64_t local) {
    if (partition->owner != NULL)
        return volley_partition_listed_global(partition, rank, local);
    const int64_t *start = locals(partition, rank);
    int32_t low = 0, high = partition->n_populations - 1;
    while (low < high) {
        int32_t middle = low + (high - low) / 2;
        if (start[middle + 1] > local)
            high = middle;
        else
            low = middle + 1;
    }
    volley_slice slice = volley_partition_row(partition, low)[rank];
    return partition->first_gid[low] + slice.start + (local - start[low]) * slice.stride;
}

int64_t volley_partition_local_count(const volley_partition *partition, int rank) {
    return locals(partition, rank)[partition->n_populations];
}

/* ---- partitions in which every neuron has a part of its own ---- */

static void set_owner(volley_partition *partition, int64_t gid, uint32_t rank) {
    if (partition->owner_bytes == 1)
        ((uint8_t *)partition->owner)[gid] = (uint8_t)rank;
    else if (partition->owner_bytes == 2)
        ((uint16_t *)partition->owner)[gid] = (uint16_t)rank;
    else
        ((uint32_t *)partition->owner)[gid] = rank;
}

static int allocate_owners(volley_partition *partition, const volley_network *network, int ranks, int rank) {
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
static void count_owners(volley_partition *partition, const volley_network *network) {
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
    int code = allocate_owners(partition, network, ranks, rank);
    if (code == VOLLEY_OK) {
        bool folded = n_parts > (uint32_t)ranks;
        for (int64_t gid = 0; gid < network->n_neurons; gid++) {
            ASSERT(parts[gid] < n_parts);
            uint64_t part = parts[gid];
            set_owner(partition, gid, (uint32_t)(folded ? part * (uint64_t)ranks / n_parts : part));
        }
        count_owners(partition, network);
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
