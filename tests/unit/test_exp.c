/* SPDX-License-Identifier: BSD-3-Clause */
/* exp for vector kernels: against long double, and the same bits at every vector level. */
#include "base/exp.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { POINTS = 100000 };

static double x[POINTS], result[VOLLEY_SIMD_LEVELS][POINTS];

VOLLEY_INLINE int evaluate_body(const double *restrict from, double *restrict to) {
    for (int i = 0; i < POINTS; i++)
        to[i] = volley_exp_inline(from[i]);
    return 0;
}
VOLLEY_KERNEL(int, evaluate, (const double *restrict from, double *restrict to), (from, to))
typedef int (*evaluate_function)(const double *restrict, double *restrict);
static const evaluate_function evaluate[] = VOLLEY_KERNEL_TABLE(evaluate);

static void close_to_exp_at_every_level(void **state) {
    (void)state;
    int best;
    assert_int_equal(volley_simd_level(&best), 0);
    const double spans[] = {1e-9, 1.0, 30.0, 707.9};
    for (int span = 0; span < 4; span++) {
        for (int i = 0; i < POINTS; i++)
            x[i] = spans[span] * (2.0 * i / (POINTS - 1) - 1.0);
        for (int level = 0; level <= best; level++) {
            evaluate[level](x, result[level]);
            assert_memory_equal(result[level], result[0], sizeof result[0]);
        }
        for (int i = 0; i < POINTS; i++) {
            long double exact = expl((long double)x[i]);
            double ulp = nextafter((double)exact, INFINITY) - (double)exact;
            assert_true(fabsl((long double)result[0][i] - exact) <= 2.0L * (long double)ulp);
        }
    }
}

static void ends(void **state) {
    (void)state;
    assert_true(volley_exp_inline(0.0) == 1.0);
    assert_true(volley_exp_inline(-INFINITY) == volley_exp_inline(-708.0));
    assert_true(volley_exp_inline(INFINITY) == volley_exp_inline(709.0));
    assert_true(fpclassify(volley_exp_inline(-1e300)) == FP_NORMAL);
    assert_true(isfinite(volley_exp_inline(1e300)));
    assert_true(isnan(volley_exp_inline(NAN)));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(close_to_exp_at_every_level), cmocka_unit_test(ends)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
