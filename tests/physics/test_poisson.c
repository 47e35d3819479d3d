/* SPDX-License-Identifier: BSD-3-Clause */
/* Poisson input: thresholds against the exact distribution, counts, independence, windows, delays, rates. All
 * seeds are fixed; the bounds are those of support/statistics.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "models/stimulus/poisson_trains.h"
#include "sim/worker.h"
#include "support/built.h"
#include "support/statistics.h"

#include <string.h>

enum { NEURONS = 997, ROOM = 8000 };
static const double means[] = {0.01, 1.3, 30.0, 5000.0};
enum { MEANS = sizeof means / sizeof *means };

static long double pmf(double mean, int k) {
    return expl(k * logl(mean) - mean - lgammal(k + 1.0L));
}

/* A word u gives the count k when threshold[k - 1] <= u < threshold[k], so threshold[k] is the share of
 * counts up to k. */
static void test_thresholds(void **state) {
    (void)state;
    static uint32_t threshold[ROOM];
    for (int m = 0; m < MEANS; m++) {
        int n = volley_poisson_thresholds(means[m], threshold, ROOM);
        long double below = 0;
        assert_true(n > 0 && n < ROOM);
        for (int k = 0; k < n; k++) {
            below += pmf(means[m], k);
            assert_true(fabsl((long double)threshold[k] - below * 4294967296.0L) < 1.5L);
        }
        assert_true((1.0L - below) * 4294967296.0L < 2.0L); /* what is missing is rarer than one word */
    }
    assert_int_equal(volley_poisson_thresholds(0.0, threshold, ROOM), 0);
}

/* Counts [steps][NEURONS] that reach the updates 1, 2, ... of a population under these stimuli. With a delay
 * of one step they are stamped 1, 2, ... */
static double *counts(const char *stimuli, int64_t steps, int threads, int simd) {
    char text[2000];
    snprintf(text, sizeof text,
             "simulation: {dt: 0.1, duration: 100.0, seed: 99}\n"
             "populations:\n  other: {model: iaf_psc_exp, size: 3}\n  cells: {model: iaf_psc_delta, size: "
             "%d}\nstimuli:\n%s",
             NEURONS, stimuli);
    test_built b;
    test_build_text(&b, text, threads, simd);
    double *all = calloc((size_t)(steps * NEURONS), sizeof *all);
    for (int t = 0; t < threads; t++) {
        volley_stimuli stimuli_here;
        volley_neurons neurons;
        test_require(volley_neurons_create(b.layout, t, &neurons));
        test_require(volley_stimuli_create(b.layout, t, simd, &neurons, &stimuli_here));
        const volley_segment *segment = volley_layout_segment(b.layout, t, 1);
        assert_true(volley_stimuli_deliver(&stimuli_here, 0, neurons.input) == 0); /* the stamp would be 0 */
        for (int64_t update = 1; update <= steps; update++) {
            int64_t events = volley_stimuli_deliver(&stimuli_here, update, neurons.input);
            for (int64_t i = 0; i < segment->count; i++) {
                double *input = &neurons.input[0][segment->first + i];
                if (i < segment->used)
                    all[(update - 1) * NEURONS + volley_layout_index(b.layout, t, 1, i)] = *input;
                events -= (int64_t)*input;
                *input = 0;
            }
            assert_true(events == 0); /* weight 1 and no other target: every event is an input */
        }
        volley_stimuli_free(&stimuli_here);
        volley_neurons_free(&neurons, b.network->n_populations);
    }
    test_built_free(&b);
    return all;
}

static void test_distribution(void **state) {
    (void)state;
    enum { STEPS = 200, N = STEPS * NEURONS };
    for (int m = 0; m < MEANS; m++) {
        char stimulus[200];
        snprintf(stimulus, sizeof stimulus,
                 "  s: {model: poisson, target: cells, params: {rate: %.1f, delay: 0.1}}\n", means[m] * 1e4);
        double *count = counts(stimulus, STEPS, 1, VOLLEY_SIMD_PLAIN), sum = 0, square = 0;
        static double found[ROOM], expected[ROOM];
        memset(found, 0, sizeof found);
        for (int k = 0; k < ROOM; k++)
            expected[k] = (double)pmf(means[m], k) * N;
        for (int i = 0; i < N; i++) {
            sum += count[i];
            square += (count[i] - means[m]) * (count[i] - means[m]);
            found[(int)count[i]]++;
        }
        double fourth = means[m] * (1 + 3 * means[m]); /* central moment */
        assert_normal((sum / N - means[m]) / sqrt(means[m] / N));
        assert_normal((square / N - means[m]) / sqrt((fourth - means[m] * means[m]) / N));
        assert_normal(test_counts_z(found, expected, ROOM, 1));
        /* neighbours, consecutive steps, the same word of consecutive blocks */
        assert_normal(test_correlation_z(count, count + 1, N - 1));
        assert_normal(test_correlation_z(count, count + NEURONS, N - NEURONS));
        assert_normal(test_correlation_z(count, count + 4 * NEURONS, N - 4 * NEURONS));
        free(count);
    }
}

