/* SPDX-License-Identifier: BSD-3-Clause */
/* x^y for vector kernels in single precision, with the same bits at every vector level. */
#ifndef VOLLEY_BASE_POWER_H
#define VOLLEY_BASE_POWER_H

#include "base/simd.h"

#include <stdint.h>

/* x^y for x >= 0 and y > 0 as 2^(y log2 x); relative error below 1e-6 while the result is in 1e-30 .. 1e30.
 * Results outside the range of normal numbers become 0 or about 2^127. 0^y = 0. */
VOLLEY_INLINE float volley_power_float(float x, float y) {
    union {
        float value;
        int32_t bits;
    } in = {x}, part, out;
    /* x = m 2^e with m in [sqrt(1/2), sqrt(2)) */
    const int32_t root = 0x3f3504f3;
    int32_t e = (in.bits - root) >> 23;
    part.bits = in.bits - (int32_t)((uint32_t)e << 23);
    float t = (part.value - 1.0f) / (part.value + 1.0f), s = t * t;
    /* log2 m = 2/ln 2 (t + t^3/3 + t^5/5 + ...) */
    float log2_m =
        t * (2.885390082f + s * (0.961796694f + s * (0.577078016f + s * (0.412198583f + s * 0.320598898f))));
    float power = y * ((float)e + log2_m);
    power = power > 127.0f ? 127.0f : power;
    power = power < -126.0f ? -126.0f : power;
    const float round = 12582912.0f; /* 1.5 2^23: adding it rounds to a whole number */
    float whole = (power + round) - round, f = power - whole;
    /* 2^f on [-1/2, 1/2]: Taylor's series of exp(f ln 2) */
    float fraction =
        1.0f +
        f * (0.693147181f +
             f * (0.240226507f +
                  f * (0.0555041087f + f * (0.00961812911f + f * (0.00133335581f + f * 0.000154035304f)))));
    out.bits = ((int32_t)whole + 127) << 23;
    float result = fraction * out.value;
    return in.bits < 0x00800000 ? 0.0f : result;
}

#endif
