/* SPDX-License-Identifier: BSD-3-Clause */
/* The barrier lets nobody through early, wakes sleepers, and burns no time in long waits. */
#define _GNU_SOURCE /* CPU_SET */
#include "base/barrier.h"

#include "base/status.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

enum { MOST_THREADS = 8, ROUNDS = 3000 };

/* Plain variables: only the barrier orders them (a thread sanitizer sees it if it does not). */
typedef struct team {
    volley_barrier *barrier;
    int threads;
    int nap;   /* milliseconds that thread 0 is late in every 500th round */
    bool busy; /* it computes meanwhile, and all threads share a core */
    int64_t value[MOST_THREADS];
    int64_t errors[MOST_THREADS];
} team;

typedef struct member {
    team *team;
    int number;
} member;

static void nap(int milliseconds) {
    struct timespec time = {0, milliseconds * 1000000L};
    nanosleep(&time, NULL);
}

/* Computes, on the processor's time and not by the clock: the others have to give it the core. */
static void compute(int milliseconds) {
    clockid_t clock;
    struct timespec begin, now;
    assert_int_equal(pthread_getcpuclockid(pthread_self(), &clock), 0);
    clock_gettime(clock, &begin);
    do
        clock_gettime(clock, &now);
    while ((now.tv_sec - begin.tv_sec) * 1000 + (now.tv_nsec - begin.tv_nsec) / 1000000 < milliseconds);
}

static void stay_on_one_core(void) {
    cpu_set_t allowed, one;
    assert_int_equal(sched_getaffinity(0, sizeof allowed, &allowed), 0);
    int core = 0;
    while (!CPU_ISSET(core, &allowed))
        core++;
    CPU_ZERO(&one);
    CPU_SET(core, &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
}

static void *take_part(void *argument) {
    member *m = argument;
    team *t = m->team;
    if (t->busy)
        stay_on_one_core();
    for (int64_t round = 0; round < ROUNDS; round++) {
        if (t->nap > 0 && m->number == 0 && round % 500 == 0) {
            if (t->busy)
                compute(t->nap);
            else
                nap(t->nap);
        }
        t->value[m->number] = round;
        volley_barrier_wait(t->barrier);
        for (int i = 0; i < t->threads; i++)
            t->errors[m->number] += t->value[i] != round;
        volley_barrier_wait(t->barrier);
    }
    return NULL;
}

static void run_team(int threads, bool oversubscribed, int nap_ms, bool busy) {
    team t = {.threads = threads, .nap = nap_ms, .busy = busy};
    member members[MOST_THREADS];
    pthread_t ids[MOST_THREADS];
    assert_int_equal(volley_barrier_create(threads, oversubscribed, &t.barrier), VOLLEY_OK);
    for (int i = 0; i < threads; i++) {
        members[i] = (member){&t, i};
        assert_int_equal(pthread_create(&ids[i], NULL, take_part, &members[i]), 0);
    }
    for (int i = 0; i < threads; i++)
        pthread_join(ids[i], NULL);
    for (int i = 0; i < threads; i++)
        assert_int_equal(t.errors[i], 0);
    volley_barrier_destroy(&t.barrier);
    assert_null(t.barrier);
}

static void test_nobody_passes_early(void **state) {
    (void)state;
    for (int threads = 1; threads <= MOST_THREADS; threads++) {
        run_team(threads, false, 0, false);
        run_team(threads, true, 0, false);
    }
}

/* A late thread sends the others to sleep; all must wake. */
static void test_sleepers_wake(void **state) {
    (void)state;
    run_team(2, false, 5, false);
    run_team(4, true, 5, false);
}

/* Yields to a thread that computes are slow; then the others do without for some rounds, and begin again. */
static void test_slow_yields(void **state) {
    (void)state;
    run_team(2, false, 5, true);
    run_team(4, true, 5, true);
}

/* Waiting for long must not burn processor time: collective writes take seconds. */
static void *arrive_late(void *argument) {
    nap(300);
    volley_barrier_wait(argument);
    return NULL;
}

static void test_long_waits_sleep(void **state) {
    (void)state;
    volley_barrier *barrier;
    assert_int_equal(volley_barrier_create(2, false, &barrier), VOLLEY_OK);
    pthread_t late;
    assert_int_equal(pthread_create(&late, NULL, arrive_late, barrier), 0);
    clock_t before = clock();
    volley_barrier_wait(barrier);
    double used = (double)(clock() - before) / CLOCKS_PER_SEC;
    pthread_join(late, NULL);
    assert_true(used < 0.1);
    volley_barrier_destroy(&barrier);
}

static void test_no_threads_is_refused(void **state) {
    (void)state;
    volley_barrier *barrier;
    assert_int_equal(volley_barrier_create(0, false, &barrier), VOLLEY_FAILED);
    assert_null(barrier);
    volley_error_clear();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nobody_passes_early),   cmocka_unit_test(test_sleepers_wake),
        cmocka_unit_test(test_slow_yields),           cmocka_unit_test(test_long_waits_sleep),
        cmocka_unit_test(test_no_threads_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
