/* SPDX-License-Identifier: BSD-3-Clause */
/* Finds the name, size and numbers that files give to a population which is a part of one in SONATA. */
#include "net/part.h"

#include <stdlib.h>

int32_t volley_part_first(const volley_network *network, int32_t population) {
    const volley_part *part = network->populations[population].part;
    return part ? part->first : population;
}

bool volley_part_is_first(const volley_network *network, int32_t population) {
    return volley_part_first(network, population) == population;
}

const char *volley_part_name(const volley_population *population) {
    return population->part ? population->part->of : population->name;
}

int64_t volley_part_size(const volley_population *population) {
    return population->part ? population->part->size : population->size;
}

int64_t volley_part_below(const volley_population *population, int64_t id) {
    if (!population->part)
        return id < 0 ? 0 : id < population->size ? id : population->size;
    const int64_t *ids = population->part->ids;
    int64_t low = 0, high = population->size;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (ids[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int64_t volley_part_find(const volley_population *population, int64_t id) {
    int64_t index = volley_part_below(population, id);
    return index < population->size && volley_part_id(population, index) == id ? index : -1;
}

bool volley_part_records(const volley_network *network, int32_t first) {
    for (int32_t p = first; p < network->n_populations && volley_part_first(network, p) == first; p++)
        if (network->record_spikes[p])
            return true;
    return false;
}

int64_t volley_part_recorded(const volley_network *network, int32_t first) {
    int64_t n = 0;
    for (int32_t p = first; p < network->n_populations && volley_part_first(network, p) == first; p++)
        if (network->record_spikes[p])
            n += network->record_subset ? network->record_subset[p].count : network->populations[p].size;
    return n;
}

void volley_part_destroy(volley_part **part) {
    if (!*part)
        return;
    free((*part)->of);
    free((*part)->ids);
    free(*part);
    *part = NULL;
}
