/* SPDX-License-Identifier: BSD-3-Clause */
/* What every row of the model registries promises; new models are covered by their line in the .def file. */
#include "models/stimulus/stimulus.h"
#include "support/batch.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { NEURONS = 203, UPDATES = 1000 };

static int best_level;

static void check_fields(const volley_field *fields, int n) {
    for (int k = 0; k < n; k++) {
        const volley_field *f = &fields[k];
        assert_true(f->name != NULL && f->name[0] != '\0');
        assert_true(f->unit != NULL && f->unit[0] != '\0');
        assert_true(f->meaning != NULL && strlen(f->meaning) > 5);
        assert_true(isfinite(f->standard) && f->low < f->high);
        assert_true(f->low <= f->standard && f->standard <= f->high);
        assert_int_equal(volley_field_find(fields, n, f->name), k);
    }
    assert_int_equal(volley_field_find(fields, n, "no_such_field"), -1);
}

static void neuron_tables(void **state) {
    (void)state;
    for (int m = 0; volley_neuron_models[m] != NULL; m++) {
        const volley_neuron_model *model = test_sized(volley_neuron_models[m]);
        double params[TEST_MAX_PARAMS], constants[TEST_MAX_CONSTANTS];
        assert_ptr_equal(volley_neuron_model_find(model->name), volley_neuron_models[m]);
        assert_true(strlen(model->meaning) > 5 && strlen(model->source) > 3 &&
                    strlen(model->weight_unit) > 0);
        assert_true(model->n_params <= TEST_MAX_PARAMS && model->n_states <= TEST_MAX_STATES);
        assert_true(model->n_constants <= TEST_MAX_CONSTANTS && model->relative_cost > 0.0);
        check_fields(model->params, model->n_params);
        check_fields(model->states, model->n_states);
        test_defaults(model, params);
        assert_int_equal(volley_neuron_model_derive(model, params, 0.1, constants), VOLLEY_OK);
        for (int k = 0; k < model->n_constants; k++)
            assert_true(isfinite(constants[k]));
        for (int level = 0; level < VOLLEY_SIMD_LEVELS; level++)
            assert_int_equal(model->update[level] == NULL, model->is_source);
        assert_true(!model->membrane == (volley_neuron_membrane(model) < 0));
        assert_true(!model->starts_at || (model->membrane && volley_field_find(model->params, model->n_params,
                                                                               model->starts_at) >= 0));
    }
    assert_null(volley_neuron_model_find("no_such_model"));
}

static void stimulus_tables(void **state) {
    (void)state;
    for (int m = 0; volley_stimulus_models[m] != NULL; m++) {
        const volley_stimulus_model *model = volley_stimulus_models[m];
        assert_ptr_equal(volley_stimulus_model_find(model->name), model);
        assert_true(strlen(model->meaning) > 5 && strlen(model->source) > 3);
        assert_true(model->n_params <= VOLLEY_STIMULUS_MAX_PARAMS);
        check_fields(model->params, model->n_params);
        if (model->changes)
            check_fields(model->changes, 2);
        if (model->n_states > 0)
            check_fields(model->states, model->n_states);
        assert_int_equal((model->draw != NULL) + (model->current != NULL) + model->is_signal, 1);
        if (model->draw) {
            assert_true(model->n_params >= 2 && model->highest_rate && model->mean_rate);
            assert_string_equal(model->params[volley_stimulus_weight(model)].name, "weight");
            assert_string_equal(model->params[volley_stimulus_delay(model)].name, "delay");
            assert_true(!model->shared && !model->changes_often);
        }
        if (model->takes_interval)
            assert_string_equal(model->params[volley_stimulus_interval(model)].unit, "ms");
        assert_true(model->n_states <= VOLLEY_STIMULUS_MAX_STATES && !(model->n_states > 0 && model->shared));
        assert_true(!(model->n_states > 0 && model->current) || model->changes_often);
        assert_true(!model->prepare || model->release);
    }
    assert_null(volley_stimulus_model_find("no_such_model"));
}

