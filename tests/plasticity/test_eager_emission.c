/* SPDX-License-Identifier: BSD-3-Clause */
/* Rules by emission step, lazy against eager: a simulation that walks through time, synapse by synapse, and
 * knows nothing of rows, sweeps or histories. Every delivered weight and every snapshot has the same bits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/special.h"
#include "plasticity/trains.h"
#include "sim/recording/weight_recorder.h"
#include "support/batch.h"
#include "support/built.h"

enum { PRE = 19, POST = 13, STEPS = 5000, MAX_DELAY = 40 };

static uint8_t pre_fires[PRE][STEPS + 1], post_fires[POST][STEPS + 1];

/* ---- trains: bursts, long silences, meetings, and sources that are silent for most of the run ---- */

static void make_trains(uint8_t (*fires)[STEPS + 1], int n, uint64_t seed) {
    for (int i = 0; i < n; i++)
        for (int s = 0; s <= STEPS; s++) {
            double burst = test_uniform(seed + (uint64_t)(i * 1000 + s / 50));
            double rate = burst < 0.02 ? 0.7 : burst < 0.5 ? 0.03 : 0.001;
            fires[i][s] = test_uniform(seed * 77 + (uint64_t)(i * (STEPS + 1) + s)) < rate;
        }
}

static void all_trains(void) {
    make_trains(pre_fires, PRE, 1);
    make_trains(post_fires, POST, 2);
    memset(pre_fires[0], 0, sizeof pre_fires[0]);
    memset(pre_fires[1], 0, sizeof pre_fires[1]);
    pre_fires[1][0] = pre_fires[1][3] = pre_fires[1][STEPS - 5] = 1;
    memset(post_fires[0], 0, sizeof post_fires[0]);
    for (int s = 0; s <= STEPS; s++) /* identical trains */
        post_fires[1][s] = pre_fires[2][s];
    pre_fires[3][0] = post_fires[2][0] = post_fires[2][STEPS] = 1;
    for (int s = 0; s <= STEPS;
         s++) { /* several spikes in a step: for these rules, one that is delivered often */
        pre_fires[4][s] *= (uint8_t)(1 + s % 3);
        pre_fires[2][s] *= (uint8_t)(1 + s % 2);
        post_fires[1][s] *= (uint8_t)(1 + s % 4);
        post_fires[3][s] *= 2;
    }
}

/* ---- the eager side ---- */

typedef struct rule {
    bool window; /* else the nearest-neighbour rule */
    bool wide;
    double eta, w_in, w_out, tau_plus, tau_minus, a_plus, a_minus, low, high;
    int steps;       /* of the window */
    int start, stop; /* changes at start < t <= stop */
} rule;

static double decay(double tau_ms, int64_t n) {
    return n < ceil(44.0 * tau_ms / 0.1) ? volley_exp((double)-n * 0.1 / tau_ms) : 0.0;
}

/* The change of step t at a synapse with these trains. */
static double window_change(const rule *r, const uint8_t *pre, const uint8_t *post, int t) {
    double before = 0.0, after = 0.0, sum = 0.0;
    for (int lag = 1; lag < r->steps && lag <= t; lag++) {
        before += pre[t - lag] ? decay(r->tau_plus, lag) : 0.0;
        after += post[t - lag] ? decay(r->tau_minus, lag) : 0.0;
    }
    if (pre[t])
        sum += r->w_in;
    if (post[t])
        sum += r->w_out + before;
    if (pre[t])
        sum -= after;
    return r->eta * sum;
}

static double nearest(const uint8_t *fires, int t, double tau) {
    for (int lag = 1; lag <= t; lag++)
        if (fires[t - lag])
            return decay(tau, lag);
    return 0.0;
}

static double nearest_change(const rule *r, const uint8_t *pre, const uint8_t *post, int t) {
    double up = post[t] ? r->a_plus * nearest(pre, t, r->tau_plus) : 0.0;
    double dw = pre[t] && post[t] ? r->a_plus + up : up;
    return pre[t] ? dw - r->a_minus * nearest(post, t, r->tau_minus) : dw;
}

static double eager_step(const rule *r, const uint8_t *pre, const uint8_t *post, int t, double w) {
    if ((!pre[t] && !post[t]) || t <= r->start || t > r->stop || (r->window && w == 0.0))
        return w;
    w += r->window ? window_change(r, pre, post, t) : nearest_change(r, pre, post, t);
    w = w < r->low ? r->low : w > r->high ? r->high : w;
    return r->wide ? w : (double)(float)w;
}

/* ---- both side by side ---- */

static double listed(const volley_weight_list *list, const rule *r, int64_t i) {
    return r->wide ? ((double *)list->weight)[i] : (double)((float *)list->weight)[i];
}

