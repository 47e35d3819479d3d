/* SPDX-License-Identifier: BSD-3-Clause */
/* Distributions, subsets and the small functions of a network description. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/network.h"

static void assert_close(double a, double b, double tolerance) {
    if (!(fabs(a - b) <= tolerance))
        fail_msg("%.17g is not %.17g within %g", a, b, tolerance);
}

/* Share and mean of a density over [low, high] of the underlying normal, by Simpson's rule. */
static void integrate(const volley_distribution *d, double *share, double *mean) {
    double min = d->min, max = d->max;
    if (d->kind == VOLLEY_LOGNORMAL) {
        min = min > 0.0 ? log(min) : -INFINITY;
        max = log(max);
    }
    double from = fmax(min, d->a - 12.0 * d->b), to = fmin(max, d->a + 12.0 * d->b);
    enum { PIECES = 20000 };
    double h = (to - from) / PIECES, total = 0.0, first = 0.0;
    for (int i = 0; i <= PIECES; i++) {
        double x = from + i * h, z = (x - d->a) / d->b;
        double weight = i == 0 || i == PIECES ? 1.0 : i % 2 ? 4.0 : 2.0;
        double density = weight * exp(-0.5 * z * z) / (d->b * 2.5066282746310002);
        total += density;
        first += density * (d->kind == VOLLEY_LOGNORMAL ? exp(x) : x);
    }
    *share = total * h / 3.0;
    *mean = first / total;
}

static void test_truncated(void **state) {
    (void)state;
    const volley_distribution cases[] = {
        {VOLLEY_NORMAL, 1.5, 0.75, 0.05, INFINITY, NULL, 0},
        {VOLLEY_NORMAL, 87.8085, 8.78085, 0.0, INFINITY, NULL, 0},
        {VOLLEY_NORMAL, -1.0, 2.0, -INFINITY, 0.0, NULL, 0},
        {VOLLEY_NORMAL, 0.0, 1.0, 2.0, 5.0, NULL, 0},
        {VOLLEY_NORMAL, 0.0, 1.0, -5.0, -2.0, NULL, 0},
        {VOLLEY_NORMAL, 3.0, 2.0, -INFINITY, INFINITY, NULL, 0},
        {VOLLEY_LOGNORMAL, 0.3, 0.8, 0.5, 4.0, NULL, 0},
        {VOLLEY_LOGNORMAL, -1.0, 0.5, -3.0, INFINITY, NULL, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double share, mean;
        integrate(&cases[i], &share, &mean);
        assert_close(volley_distribution_acceptance(&cases[i]), share, 1e-9);
        assert_close(volley_distribution_mean(&cases[i]), mean, 1e-8 * fmax(1.0, fabs(mean)));
    }
}

static void test_ends(void **state) {
    (void)state;
    double list[] = {3.0, -1.0, 2.0};
    volley_distribution values = {VOLLEY_VALUES, 0, 0, -INFINITY, INFINITY, list, 3};
    assert_true(volley_distribution_low(&values) == -1.0);
    assert_true(volley_distribution_high(&values) == 3.0);
    assert_close(volley_distribution_mean(&values), 4.0 / 3.0, 1e-15);
    volley_distribution uniform = {VOLLEY_UNIFORM, 2.0, 6.0, -INFINITY, INFINITY, NULL, 0};
    assert_true(volley_distribution_low(&uniform) == 2.0 && volley_distribution_high(&uniform) == 6.0);
    assert_true(volley_distribution_mean(&uniform) == 4.0);
    assert_true(volley_distribution_acceptance(&uniform) == 1.0);
    volley_distribution normal = {VOLLEY_NORMAL, 1.0, 2.0, -INFINITY, 5.0, NULL, 0};
    assert_true(isinf(volley_distribution_low(&normal)) && volley_distribution_high(&normal) == 5.0);
    double low, high;
    volley_distribution_reach(&normal, &low, &high);
    assert_close(low, 1.0 - 2.0 * 8.7, 1e-12);
    assert_true(high == 5.0);
    volley_distribution lognormal = {VOLLEY_LOGNORMAL, 0.0, 1.0, -INFINITY, INFINITY, NULL, 0};
    assert_true(volley_distribution_low(&lognormal) == 0.0);
    volley_distribution_reach(&lognormal, &low, &high);
    assert_close(log(high), 8.7, 1e-12);
    volley_distribution impossible = {VOLLEY_NORMAL, 0.0, 0.0, 1.0, 2.0, NULL, 0};
    assert_true(volley_distribution_acceptance(&impossible) == 0.0);
}

static void test_delay_bounds(void **state) {
    (void)state;
    int64_t low, high;
    volley_distribution delay = {VOLLEY_NORMAL, 15.0, 7.5, 0.5, INFINITY, NULL, 0};
    volley_delay_bounds(&delay, &low, &high);
    assert_int_equal(low, 1);
    assert_int_equal(high, 80); /* 15 + 8.7 * 7.5 = 80.25 */
    delay = volley_constant(3.0);
    volley_delay_bounds(&delay, &low, &high);
    assert_int_equal(low, 3);
    assert_int_equal(high, 3);
}

static void test_subsets(void **state) {
    (void)state;
    volley_subset every = {.start = 2, .stride = 3, .count = 4}; /* 2 5 8 11 */
    assert_int_equal(volley_subset_find(&every, 2), 0);
    assert_int_equal(volley_subset_find(&every, 11), 3);
    assert_int_equal(volley_subset_find(&every, 14), -1);
    assert_int_equal(volley_subset_find(&every, 1), -1);
    assert_int_equal(volley_subset_find(&every, 3), -1);
    int64_t ids[] = {1, 4, 9};
    volley_subset list = {.count = 3, .ids = ids};
    for (int64_t i = 0; i < 12; i++) {
        int64_t expected = i == 1 ? 0 : i == 4 ? 1 : i == 9 ? 2 : -1;
        assert_int_equal(volley_subset_find(&list, i), expected);
    }
}

static void test_network(void **state) {
    (void)state;
    volley_population populations[3] = {
        {.first_gid = 0, .size = 5}, {.first_gid = 5, .size = 1}, {.first_gid = 6, .size = 4}};
    volley_network network = {
        .dt_ms = 0.1, .inverse_dt = 10.0, .n_populations = 3, .populations = populations};
    const int32_t owner[] = {0, 0, 0, 0, 0, 1, 2, 2, 2, 2};
    for (int64_t gid = 0; gid < 10; gid++)
        assert_int_equal(volley_population_of(&network, gid), owner[gid]);
    assert_true(volley_step_to_ms(&network, 3) == 0.3);
    volley_network_set_dt(&network, 0.3);
    assert_true(volley_step_to_ms(&network, 3) == 0.9);
    volley_network *nothing = NULL;
    volley_network_destroy(&nothing);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_truncated), cmocka_unit_test(test_ends),    cmocka_unit_test(test_delay_bounds),
        cmocka_unit_test(test_subsets),   cmocka_unit_test(test_network),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
