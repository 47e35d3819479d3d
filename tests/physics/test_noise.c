/* SPDX-License-Identifier: BSD-3-Clause */
/* Noise currents: moments, independence, windows, sums with other currents, layouts, and the potential of a
 * neuron under noise. All seeds are fixed; the bounds are those of support/statistics.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "models/neuron/lif.h"
#include "sim/input/stimuli.h"
#include "support/built.h"
#include "support/statistics.h"

#include <string.h>

enum { NEURONS = 997, STEPS = 200, N = STEPS * NEURONS };

/* What is recorded of each neuron: the current of every update, or V_m after it. */
enum what { CURRENT, POTENTIAL };

/* [steps][NEURONS] of the population `cells` for the updates 0, 1, ... */
static double *follow(const char *stimuli, enum what what, int64_t steps, int threads, int simd) {
    char text[2000];
    snprintf(text, sizeof text,
             "simulation: {dt: 0.1, duration: 1000.0, seed: 99}\n"
             "populations:\n  other: {model: iaf_psc_exp, size: 3}\n"
             "  cells: {model: iaf_psc_exp, size: %d, params: {V_th: 1000.0}}\nstimuli:\n%s",
             NEURONS, stimuli);
    test_built b;
    test_build_text(&b, text, threads, simd);
    double *all = calloc((size_t)(steps * NEURONS), sizeof *all);
    for (int t = 0; t < threads; t++) {
        volley_neurons neurons;
        volley_stimuli here;
        test_require(volley_neurons_create(b.layout, t, &neurons));
        test_require(volley_stimuli_create(b.layout, t, simd, &neurons, &here));
        volley_neuron_batch *batch = &neurons.batches[1];
        assert_true(here.n > 0 && !batch->uniform_current && neurons.batches[0].uniform_current);
        for (int64_t update = 0; update < steps; update++) {
            volley_stimuli_currents(&here, &neurons, update);
            if (what == POTENTIAL)
                b.network->populations[1].model->update[simd](batch);
            for (int64_t i = 0; i < batch->used; i++)
                all[update * NEURONS + volley_layout_index(b.layout, t, 1, i)] =
                    what == POTENTIAL ? batch->state[0][i] : batch->current[i];
        }
        volley_stimuli_free(&here);
        volley_neurons_free(&neurons, b.network->n_populations);
    }
    test_built_free(&b);
    return all;
}

static void assert_moments(const double *x, int64_t n, double mean, double std) {
    double sum = 0, square = 0;
    for (int64_t i = 0; i < n; i++) {
        sum += x[i] - mean;
        square += (x[i] - mean) * (x[i] - mean);
    }
    double samples = (double)n;
    assert_normal(sum / samples / (std / sqrt(samples)));
    assert_normal((square / samples - std * std) / (std * std * sqrt(2.0 / samples)));
}

static void test_moments(void **state) {
    (void)state;
    double *x = follow("  n: {model: noise, target: cells, params: {mean: 20.0, std: 50.0, dt: 0.1}}\n",
                       CURRENT, STEPS, 1, VOLLEY_SIMD_PLAIN);
    assert_moments(x, N, 20.0, 50.0);
    /* neighbours, consecutive intervals, the same item of consecutive blocks */
    assert_normal(test_correlation_z(x, x + 1, N - 1));
    assert_normal(test_correlation_z(x, x + NEURONS, N - NEURONS));
    assert_normal(test_correlation_z(x, x + 16 * NEURONS, N - 16 * NEURONS));
    free(x);
}

/* Two stimuli on the same neurons have nothing in common; their variances add up, whatever dc does. */
static void test_sum(void **state) {
    (void)state;
    double *x = follow("  a: {model: noise, target: cells, params: {mean: 1.0, std: 3.0, dt: 0.1}}\n"
                       "  d: {model: dc, target: cells, params: {amplitude: 7.0}, start: 5.0, stop: 15.0}\n"
                       "  b: {model: noise, target: cells, params: {mean: 2.0, std: 4.0, dt: 0.1}}\n",
                       CURRENT, STEPS, 1, VOLLEY_SIMD_PLAIN);
    assert_moments(x, 50 * NEURONS, 3.0, 5.0);
    assert_moments(x + 50 * NEURONS, 100 * NEURONS, 10.0, 5.0);
    assert_moments(x + 150 * NEURONS, 50 * NEURONS, 3.0, 5.0);
    free(x);
}

