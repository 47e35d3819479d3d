/* SPDX-License-Identifier: BSD-3-Clause */
/* Which rank owns which neuron. A partition is a small passive result made by one of the methods in this
 * folder; it is the same on all ranks. Most methods follow from the description, without communication, and
 * give every rank a progression of each population. Others give every neuron a part of its own (file,
 * scotch): such a partition keeps the owner of every neuron, in 1 byte up to 256 ranks, in 2 up to 65,536,
 * else in 4, and the list of this rank's own neurons.
 *
 * Local neurons of a rank are numbered 0 .. local_count - 1 by ascending gid (so population by population).
 */
#ifndef VOLLEY_PARTITION_PARTITION_H
#define VOLLEY_PARTITION_PARTITION_H

#include "net/network.h"

#include <stdint.h>

/* The neurons of one population on one rank, as indices inside the population: start, start + stride, ..., or
 * those of a list. */
typedef struct volley_slice {
    int64_t start, stride, count;
    const int64_t *index; /* [count] ascending, borrowed from the partition; NULL: a progression */
} volley_slice;

/* Index inside the population of neuron i of the slice. */
static inline int64_t volley_slice_at(const volley_slice *slice, int64_t i) {
    return slice->index != NULL ? slice->index[i] : slice->start + slice->stride * i;
}

/* Number in the slice of the neuron `index` of the population; -1 when it is not in it. */
int64_t volley_slice_find(const volley_slice *slice, int64_t index);

typedef struct volley_partition volley_partition;

typedef struct volley_partition_method {
    const char *name;
    const char *meaning;
    const char *missing; /* the library that this build would need for it; NULL: none */
    /* NULL for methods that give every neuron a part of its own: one of from_file and by_graph. */
    int (*make)(const volley_network *network, int ranks, volley_partition *partition);
    bool contiguous; /* every rank has neighbouring neurons of a population */
    bool from_file;  /* the parts stand in a file: config keys file, column, dataset */
    bool by_graph;   /* all ranks cut a graph together: config key graph */
} volley_partition_method;

/* The registry, ending with a NULL; and a method by name (NULL when unknown). */
extern const volley_partition_method *const volley_partition_methods[];
const volley_partition_method *volley_partition_method_find(const char *name);
/* The method that a network names; never NULL for a network that the config gave. */
const volley_partition_method *volley_partition_method_of(const volley_network *network);

/* Not collective. Makes the partition network->partition names for `ranks` ranks, by a method with `make`.
 * The caller owns it. Ranks without neurons and more ranks than neurons are legal. */
int volley_partition_create(const volley_network *network, int ranks, volley_partition **partition);
void volley_partition_destroy(volley_partition **partition);

/* Not collective. Makes the partition in which neuron gid is in part parts[gid] < n_parts. With more parts
 * than ranks, neighbouring parts share a rank: part p is on rank p * ranks / n_parts; else on rank p. Only
 * the slices of `rank` can be asked for. The caller owns it. */
int volley_partition_from_parts(const volley_network *network, int ranks, int rank, const uint32_t *parts,
                                uint32_t n_parts, volley_partition **partition);

/* Neurons of population p on a rank. */
volley_slice volley_partition_slice(const volley_partition *partition, int32_t population, int rank);

/* Owner of a gid; its number among the owner's neurons; and back. Local arguments must be valid. */
int volley_partition_owner(const volley_partition *partition, int64_t gid);
int64_t volley_partition_local(const volley_partition *partition, int64_t gid);
int64_t volley_partition_global(const volley_partition *partition, int rank, int64_t local);
int64_t volley_partition_local_count(const volley_partition *partition, int rank);

/* Expected rate of a neuron in Hz: that of the config, or of its spike trains, or a usual one. */
double volley_partition_expected_rate(const volley_network *network, int32_t population);

/* Expected work per step that one synapse of a projection makes, and that all those of one target make. */
double volley_partition_event_cost(const volley_network *network, const volley_projection *projection);
double volley_partition_input_cost(const volley_network *network, const volley_projection *projection);

/* Expected work of one neuron of a population relative to an iaf_psc_exp update: model cost + in-degree x
 * rate x cost of an event. `index` counts inside the population (subset projections make it differ inside a
 * population). */
double volley_partition_cost(const volley_network *network, int32_t population, int64_t index);

#endif