static void compare_snapshot(volley_worker *worker, const rule *r, int t, const double *eager) {
    volley_weight_list list;
    test_require(volley_weights_list(worker, 0, t, &list));
    for (int64_t i = 0; i < list.n; i++)
        if (memcmp(&(double){listed(&list, r, i)}, &eager[i], sizeof *eager) != 0)
            fail_msg("step %d, synapse %d -> %d: lazy %.17g, eager %.17g", t, (int)list.source[i],
                     (int)list.target[i], listed(&list, r, i), eager[i]);
    volley_weight_list_free(&list);
}

/* Step t of all synapses; what they deliver is added up by step of arrival in the canonical order. */
static void eager_all(const volley_weight_list *list, const rule *r, int t, double *eager,
                      double (*arriving)[POST]) {
    for (int64_t i = 0; i < list->n; i++)
        eager[i] = eager_step(r, pre_fires[list->source[i]], post_fires[list->target[i]], t, eager[i]);
    for (int j = 0; j < PRE; j++)
        for (int n = 0; n < pre_fires[j][t]; n++)
            for (int64_t i = 0; i < list->n; i++) /* the list is in the order of targets and k */
                if (list->source[i] == j && t + list->delay[i] <= STEPS)
                    arriving[t + list->delay[i]][list->target[i]] += eager[i];
}

static void compare_delivered(volley_worker *worker, int update, const double *expected) {
    double input[TEST_RECEPTORS][64] = {{0.0}};
    double *const inputs[TEST_RECEPTORS] = {input[0], input[1]};
    int64_t events = 0, first = volley_layout_segment(worker->layout, 0, 1)->first;
    test_require(volley_plastic_deliver(&worker->plastic[0], update, inputs, &events));
    for (int i = 0; i < POST; i++)
        if (memcmp(&input[0][first + i], &expected[i], sizeof *expected) != 0)
            fail_msg("update %d, target %d: lazy delivers %.17g, eager %.17g", update, i, input[0][first + i],
                     expected[i]);
}

static void run(const rule *r, const char *config, double snapshots) {
    static double arriving[STEPS + 1][POST];
    test_built b;
    volley_worker worker;
    volley_weight_list list;
    config_text text = {0};
    config_append(&text, "simulation: {dt: 0.1, duration: %.1f}\npopulations:\n", STEPS * 0.1);
    config_append_trains(&text, "pre", pre_fires[0], PRE, STEPS, 0.1);
    config_append_trains(&text, "post", post_fires[0], POST, STEPS, 0.1);
    config_append(
        &text,
        "projections:\n  p:\n    source: pre\n    target: post\n"
        "    connect: {rule: fixed_indegree, indegree: 25}\n    weight: {uniform: {low: 0.5, high: 1.5}}\n"
        "    weight_precision: %s\n    delay: {uniform: {low: 0.1, high: 4.0}}\n"
        "    plasticity: {%s}\n",
        r->wide ? "float64" : "float32", config);
    memset(arriving, 0, sizeof arriving);
    test_build_text(&b, text.text, 1, VOLLEY_SIMD_PLAIN);
    free(text.text);
    trains_repeat(b.network, 0, pre_fires[0], PRE, STEPS);
    trains_repeat(b.network, 1, post_fires[0], POST, STEPS);
    test_require(volley_worker_create(&worker, b.wiring, 0, 1));
    test_require(volley_weights_list(&worker, 0, -1, &list)); /* before anything has happened */
    assert_int_equal(list.n, 25 * POST);
    double *eager;
    test_require(VOLLEY_NEW(eager, list.n));
    for (int64_t i = 0; i < list.n; i++)
        eager[i] = listed(&list, r, i);
    volley_worker_initial(&worker);
    eager_all(&list, r, 0, eager, arriving);
    compare_snapshot(&worker, r, 0, eager);
    for (int update = 0; update < STEPS; update++) {
        compare_delivered(&worker, update, arriving[update + 1]);
        volley_worker_step(&worker, update, 0);
        volley_worker_receive(&worker, worker.gids, worker.step_end[0], update + 1);
        volley_worker_sweep(&worker, update + 1);
        worker.n_gids = 0;
        eager_all(&list, r, update + 1, eager, arriving);
        if (test_uniform((uint64_t)update) < snapshots)
            compare_snapshot(&worker, r, update + 1, eager);
    }
    assert_int_equal(worker.status.code, VOLLEY_OK);
    assert_true(worker.plastic[0].swept > 3 * STEPS / 4); /* sweeps have happened */
    compare_snapshot(&worker, r, STEPS, eager);
    free(eager);
    volley_weight_list_free(&list);
    volley_worker_free(&worker);
    test_built_free(&b);
}

static const rule window = {.window = true,
                            .wide = true,
                            .eta = 0.05,
                            .w_in = 0.03,
                            .w_out = -0.07,
                            .tau_plus = 2.0,
                            .tau_minus = 3.0,
                            .low = -INFINITY,
                            .high = INFINITY,
                            .steps = 37,
                            .start = -1,
                            .stop = STEPS};
