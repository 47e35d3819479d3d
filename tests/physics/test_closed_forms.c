/* SPDX-License-Identifier: BSD-3-Clause */
/* Neuron models against solutions on paper: decay, f-I curve, postsynaptic potentials, propagators, mean
 * currents. */
#include "models/neuron/lif.h"
#include "support/batch.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { RECEPTORS = 2 };

static const double dt = 0.1;
static const char *const names[] = {"iaf_psc_exp", "iaf_psc_alpha", "iaf_psc_delta"};
enum { EXP, ALPHA, DELTA, MODELS };

static int level;

static void start(test_batch *b, int which, double *params) {
    assert_int_equal(test_batch_init(b, volley_neuron_model_find(names[which]), params, dt, 1, true, true),
                     VOLLEY_OK);
}

static int64_t advance(test_batch *b, double excitatory, double inhibitory) {
    b->columns.input[0][0] = excitatory;
    b->columns.input[1][0] = inhibitory;
    return b->model->update[level](&b->columns);
}

static void membrane_decay(void **state) {
    (void)state;
    for (int m = 0; m < MODELS; m++) {
        double params[TEST_MAX_PARAMS];
        test_batch b;
        test_defaults(volley_neuron_model_find(names[m]), params);
        start(&b, m, params);
        b.columns.state[0][0] = -60.0;
        for (int k = 1; k <= 2000; k++) {
            advance(&b, 0.0, 0.0);
            double exact = params[LIF_E_L] + 10.0 * exp(-k * dt / params[LIF_TAU_M]);
            assert_true(fabs(b.columns.state[0][0] - exact) < 1e-11);
        }
        test_batch_free(&b);
    }
}

/* A constant current I above rheobase: T = t_ref + tau_m ln((R I - V_reset)/(R I - V_th)), V relative to E_L.
 */
static void f_I_curve(void **state) {
    (void)state;
    for (int m = 0; m < MODELS; m++) {
        for (double current = 380.0; current < 3000.0; current *= 1.17) {
            double params[TEST_MAX_PARAMS];
            const volley_neuron_model *model = volley_neuron_model_find(names[m]);
            test_batch b;
            test_defaults(model, params);
            test_set(model, params, "V_reset", -75.0);
            start(&b, m, params);
            b.current[0] = current;
            double drive = current * params[LIF_TAU_M] / params[LIF_C_M];
            double period = params[LIF_T_REF] + params[LIF_TAU_M] * log((drive - -5.0) / (drive - 15.0));
            int64_t last = -1, spikes = 0;
            for (int64_t k = 0; k < 20000; k++) {
                if (advance(&b, 0.0, 0.0) == 0)
                    continue;
                if (spikes++ > 0)
                    assert_true((double)(k - last) * dt >= period - 1e-9 &&
                                (double)(k - last) * dt < period + dt);
                last = k;
            }
            assert_true(spikes > 20);
            test_batch_free(&b);
        }
    }
}

/* Response at t to one spike of weight w at time 0. */
static double response(int which, const double *params, double tau_syn, double w, double t) {
    double tau_m = params[LIF_TAU_M], C = params[LIF_C_M], a = 1.0 / tau_syn - 1.0 / tau_m;
    if (which == DELTA)
        return w * exp(-t / tau_m);
    if (which == EXP)
        return w / C * (exp(-t / tau_m) - exp(-t / tau_syn)) / a;
    return w * exp(1.0) / (tau_syn * C) * exp(-t / tau_m) * (1.0 - exp(-a * t) * (1.0 + a * t)) / (a * a);
}

static void postsynaptic_potentials(void **state) {
    (void)state;
    const double tau[RECEPTORS] = {0.5, 3.0}, weight[RECEPTORS] = {87.8, -120.0};
    for (int m = 0; m < MODELS; m++) {
        for (int r = 0; r < RECEPTORS; r++) {
            double params[TEST_MAX_PARAMS], peak = 0.0, exact_peak = 0.0;
            const volley_neuron_model *model = volley_neuron_model_find(names[m]);
            test_defaults(model, params);
            test_set(model, params, "tau_syn_ex", tau[0]);
            test_set(model, params, "tau_syn_in", tau[1]);
            double w = m == DELTA ? weight[r] * 1e-2 : weight[r];
            test_batch b;
            start(&b, m, params);
            advance(&b, r == 0 ? w : 0.0, r == 1 ? w : 0.0);
            for (int k = 0; k < 1500; k++) {
                double V = b.columns.state[0][0] - params[LIF_E_L];
                double exact = response(m, params, tau[r], w, k * dt);
                assert_true(fabs(V - exact) < 1e-12);
                peak = fmax(peak, fabs(V));
                exact_peak = fmax(exact_peak, fabs(response(m, params, tau[r], w, k * dt / 10.0)));
                advance(&b, 0.0, 0.0);
            }
            assert_true(fabs(peak - exact_peak) < 2e-3 * exact_peak);
            test_batch_free(&b);
        }
    }
}

