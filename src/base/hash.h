/* SPDX-License-Identifier: BSD-3-Clause */
/* Hashes of items, summed so that neither order nor layout matters. */
#ifndef VOLLEY_BASE_HASH_H
#define VOLLEY_BASE_HASH_H

#include <stdint.h>

/* A bijection of 64-bit words with good avalanche: the finaliser of SplitMix64 (Steele, Lea, Flood 2014,
 * constants of Stafford's variant 13). */
static inline uint64_t volley_mix64(uint64_t x) {
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* Hash of a chain of words: volley_hash_add(volley_hash_add(0, a), b). */
static inline uint64_t volley_hash_add(uint64_t hash, uint64_t word) {
    return volley_mix64(hash + UINT64_C(0x9e3779b97f4a7c15) + word * UINT64_C(0xd1342543de82ef95));
}

#endif
