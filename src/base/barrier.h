/* SPDX-License-Identifier: BSD-3-Clause */
/* A barrier for the threads of one rank: spins for a few microseconds, then yields, then sleeps; where other
 * processes want the cores, too, it sleeps at once. libgomp's own barrier spins for milliseconds when threads
 * outnumber cores. */
#ifndef VOLLEY_BASE_BARRIER_H
#define VOLLEY_BASE_BARRIER_H

#include <stdbool.h>

typedef struct volley_barrier volley_barrier;

/* For `threads` threads. oversubscribed: do not spin at all. The caller owns *barrier. */
int volley_barrier_create(int threads, bool oversubscribed, volley_barrier **barrier);
void volley_barrier_destroy(volley_barrier **barrier);

/* Called by every thread; returns when all have called. Orders memory like a lock. With one thread it does
 * nothing. */
void volley_barrier_wait(volley_barrier *barrier);

#endif