static void test_two_stimuli(void **state) {
    (void)state;
    enum { STEPS = 100, N = STEPS * NEURONS };
    const char *first = "  s: {model: poisson, target: cells, params: {rate: 13000.0, delay: 0.1}}\n";
    const char *second = "  none: {model: poisson, target: cells, params: {rate: 0.0, delay: 0.1}}\n"
                         "  s: {model: poisson, target: cells, params: {rate: 13000.0, delay: 0.1}}\n";
    double *a = counts(first, STEPS, 1, VOLLEY_SIMD_PLAIN), *b = counts(second, STEPS, 1, VOLLEY_SIMD_PLAIN);
    assert_normal(test_correlation_z(a, b, N));
    free(a);
    free(b);
}

/* Active for start < t <= stop; an event stamped t with delay d enters update t + d - 1. */
static void test_window_and_delay(void **state) {
    (void)state;
    enum { STEPS = 60, DELAY = 7 };
    const char *open = "  s: {model: poisson, target: cells, params: {rate: 3.0e+5, delay: 0.1}}\n";
    const char *window =
        "  s: {model: poisson, target: cells, start: 1.3, stop: 2.9, params: {rate: 3.0e+5, delay: 0.7}}\n";
    double *all = counts(open, STEPS, 1, VOLLEY_SIMD_PLAIN),
           *some = counts(window, STEPS, 1, VOLLEY_SIMD_PLAIN);
    for (int64_t row = 0; row < STEPS; row++) {
        int64_t stamp = row + 1 + 1 - DELAY;
        for (int64_t i = 0; i < NEURONS; i++) {
            double expected = stamp > 13 && stamp <= 29 ? all[(stamp - 1) * NEURONS + i] : 0.0;
            assert_true(some[row * NEURONS + i] == expected);
            assert_true(all[row * NEURONS + i] > 0); /* with mean 30 silence would be a fault */
        }
    }
    free(all);
    free(some);
}

/* A neuron's train depends on its gid alone: not on the subset, the threads or the vector unit. */
static void test_subset_and_layout(void **state) {
    (void)state;
    enum { STEPS = 21 };
    const char *whole = "  s: {model: poisson, target: cells, params: {rate: 13000.0, delay: 0.1}}\n";
    const char *subset = "  s: {model: poisson, target: {population: cells, neurons: {every: 3}}, params: "
                         "{rate: 13000.0, delay: 0.1}}\n";
    int best;
    test_require(volley_simd_level(&best));
    double *all = counts(whole, STEPS, 1, VOLLEY_SIMD_PLAIN);
    for (int threads = 1; threads <= 3; threads++)
        for (int simd = VOLLEY_SIMD_PLAIN; simd <= best; simd++) {
            double *same = counts(whole, STEPS, threads, simd), *some = counts(subset, STEPS, threads, simd);
            assert_memory_equal(all, same, STEPS * NEURONS * sizeof *all);
            for (int64_t i = 0; i < STEPS * NEURONS; i++)
                assert_true(some[i] == (i % NEURONS % 3 == 0 ? all[i] : 0.0));
            free(same);
            free(some);
        }
    free(all);
}

/* A neuron that fires at any event and forgets at once: a share 1 - exp(-mean) of its steps. */
static void test_rate_of_a_run(void **state) {
    (void)state;
    test_built b;
    test_build_text(&b,
                    "simulation: {dt: 0.1, duration: 500.0, seed: 3}\n"
                    "populations:\n  cells: {model: iaf_psc_delta, size: 500, params: {t_ref: 0.0}}\n"
                    "stimuli:\n  s: {model: poisson, target: cells, start: 100.0, stop: 400.0, params: "
                    "{rate: 700.0, weight: 16.0}}\n",
                    1, VOLLEY_SIMD_PLAIN);
    volley_worker worker;
    test_require(volley_worker_create(&worker, b.wiring, 0, 1));
    for (int64_t update = 0; update < b.network->steps; update++) {
        volley_worker_step(&worker, update, 0);
        worker.n_gids = 0;
    }
    double n = 500.0 * 3000.0, share = -expm1(-0.07);
    assert_normal(((double)worker.population_spikes[0] - n * share) / sqrt(n * share * (1 - share)));
    assert_normal(((double)worker.external_events - n * 0.07) / sqrt(n * 0.07));
    volley_worker_free(&worker);
    test_built_free(&b);
}