/* Defaults with a constant current just above rheobase (or what stands for it), so that there are spikes. */
static void lively(const volley_neuron_model *model, double *params) {
    test_defaults(model, params);
    bool spiking = volley_field_find(model->params, model->n_params, "g_L") >= 0; /* or with a leak alone */
    test_set(model, params, "I_e", spiking ? 900.0 : 390.0);
    test_set(model, params, "u_ext", 1.5);
    test_set(model, params, "rate", 500.0);
    test_set(model, params, "c", 0.3);
}

/* Random input to neuron i (of the whole) in update k. */
static double random_input(const volley_neuron_model *model, int64_t i, int64_t k, int receptor) {
    double size = strcmp(model->weight_unit, "pA") == 0 ? 200.0 : 1.0;
    uint64_t index = (uint64_t)((i * UPDATES + k) * 2 + receptor);
    if (model->repeats_spikes) /* whole numbers: they count spikes */
        return test_uniform(index) < 0.05 ? 1.0 + floor(3.0 * test_uniform(~index)) : 0.0;
    return test_uniform(index) < 0.05 ? (receptor == 0 ? size : -size) * test_uniform(~index) : 0.0;
}

/* Neurons [first, first + n) of a whole of NEURONS, and the history of what they do. */
typedef struct history {
    double state[NEURONS][TEST_MAX_STATES];
    int32_t refractory[NEURONS];
    int64_t spikes[NEURONS], last[NEURONS];
} history;

static void run_part(const volley_neuron_model *model, int level, bool uniform, bool uniform_current,
                     int64_t first, int64_t n, history *h) {
    double params[TEST_MAX_PARAMS];
    test_batch b;
    lively(model, params);
    assert_int_equal(test_batch_init(&b, model, params, 0.1, n, uniform, uniform_current), VOLLEY_OK);
    volley_neuron_batch *c = &b.columns;
    for (int64_t i = 0; i < (uniform_current ? 1 : c->count); i++)
        b.current[i] = 25.0;
    for (int64_t i = 0; model->n_states > 0 && i < n; i++)
        c->state[0][i] += 10.0 * test_uniform((uint64_t)(first + i));
    for (int64_t i = n; model->n_states > 0 && i < c->count; i++)
        c->state[0][i] += 1000.0; /* padding that would fire at once */
    for (int64_t i = 0; i < c->count; i++)
        b.gid[i] += (uint64_t)first;
    for (int64_t k = 0; k < UPDATES; k++) {
        c->update = k;
        for (int r = 0; r < model->n_receptors; r++)
            for (int64_t i = 0; i < n; i++)
                c->input[r][i] += random_input(model, first + i, k, r);
        int64_t fired = model->update[level](c);
        assert_true(fired >= 0 && fired <= n);
        for (int64_t f = 0; f < fired; f++) {
            assert_true(c->fired[f] >= 0 && c->fired[f] < n && (f == 0 || c->fired[f] > c->fired[f - 1]));
            double repeats = c->repeats == NULL ? 1.0 : c->repeats[c->fired[f]];
            assert_true(repeats >= 1.0 && repeats == floor(repeats));
            h->spikes[first + c->fired[f]] += (int64_t)repeats;
            h->last[first + c->fired[f]] = k;
        }
        for (int r = 0; r < model->n_receptors; r++)
            for (int64_t i = 0; i < c->count; i++)
                assert_true(c->input[r][i] == 0.0);
    }
    for (int64_t i = 0; i < n; i++) {
        for (int s = 0; s < model->n_states; s++)
            h->state[first + i][s] = c->state[s][i];
        h->refractory[first + i] = c->refractory[i];
    }
    test_batch_free(&b);
}

static history reference, other;

static void assert_same(const volley_neuron_model *model, const char *what) {
    if (memcmp(&reference, &other, sizeof reference) != 0)
        fail_msg("%s: %s changes bits", model->name, what);
}

