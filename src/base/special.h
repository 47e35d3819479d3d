/* SPDX-License-Identifier: BSD-3-Clause */
/* Elementary and special functions with the same bits on every machine and vector unit. The C library's own
 * choose their form by the processor, so results must not come from them. */
#ifndef VOLLEY_BASE_SPECIAL_H
#define VOLLEY_BASE_SPECIAL_H

/* Natural logarithm and exponential (SLEEF, 1 ulp). */
double volley_log(double x);
double volley_log1p(double x);
double volley_exp(double x);
double volley_expm1(double x);

/* sin(pi x) (SLEEF, 0.5 ulp). */
double volley_sin_pi(double x);

/* x^y (SLEEF, 1 ulp). */
double volley_power(double x, double y);

/* Complementary error function (SLEEF, 1.5 ulp). */
double volley_erfc(double x);

/* ln n! for whole n >= 0: Stirling's series from n = 16 on (relative error below 1e-15), the product below.
 */
double volley_log_factorial(double n);

#endif
