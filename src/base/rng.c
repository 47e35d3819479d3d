/* SPDX-License-Identifier: BSD-3-Clause */
/* Draws random numbers from counters, one at a time or in batches for each vector unit. */
#include "base/rng.h"
#include "base/rng_vector.h"
#include "base/simd.h"

#include <math.h>
#include <sleef.h>

/* Random123 would otherwise choose its own vector forms. */
#define R123_USE_SSE 0
#include <Random123/philox.h>

volley_rng_block volley_rng(uint64_t key, uint64_t entity, uint64_t draw) {
    philox4x32_ctr_t counter = {
        {(uint32_t)draw, (uint32_t)(draw >> 32), (uint32_t)entity, (uint32_t)(entity >> 32)}};
    philox4x32_key_t words = {{(uint32_t)key, (uint32_t)(key >> 32)}};
    philox4x32_ctr_t out = philox4x32(counter, words);
    return (volley_rng_block){{out.v[0], out.v[1], out.v[2], out.v[3]}};
}

uint64_t volley_rng_key(uint64_t seed, uint32_t purpose, uint32_t object) {
    volley_rng_block block = volley_rng(seed, 0, (uint64_t)purpose | (uint64_t)object << 32);
    return (uint64_t)block.word[0] | (uint64_t)block.word[1] << 32;
}

double volley_normal(volley_rng_block block, uint64_t k) {
    double u = 1.0 - volley_uniform53(block.word[0], block.word[1]);
    double turns = volley_uniform53(block.word[2], block.word[3]);
    double radius = sqrt(-2.0 * Sleef_cinz_logd1_u35purec(u));
    Sleef_double_2 sincos = Sleef_cinz_sincospid1_u35purec(2.0 * turns);
    return radius * (k & 1 ? sincos.x : sincos.y);
}

static void uniform_plain(uint64_t key, uint64_t entity, uint64_t first, int64_t n, double *out) {
    for (int64_t i = 0; i < n; i++)
        out[i] = volley_uniform(volley_rng_item(key, entity, first + (uint64_t)i, 0), (uint64_t)i);
}

static void normal_plain(uint64_t key, uint64_t entity, uint64_t first, int64_t n, double *out) {
    for (int64_t i = 0; i < n; i++)
        out[i] = volley_normal(volley_rng_item(key, entity, first + (uint64_t)i, 0), (uint64_t)i);
}

static void exponential_plain(uint64_t key, uint64_t entity, uint64_t first, int64_t n, double *out) {
    uniform_plain(key, entity, first, n, out);
    for (int64_t i = 0; i < n; i++)
        out[i] = 0.0 - Sleef_cinz_logd1_u35purec(1.0 - out[i]);
}

static void words_plain(uint64_t key, const uint64_t *entities, uint64_t draw, int64_t n, uint32_t *out) {
    for (int64_t i = 0; i < n; i++) {
        volley_rng_block block = volley_rng(key, entities[i], draw);
        for (int w = 0; w < 4; w++)
            out[w * n + i] = block.word[w];
    }
}

void volley_rng_uniform_batch(int simd, uint64_t key, uint64_t entity, uint64_t first, int64_t n,
                              double *out) {
    if (simd == VOLLEY_SIMD_AVX512)
        volley_rng_uniform_avx512(key, entity, first, n, out);
    else if (simd == VOLLEY_SIMD_AVX2)
        volley_rng_uniform_avx2(key, entity, first, n, out);
    else
        uniform_plain(key, entity, first, n, out);
}

void volley_rng_normal_batch(int simd, uint64_t key, uint64_t entity, uint64_t first, int64_t n,
                             double *out) {
    if (simd == VOLLEY_SIMD_AVX512)
        volley_rng_normal_avx512(key, entity, first, n, out);
    else if (simd == VOLLEY_SIMD_AVX2)
        volley_rng_normal_avx2(key, entity, first, n, out);
    else
        normal_plain(key, entity, first, n, out);
}

void volley_rng_normal_items(int simd, uint64_t key, uint64_t entity, const uint64_t *k, uint64_t attempt,
                             int64_t n, double *out) {
    if (simd == VOLLEY_SIMD_AVX512)
        volley_rng_normal_items_avx512(key, entity, k, attempt, n, out);
    else if (simd == VOLLEY_SIMD_AVX2)
        volley_rng_normal_items_avx2(key, entity, k, attempt, n, out);
    else
        for (int64_t i = 0; i < n; i++)
            out[i] = volley_normal(volley_rng_item(key, entity, k[i], attempt), k[i]);
}

void volley_rng_exponential_batch(int simd, uint64_t key, uint64_t entity, uint64_t first, int64_t n,
                                  double *out) {
    if (simd == VOLLEY_SIMD_AVX512)
        volley_rng_exponential_avx512(key, entity, first, n, out);
    else if (simd == VOLLEY_SIMD_AVX2)
        volley_rng_exponential_avx2(key, entity, first, n, out);
    else
        exponential_plain(key, entity, first, n, out);
}

void volley_rng_words_batch(int simd, uint64_t key, const uint64_t *entities, uint64_t draw, int64_t n,
                            uint32_t *out) {
    if (simd == VOLLEY_SIMD_AVX512)
        volley_rng_words_avx512(key, entities, draw, n, out);
    else if (simd == VOLLEY_SIMD_AVX2)
        volley_rng_words_avx2(key, entities, draw, n, out);
    else
        words_plain(key, entities, draw, n, out);
}
