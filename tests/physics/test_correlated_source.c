/* SPDX-License-Identifier: BSD-3-Clause */
/* correlated_poisson_source against closed forms, up to a spike in every step: rate, correlation of pairs,
 * and what three neurons do together, with rates and correlations of their own or shared. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "config/config.h"
#include "support/batch.h"
#include "support/statistics.h"

enum { N = 3, SETS = 8 };

/* How often each set of the three neurons fired in a step (bit i: neuron i), how often before another step,
 * and how often neuron 0 fired in that one. */
typedef struct tally {
    double set[SETS], before[SETS], then[SETS];
} tally;

static tally run(const double *rate, const double *c, double dt_ms, int64_t steps, int simd, bool uniform) {
    const volley_neuron_model *model = volley_neuron_model_find("correlated_poisson_source");
    double params[N][2];
    test_batch b;
    tally t = {0};
    for (int i = 0; i < N; i++) {
        params[i][test_set(model, params[i], "rate", rate[i])] = rate[i];
        params[i][test_set(model, params[i], "c", c[i])] = c[i];
    }
    assert_int_equal(test_batch_init(&b, model, params[0], dt_ms, N, uniform, true), VOLLEY_OK);
    for (int i = 0; i < N && !uniform; i++) {
        double one[TEST_MAX_CONSTANTS];
        assert_int_equal(model->derive(params[i], dt_ms, one), VOLLEY_OK);
        for (int k = 0; k < model->n_constants; k++)
            b.constants[k * b.columns.count + i] = one[k];
    }
    b.columns.stream = volley_rng_key(99, VOLLEY_RNG_CORRELATED, 3);
    int before = -1;
    for (int64_t step = 0; step < steps; step++) {
        b.columns.update = step;
        int64_t n = model->update[simd](&b.columns);
        int set = 0;
        for (int64_t k = 0; k < n; k++)
            set |= 1 << b.columns.fired[k];
        t.set[set]++;
        if (before >= 0) {
            t.before[before]++;
            t.then[before] += set & 1;
        }
        before = set;
    }
    test_batch_free(&b);
    return t;
}

/* Probability of each set: given the population's draw v, neurons are independent and fire with probability
 * sqrt(c) [v < p] + (1 - sqrt(c)) p. */
static void expect(const double *p, const double *c, double probability[SETS]) {
    double edge[N + 2] = {0.0, p[0], p[1], p[2], 1.0};
    qsort(edge, N + 2, sizeof *edge, test_compare_double);
    for (int set = 0; set < SETS; set++) {
        probability[set] = 0.0;
        for (int k = 0; k <= N; k++) {
            double all = edge[k + 1] - edge[k];
            for (int i = 0; i < N; i++) {
                double r = sqrt(c[i]), f = (edge[k] < p[i] ? r : 0.0) + (1.0 - r) * p[i];
                all *= set >> i & 1 ? f : 1.0 - f;
            }
            probability[set] += all;
        }
    }
}

static double sum_of(const double *x, int with) {
    double sum = 0.0;
    for (int set = 0; set < SETS; set++)
        sum += (set & with) == with ? x[set] : 0.0;
    return sum;
}

/* A count of independent steps with this probability, in standard deviations; 0 for so few that it is not
 * normal.
 */
static double deviation(double count, double steps, double p) {
    double mean = steps * p;
    if (p < 1e-12 || p > 1.0 - 1e-12)
        return fabs(count - mean) > 1e-6 ? INFINITY : 0.0;
    return fmin(mean, steps - mean) < 5.0 ? 0.0 : (count - mean) / sqrt(mean * (1.0 - p));
}

