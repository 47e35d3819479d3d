/* SPDX-License-Identifier: BSD-3-Clause */
/* The AVX-512 forms of the batches in rng.c. This file alone is compiled for that vector unit
 * (CMakeLists.txt). */
#include "base/rng_vector.h"

#include <immintrin.h>
#include <sleef.h>

#define LANES 8
#define NAME(x) x##_avx512
#define VI __m512i
#define VD __m512d
#define SET1(x) _mm512_set1_epi64((long long)(x))
#define LOAD(p) _mm512_loadu_si512(p)
#define MUL32 _mm512_mul_epu32
#define XOR3(a, b, c) _mm512_ternarylogic_epi64(a, b, c, 0x96)
#define ADD _mm512_add_epi64
#define SRL _mm512_srli_epi64
#define SLL _mm512_slli_epi64
#define SET1D _mm512_set1_pd
#define ADDD _mm512_add_pd
#define SUBD _mm512_sub_pd
#define MULD _mm512_mul_pd
#define SQRTD _mm512_sqrt_pd
#define STORED _mm512_storeu_pd
#define LOADD _mm512_loadu_pd
#define SINCOS Sleef___m512d_2
/* volley_uniform53 on lanes: its 53 bits side by side are converted exactly. */
static inline __m512d uniform53(__m512i high, __m512i low) {
    const __m512i lower = SET1((UINT64_C(1) << 26) - 1), all = SET1((UINT64_C(1) << 53) - 1);
    __m512i both =
        _mm512_ternarylogic_epi64(lower, SRL(low, 6), SLL(high, 21), 0xca); /* lower ? low : high */
    return MULD(_mm512_cvtepu64_pd(_mm512_and_si512(both, all)), SET1D(1.0 / 9007199254740992.0));
}
#define UNIFORM53 uniform53
/* Items 2i from `even`, items 2i + 1 from `odd`. */
static inline void store_pairs(double *out, __m512d even, __m512d odd) {
    _mm512_storeu_pd(out, _mm512_permutex2var_pd(even, _mm512_set_epi64(11, 3, 10, 2, 9, 1, 8, 0), odd));
    _mm512_storeu_pd(out + 8,
                     _mm512_permutex2var_pd(even, _mm512_set_epi64(15, 7, 14, 6, 13, 5, 12, 4), odd));
}
#define STORE_PAIRS store_pairs
/* Lanes of `odd` where the item is odd, else of `even`. */
static inline __m512d choose_odd(__m512i item, __m512d even, __m512d odd) {
    return _mm512_mask_blend_pd(_mm512_test_epi64_mask(item, _mm512_set1_epi64(1)), even, odd);
}
#define CHOOSE_ODD choose_odd
#define LOGD Sleef_cinz_logd8_u35avx512fnofma
#define SINCOSPID Sleef_cinz_sincospid8_u35avx512fnofma
#define LANE_NUMBERS _mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0)
#define STORE32(p, v) _mm256_storeu_si256((__m256i *)(p), _mm512_cvtepi64_epi32(v))
#include "base/rng_vector.inc"
