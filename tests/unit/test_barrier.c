#include "base/barrier.h"

#include "base/status.h"

#include <pthread.h>
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
    int nap; /* milliseconds that thread 0 is late in every 500th round */
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

static void *take_part(void *argument) {
    member *m = argument;
    team *t = m->team;
    for (int64_t round = 0; round < ROUNDS; round++) {
        if (t->nap > 0 && m->number == 0 && round % 500 == 0)
            nap(t->nap);
        t->value[m->number] = round;
        volley_barrier_wait(t->barrier);
        for (int i = 0; i < t->threads; i++)
            t->errors[m->number] += t->value[i] != round;
        volley_barrier_wait(t->barrier);
    }
    return NULL;
}

static void run_team(int threads, bool oversubscribed, int nap_ms) {
    team t = {.threads = threads, .nap = nap_ms};
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
        run_team(threads, false, 0);
        run_team(threads, true, 0);
    }
}

/* A late thread sends the others to sleep; all must wake. */
static void test_sleepers_wake(void **state) {
    (void)state;
    run_team(2, false, 5);
    run_team(4, true, 5);
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
        cmocka_unit_test(test_nobody_passes_early),
        cmocka_unit_test(test_sleepers_wake),
        cmocka_unit_test(test_long_waits_sleep),
        cmocka_unit_test(test_no_threads_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
