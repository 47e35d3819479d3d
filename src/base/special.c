/* SPDX-License-Identifier: BSD-3-Clause */
/* Computes logarithms, exponentials, powers, erfc and log factorials by SLEEF, which gives the same bits on
 * every machine. */
#include "base/special.h"

#include <sleef.h>

double volley_log(double x) {
    return Sleef_cinz_logd1_u10purec(x);
}

double volley_log1p(double x) {
    return Sleef_cinz_log1pd1_u10purec(x);
}

double volley_erfc(double x) {
    return Sleef_cinz_erfcd1_u15purec(x);
}

double volley_exp(double x) {
    return Sleef_cinz_expd1_u10purec(x);
}

double volley_expm1(double x) {
    return Sleef_cinz_expm1d1_u10purec(x);
}

double volley_sin_pi(double x) {
    return Sleef_cinz_sinpid1_u05purec(x);
}

double volley_power(double x, double y) {
    return Sleef_cinz_powd1_u10purec(x, y);
}

double volley_log_factorial(double n) {
    if (n < 16) {
        double product = 1;
        for (int i = 2; i <= (int)n; i++)
            product *= i;
        return volley_log(product);
    }
    const double half_log_two_pi = 0.91893853320467274178;
    double r = 1 / n, r2 = r * r;
    return (n + 0.5) * volley_log(n) - n + half_log_two_pi +
           r * (1.0 / 12 - r2 * (1.0 / 360 - r2 * (1.0 / 1260 - r2 / 1680)));
}
