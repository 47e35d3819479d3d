/* SPDX-License-Identifier: BSD-3-Clause */
/* Vector forms of the batches of rng.h, for rng.c only. */
#ifndef VOLLEY_BASE_RNG_VECTOR_H
#define VOLLEY_BASE_RNG_VECTOR_H

#include <stdint.h>

void volley_rng_uniform_avx2(uint64_t key, uint64_t entity, uint64_t first, int64_t n, double *out);
void volley_rng_normal_avx2(uint64_t key, uint64_t entity, uint64_t first, int64_t n, double *out);
void volley_rng_normal_items_avx2(uint64_t key, uint64_t entity, const uint64_t *k, uint64_t attempt,
                                  int64_t n, double *out);
void volley_rng_exponential_avx2(uint64_t key, uint64_t entity, uint64_t first, int64_t n, double *out);
void volley_rng_words_avx2(uint64_t key, const uint64_t *entities, uint64_t draw, int64_t n, uint32_t *out);
void volley_rng_uniform_avx512(uint64_t key, uint64_t entity, uint64_t first, int64_t n, double *out);
void volley_rng_normal_avx512(uint64_t key, uint64_t entity, uint64_t first, int64_t n, double *out);
void volley_rng_normal_items_avx512(uint64_t key, uint64_t entity, const uint64_t *k, uint64_t attempt,
                                    int64_t n, double *out);
void volley_rng_exponential_avx512(uint64_t key, uint64_t entity, uint64_t first, int64_t n, double *out);
void volley_rng_words_avx512(uint64_t key, const uint64_t *entities, uint64_t draw, int64_t n, uint32_t *out);

#endif
