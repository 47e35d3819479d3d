/* SPDX-License-Identifier: BSD-3-Clause */
/* Steps and milliseconds. */
#include "net/network.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Digits that every double keeps, and the largest power of ten that is a double. */
enum { MOST_DIGITS = DBL_DIG, MOST_EXPONENT = 22 };

/* The double of the fewest decimal digits that is dt: units / 10^exponent; units 0 when it has too many. */
static void find_decimal(double dt_ms, int64_t *units, int *exponent) {
    char text[40];
    *units = 0;
    *exponent = 0;
    for (int digits = 1; digits <= MOST_DIGITS; digits++) {
        snprintf(text, sizeof text, "%.*e", digits - 1, dt_ms);
        if (strtod(text, NULL) != dt_ms)
            continue;
        int power = 0;
        int64_t value = 0;
        for (const char *c = text; *c != '\0'; c++) {
            if (*c == 'e') {
                power = (int)strtol(c + 1, NULL, 10);
                break;
            }
            if (*c != '.')
                value = 10 * value + (*c - '0');
        }
        power -= digits - 1;
        for (; power > 0; power--)
            value *= 10;
        if (-power <= MOST_EXPONENT) {
            *units = value;
            *exponent = -power;
        }
        return;
    }
}

static double power_of_ten(int exponent) {
    static const double powers[MOST_EXPONENT + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                     1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                                     1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    return powers[exponent];
}

void volley_network_set_dt(volley_network *network, double dt_ms) {
    double inverse = round(1.0 / dt_ms);
    network->dt_ms = dt_ms;
    find_decimal(dt_ms, &network->dt_units, &network->dt_exponent);
    bool whole = inverse >= 1.0 && dt_ms == 1.0 / inverse;
    if (network->dt_units > 0 && inverse >= 1.0) /* 0.3333333333 is not a third */
        whole = inverse * (double)network->dt_units == power_of_ten(network->dt_exponent);
    network->inverse_dt = whole ? inverse : 0.0;
}

/* units / 10^exponent for numbers that are no doubles: the double nearest to its digits. */
static double nearest_double(unsigned __int128 units, int exponent) {
    const uint64_t split = 1000000000000000000u;
    char text[80];
    snprintf(text, sizeof text, "%" PRIu64 "%018" PRIu64 "e-%d", (uint64_t)(units / split),
             (uint64_t)(units % split), exponent);
    return strtod(text, NULL);
}

double volley_step_to_ms(const volley_network *network, int64_t step) {
    if (network->inverse_dt > 0.0)
        return (double)step / network->inverse_dt;
    if (network->dt_units == 0 || step < 0)
        return (double)step * network->dt_ms;
    unsigned __int128 units = (unsigned __int128)(uint64_t)step * (uint64_t)network->dt_units;
    if (units <= (uint64_t)1 << 53) /* both are doubles, so that their quotient is rounded once */
        return (double)units / power_of_ten(network->dt_exponent);
    return nearest_double(units, network->dt_exponent);
}

double volley_ms_to_steps(const volley_network *network, double ms) {
    return network->inverse_dt > 0.0 ? ms * network->inverse_dt : ms / network->dt_ms;
}

double volley_nearest_step(double steps) {
    return floor(steps + 0.5 + 1e-9);
}

bool volley_is_step(const volley_network *network, double ms, int64_t *step) {
    const double most_off = 1e-6, most_steps = 9007199254740992.0;
    double exact = volley_ms_to_steps(network, ms), nearest = round(exact);
    if (!(fabs(nearest) <= most_steps))
        return false;
    *step = (int64_t)nearest;
    double off = fabs(volley_step_to_ms(network, *step) - ms);
    for (int64_t other = *step - 1; off > 0.0 && other <= (int64_t)nearest + 1; other += 2) {
        double closer = fabs(volley_step_to_ms(network, other) - ms); /* the quotient is rounded */
        if (closer < off) {
            off = closer;
            *step = other;
        }
    }
    /* Late times have few digits behind the point. */
    return fabs(exact - nearest) <= most_off || off <= 2.0 * DBL_EPSILON * fabs(ms);
}
