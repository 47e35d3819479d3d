/* SPDX-License-Identifier: BSD-3-Clause */
/* stdp_dopamine against the event-driven form of NEST's stdp_dopamine_synapse: between spikes of any of the
 * three sides weight, eligibility and dopamine have a closed form. Without bounds in the way both are exact.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "plasticity/trains.h"
#include "sim/recording/weight_recorder.h"
#include "support/built.h"

enum { STEPS = 4000, DELAY = 12, DOPAMINE_DELAY = 7 };
static const double dt = 0.1, a_plus = 0.01, a_minus = 0.015, tau_plus = 20.0, tau_minus = 15.0,
                    tau_c = 200.0, tau_n = 50.0, b = 0.003, start = 10.0;

static uint8_t fires[3][STEPS + 1]; /* pre, post, dopamine */

/* The weight at the end, for NEST's order: all delay dendritic, a pair that meets counts for nothing. */
static double closed_form(void) {
    double w = start, c = 0.0, n = 0.0, k_plus = 0.0, k_minus = 0.0, both = 1.0 / tau_c + 1.0 / tau_n;
    double t = 0.0, before = 0.0;
    for (int s = 1; s <= STEPS; s++) {
        bool pre = fires[0][s], post = s >= DELAY && fires[1][s - DELAY];
        bool dopamine = s >= DOPAMINE_DELAY && fires[2][s - DOPAMINE_DELAY];
        if (!pre && !post && !dopamine && s < STEPS)
            continue;
        double h = s * dt - t;
        w += c * (n * -expm1(-h * both) / both - b * tau_c * -expm1(-h / tau_c));
        c *= exp(-h / tau_c);
        n *= exp(-h / tau_n);
        k_plus *= exp(-h / tau_plus);
        k_minus *= exp(-h / tau_minus);
        before = k_minus;
        if (post) {
            c += a_plus * k_plus;
            k_minus += 1.0;
        }
        if (pre) {
            c -= a_minus * before;
            k_plus += 1.0;
        }
        n += dopamine ? 1.0 / tau_n : 0.0;
        t = s * dt;
    }
    return w;
}

static double simulated(void) {
    config_text text = {0};
    config_append(&text, "simulation: {dt: 0.1, duration: 400.0}\npopulations:\n");
    config_append_trains(&text, "pre", fires[0], 1, STEPS, dt);
    config_append_trains(&text, "post", fires[1], 1, STEPS, dt);
    config_append_trains(&text, "dopamine", fires[2], 1, STEPS, dt);
    config_append(&text,
                  "stimuli:\n  reward: {model: reward, params: {spikes: {neurons: dopamine, delay: %g}}}\n"
                  "projections:\n  p:\n    source: pre\n    target: post\n    connect: {rule: one_to_one}\n"
                  "    weight: %g\n    weight_precision: float64\n    delay: %g\n    dendritic_delay: all\n"
                  "    plasticity: {rule: stdp_dopamine, preset: nest, reward: reward, params: {A_plus: %g, "
                  "A_minus: %g, "
                  "tau_plus: %g, tau_minus: %g, tau_c: %g, tau_n: %g, b: %g}}\n",
                  DOPAMINE_DELAY * dt, start, DELAY * dt, a_plus, a_minus, tau_plus, tau_minus, tau_c, tau_n,
                  b);
    test_built built;
    test_build_text(&built, text.text, 1, VOLLEY_SIMD_PLAIN);
    free(text.text);
    volley_worker worker;
    test_require(volley_worker_create(&worker, built.wiring, 0, 1));
    volley_worker_initial(&worker);
    for (int64_t update = 0; update < STEPS; update++) {
        volley_worker_step(&worker, update, 0);
        volley_worker_receive(&worker, worker.gids, worker.step_end[0], update + 1);
        volley_worker_sweep(&worker, update + 1);
        worker.n_gids = 0;
    }
    volley_weight_list list;
    test_require(volley_weights_list(&worker, 0, STEPS, &list));
    double weight = ((double *)list.weight)[0];
    volley_weight_list_free(&list);
    volley_worker_free(&worker);
    test_built_free(&built);
    return weight;
}

static void test_closed_form(void **state) {
    (void)state;
    uint64_t seed = 3;
    for (int trial = 0; trial < 5; trial++) {
        for (int side = 0; side < 3; side++)
            for (int s = 1; s <= STEPS; s++)
                fires[side][s] = (seed = seed * 6364136223846793005u + 1442695040888963407u) >> 56 < 4;
        double lazy = simulated(), exact = closed_form();
        assert_true(fabs(exact - start) > 1e-3 && exact > 0.0 && exact < 200.0);
        if (fabs(lazy - exact) > 1e-9 * fabs(exact - start))
            fail_msg("trial %d: %.15g, in closed form %.15g", trial, lazy, exact);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_closed_form)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
