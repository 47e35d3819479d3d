/* SPDX-License-Identifier: BSD-3-Clause */
/* The AVX2 forms of the batches in rng.c. This file alone is compiled for that vector unit (CMakeLists.txt).
 */
#include "base/rng_vector.h"

#include <immintrin.h>
#include <sleef.h>

#define LANES 4
#define NAME(x) x##_avx2
#define VI __m256i
#define VD __m256d
#define SET1(x) _mm256_set1_epi64x((long long)(x))
#define LOAD(p) _mm256_loadu_si256((const __m256i *)(p))
#define MUL32 _mm256_mul_epu32
#define XOR3(a, b, c) _mm256_xor_si256(_mm256_xor_si256(a, b), c)
#define ADD _mm256_add_epi64
#define SRL _mm256_srli_epi64
#define SLL _mm256_slli_epi64
#define SET1D _mm256_set1_pd
#define ADDD _mm256_add_pd
#define SUBD _mm256_sub_pd
#define MULD _mm256_mul_pd
#define SQRTD _mm256_sqrt_pd
#define STORED _mm256_storeu_pd
#define LOADD _mm256_loadu_pd
#define SINCOS Sleef___m256d_2
/* volley_uniform53 on lanes; both conversions are exact: 2^52 + x - 2^52 with x < 2^52. */
static inline __m256d word_to_double(__m256i word, int shift) {
    const __m256i magic = SET1(UINT64_C(0x4330000000000000));
    __m256i bits = SRL(_mm256_and_si256(word, SET1(0xffffffffu)), shift);
    return SUBD(_mm256_castsi256_pd(_mm256_or_si256(bits, magic)), SET1D(4503599627370496.0));
}
static inline __m256d uniform53(__m256i high, __m256i low) {
    return MULD(ADDD(MULD(word_to_double(high, 5), SET1D(67108864.0)), word_to_double(low, 6)),
                SET1D(1.0 / 9007199254740992.0));
}
#define UNIFORM53 uniform53
/* Items 2i from `even`, items 2i + 1 from `odd`. */
static inline void store_pairs(double *out, __m256d even, __m256d odd) {
    __m256d low = _mm256_unpacklo_pd(even, odd), high = _mm256_unpackhi_pd(even, odd);
    _mm256_storeu_pd(out, _mm256_permute2f128_pd(low, high, 0x20));
    _mm256_storeu_pd(out + 4, _mm256_permute2f128_pd(low, high, 0x31));
}
#define STORE_PAIRS store_pairs
/* Lanes of `odd` where the item is odd, else of `even`. */
static inline __m256d choose_odd(__m256i item, __m256d even, __m256d odd) {
    return _mm256_blendv_pd(even, odd, _mm256_castsi256_pd(_mm256_slli_epi64(item, 63)));
}
#define CHOOSE_ODD choose_odd
#define LOGD Sleef_cinz_logd4_u35avx
#define SINCOSPID Sleef_cinz_sincospid4_u35avx
#define LANE_NUMBERS _mm256_set_epi64x(3, 2, 1, 0)
#define STORE32(p, v)                                                                                        \
    _mm_storeu_si128((__m128i *)(p), _mm256_castsi256_si128(_mm256_permutevar8x32_epi32(                     \
                                         (v), _mm256_set_epi32(7, 5, 3, 1, 6, 4, 2, 0))))
#include "base/rng_vector.inc"
