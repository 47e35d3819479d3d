/* SPDX-License-Identifier: BSD-3-Clause */
/* Every case of synapses.json and synapses_coincident.json: the weight that NEST 3.9 delivered with each pre
 * spike, within 1e-9. The delay is dendritic in all of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <math.h>
#include <string.h>

#include "sim/worker.h"
#include "support/built.h"

enum { TEXT = 1 << 16 };

/* How a synapse of NEST is written here. */
typedef struct translation {
    const char *model, *plasticity;
    bool phantom; /* NEST acts as if there had been a pre spike at time 0 */
    struct {
        const char *nest, *here;
    } params[12];
} translation;

#define STDP_PARAMS                                                                                          \
    {                                                                                                        \
        {"tau_plus", "tau_plus"}, {"lambda", "lambda"}, {"alpha", "alpha"}, {"mu_plus", "mu_plus"},          \
            {"mu_minus", "mu_minus"}, {"Wmax", "w_max"}, {"tau_minus_ms", "tau_minus"},                      \
    }

static const translation translations[] = {
    {"stdp_synapse", "rule: stdp, preset: nest", false, STDP_PARAMS},
    {"stdp_nn_symm_synapse", "rule: stdp, preset: nest_nn_symm", true, STDP_PARAMS},
    {"stdp_nn_restr_synapse", "rule: stdp, preset: nest_nn_restr", true, STDP_PARAMS},
    {"stdp_nn_pre_centered_synapse", "rule: stdp, preset: nest_nn_pre_centered", false, STDP_PARAMS},
    {"stdp_pl_synapse_hom",
     "rule: stdp_power_law",
     false,
     {{"tau_plus", "tau_plus"},
      {"lambda", "lambda"},
      {"alpha", "alpha"},
      {"mu", "mu"},
      {"tau_minus_ms", "tau_minus"}}},
    {"stdp_triplet_synapse",
     "rule: stdp_triplet",
     false,
     {{"tau_plus", "tau_plus"},
      {"tau_plus_triplet", "tau_plus_triplet"},
      {"tau_minus_ms", "tau_minus"},
      {"tau_minus_triplet_ms", "tau_minus_triplet"},
      {"Aplus", "A_plus"},
      {"Aminus", "A_minus"},
      {"Aplus_triplet", "A_plus_triplet"},
      {"Aminus_triplet", "A_minus_triplet"},
      {"Wmax", "w_max"}}},
    {"vogels_sprekeler_synapse",
     "rule: stdp_inhibitory",
     false,
     {{"tau", "tau_plus"},
      {"tau_minus_ms", "tau_minus"},
      {"alpha", "alpha"},
      {"eta", "eta"},
      {"Wmax", "w_max"}}},
    {"tsodyks2_synapse",
     "rule: tsodyks",
     false,
     {{"U", "U"}, {"u", "u"}, {"tau_rec", "tau_rec"}, {"tau_fac", "tau_fac"}}},
};

static const translation *find_translation(const char *model) {
    for (size_t i = 0; i < sizeof translations / sizeof *translations; i++)
        if (strcmp(translations[i].model, model) == 0)
            return &translations[i];
    fail_msg("no translation of %s", model);
    return NULL;
}

static void append(char *text, const char *format, ...) {
    size_t used = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(text + used, TEXT - used, format, arguments);
    va_end(arguments);
    assert_true(n >= 0 && (size_t)n < TEXT - used);
}

static void append_times(char *text, const char *name, const json_t *times, bool phantom) {
    append(text, "  %s: {model: spike_source, size: 1, params: {spike_times: [[%s", name,
           phantom ? "0.0" : "");
    size_t i;
    json_t *time;
    json_array_foreach(times, i, time)
        append(text, "%s%.17g", i > 0 || phantom ? ", " : "", json_number_value(time));
    append(text, "]]}}\n");
}

