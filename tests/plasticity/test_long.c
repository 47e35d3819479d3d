/* SPDX-License-Identifier: BSD-3-Clause */
/* Long runs: the memory of post spikes stays bounded, and times beyond 32 bits of steps are understood. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plasticity/driver.h"

enum { TARGETS = 3, SOURCES = 4, EVERY = 5 };

static char *write_config(double duration, const uint8_t *pre, const uint8_t *post, int64_t steps,
                          const char *plasticity) {
    config_text t = {0};
    config_append(&t, "simulation: {dt: 1.0, duration: %.17g}\npopulations:\n", duration);
    config_append_trains(&t, "pre", pre, SOURCES, steps, 1.0);
    config_append_trains(&t, "post", post, TARGETS, steps, 1.0);
    config_append(
        &t,
        "projections:\n  p: {source: pre, target: post, connect: {rule: all_to_all}, weight: 20.0,\n"
        "      weight_precision: float64, delay: 7.0, dendritic_delay: 3.0, plasticity: {%s}}\n",
        plasticity);
    return t.text;
}

/* Targets fire at 200 Hz for 200 s. The first source is silent after 5 ms, the second fires seldom, the third
 * often, the fourth never. */
static void test_history_is_bounded(void **state) {
    (void)state;
    const int64_t steps = 200000, period[SOURCES] = {0, 40000, 30, 0};
    uint8_t *pre = calloc((size_t)(SOURCES * (steps + 1)), 1),
            *post = calloc((size_t)(TARGETS * (steps + 1)), 1);
    pre[5] = 1;
    for (int j = 0; j < SOURCES; j++)
        for (int64_t s = period[j]; s > 0 && s <= steps; s += period[j])
            pre[j * (steps + 1) + s] = 1;
    for (int64_t s = 0; s <= steps; s++)
        for (int i = 0; i < TARGETS; i++)
            post[i * (steps + 1) + s] = (s + i) % EVERY == 0;
    static const char *const rules[] = {"rule: stdp", "rule: stdp, params: {pairing: nearest_restricted}",
                                        "rule: stdp_triplet"};
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        static driver d;
        char *text = write_config((double)steps, pre, post, steps, rules[i]);
        driver_start(&d, text, 1, VOLLEY_SIMD_PLAIN, 7, 0, steps);
        driver_initial(&d);
        while (d.now < steps)
            driver_advance(&d);
        const volley_plastic *p = &d.workers[0].plastic[DRIVER_PROJECTION];
        assert_true(p->sweep_interval < steps / 20);
        assert_true(d.deepest >= p->sweep_interval / EVERY);
        if (d.deepest > 2 * p->sweep_interval / EVERY)
            fail_msg("%s: %d post spikes kept; 2 sweep intervals hold %d", rules[i], (int)d.deepest,
                     (int)(2 * p->sweep_interval / EVERY));
        assert_true(p->capacity <= 64);
        driver_free(&d);
        free(text);
    }
    free(pre);
    free(post);
}

/* The largest change of a weight in the first 500 steps. */
static double change_within(double duration, const char *plasticity) {
    const int64_t steps = 500;
    uint8_t pre[SOURCES][501] = {{0}}, post[TARGETS][501] = {{0}};
    for (int64_t s = 3; s <= steps; s += 10)
        for (int j = 0; j < SOURCES; j++)
            pre[j][s] = post[j % TARGETS][s - 1 - j % TARGETS] = 1;
    static driver d;
    char *text = write_config(duration, &pre[0][0], &post[0][0], steps, plasticity);
    driver_start(&d, text, 1, VOLLEY_SIMD_PLAIN, 1, 0, steps);
    driver_initial(&d);
    while (d.now < steps)
        driver_advance(&d);
    driver_weights weights = driver_list(&d);
    double largest = 0.0;
    for (int64_t i = 0; i < weights.n; i++) {
        double change = ((double *)weights.part[0].weight)[i] - 20.0;
        largest = change * change > largest * largest ? change : largest;
    }
    driver_weights_free(&weights);
    driver_free(&d);
    free(text);
    return largest;
}

/* 2^32 and 2^31 steps are 0 and negative in 32 bits. */
static void test_start_far_ahead(void **state) {
    (void)state;
    static const char *const starts[] = {"1000", "2147483748", "4294967396", "6442451044", "1e12"};
    assert_true(change_within(500.0, "rule: stdp, start: 100") != 0.0);
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        char plasticity[100];
        snprintf(plasticity, sizeof plasticity, "rule: stdp, start: %s", starts[i]);
        assert_true(change_within(1e13, plasticity) == 0.0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_history_is_bounded),
        cmocka_unit_test(test_start_far_ahead),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
