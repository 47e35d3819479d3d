/* Single neurons against NEST 3.9: every case of tests/reference/nest/neurons*.json whose model is in the
 * registry and is integrated exactly. Spike steps are equal, V_m agrees within 1e-9 mV, at every vector
 * level. */
#include "support/batch.h"

#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static double number(const json_t *object, const char *key) {
    return json_number_value(json_object_get(object, key));
}

static int64_t steps_of(double time_ms, double dt_ms) {
    return (int64_t)floor(time_ms / dt_ms + 0.5);
}

/* input[receptor][k]: weights that enter update k. A spike stamped s with delay d enters update s + d - 1. */
static void add_inputs(const json_t *inputs, double dt_ms, int64_t steps, double **input) {
    size_t n, k;
    const json_t *train, *time;
    json_array_foreach(inputs, n, train) {
        double weight = number(train, "weight");
        int64_t delay = steps_of(number(train, "delay_ms"), dt_ms);
        json_array_foreach(json_object_get(train, "times_ms"), k, time) {
            int64_t update = steps_of(json_number_value(time), dt_ms) + delay - 1;
            if (update < steps)
                input[weight < 0.0][update] += weight;
        }
    }
}

static void set_parameters(const json_t *test, const volley_neuron_model *model, double *params) {
    test_defaults(model, params);
    const char *key;
    json_t *value;
    json_object_foreach(json_object_get(test, "params"), key, value) {
        int found = test_set(model, params, key, json_number_value(value));
        assert_true(found >= 0 || strcmp(key, "V_m") == 0);
    }
    assert_true(test_set(model, params, "I_e", number(test, "I_e_pA")) >= 0);
}

/* Runs one case and returns the largest deviation of V_m. */
static double run_case(const json_t *test, const volley_neuron_model *model, int level, double **input,
                       int64_t steps) {
    double params[TEST_MAX_PARAMS], dt = number(test, "dt_ms"), worst = 0.0;
    set_parameters(test, model, params);
    test_batch b;
    assert_int_equal(test_batch_init(&b, model, params, dt, 1, true, true), VOLLEY_OK);
    b.columns.state[0][0] = number(json_object_get(test, "params"), "V_m");
    const json_t *expect = json_object_get(test, "expect");
    const json_t *spikes = json_object_get(expect, "spike_times_ms"),
                 *V = json_object_get(expect, "V_m_every_5ms");
    size_t n_spikes = 0, n_V = 0;
    for (int64_t k = 0; k < steps; k++) {
        for (int r = 0; r < VOLLEY_RECEPTORS; r++)
            b.columns.input[r][0] = input[r][k];
        if (model->update[level](&b.columns) > 0) {
            assert_true(n_spikes < json_array_size(spikes));
            assert_int_equal(steps_of(json_number_value(json_array_get(spikes, n_spikes++)), dt), k + 1);
        }
        const json_t *sample = json_array_get(V, n_V);
        if (sample == NULL || steps_of(json_number_value(json_array_get(sample, 0)), dt) != k + 1)
            continue;
        worst = fmax(worst, fabs(b.columns.state[0][0] - json_number_value(json_array_get(sample, 1))));
        n_V++;
    }
    assert_int_equal(n_spikes, json_array_size(spikes));
    assert_int_equal(n_V, json_array_size(V));
    test_batch_free(&b);
    return worst;
}

static void check_case(const json_t *test, int number_of_case) {
    const volley_neuron_model *model =
        volley_neuron_model_find(json_string_value(json_object_get(test, "model")));
    int64_t steps = steps_of(number(test, "T_ms"), number(test, "dt_ms"));
    double *input[VOLLEY_RECEPTORS];
    for (int r = 0; r < VOLLEY_RECEPTORS; r++)
        assert_int_equal(VOLLEY_NEW(input[r], steps), VOLLEY_OK);
    add_inputs(json_object_get(test, "input"), number(test, "dt_ms"), steps, input);
    int best;
    assert_int_equal(volley_simd_level(&best), VOLLEY_OK);
    for (int level = 0; level <= best; level++) {
        double worst = run_case(test, model, level, input, steps);
        print_message("case %d, %s, %s: V_m within %.1e mV\n", number_of_case, model->name,
                      volley_simd_name(level), worst);
        assert_true(worst < 1e-9);
    }
    for (int r = 0; r < VOLLEY_RECEPTORS; r++)
        free(input[r]);
}

static void check_file(const char *path, int expected_cases) {
    json_error_t error;
    json_t *cases = json_load_file(path, 0, &error);
    assert_non_null(cases);
    int checked = 0;
    for (size_t k = 0; k < json_array_size(cases); k++) {
        const json_t *test = json_array_get(cases, k);
        if (strncmp(json_string_value(json_object_get(test, "model")), "iaf_psc_", 8) != 0)
            continue;
        check_case(test, (int)k);
        checked++;
    }
    assert_int_equal(checked, expected_cases);
    json_decref(cases);
}

static void common_cases(void **state) {
    (void)state;
    check_file(VOLLEY_SOURCE_DIR "/tests/reference/nest/neurons.json", 6);
}

static void edge_cases(void **state) {
    (void)state;
    check_file(VOLLEY_SOURCE_DIR "/tests/reference/nest/neurons_edges.json", 6);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(common_cases), cmocka_unit_test(edge_cases)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
