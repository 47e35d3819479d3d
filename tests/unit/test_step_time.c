/* SPDX-License-Identifier: BSD-3-Clause */
/* The time of a step is the double nearest to the decimal product of step and dt, for every dt that is a
 * decimal, and is read back as that step. */
#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/status.h"
#include "config/config.h"
#include "net/network.h"

static uint64_t chance(void) {
    static uint64_t state = 4;
    state = state * 6364136223846793005u + 1442695040888963407u;
    return state >> 11;
}

/* step x units / 10^exponent by its digits. */
static double by_digits(uint64_t step, uint64_t units, int exponent) {
    char text[100];
    unsigned __int128 product = (unsigned __int128)step * units;
    int n = 0, at = 99;
    text[at] = '\0';
    for (; product > 0 || n <= exponent; n++) {
        if (n == exponent && n > 0)
            text[--at] = '.';
        text[--at] = (char)('0' + (int)(product % 10));
        product /= 10;
    }
    return strtod(text + at, NULL);
}

static void check(const volley_network *network, uint64_t step, uint64_t units, int exponent) {
    double ms = volley_step_to_ms(network, (int64_t)step), right = by_digits(step, units, exponent);
    int64_t back = -1;
    if (ms != right)
        fail_msg("step %" PRIu64 " of %.17g: %.17g, not %.17g", step, network->dt_ms, ms, right);
    if (!volley_is_step(network, ms, &back) || back != (int64_t)step)
        fail_msg("step %" PRIu64 " of %.17g comes back as %" PRId64, step, network->dt_ms, back);
}

/* A dt of units / 10^exponent, whose text is that. */
static void check_dt(uint64_t units, int exponent) {
    volley_network network = {0};
    volley_network_set_dt(&network, by_digits(1, units, exponent));
    for (uint64_t step = 0; step < 2000; step++)
        check(&network, step, units, exponent);
    for (int bits = 11; bits <= 50; bits++)
        for (int i = 0; i < 20; i++)
            check(&network, chance() >> (53 - bits), units, exponent);
}

static void test_decimals(void **state) {
    (void)state;
    static const struct {
        uint64_t units;
        int exponent;
    } known[] = {{1, 1},    {3, 1},   {6, 2},     {15, 2},          {7, 1},
                 {11, 1},   {3, 4},   {1, 0},     {2, 0},           {25, 0},
                 {1000, 0}, {1, 6},   {125, 3},   {3333333333, 10}, {5, 2},
                 {1, 2},    {333, 3}, {12345, 5}, {999999, 3},      {123456789012345, 15},
                 {1, 3}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        check_dt(known[i].units, known[i].exponent);
    for (int i = 0; i < 300; i++) {
        int digits = 1 + (int)(chance() % 15), exponent = digits - 1 + (int)(chance() % 3);
        uint64_t most = 1;
        for (int k = 0; k < digits; k++)
            most *= 10;
        uint64_t units = 1 + chance() % (most - 1);
        if (by_digits(1, units, exponent) >= 1e-6 && by_digits(1, units, exponent) <= 1000.0)
            check_dt(units, exponent);
    }
}

/* Where 1/dt is whole the time is step / (1/dt); a dt of too many digits is a fraction or what it is. */
static void test_others(void **state) {
    (void)state;
    volley_network network = {0};
    volley_network_set_dt(&network, 0.1);
    for (int64_t step = 0; step < 1000000; step++)
        assert_true(volley_step_to_ms(&network, step) == (double)step / 10.0);
    volley_network_set_dt(&network, 1.0 / 3.0);
    for (int64_t step = 0; step < 1000; step++)
        assert_true(volley_step_to_ms(&network, step) == (double)step / 3.0);
    volley_network_set_dt(&network, 0.12345678901234567);
    for (int64_t step = 0; step < 1000; step++) {
        int64_t back;
        assert_true(volley_step_to_ms(&network, step) == (double)step * 0.12345678901234567);
        assert_true(volley_is_step(&network, volley_step_to_ms(&network, step), &back) && back == step);
    }
    int64_t step;
    volley_network_set_dt(&network, 0.3);
    assert_false(volley_is_step(&network, 0.31, &step));
    assert_false(volley_is_step(&network, 1e300, &step));
    assert_false(volley_is_step(&network, NAN, &step));
    assert_false(volley_is_step(&network, -INFINITY, &step));
}

static void parses(const char *dt, const char *duration, int64_t steps) {
    char text[300];
    volley_network *network = NULL;
    snprintf(text, sizeof text,
             "simulation: {dt: %s, duration: %s}\npopulations:\n  A: {model: iaf_psc_exp, size: 1}\n", dt,
             duration);
    int status = volley_config_parse(text, "test.yaml", NULL, 0, &network);
    if ((status == VOLLEY_OK) != (steps > 0))
        fail_msg("%s%s", text, status == VOLLEY_OK ? "accepted" : volley_error_message());
    if (status == VOLLEY_OK && network->steps != steps)
        fail_msg("%s%" PRId64 " steps", text, network->steps);
    volley_error_clear();
    volley_network_destroy(&network);
}

static void test_durations(void **state) {
    (void)state;
    parses("0.3333333333", "333333.3333", 1000000);
    parses("0.3333333333", "1.0", 3); /* within 1e-6 steps */
    parses("0.33333", "1.0", 0);
    parses("0.333333333333333", "333333333333.333", 1000000000000);
    parses("0.3333333333333333", "1.0", 3);
    parses("0.3", "3000000000000.3", 10000000000001);
    parses("0.7", "70000000000.7", 100000000001);
    parses("0.1", "90000000000000.7", 900000000000007);
    parses("0.000001", "1.000001", 1000001);
    parses("0.3", "1.0", 0);
    parses("0.1", "0.15", 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_decimals), cmocka_unit_test(test_others),
                                       cmocka_unit_test(test_durations)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
