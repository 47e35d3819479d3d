/* SPDX-License-Identifier: BSD-3-Clause */
/* Vector units: chosen when the program starts, never when it is built.
 *
 * A kernel is written once as an always-inline body in plain C; VOLLEY_KERNEL compiles it for each level.
 * Bits do not depend on the level: no contraction, no reassociation, the same operations for every element.
 */
#ifndef VOLLEY_BASE_SIMD_H
#define VOLLEY_BASE_SIMD_H

enum volley_simd { VOLLEY_SIMD_PLAIN, VOLLEY_SIMD_AVX2, VOLLEY_SIMD_AVX512, VOLLEY_SIMD_LEVELS };

/* The best level of this machine, or the one named by the environment variable VOLLEY_SIMD (plain | avx2 |
 * avx512). Stores it in *level. Returns VOLLEY_USAGE when the variable names an unknown level or one the
 * machine lacks. */
int volley_simd_level(int *level);

/* "plain", "avx2" or "avx512". */
const char *volley_simd_name(int level);

#define VOLLEY_INLINE static inline __attribute__((always_inline))
#define VOLLEY_TARGET_PLAIN
#define VOLLEY_TARGET_AVX2 __attribute__((target("avx2")))
#if defined(__clang__)
#define VOLLEY_TARGET_AVX512 __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,avx512cd")))
#else
#define VOLLEY_TARGET_AVX512                                                                                 \
    __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,avx512cd,prefer-vector-width=512")))
#endif

/* Defines name_plain, name_avx2 and name_avx512 from the always-inline function name_body.
 * VOLLEY_KERNEL(int64_t, update, (const batch *b), (b)) */
#define VOLLEY_KERNEL(type, name, parameters, arguments)                                                     \
    VOLLEY_TARGET_PLAIN static type name##_plain parameters {                                                \
        return name##_body arguments;                                                                        \
    }                                                                                                        \
    VOLLEY_TARGET_AVX2 static type name##_avx2 parameters {                                                  \
        return name##_body arguments;                                                                        \
    }                                                                                                        \
    VOLLEY_TARGET_AVX512 static type name##_avx512 parameters {                                              \
        return name##_body arguments;                                                                        \
    }
#define VOLLEY_KERNEL_TABLE(name)                                                                            \
    { name##_plain, name##_avx2, name##_avx512 }

#endif
