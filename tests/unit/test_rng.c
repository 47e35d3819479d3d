/* SPDX-License-Identifier: BSD-3-Clause */
/* Counter-based random numbers: known answers, the same bits on every vector unit, moments. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "base/simd.h"
#include "base/special.h"

enum { N = 4096 };

/* Known answers of Philox4x32-10 as published with Random123 (kat_vectors). */
static void test_known_answers(void **state) {
    (void)state;
    volley_rng_block zero = volley_rng(0, 0, 0);
    assert_int_equal(zero.word[0], 0x6627e8d5);
    assert_int_equal(zero.word[1], 0xe169c58d);
    assert_int_equal(zero.word[2], 0xbc57ac4c);
    assert_int_equal(zero.word[3], 0x9b00dbd8);
    volley_rng_block ones = volley_rng(UINT64_MAX, UINT64_MAX, UINT64_MAX);
    assert_int_equal(ones.word[0], 0x408f276d);
    assert_int_equal(ones.word[1], 0x41c83b0e);
    assert_int_equal(ones.word[2], 0xa20bc7c6);
    assert_int_equal(ones.word[3], 0x6d5451fd);
    volley_rng_block pi =
        volley_rng(UINT64_C(0x299f31d0a4093822), UINT64_C(0x0370734413198a2e), UINT64_C(0x85a308d3243f6a88));
    assert_int_equal(pi.word[0], 0xd16cfe09);
    assert_int_equal(pi.word[1], 0x94fdcceb);
    assert_int_equal(pi.word[2], 0x5001e420);
    assert_int_equal(pi.word[3], 0x24126ea1);
}

static void test_keys(void **state) {
    (void)state;
    assert_true(volley_rng_key(1, VOLLEY_RNG_SOURCE, 0) != volley_rng_key(1, VOLLEY_RNG_WEIGHT, 0));
    assert_true(volley_rng_key(1, VOLLEY_RNG_SOURCE, 0) != volley_rng_key(1, VOLLEY_RNG_SOURCE, 1));
    assert_true(volley_rng_key(1, VOLLEY_RNG_SOURCE, 0) != volley_rng_key(2, VOLLEY_RNG_SOURCE, 0));
}

typedef void (*batch)(int, uint64_t, uint64_t, uint64_t, int64_t, double *);

static void test_levels(void **state) {
    (void)state;
    static double plain[N], vector[N];
    static uint32_t plain_words[4 * N], vector_words[4 * N];
    static uint64_t entities[N];
    const batch batches[] = {volley_rng_uniform_batch, volley_rng_normal_batch, volley_rng_exponential_batch};
    int best;
    assert_int_equal(volley_simd_level(&best), 0);
    for (int level = 1; level <= best; level++) {
        for (int b = 0; b < 3; b++) {
            uint64_t entity = UINT64_C(77) << 33, first = UINT64_C(1) << 40;
            batches[b](VOLLEY_SIMD_PLAIN, 42, entity, first, N, plain);
            batches[b](level, 42, entity, first, N, vector);
            assert_memory_equal(plain, vector, sizeof plain);
        }
        for (int i = 0; i < N; i++)
            entities[i] = (uint64_t)i << 30;
        volley_rng_words_batch(VOLLEY_SIMD_PLAIN, 42, entities, UINT64_C(5) << 32, N, plain_words);
        volley_rng_words_batch(level, 42, entities, UINT64_C(5) << 32, N, vector_words);
        assert_memory_equal(plain_words, vector_words, sizeof plain_words);
    }
}

/* An item does not depend on the batch it is drawn in. */
static void test_items(void **state) {
    (void)state;
    double all[64], part[16];
    volley_rng_normal_batch(VOLLEY_SIMD_PLAIN, 9, 3, 0, 64, all);
    volley_rng_normal_batch(VOLLEY_SIMD_PLAIN, 9, 3, 6, 3, part);
    assert_memory_equal(all + 6, part, 3 * sizeof *part);
    for (uint64_t k = 0; k < 64; k++)
        assert_true(all[k] == volley_normal(volley_rng_item(9, 3, k, 0), k));
}

/* Mean and variance within 5 standard errors, and no correlation inside a pair. */
static void test_moments(void **state) {
    (void)state;
    enum { BATCHES = 256 };
    static double z[N];
    double sum = 0, square = 0, pair = 0, fourth = 0, total = (double)N * BATCHES;
    for (int b = 0; b < BATCHES; b++) {
        volley_rng_normal_batch(VOLLEY_SIMD_PLAIN, 11, (uint64_t)b, 0, N, z);
        for (int i = 0; i < N; i++) {
            sum += z[i];
            square += z[i] * z[i];
            fourth += z[i] * z[i] * z[i] * z[i];
            pair += i & 1 ? z[i] * z[i - 1] : 0;
        }
    }
    assert_true(fabs(sum / total) < 5 / sqrt(total));
    assert_true(fabs(square / total - 1) < 5 * sqrt(2 / total));
    assert_true(fabs(fourth / total - 3) < 5 * sqrt(96 / total));
    assert_true(fabs(pair / (total / 2)) < 5 / sqrt(total / 2));
}

static void test_special(void **state) {
    (void)state;
    double sum = 0;
    for (int n = 1; n <= 3000; n++) {
        sum += log(n);
        assert_true(fabs(volley_log_factorial(n) - sum) <= 1e-12 * (1 + sum));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers), cmocka_unit_test(test_keys),    cmocka_unit_test(test_levels),
        cmocka_unit_test(test_items),         cmocka_unit_test(test_moments), cmocka_unit_test(test_special),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