#define WINDOW                                                                                               \
    "rule: stdp_window, params: {eta: 0.05, w_in: 0.03, w_out: -0.07, tau: 2.0, tau2: 3.0, window: "

static const rule nearest_rule = {.wide = true,
                                  .tau_plus = 2.0,
                                  .tau_minus = 1.5,
                                  .a_plus = 0.01,
                                  .a_minus = 0.012,
                                  .low = -INFINITY,
                                  .high = INFINITY,
                                  .start = -1,
                                  .stop = STEPS};
#define NEAREST "rule: stdp_nearest, params: {tau_plus: 2.0, tau_minus: 1.5, A_plus: 0.01, A_minus: 0.012"

static void test_window(void **state) {
    (void)state;
    rule r = window;
    run(&r, WINDOW "3.7}", 0.0);
    run(&r, WINDOW "3.7}", 0.02);
    r.wide = false;
    run(&r, WINDOW "3.7}", 0.02);
}

/* Longer than the largest delay and than the memory of the traces; one step: no pair counts. */
static void test_window_lengths(void **state) {
    (void)state;
    rule r = window;
    r.steps = 1500;
    run(&r, WINDOW "150.0}", 0.01);
    r.steps = 1;
    run(&r, WINDOW "0.1}", 0.01);
}

/* Without w_out silent rows have nothing to do. */
static void test_window_hebbian(void **state) {
    (void)state;
    rule r = window;
    r.w_out = r.w_in = 0.0;
    run(&r, "rule: stdp_window, params: {eta: 0.05, w_in: 0.0, w_out: 0.0, tau: 2.0, tau2: 3.0, window: 3.7}",
        0.01);
}

static void test_window_bounds_and_times(void **state) {
    (void)state;
    rule r = window;
    r.low = 0.0;
    r.high = 1.6;
    r.start = 700;
    r.stop = 3300;
    run(&r, WINDOW "3.7, w_min: 0.0, w_max: 1.6}, start: 70.0, stop: 330.0", 0.02);
}

static void test_nearest(void **state) {
    (void)state;
    rule r = nearest_rule;
    run(&r, NEAREST "}", 0.0);
    run(&r, NEAREST "}", 0.02);
    r.wide = false;
    run(&r, NEAREST "}", 0.02);
}

static void test_nearest_bounds_and_times(void **state) {
    (void)state;
    rule r = nearest_rule;
    r.low = 0.4;
    r.high = 1.55;
    r.start = 700;
    r.stop = 3300;
    run(&r, NEAREST ", w_min: 0.4, w_max: 1.55}, start: 70.0, stop: 330.0", 0.02);
}

/* What a rule refuses, and what its message names. */
static void test_refused(void **state) {
    (void)state;
    static const char *const cases[][3] = {
        {"rule: stdp_window, params: {window: 0.25}", "window", "0.25"},
        {"rule: stdp_window, params: {window: 1.0e+8}", "window", "1000000"},
        {"rule: stdp_window, params: {tau: -1.0}", "tau", "-1"},
        {"rule: stdp_window, params: {tau_plus: 1.0}", "tau_plus", "tau"},
        {"rule: stdp_window, params: {w_min: 2.0, w_max: 1.0}", "w_min lies above w_max", "value 2 and 1"},
        {"rule: stdp_nearest, params: {w_min: 0.5}, start: 5.0, stop: 4.0", "stop", "5 ms"},
        {"rule: stdp_nearest, params: {w_max: 0.2}", "weight", "0.2"},
        {"rule: stdp_nearest, params: {eta: 0.2}", "eta", "params"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        volley_network *network;
        char text[512];
        snprintf(text, sizeof text,
                 "simulation: {duration: 10.0}\npopulations:\n  a: {model: spike_source, size: 2}\n"
                 "projections:\n  p: {source: a, target: a, connect: {rule: all_to_all}, weight: 0.5,\n"
                 "    delay: 1.0, plasticity: {%s}}\n",
                 cases[i][0]);
        assert_int_equal(volley_config_parse(text, "test.yaml", NULL, 0, &network), VOLLEY_USAGE);
        const char *message = volley_error_message();
        if (!strstr(message, "test.yaml:") || !strstr(message, cases[i][1]) || !strstr(message, cases[i][2]))
            fail_msg("%s: %s", cases[i][0], message);
        volley_error_clear();
    }
}

static int setup(void **state) {
    (void)state;
    all_trains();
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_window),         cmocka_unit_test(test_window_lengths),
        cmocka_unit_test(test_window_hebbian), cmocka_unit_test(test_window_bounds_and_times),
        cmocka_unit_test(test_nearest),        cmocka_unit_test(test_nearest_bounds_and_times),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