/* 1/C int_0^h s^slope exp(-s/tau_syn) exp(-(h - s)/tau_m) ds by Simpson's rule. */
static double convolution(double h, double tau_m, double C, double tau_syn, int slope) {
    enum { PANELS = 4000 };
    long double sum = 0.0L;
    for (int i = 0; i <= PANELS; i++) {
        long double s = (long double)h * i / PANELS;
        long double value = expl(-s / tau_syn - (h - s) / tau_m) * (slope ? s : 1.0L);
        sum += value * (i == 0 || i == PANELS ? 1.0L : i % 2 ? 4.0L : 2.0L);
    }
    return (double)(sum * h / PANELS / 3.0L / C);
}

/* Also at and near tau_syn = tau_m, where the text-book formulas are 0/0. */
static void propagators(void **state) {
    (void)state;
    const double ratios[] = {0.02, 0.1,         0.5,        0.9,        1.0 - 1e-5, 1.0 - 1e-10, 1.0 - 1e-15,
                             1.0,  1.0 + 1e-15, 1.0 + 1e-7, 1.0 + 1e-4, 1.1,        3.0,         50.0};
    for (size_t i = 0; i < sizeof ratios / sizeof *ratios; i++) {
        for (double h = 0.01; h < 1.5; h *= 3.3) {
            double tau_m = 10.0, tau_syn = tau_m * ratios[i], C = 250.0;
            double current = convolution(h, tau_m, C, tau_syn, 0),
                   slope = convolution(h, tau_m, C, tau_syn, 1);
            assert_true(fabs(lif_current_gain(h, tau_m, C, tau_syn) / current - 1.0) < 1e-12);
            assert_true(fabs(lif_slope_gain(h, tau_m, C, tau_syn) / slope - 1.0) < 1e-12);
        }
    }
    assert_true(isfinite(lif_current_gain(10.0, 10.0, 250.0, 1e-3)));
    assert_true(isfinite(lif_slope_gain(10.0, 1e-3, 250.0, 10.0)));
}

/* Input in every step and the current of mean_current() lead to the same potential, up to terms of order h.
 */
static void mean_currents(void **state) {
    (void)state;
    for (int m = 0; m < MODELS; m++) {
        for (int r = 0; r < RECEPTORS; r++) {
            double params[TEST_MAX_PARAMS], w = m == DELTA ? 0.1 : 6.0;
            const volley_neuron_model *model = volley_neuron_model_find(names[m]);
            test_defaults(model, params);
            test_set(model, params, "tau_syn_in", 5.0);
            test_set(model, params, "V_th", 1000.0);
            test_batch spikes, current;
            start(&spikes, m, params);
            start(&current, m, params);
            current.current[0] = model->mean_current(params, r, w * 1000.0 / dt);
            for (int k = 0; k < 3000; k++) {
                assert_int_equal(advance(&spikes, r == 0 ? w : 0.0, r == 1 ? w : 0.0), 0);
                assert_int_equal(advance(&current, 0.0, 0.0), 0);
            }
            double V = spikes.columns.state[0][0] - params[LIF_E_L];
            double expected = current.columns.state[0][0] - params[LIF_E_L];
            assert_true(expected > 4.0 && fabs(V / expected - 1.0) < 6e-3);
            test_batch_free(&spikes);
            test_batch_free(&current);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(membrane_decay),          cmocka_unit_test(f_I_curve),
        cmocka_unit_test(postsynaptic_potentials), cmocka_unit_test(propagators),
        cmocka_unit_test(mean_currents),
    };
    if (volley_simd_level(&level) != VOLLEY_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
