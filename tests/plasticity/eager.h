/* SPDX-License-Identifier: BSD-3-Clause */
/* Plasticity as its rules are defined, eagerly: one synapse walks through time step by step, in the time of
 * the synapse, where a pre spike stamped t acts at t + axonal and a post spike stamped p at p + dendritic.
 * Nothing of the engine is used but elementary functions, whose bits are fixed for all.
 *
 * Traces go on outside of start < t <= stop (start 0: t <= stop); only the weight stays there. A trace older
 * than ceil(44 tau/dt) steps is zero, and a post spike after it changes nothing. With float32 weights
 * everything is float but the source's traces between its spikes. */
#ifndef VOLLEY_TESTS_EAGER_H
#define VOLLEY_TESTS_EAGER_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/power.h"
#include "base/special.h"

typedef enum eager_kind {
    EAGER_STDP,
    EAGER_POWER_LAW,
    EAGER_TRIPLET,
    EAGER_INHIBITORY,
    EAGER_TSODYKS
} eager_kind;
typedef enum eager_pairing { EAGER_ALL, EAGER_SYMMETRIC, EAGER_CENTERED, EAGER_RESTRICTED } eager_pairing;
typedef enum eager_order { EAGER_PRE_FIRST, EAGER_NOTHING, EAGER_POST_FIRST } eager_order;

typedef struct eager_rule {
    eager_kind kind;
    double dt, tau_plus, tau_minus, tau_plus_slow, tau_minus_slow; /* ms */
    int64_t start, stop;                                           /* steps */
    eager_order order;

    /* stdp; amplitudes are fractions of w_max - w_min */
    eager_pairing pairing;
    bool soft, deliver_before;
    double a_plus, a_minus, mu_plus, mu_minus, w_min, w_max;

    double lambda, alpha, mu;                /* power law; mu is the exponent */
    double plus_triplet, minus_triplet;      /* triplet, with a_plus, a_minus, w_max */
    double eta;                              /* inhibitory, with alpha, w_max */
    double u_low, u_start, tau_rec, tau_fac; /* tsodyks */
} eager_rule;

static inline double eager_decay(double tau, double dt, int64_t steps) {
    return (double)steps < ceil(44.0 * tau / dt) ? volley_exp(-(double)steps * dt / tau) : 0.0;
}

/* A delivery: of the spike number `copy` (from 0) that the source emitted at `emitted`, arriving in update
 * `update`. */
typedef struct eager_delivery {
    int64_t update, emitted, copy, source, target, k;
    double weight;
} eager_delivery;

typedef void (*eager_sink)(void *context, int64_t emitted, double weight);

#define EAGER_JOIN_(name, real) eager_##name##_##real
#define EAGER_JOIN(name, real) EAGER_JOIN_(name, real)
#define EAGER(name) EAGER_JOIN(name, REAL)

#define REAL float
#define EAGER_POWER(x, y) volley_power_float((x), (y))
#include "plasticity/eager_real.h"
#undef REAL
#undef EAGER_POWER

#define REAL double
#define EAGER_POWER(x, y) volley_power((x), (y))
#include "plasticity/eager_real.h"
#undef REAL
#undef EAGER_POWER

#endif
