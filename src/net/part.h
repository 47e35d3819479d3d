/* SPDX-License-Identifier: BSD-3-Clause */
/* Populations of several models that files know as one: SONATA's. Each is a population of the network, and a
 * part of the one in files, which numbers all its neurons together. What is written for users has the names
 * and numbers of files; everything else has those of the network. */
#ifndef VOLLEY_NET_PART_H
#define VOLLEY_NET_PART_H

#include "net/network.h"

#include <stdbool.h>
#include <stdint.h>

/* What a population is a part of. */
typedef struct volley_part {
    char *of;      /* name of the population in files; owned */
    int64_t size;  /* its neurons, over all parts */
    int64_t *ids;  /* [size of this population] numbers of its neurons in it, ascending; owned */
    int32_t first; /* the first population of the network that is a part of it */
} volley_part;

/* The population that stands for the whole: the first part; itself for one that is not a part. And whether it
 * is itself that. */
int32_t volley_part_first(const volley_network *network, int32_t population);
bool volley_part_is_first(const volley_network *network, int32_t population);

/* Name and size of a population in files. */
const char *volley_part_name(const volley_population *population);
int64_t volley_part_size(const volley_population *population);

/* The number in files of neuron `index` of a population, and the neuron of a number, -1 for none. */
static inline int64_t volley_part_id(const volley_population *population, int64_t index) {
    return population->part ? population->part->ids[index] : index;
}
int64_t volley_part_find(const volley_population *population, int64_t id);

/* Neurons of a population with smaller numbers than `id`. */
int64_t volley_part_below(const volley_population *population, int64_t id);

/* Whether spikes of any part of the whole are recorded, of which `first` is the first part; and of how many
 * neurons. */
bool volley_part_records(const volley_network *network, int32_t first);
int64_t volley_part_recorded(const volley_network *network, int32_t first);

void volley_part_destroy(volley_part **part);

#endif