static void write_config(const json_t *c, const translation *t, char *text) {
    const json_t *params = json_object_get(c, "params");
    text[0] = '\0';
    append(text, "simulation: {dt: 0.1, duration: 10000.0}\npopulations:\n");
    append_times(text, "pre", json_object_get(c, "pre_spikes_ms"), t->phantom);
    append_times(text, "post", json_object_get(c, "post_spikes_ms"), false);
    append(text,
           "projections:\n  p:\n    source: pre\n    target: post\n    connect: {rule: one_to_one}\n"
           "    weight: %.17g\n    weight_precision: float64\n    delay: %g\n    dendritic_delay: all\n"
           "    plasticity: {%s, params: {",
           json_number_value(json_object_get(params, "weight")),
           json_number_value(json_object_get(c, "delay_ms")), t->plasticity);
    for (int i = 0; t->params[i].nest; i++) {
        const json_t *value = json_object_get(params, t->params[i].nest);
        value = value ? value : json_object_get(c, t->params[i].nest);
        if (value)
            append(text, "%s: %.17g, ", t->params[i].here, json_number_value(value));
        else if (strcmp(t->params[i].nest, "u") == 0)
            append(text, "u: 0.5, "); /* NEST's default, whatever U is */
        else
            fail_msg("the case lacks %s", t->params[i].nest);
    }
    append(text, "}}\n");
}

/* Runs the case on one thread and collects the weight of every delivery. */
static size_t run(const char *text, double *delivered, size_t room) {
    test_built b;
    test_build_text(&b, text, 1, VOLLEY_SIMD_PLAIN);
    volley_worker worker;
    size_t n = 0;
    test_require(volley_worker_create(&worker, b.wiring, 0, 1));
    volley_worker_initial(&worker);
    double input[TEST_RECEPTORS][64];
    double *const inputs[TEST_RECEPTORS] = {input[0], input[1]};
    for (int64_t update = 0; update < b.network->steps; update++) {
        memset(input, 0, sizeof input);
        int64_t events = 0;
        test_require(volley_plastic_deliver(&worker.plastic[0], update, inputs, &events));
        if (events > 0) {
            double sum = 0.0;
            for (int r = 0; r < TEST_RECEPTORS; r++)
                for (int i = 0; i < 64; i++)
                    sum += input[r][i];
            assert_true(n < room);
            delivered[n++] = sum;
        }
        volley_worker_step(&worker, update, 0);
        volley_worker_receive(&worker, worker.gids, worker.step_end[0], update + 1);
        volley_worker_sweep(&worker, update + 1);
        worker.n_gids = 0;
    }
    assert_int_equal(worker.status.code, VOLLEY_OK);
    volley_worker_free(&worker);
    test_built_free(&b);
    return n;
}

static void compare(const json_t *c, size_t number) {
    enum { ROOM = 512 };
    static char text[TEXT];
    double delivered[ROOM];
    const char *model = json_string_value(json_object_get(c, "model"));
    const translation *t = find_translation(model);
    write_config(c, t, text);
    size_t n = run(text, delivered, ROOM), skip = t->phantom ? 1 : 0;
    const json_t *expect = json_object_get(c, "expect");
    assert_int_equal(n, json_array_size(expect) + skip);
    for (size_t i = 0; i < json_array_size(expect); i++) {
        double weight = json_number_value(json_array_get(json_array_get(expect, i), 1));
        double error = fabs(delivered[i + skip] - weight);
        if (error > 1e-9 * fabs(weight) + 1e-12)
            fail_msg("case %zu, %s: delivery %zu is %.15g, NEST has %.15g", number, model, i,
                     delivered[i + skip], weight);
    }
}

static void test_file(const char *name) {
    char path[4096];
    json_error_t error;
    snprintf(path, sizeof path, "%s/tests/reference/nest/%s", VOLLEY_SOURCE_DIR, name);
    json_t *cases = json_load_file(path, 0, &error);
    assert_non_null(cases);
    assert_true(json_array_size(cases) > 20);
    size_t i;
    json_t *c;
    json_array_foreach(cases, i, c) compare(c, i);
    json_decref(cases);
}

static void test_synapses(void **state) {
    (void)state;
    test_file("synapses.json");
}

static void test_coincident(void **state) {
    (void)state;
    test_file("synapses_coincident.json");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_synapses),
        cmocka_unit_test(test_coincident),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
