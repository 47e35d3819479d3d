/* SPDX-License-Identifier: BSD-3-Clause */
/* What recording adds to the memory forecast, by hand. */
#include "base/status.h"
#include "forecast/memory_forecast.h"
#include "config/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const char text[] = "simulation: {dt: 0.1, duration: 1000.0}\n"
                           "populations:\n"
                           "  A: {model: iaf_psc_exp, size: 1000}\n"
                           "  B: {model: iaf_psc_exp, size: 3000}\n";

static volley_network *read_network(const char *set) {
    volley_network *network;
    int code = volley_config_parse(text, "test.yaml", &set, set != NULL, &network);
    if (code != VOLLEY_OK)
        fprintf(stderr, "%s\n", volley_error_message());
    assert_int_equal(code, VOLLEY_OK);
    return network;
}

static volley_forecast make(const char *set, int ranks, int threads, size_t buffer) {
    volley_network *network = read_network(set);
    volley_expected expected;
    volley_forecast forecast;
    volley_forecast_options options = {.state_buffer = buffer};
    assert_int_equal(volley_expect(network, NULL, ranks, threads, &expected), VOLLEY_OK);
    assert_int_equal(volley_forecast_make(network, &expected, &options, &forecast), VOLLEY_OK);
    volley_expected_free(&expected);
    volley_network_destroy(&network);
    return forecast;
}

/* Bytes that the setting adds on all ranks. */
static double added(const char *set, int ranks, int threads, size_t buffer) {
    volley_forecast without = make(NULL, ranks, threads, buffer), with = make(set, ranks, threads, buffer);
    return ranks * (volley_forecast_rank_bytes(&with) - volley_forecast_rank_bytes(&without));
}

static double root(const char *set) {
    return make(set, 1, 1, 1 << 20).root;
}

static void test_states(void **state) {
    (void)state;
    const char *one = "record.state=[{population: A, variables: [V_m]}]";
    /* 4000 bytes a frame, 10001 frames: far more than a buffer of a million bytes and a frame; the columns */
    assert_float_equal(added(one, 1, 1, 1000000), 5 * 1004000.0 + 16000.0, 1.0);
    /* two ranks with a million bytes each and half a frame; threads share them */
    assert_float_equal(added(one, 2, 3, 1000000), 5 * 2 * 1002000.0 + 16000.0, 1.0);
    /* everything fits */
    assert_float_equal(added(one, 4, 1, (size_t)1 << 40), 5 * 40004000.0 + 16000.0, 1.0);
    /* 12000 and 12000 bytes a frame, one record at a time is on its way */
    assert_float_equal(added("record.state=[{population: B, variables: [V_m, I_syn_ex]}]", 1, 1, 1000000),
                       (1 + 4 * 0.5) * 1024000.0 + 2 * 48000.0, 1.0);
}

static void test_rates(void **state) {
    (void)state;
    const char *rates = "record.rates.interval=0.5"; /* 2000 bins of two populations */
    assert_float_equal(added(rates, 1, 1, 1 << 20), 32000.0, 1.0);
    assert_float_equal(added(rates, 3, 2, 1 << 20), 3 * 2 * 32000.0, 1.0);
    assert_float_equal(added(rates, 3, 2, 1000), 3 * 1032.0, 1.0);
    assert_float_equal(root(rates), 32000.0 + 16000.0, 1.0);
    assert_float_equal(root(NULL), 0.0, 0.0);
}

static void test_limit(void **state) {
    (void)state;
    assert_float_equal(added("limits.max_rate=100.0", 3, 2, 1 << 20), 3 * 1000 * 2 * 8.0, 1.0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_states), cmocka_unit_test(test_rates),
                                       cmocka_unit_test(test_limit)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
