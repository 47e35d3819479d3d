/* SPDX-License-Identifier: BSD-3-Clause */
/* Counter-based random numbers: every number is a pure function of (seed, purpose, object, entity, draw).
 *
 * Philox4x32-10 (Salmon et al. 2011; scalar form from Random123). The key of a stream is the first 64 bits of
 * Philox(key = seed, counter = (purpose, object, 0, 0)); a block of 128 bits is Philox(key, counter = (draw,
 * entity)).
 *
 * Items of an entity (edges of a target, say) share blocks in pairs: item k, drawn for the time `attempt`,
 * takes half k & 1 of the block with draw (k >> 1) * 256 + attempt. Two items for one block cost half as much
 * as one block each. */
#ifndef VOLLEY_BASE_RNG_H
#define VOLLEY_BASE_RNG_H

#include <stdint.h>

/* What a stream is for. `object` is the index in the config of the population, stimulus or projection. */
enum volley_rng_purpose {
    VOLLEY_RNG_PARAM = 1,   /* object = population * 64 + parameter; entity = gid, item 0 */
    VOLLEY_RNG_INIT = 2,    /* object = population * 64 + state; entity = gid, item 0 */
    VOLLEY_RNG_POISSON = 3, /* object = stimulus; entity = gid, draw = step / 4, word = step % 4 */
    VOLLEY_RNG_SOURCE = 4,  /* object = projection; entity = target gid, item k; under source-driven rules
                               entity =  source gid, item = number of the source's edge */
    VOLLEY_RNG_WEIGHT = 5,
    VOLLEY_RNG_DELAY = 6,
    VOLLEY_RNG_SPLIT = 7, /* object = projection; entity = tree node, draw 0 */
    VOLLEY_RNG_NOISE = 8, /* object = stimulus; entity = gid, item = interval since its start */
    VOLLEY_RNG_CORRELATED =
        9, /* object = population; entity = gid, or 2^64 - 1 for what all share; draw = step */
    VOLLEY_RNG_PATTERN = 10,  /* object = stimulus; entity = 0, item = interval since its start */
    VOLLEY_RNG_POSITION = 11, /* object = population; entity = number inside it, item = axis */
    VOLLEY_RNG_STIMULUS =
        12, /* object = stimulus; entity = gid, draw = step: of models in shared libraries */
    VOLLEY_RNG_PARAM_BEYOND = 13, /* object = population, and of that key: parameter, from number 64 on */
    VOLLEY_RNG_INIT_BEYOND = 14,  /* the same of states */
    VOLLEY_RNG_STAND_IN = 100,    /* object = population; entity = step, draw = hit: no part of any result */
};

enum { VOLLEY_RNG_ATTEMPTS = 256 };

/* 128 random bits. */
typedef struct volley_rng_block {
    uint32_t word[4];
} volley_rng_block;

/* The key of a stream. */
uint64_t volley_rng_key(uint64_t seed, uint32_t purpose, uint32_t object);

/* Block (entity, draw) of a stream. */
volley_rng_block volley_rng(uint64_t key, uint64_t entity, uint64_t draw);

/* Uniform in [0, 1) with 53 bits from two words. */
static inline double volley_uniform53(uint32_t high, uint32_t low) {
    return ((double)(high >> 5) * 67108864.0 + (double)(low >> 6)) * (1.0 / 9007199254740992.0);
}

/* The block of item k at an attempt, and the uniform number in [0, 1) of its half. */
static inline volley_rng_block volley_rng_item(uint64_t key, uint64_t entity, uint64_t k, uint64_t attempt) {
    return volley_rng(key, entity, (k >> 1) * VOLLEY_RNG_ATTEMPTS + attempt);
}
static inline double volley_uniform(volley_rng_block block, uint64_t k) {
    return k & 1 ? volley_uniform53(block.word[2], block.word[3])
                 : volley_uniform53(block.word[0], block.word[1]);
}

/* Standard normal of item k from its block: Box-Muller (1958), u = 1 - uniform53(words 0 and 1) in (0, 1],
 * angle 2 pi uniform53(words 2 and 3), cosine for even k and sine for odd k; log and sincospi from SLEEF (3.5
 * ulp), the same bits on every vector unit. */
double volley_normal(volley_rng_block block, uint64_t k);

/* Batches of uniform numbers in [0, 1), standard normals and exponentials of mean 1: out[i] belongs to item
 * first + i at attempt 0. `first` is even. `simd` is a volley_simd level; results do not depend on it. out
 * has room for n items rounded up to a multiple of 16. */
void volley_rng_uniform_batch(int simd, uint64_t key, uint64_t entity, uint64_t first, int64_t n,
                              double *out);
void volley_rng_normal_batch(int simd, uint64_t key, uint64_t entity, uint64_t first, int64_t n, double *out);
void volley_rng_exponential_batch(int simd, uint64_t key, uint64_t entity, uint64_t first, int64_t n,
                                  double *out);

/* Standard normals of the items k[i] at an attempt; k and out have room for n rounded up to a multiple of 8.
 */
void volley_rng_normal_items(int simd, uint64_t key, uint64_t entity, const uint64_t *k, uint64_t attempt,
                             int64_t n, double *out);

/* All four words of the blocks (entities[i], draw), i < n: out[w * n + i]. n is a multiple of 8. Used for
 * neurons, which share a draw. */
void volley_rng_words_batch(int simd, uint64_t key, const uint64_t *entities, uint64_t draw, int64_t n,
                            uint32_t *out);

#endif
