/* SPDX-License-Identifier: BSD-3-Clause */
/* Exponential decay over whole steps, by table: one function of the step difference everywhere, so that a
 * trace has the same bits whoever looks at it. */
#ifndef VOLLEY_BASE_DECAY_H
#define VOLLEY_BASE_DECAY_H

#include <stdint.h>

enum { VOLLEY_DECAY_CUT_MAX = 1 << 26 };

/* exp(-n dt/tau) for whole n, 0 from `cut` = ceil(44 tau/dt) on (44: below 1e-19). Tables have cut + 1 items,
 * and all decays of a process with the same time constant and step share them. */
typedef struct volley_decay {
    double tau; /* ms */
    int32_t cut;
    const double *value64;
    const float *value32;               /* value64 rounded */
    struct volley_decay_tables *tables; /* whose both are */
} volley_decay;

/* The step difference from which a decay is zero; above VOLLEY_DECAY_CUT_MAX it cannot be tabulated. */
double volley_decay_cut(double tau_ms, double dt_ms);

/* Bytes of the tables. */
double volley_decay_bytes(double tau_ms, double dt_ms);

/* Fills the tables, or finds them filled. Thread-safe. VOLLEY_EXHAUSTED without memory, VOLLEY_USAGE when tau
 * is too long for the step. */
int volley_decay_create(double tau_ms, double dt_ms, volley_decay *decay);
void volley_decay_free(volley_decay *decay);

/* The decay over n >= 0 steps. */
static inline double volley_decay_at(const volley_decay *decay, int64_t n) {
    return n < decay->cut ? decay->value64[n] : 0.0;
}

#endif