/* Active for 3.2 < t <= 9.0 in intervals of 0.7 ms from the start on; half of the neurons; dc underneath. */
static void test_window(void **state) {
    (void)state;
    double *x =
        follow("  n: {model: noise, target: {population: cells, neurons: {every: 2}}, start: 3.2, stop: "
               "9.0, params: {std: 50.0, dt: 0.7}}\n"
               "  d: {model: dc, target: cells, params: {amplitude: 5.0}, start: 5.5}\n",
               CURRENT, STEPS, 1, VOLLEY_SIMD_PLAIN);
    for (int64_t update = 0; update < STEPS; update++)
        for (int64_t i = 0; i < NEURONS; i++) {
            double steady = update >= 55 ? 5.0 : 0.0, now = x[update * NEURONS + i] - steady;
            if (update < 32 || update >= 90 || i % 2 == 1) {
                assert_true(now == 0.0);
                continue;
            }
            assert_true(now != 0.0);
            if (update == 32)
                continue;
            double before = x[(update - 1) * NEURONS + i] - (update - 1 >= 55 ? 5.0 : 0.0);
            assert_int_equal(fabs(before - now) > 1e-9, (update - 32) % 7 == 0);
        }
    free(x);
}

static void test_layouts(void **state) {
    (void)state;
    const char *text =
        "  n: {model: noise, target: cells, params: {mean: 20.0, std: 50.0, dt: 0.3}}\n"
        "  m: {model: noise, target: {population: cells, neurons: {range: [100, 601]}}, start: "
        "4.0, params: {std: 9.0}}\n";
    int best;
    test_require(volley_simd_level(&best));
    double *x = follow(text, CURRENT, STEPS, 1, VOLLEY_SIMD_PLAIN);
    for (int simd = 0; simd <= best; simd++)
        for (int threads = 1; threads <= 3; threads++) {
            double *y = follow(text, CURRENT, STEPS, threads, simd);
            assert_memory_equal(x, y, N * sizeof *x);
            free(y);
        }
    free(x);
}

/* At the end of intervals of length d the potential is an autoregressive process: V' = a V + (1 - a) R I with
 * a = exp(-d/tau_m), so its stationary variance is (R std)^2 (1 - a)/(1 + a). */
static void test_potential(void **state) {
    (void)state;
    static const double intervals[] = {0.1, 1.0};
    enum { UPDATES = 2000 }; /* 20 time constants: what is left of the start is exp(-20) */
    for (int k = 0; k < 2; k++) {
        char stimulus[200];
        snprintf(stimulus, sizeof stimulus,
                 "  n: {model: noise, target: cells, params: {mean: 100.0, std: 400.0, dt: %.1f}}\n",
                 intervals[k]);
        double *V = follow(stimulus, POTENTIAL, UPDATES, 1, VOLLEY_SIMD_PLAIN);
        double resistance = 10.0 / 250.0, a = exp(-intervals[k] / 10.0);
        double std = resistance * 400.0 * sqrt((1.0 - a) / (1.0 + a));
        assert_moments(V + (UPDATES - 1) * NEURONS, NEURONS, -70.0 + resistance * 100.0, std);
        /* one time constant earlier: correlated by exp(-1) */
        double product = 0;
        for (int i = 0; i < NEURONS; i++)
            product += (V[(UPDATES - 1) * NEURONS + i] + 66.0) * (V[(UPDATES - 101) * NEURONS + i] + 66.0);
        double c = exp(-1.0);
        assert_normal((product / NEURONS / (std * std) - c) / sqrt((1.0 + c * c) / NEURONS));
        free(V);
    }
}

/* A schedule of currents: each holds after its time, none before the first, and only from start to stop. */
static void test_step_current(void **state) {
    (void)state;
    double *x =
        follow("  n: {model: noise, target: {population: cells, neurons: {first: 1}}, params: {std: 1.0}}\n"
               "  s: {model: step_current, target: cells, start: 1.0, stop: 15.0, params: "
               "{amplitude_times: [0.0, 3.0, 7.1, 20.0], amplitude_values: [5.0, -2.5, 8.0, 9.0]}}\n"
               "  d: {model: dc, target: cells, params: {amplitude: 100.0}}\n",
               CURRENT, STEPS, 2, VOLLEY_SIMD_PLAIN);
    for (int64_t update = 0; update < STEPS; update++) {
        double step = update < 10 || update >= 150 ? 0.0 : update < 30 ? 5.0 : update < 71 ? -2.5 : 8.0;
        for (int64_t i = 1; i < NEURONS; i++)
            assert_true(x[update * NEURONS + i] == 100.0 + step);
    }
    free(x);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_step_current), cmocka_unit_test(test_moments), cmocka_unit_test(test_sum),
        cmocka_unit_test(test_window),       cmocka_unit_test(test_layouts), cmocka_unit_test(test_potential),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
