/* SPDX-License-Identifier: BSD-3-Clause */
/* Small statistics for tests with fixed seeds. A standard normal is beyond 4.5 once in 150,000 times, so a
 * bound of 4.5 on some hundred numbers is not met by chance, and a fault of one part in a hundred goes far
 * beyond it. */
#ifndef VOLLEY_TESTS_STATISTICS_H
#define VOLLEY_TESTS_STATISTICS_H

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define TEST_BOUND 4.5

#define assert_normal(z)                                                                                     \
    do {                                                                                                     \
        double z_ = (z);                                                                                     \
        if (!(fabs(z_) < TEST_BOUND))                                                                        \
            fail_msg("%s is %.2f standard deviations off", #z, z_);                                          \
    } while (0)

/* A chi-square value as a standard normal (Wilson and Hilferty 1931). */
static inline double test_chi_square_z(double value, double freedom) {
    double spread = 2.0 / (9.0 * freedom);
    return (cbrt(value / freedom) - (1.0 - spread)) / sqrt(spread);
}

/* The same for counts against expected counts; bins expected less than 5 times are put together with the one
 * before. `fitted` is lost degrees of freedom: 1 when the total is given. */
static inline double test_counts_z(const double *count, const double *expected, int64_t n, int fitted) {
    double value = 0, counted = 0, awaited = 0;
    int64_t bins = 0;
    double left = 0;
    for (int64_t i = 0; i < n; i++)
        left += expected[i];
    for (int64_t i = 0; i < n; i++) {
        counted += count[i];
        awaited += expected[i];
        left -= expected[i];
        if ((awaited < 5 || left < 5) && i + 1 < n)
            continue;
        value += (counted - awaited) * (counted - awaited) / awaited;
        counted = awaited = 0;
        bins++;
    }
    return test_chi_square_z(value, (double)(bins - fitted));
}

static inline double test_normal_cdf(double z) {
    return 0.5 * erfc(-z / sqrt(2.0));
}

static inline int test_compare_double(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Kolmogorov-Smirnov: the largest distance between sample and distribution times sqrt(n), beyond 2.5 once in
 * 130,000 times. Sorts the sample. */
static inline double test_distance(double *sample, int64_t n, double (*cdf)(double, const void *),
                                   const void *context) {
    double largest = 0;
    qsort(sample, (size_t)n, sizeof *sample, test_compare_double);
    for (int64_t i = 0; i < n; i++) {
        double f = cdf(sample[i], context);
        largest = fmax(largest, fmax(f - (double)i / (double)n, (double)(i + 1) / (double)n - f));
    }
    return largest * sqrt((double)n);
}

/* Correlation of two samples times sqrt(n): standard normal when they are independent. */
static inline double test_correlation_z(const double *x, const double *y, int64_t n) {
    double mx = 0, my = 0, xx = 0, yy = 0, xy = 0;
    for (int64_t i = 0; i < n; i++) {
        mx += x[i] / (double)n;
        my += y[i] / (double)n;
    }
    for (int64_t i = 0; i < n; i++) {
        xx += (x[i] - mx) * (x[i] - mx);
        yy += (y[i] - my) * (y[i] - my);
        xy += (x[i] - mx) * (y[i] - my);
    }
    return xy / sqrt(xx * yy) * sqrt((double)n);
}

#endif
