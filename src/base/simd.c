/* SPDX-License-Identifier: BSD-3-Clause */
/* Chooses the vector unit: the best one of the machine, or the one that VOLLEY_SIMD names. */
#include "base/simd.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char *const level_names[VOLLEY_SIMD_LEVELS] = {"plain", "avx2", "avx512"};

const char *volley_simd_name(int level) {
    return level >= 0 && level < VOLLEY_SIMD_LEVELS ? level_names[level] : "unknown";
}

/* The same sets as in VOLLEY_TARGET_*; the builtin also asks whether the kernel saves the wide registers. */
static int best_level(void) {
    __builtin_cpu_init();
    bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                  __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") &&
                  __builtin_cpu_supports("avx512cd");
    if (avx512)
        return VOLLEY_SIMD_AVX512;
    return __builtin_cpu_supports("avx2") ? VOLLEY_SIMD_AVX2 : VOLLEY_SIMD_PLAIN;
}

int volley_simd_level(int *level) {
    int best = best_level();
    const char *wanted = getenv("VOLLEY_SIMD");
    *level = best;
    if (wanted == NULL || wanted[0] == '\0')
        return VOLLEY_OK;
    for (int i = 0; i < VOLLEY_SIMD_LEVELS; i++) {
        if (strcmp(wanted, level_names[i]) != 0)
            continue;
        CHECK(i <= best, VOLLEY_USAGE, "VOLLEY_SIMD=%s: this machine has no more than %s", wanted,
              level_names[best]);
        *level = i;
        return VOLLEY_OK;
    }
    return volley_fail(VOLLEY_USAGE, "VOLLEY_SIMD=%s: expected plain, avx2 or avx512", wanted);
}
