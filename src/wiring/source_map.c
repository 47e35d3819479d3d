/* SPDX-License-Identifier: BSD-3-Clause */
/* Marks the neurons that are sources on this rank, and numbers them. */
#include "wiring/source_map.h"
#include "base/memory.h"
#include "base/status.h"

#include <stdlib.h>

int volley_source_map_create(uint64_t n_neurons, volley_source_map *map) {
    *map = (volley_source_map){.n_neurons = n_neurons};
    TRY(VOLLEY_NEW(map->bits, n_neurons / 64 + 1));
    return VOLLEY_NEW(map->before, n_neurons / 64 + 1);
}

void volley_source_map_free(volley_source_map *map) {
    free(map->bits);
    free(map->before);
    *map = (volley_source_map){0};
}

void volley_source_map_mark(volley_source_map *map, uint64_t gid) {
    /* The bit is read first: most sources are marked many times, and a read does not steal the line. */
    uint64_t bit = UINT64_C(1) << (gid & 63);
    if ((__atomic_load_n(&map->bits[gid >> 6], __ATOMIC_RELAXED) & bit) == 0)
        __atomic_fetch_or(&map->bits[gid >> 6], bit, __ATOMIC_RELAXED);
}

int volley_source_map_finish(volley_source_map *map) {
    uint64_t total = 0;
    for (uint64_t i = 0; i <= map->n_neurons / 64; i++) {
        map->before[i] = (uint32_t)total;
        total += (uint64_t)__builtin_popcountll(map->bits[i]);
        CHECK(total <= UINT32_MAX, VOLLEY_EXHAUSTED,
              "more than 2^32 - 1 sources project to one rank; use more ranks");
    }
    map->n_sources = (int64_t)total;
    map->complete = total == map->n_neurons;
    return VOLLEY_OK;
}
