/* SPDX-License-Identifier: BSD-3-Clause */
/* Looking up many items of a table at once. Compilers do not use the gather instructions on their own;
 * looking up rounds nothing, so all levels give the same bits. To be used in functions compiled for the level
 * in the name (base/simd.h). */
#ifndef VOLLEY_BASE_GATHER_H
#define VOLLEY_BASE_GATHER_H

#include "base/simd.h"

#include <immintrin.h>
#include <stdint.h>

/* out[l] = table[index[l]] for l < lanes, a multiple of 16. */
#define VOLLEY_GATHER_PLAIN(name, type)                                                                      \
    VOLLEY_INLINE void name##_plain(const type *table, const int32_t *index, type *out, int lanes) {         \
        for (int l = 0; l < lanes; l++)                                                                      \
            out[l] = table[index[l]];                                                                        \
    }
VOLLEY_GATHER_PLAIN(volley_gather_int, int32_t)
VOLLEY_GATHER_PLAIN(volley_gather_float, float)
VOLLEY_GATHER_PLAIN(volley_gather_double, double)

VOLLEY_TARGET_AVX2 VOLLEY_INLINE void volley_gather_int_avx2(const int32_t *table, const int32_t *index,
                                                             int32_t *out, int lanes) {
    for (int l = 0; l < lanes; l += 8) {
        __m256i at = _mm256_loadu_si256((const __m256i *)(index + l));
        _mm256_storeu_si256((__m256i *)(out + l), _mm256_i32gather_epi32(table, at, 4));
    }
}

VOLLEY_TARGET_AVX2 VOLLEY_INLINE void volley_gather_float_avx2(const float *table, const int32_t *index,
                                                               float *out, int lanes) {
    for (int l = 0; l < lanes; l += 8) {
        __m256i at = _mm256_loadu_si256((const __m256i *)(index + l));
        _mm256_storeu_ps(out + l, _mm256_i32gather_ps(table, at, 4));
    }
}

VOLLEY_TARGET_AVX2 VOLLEY_INLINE void volley_gather_double_avx2(const double *table, const int32_t *index,
                                                                double *out, int lanes) {
    for (int l = 0; l < lanes; l += 4) {
        __m128i at = _mm_loadu_si128((const __m128i *)(index + l));
        _mm256_storeu_pd(out + l, _mm256_i32gather_pd(table, at, 8));
    }
}

VOLLEY_TARGET_AVX512 VOLLEY_INLINE void volley_gather_int_avx512(const int32_t *table, const int32_t *index,
                                                                 int32_t *out, int lanes) {
    for (int l = 0; l < lanes; l += 16) {
        __m512i at = _mm512_loadu_si512(index + l);
        _mm512_storeu_si512(out + l, _mm512_i32gather_epi32(at, table, 4));
    }
}

VOLLEY_TARGET_AVX512 VOLLEY_INLINE void volley_gather_float_avx512(const float *table, const int32_t *index,
                                                                   float *out, int lanes) {
    for (int l = 0; l < lanes; l += 16) {
        __m512i at = _mm512_loadu_si512(index + l);
        _mm512_storeu_ps(out + l, _mm512_i32gather_ps(at, table, 4));
    }
}

VOLLEY_TARGET_AVX512 VOLLEY_INLINE void volley_gather_double_avx512(const double *table, const int32_t *index,
                                                                    double *out, int lanes) {
    for (int l = 0; l < lanes; l += 8) {
        __m256i at = _mm256_loadu_si256((const __m256i *)(index + l));
        _mm512_storeu_pd(out + l, _mm512_i32gather_pd(at, table, 8));
    }
}

#endif
