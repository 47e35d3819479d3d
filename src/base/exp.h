/* SPDX-License-Identifier: BSD-3-Clause */
/* exp(x) for vector kernels in double precision, with the same bits at every vector level. */
#ifndef VOLLEY_BASE_EXP_H
#define VOLLEY_BASE_EXP_H

#include "base/simd.h"

#include <stdint.h>

/* Within 2 ulp of exp(x). Arguments below -708 count as -708, those above 709 as 709, so that results are
 * normal numbers; not a number stays one. */
VOLLEY_INLINE double volley_exp_inline(double x) {
    union {
        double value;
        uint64_t bits;
    } shifted, scale;
    x = x < -708.0 ? -708.0 : x;
    x = x > 709.0 ? 709.0 : x;
    /* x = n ln 2 + r, |r| <= ln 2/2: adding 1.5 2^52 rounds to a whole number, which is then in the low bits.
     * ln 2 in two parts, of which n times the first is exact. */
    const double round = 0x1.8p52;
    shifted.value = x * 1.44269504088896338700 + round;
    double n = shifted.value - round;
    double r = (x - n * 0x1.62e42feep-1) - n * 0x1.a39ef35793c76p-33;
    double r2 = r * r;
    /* Taylor's series to r^13/13!, below 2^-59 from there on; in two halves, to be shorter */
    double even =
        0.5 + r2 * (1.0 / 24 +
                    r2 * (1.0 / 720 + r2 * (1.0 / 40320 + r2 * (1.0 / 3628800 + r2 * (1.0 / 479001600)))));
    double odd =
        1.0 / 6 +
        r2 * (1.0 / 120 +
              r2 * (1.0 / 5040 + r2 * (1.0 / 362880 + r2 * (1.0 / 39916800 + r2 * (1.0 / 6227020800)))));
    scale.bits = (shifted.bits + 1023) << 52;
    return (1.0 + (r + r2 * (even + r * odd))) * scale.value;
}

#endif