/* Counts of all neurons in each step against rates in Hz [steps]; steps without rate stay silent. */
static void check_rates(const double *count, const double *rate, int64_t steps) {
    double *found = calloc((size_t)steps, sizeof *found), *expected = calloc((size_t)steps, sizeof *expected);
    for (int64_t step = 0; step < steps; step++) {
        expected[step] = rate[step] * 1e-4 * NEURONS;
        for (int64_t i = 0; i < NEURONS; i++)
            found[step] += count[step * NEURONS + i];
        assert_true(rate[step] > 0 || found[step] == 0);
    }
    assert_normal(test_counts_z(found, expected, steps, 0));
    free(found);
    free(expected);
}

/* A schedule: the trains of a constant rate, wherever that rate holds, and silence before its first time. */
static void test_schedule(void **state) {
    (void)state;
    enum { STEPS = 300 };
    const double rates[] = {0.0, 3000.0, 50000.0, 0.0, 13000.0};
    const int from[] = {0, 7, 51, 102, 190, STEPS};
    double rate[STEPS];
    for (int i = 0; i < 5; i++) /* a rate holds after its time: the row of stamp t is t - 1 */
        for (int step = from[i]; step < from[i + 1]; step++)
            rate[step] = rates[i];
    const char *schedule = "  s: {model: inhomogeneous_poisson, target: cells, params: {delay: 0.1, "
                           "rate_times: [0.7, 5.1, 10.2, "
                           "19.0], rate_values: [3000.0, 50000.0, 0.0, 13000.0]}}\n";
    int best;
    test_require(volley_simd_level(&best));
    double *all = counts(schedule, STEPS, 1, VOLLEY_SIMD_PLAIN), *other = counts(schedule, STEPS, 3, best);
    assert_memory_equal(all, other, STEPS * NEURONS * sizeof *all);
    free(other);
    check_rates(all, rate, STEPS);
    for (int i = 1; i < 5; i++) {
        char text[200];
        snprintf(text, sizeof text,
                 "  s: {model: poisson, target: cells, params: {rate: %.1f, delay: 0.1}}\n", rates[i]);
        double *constant = counts(text, STEPS, 1, VOLLEY_SIMD_PLAIN);
        int64_t first = (int64_t)from[i] * NEURONS, n = (int64_t)(from[i + 1] - from[i]) * NEURONS;
        assert_memory_equal(all + first, constant + first, (size_t)n * sizeof *all);
        free(constant);
    }
    free(all);
}

/* A sine wave, here 7.3 periods long, that is cut off at 0; the same with another phase and without cut. */
static void test_sine(void **state) {
    (void)state;
    enum { STEPS = 500 };
    const double amplitudes[] = {9000.0, 4000.0}, phases[] = {0.0, 135.0};
    int best;
    test_require(volley_simd_level(&best));
    for (int m = 0; m < 2; m++) {
        double rate[STEPS];
        for (int step = 0; step < STEPS; step++) {
            double angle = 2 * M_PI * (146.0 * 1e-4 * (step + 1) + phases[m] / 360.0);
            rate[step] = fmax(0.0, 5000.0 + amplitudes[m] * sin(angle));
        }
        char text[250];
        snprintf(text, sizeof text,
                 "  s: {model: sinusoidal_poisson, target: cells, params: {rate: 5000.0, amplitude: %.1f, "
                 "frequency: 146.0, phase: %.1f, delay: 0.1}}\n",
                 amplitudes[m], phases[m]);
        double *all = counts(text, STEPS, 1, VOLLEY_SIMD_PLAIN), *other = counts(text, STEPS, 3, best);
        assert_memory_equal(all, other, STEPS * NEURONS * sizeof *all);
        check_rates(all, rate, STEPS);
        free(all);
        free(other);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_thresholds),        cmocka_unit_test(test_distribution),
        cmocka_unit_test(test_two_stimuli),       cmocka_unit_test(test_window_and_delay),
        cmocka_unit_test(test_subset_and_layout), cmocka_unit_test(test_rate_of_a_run),
        cmocka_unit_test(test_schedule),          cmocka_unit_test(test_sine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
