/* SPDX-License-Identifier: BSD-3-Clause */
/* gid -> local source number: which neurons of the network have synapses on this rank. One map per rank,
 * shared by its threads: a bit per neuron and a count per 64 neurons, 0.19 bytes per neuron of the network.
 */
#ifndef VOLLEY_WIRING_SOURCE_MAP_H
#define VOLLEY_WIRING_SOURCE_MAP_H

#include <stdbool.h>
#include <stdint.h>

typedef struct volley_source_map {
    uint64_t n_neurons;
    uint64_t *bits;   /* [n_neurons / 64 + 1] */
    uint32_t *before; /* [n_neurons / 64 + 1]: sources before word i */
    int64_t n_sources;
    bool complete; /* every neuron is a source: its number is its gid */
} volley_source_map;

int volley_source_map_create(uint64_t n_neurons, volley_source_map *map);
void volley_source_map_free(volley_source_map *map);

/* Marks a neuron as a source; may be called by several threads at once before volley_source_map_finish. */
void volley_source_map_mark(volley_source_map *map, uint64_t gid);

/* Numbers the marked sources. Returns VOLLEY_EXHAUSTED above 2^32 - 1 sources on one rank. */
int volley_source_map_finish(volley_source_map *map);

static inline bool volley_source_map_has(const volley_source_map *map, uint64_t gid) {
    return map->bits[gid >> 6] >> (gid & 63) & 1;
}

/* Number of a marked source. */
static inline uint32_t volley_source_map_local(const volley_source_map *map, uint64_t gid) {
    if (map->complete)
        return (uint32_t)gid;
    uint64_t below = map->bits[gid >> 6] & ((UINT64_C(1) << (gid & 63)) - 1);
    return map->before[gid >> 6] + (uint32_t)__builtin_popcountll(below);
}

#endif