static void check(const double *p, const double *c, double dt_ms, int64_t steps, int simd, bool uniform) {
    double rate[N], expected[SETS], n = (double)steps;
    for (int i = 0; i < N; i++)
        rate[i] = p[i] * 1e3 / dt_ms;
    tally t = run(rate, c, dt_ms, steps, simd, uniform);
    expect(p, c, expected);
    for (int i = 0; i < N; i++) {
        assert_normal(deviation(sum_of(t.set, 1 << i), n, p[i]));
        for (int j = 0; j < i; j++) {
            /* the correlation of two Bernoulli variables of one probability is c, of two it is the largest
             * possible one times the mean of c */
            double low = fmin(p[i], p[j]), high = fmax(p[i], p[j]);
            double both = p[i] * p[j] + sqrt(c[i] * c[j]) * low * (1.0 - high);
            assert_true(fabs(sum_of(expected, 1 << i | 1 << j) - both) < 1e-12);
            assert_normal(deviation(sum_of(t.set, 1 << i | 1 << j), n, both));
        }
    }
    assert_normal(deviation(t.set[SETS - 1], n, expected[SETS - 1]));
    /* neuron 0 does not know what happened one step before */
    for (int set = 0; set < SETS; set++)
        assert_normal(deviation(t.then[set], t.before[set], p[0]));
}

static const double probabilities[] = {0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 1.0};
static const double correlations[] = {0.0, 0.1, 0.5, 0.9, 1.0};

static void test_shared(void **state) {
    (void)state;
    for (int k = 0; k < 7; k++)
        for (int m = 0; m < 5; m++) {
            double p = probabilities[k], c = correlations[m];
            double dt = m % 2 == 0 ? 1.0 : 0.1;
            check((double[]){p, p, p}, (double[]){c, c, c}, dt, p < 0.05 ? 500000 : 200000, VOLLEY_SIMD_PLAIN,
                  true);
        }
}

static void test_own(void **state) {
    (void)state;
    for (int k = 0; k < 7; k++)
        for (int m = 0; m < 5; m++)
            check((double[]){probabilities[k], probabilities[6 - k], probabilities[(2 * k + m) % 7]},
                  (double[]){correlations[m], correlations[4 - m], correlations[(m + k) % 5]}, 0.1, 200000,
                  VOLLEY_SIMD_PLAIN, false);
}

static const char config[] = "simulation: {dt: %s, duration: 42.0}\n"
                             "populations:\n"
                             "  A: {model: correlated_poisson_source, size: 3, params: {rate: %s, c: 0.3}}\n";

static void parses(const char *dt, const char *rate, bool right) {
    char text[500];
    volley_network *network = NULL;
    snprintf(text, sizeof text, config, dt, rate);
    int status = volley_config_parse(text, "test.yaml", NULL, 0, &network);
    if (right != (status == VOLLEY_OK) ||
        (!right && strstr(volley_error_message(), "one spike a step") == NULL))
        fail_msg("%s%s", text, status == VOLLEY_OK ? "accepted" : volley_error_message());
    volley_error_clear();
    volley_network_destroy(&network);
}

/* At most one spike a step, before anything is built; 1/dt itself is possible whatever its rounding. */
static void test_refused(void **state) {
    (void)state;
    parses("1.0", "1000.0", true);
    parses("1.0", "1000.1", false);
    parses("0.1", "10000.0", true);
    parses("0.1", "10000.001", false);
    parses("0.3", "3333.3333333333335", true);
    parses("0.7", "1428.5714285714287", true);
    parses("0.06", "16666.666666666668", true);
    parses("1.0", "{values: [1.0, 1000.0, 999.0]}", true);
    parses("1.0", "{values: [1.0, 1000.0, 1001.0]}", false);
    parses("1.0", "{uniform: {low: 0.0, high: 1000.0}}", true);
    parses("1.0", "{uniform: {low: 0.0, high: 1001.0}}", false);
    parses("1.0", "{normal: {mean: 500.0, std: 100.0, min: 0.0, max: 1000.0}}", true);
    parses("1.0", "{normal: {mean: 500.0, std: 100.0, min: 0.0, max: 1500.0}}", false);
    parses("1.0", "{normal: {mean: 500.0, std: 100.0, min: 0.0}}", false);
    parses("1.0", "{normal: {mean: 500.0, std: 50.0, min: 0.0}}", true); /* 10 standard deviations */
    parses("1.0", "{lognormal: {mean: 6.0, std: 0.5}}", false);
    parses("0.1", "{lognormal: {mean: 1.0, std: 1.0}}", true);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_shared), cmocka_unit_test(test_own),
                                       cmocka_unit_test(test_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
