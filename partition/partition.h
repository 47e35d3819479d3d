/* Which rank owns which neuron. A partition is a small passive result made by one of the methods in this
 * folder; it is the same on all ranks, and no method communicates.
 *
 * Local neurons of a rank are numbered 0 .. local_count - 1 by ascending gid (so population by population).
 */
#ifndef VOLLEY_PARTITION_PARTITION_H
#define VOLLEY_PARTITION_PARTITION_H

#include "net/network.h"

#include <stdint.h>

/* The neurons of one population on one rank, as indices inside the population: start, start + stride, ... */
typedef struct volley_slice {
    int64_t start, stride, count;
} volley_slice;

typedef struct volley_partition volley_partition;

typedef struct volley_partition_method {
    const char *name;
    const char *meaning;
    int (*make)(const volley_network *network, int ranks, volley_partition *partition);
} volley_partition_method;

/* The registry, ending with a NULL; and a method by name (NULL when unknown). */
extern const volley_partition_method *const volley_partition_methods[];
const volley_partition_method *volley_partition_method_find(const char *name);

/* Not collective. Makes the partition network->partition names for `ranks` ranks. The caller owns it. Ranks
 * without neurons and more ranks than neurons are legal. */
int volley_partition_create(const volley_network *network, int ranks, volley_partition **partition);
void volley_partition_destroy(volley_partition **partition);

/* Neurons of population p on a rank. */
volley_slice volley_partition_slice(const volley_partition *partition, int32_t population, int rank);

/* Owner of a gid; its number among the owner's neurons; and back. Local arguments must be valid. */
int volley_partition_owner(const volley_partition *partition, int64_t gid);
int64_t volley_partition_local(const volley_partition *partition, int64_t gid);
int64_t volley_partition_global(const volley_partition *partition, int rank, int64_t local);
int64_t volley_partition_local_count(const volley_partition *partition, int rank);

/* Expected rate of a neuron in Hz: that of the config, or of its spike trains, or a usual one. */
double volley_partition_expected_rate(const volley_network *network, int32_t population);

/* Expected work of one neuron of a population relative to an iaf_psc_exp update: model cost + in-degree x
 * rate x cost of an event. `index` counts inside the population (subset projections make it differ inside a
 * population). */
double volley_partition_cost(const volley_network *network, int32_t population, int64_t index);

#endif
