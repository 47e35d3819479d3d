/* SPDX-License-Identifier: BSD-3-Clause */
/* Lets the threads of a rank wait for each other: spinning, then yielding, then sleeping in the kernel. */
#include "base/barrier.h"
#include "base/status.h"
#include "base/timer.h"

#include <linux/futex.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    SPINS = 300,          /* pauses: a few microseconds */
    YIELDS = 60,          /* calls of sched_yield before sleeping */
    YIELDS_CROWDED = 200, /* the same when threads outnumber cores: the processor has to go round first */
    REST = 256,           /* barriers without yielding after a slow yield */
    CACHE_LINE = 64,
};

/* Seconds in which a yield among waiting threads is over many times. */
static const double slow_yield = 0.0005;

/* Counter and generation are on lines of their own: arriving threads do not disturb the waiting ones. */
struct volley_barrier {
    _Alignas(CACHE_LINE) atomic_uint arrived;
    _Alignas(CACHE_LINE) atomic_uint generation;
    _Alignas(CACHE_LINE) atomic_uint sleepers;
    _Alignas(CACHE_LINE) atomic_uint rest_until; /* generation up to which nobody yields */
    unsigned threads;
    int spins, yields;
};

int volley_barrier_create(int threads, bool oversubscribed, volley_barrier **barrier) {
    *barrier = NULL;
    CHECK(threads >= 1, VOLLEY_FAILED, "a barrier needs at least one thread, not %d", threads);
    volley_barrier *made = aligned_alloc(CACHE_LINE, sizeof *made);
    CHECK(made != NULL, VOLLEY_EXHAUSTED, "out of memory for a barrier");
    atomic_init(&made->arrived, 0);
    atomic_init(&made->generation, 0);
    atomic_init(&made->sleepers, 0);
    atomic_init(&made->rest_until, 0);
    made->threads = (unsigned)threads;
    made->spins = oversubscribed ? 0 : SPINS;
    made->yields = oversubscribed ? YIELDS_CROWDED : YIELDS;
    *barrier = made;
    return VOLLEY_OK;
}

void volley_barrier_destroy(volley_barrier **barrier) {
    free(*barrier);
    *barrier = NULL;
}

static inline void pause_processor(void) {
#if defined __x86_64__ || defined __i386__
    __builtin_ia32_pause();
#elif defined __aarch64__
    __asm__ volatile("yield");
#endif
}

/* Sleeps until the generation is no longer `old`. A sleeper is counted before the kernel compares the
 * generation, and the last thread changes the generation before it reads the count (both sequentially
 * consistent), so no wake is lost. */
static void sleep_on(volley_barrier *b, unsigned old) {
    atomic_fetch_add(&b->sleepers, 1);
    while (atomic_load(&b->generation) == old)
        syscall(SYS_futex, (unsigned *)&b->generation, FUTEX_WAIT_PRIVATE, old, NULL, NULL, 0);
    atomic_fetch_sub(&b->sleepers, 1);
}

/* Yields until the generation is no longer `old`; false when that takes too long. A slow yield went to a
 * thread that computes, as a rule of another process. Each further one would give it a whole slice of time,
 * while the kernel soon runs a thread that it wakes from sleep: so nobody yields for some barriers. */
static bool yield_for_others(volley_barrier *b, unsigned old) {
    unsigned rest = atomic_load_explicit(&b->rest_until, memory_order_relaxed) - old;
    if (rest > 0 && rest <= REST)
        return false;
    double before = volley_now();
    for (int i = 0; i < b->yields; i++) {
        if (atomic_load_explicit(&b->generation, memory_order_acquire) != old)
            return true;
        sched_yield();
        double after = volley_now();
        if (after - before > slow_yield) {
            atomic_store_explicit(&b->rest_until, old + REST, memory_order_relaxed);
            return false;
        }
        before = after;
    }
    return false;
}

static void wait_for_others(volley_barrier *b, unsigned old) {
    for (int i = 0; i < b->spins; i++) {
        if (atomic_load_explicit(&b->generation, memory_order_acquire) != old)
            return;
        pause_processor();
    }
    if (!yield_for_others(b, old))
        sleep_on(b, old);
}

void volley_barrier_wait(volley_barrier *barrier) {
    volley_barrier *b = barrier;
    if (b->threads == 1)
        return;
    unsigned old = atomic_load_explicit(&b->generation, memory_order_relaxed);
    if (atomic_fetch_add_explicit(&b->arrived, 1, memory_order_acq_rel) + 1 < b->threads) {
        wait_for_others(b, old);
        return;
    }
    atomic_store_explicit(&b->arrived, 0, memory_order_relaxed);
    atomic_fetch_add(&b->generation, 1); /* lets the others go; what they all did before is visible to them */
    if (atomic_load(&b->sleepers) > 0)
        syscall(SYS_futex, (unsigned *)&b->generation, FUTEX_WAKE_PRIVATE, INT32_MAX, NULL, NULL, 0);
}
