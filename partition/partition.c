#include "partition/partition.h"
#include "partition/layout.h"

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