static void whole(const volley_neuron_model *model, int level, bool uniform, bool uniform_current,
                  history *h) {
    memset(h, 0, sizeof *h);
    run_part(model, level, uniform, uniform_current, 0, NEURONS, h);
}

static void check_bits(const volley_neuron_model *model) {
    whole(model, VOLLEY_SIMD_PLAIN, true, true, &reference);
    int64_t spikes = 0;
    for (int64_t i = 0; i < NEURONS; i++) {
        spikes += reference.spikes[i];
        for (int s = 0; s < model->n_states; s++)
            assert_true(isfinite(reference.state[i][s]));
    }
    assert_true(spikes > NEURONS);
    for (int level = 0; level <= best_level; level++) {
        for (int shape = 0; shape < 4; shape++) {
            whole(model, level, shape & 1, shape & 2, &other);
            assert_same(model, volley_simd_name(level));
        }
        memset(&other, 0, sizeof other);
        for (int64_t first = 0, n = 1; first < NEURONS; first += n, n = 2 * n + 1) {
            n = n < NEURONS - first ? n : NEURONS - first;
            run_part(model, level, true, true, first, n, &other);
        }
        assert_same(model, "splitting a batch");
    }
}

static void same_bits(void **state) {
    (void)state;
    for (int m = 0; volley_neuron_models[m] != NULL; m++)
        if (!volley_neuron_models[m]->is_source)
            check_bits(volley_neuron_models[m]);
}

static void no_subnormal_states(void **state) {
    (void)state;
    for (int m = 0; volley_neuron_models[m] != NULL; m++) {
        const volley_neuron_model *model = test_sized(volley_neuron_models[m]);
        if (model->is_source)
            continue;
        double params[TEST_MAX_PARAMS];
        test_batch b;
        test_defaults(model, params);
        test_set(model, params, "E_L", 0.0);
        test_set(model, params, "V_th", 15.0);
        test_set(model, params, "V_reset", 0.0);
        test_set(model, params, "V_peak", 20.0);
        assert_int_equal(test_batch_init(&b, model, params, 1.0, 1, true, true), VOLLEY_OK);
        for (int k = 0; k < 20000; k++) {
            b.columns.update = k;
            for (int r = 0; r < model->n_receptors; r++)
                b.columns.input[r][0] = k == 0 ? 1.0 - 1.5 * r : 0.0;
            model->update[best_level](&b.columns);
            for (int s = 0; s < model->n_states; s++)
                assert_int_not_equal(fpclassify(b.columns.state[s][0]), FP_SUBNORMAL);
        }
        test_batch_free(&b);
    }
}

static void senseless_combinations(void **state) {
    (void)state;
    for (int m = 0; volley_neuron_models[m] != NULL; m++) {
        const volley_neuron_model *model = test_sized(volley_neuron_models[m]);
        double params[TEST_MAX_PARAMS], constants[TEST_MAX_CONSTANTS];
        test_defaults(model, params);
        if (test_set(model, params, "V_reset", -41.25) < 0 || test_set(model, params, "V_th", -43.5) < 0)
            continue;
        bool peak = test_set(model, params, "V_peak", -43.5) >= 0; /* then that is the bound of V_reset */
        assert_int_equal(model->derive(params, 0.1, constants), VOLLEY_USAGE);
        const char *message = volley_error_message();
        assert_true(strstr(message, "V_reset") && strstr(message, "-41.25"));
        assert_true(strstr(message, peak ? "V_peak" : "V_th") && strstr(message, "-43.5"));
        volley_error_clear();
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neuron_tables),
        cmocka_unit_test(stimulus_tables),
        cmocka_unit_test(same_bits),
        cmocka_unit_test(no_subnormal_states),
        cmocka_unit_test(senseless_combinations),
    };
    if (volley_simd_level(&best_level) != VOLLEY_OK || volley_modules_load() != VOLLEY_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
