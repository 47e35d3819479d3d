/* SPDX-License-Identifier: BSD-3-Clause */
/* Wall time. */
#ifndef VOLLEY_BASE_TIMER_H
#define VOLLEY_BASE_TIMER_H

#include <stdint.h>
#include <time.h>

/* Seconds on the monotonic clock. */
static inline double volley_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

#endif
