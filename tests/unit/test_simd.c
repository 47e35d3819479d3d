/* SPDX-License-Identifier: BSD-3-Clause */
/* The choice of the vector level by the environment. */
#include "base/simd.h"
#include "base/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void names_and_environment(void **state) {
    (void)state;
    int best, level;
    unsetenv("VOLLEY_SIMD");
    assert_int_equal(volley_simd_level(&best), VOLLEY_OK);
    for (int i = 0; i < VOLLEY_SIMD_LEVELS; i++) {
        setenv("VOLLEY_SIMD", volley_simd_name(i), 1);
        assert_int_equal(volley_simd_level(&level), i <= best ? VOLLEY_OK : VOLLEY_USAGE);
        if (i <= best)
            assert_int_equal(level, i);
        volley_error_clear();
    }
}

static void unknown_level(void **state) {
    (void)state;
    int level;
    setenv("VOLLEY_SIMD", "sse9", 1);
    assert_int_equal(volley_simd_level(&level), VOLLEY_USAGE);
    assert_non_null(strstr(volley_error_message(), "sse9"));
    volley_error_clear();
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(names_and_environment),
                                       cmocka_unit_test(unknown_level)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
