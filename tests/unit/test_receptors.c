/* SPDX-License-Identifier: BSD-3-Clause */
/* Models with any number of receptors: their tables, their draws, and where a thread keeps their input. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "models/neuron/neuron.h"
#include "support/built.h"
#include "net/draw.h"
#include "wiring/neurons.h"

static const char two_populations[] =
    "simulation: {dt: 0.1, duration: 10.0, seed: 8}\n"
    "populations:\n"
    "  few: {model: iaf_psc_exp, size: 40}\n"
    "  many: {model: iaf_psc_exp_multisynapse, size: 24, params: {tau_syn: [%s]}}\n"
    "  next: {model: iaf_psc_exp, size: 24, params: {tau_m: {uniform: {low: 1.0, high: 30.0}}}}\n";

/* Lists of n equal distributions. */
static void build(int n, int threads, test_built *built) {
    char list[20000] = "", text[22000];
    for (int i = 0; i < n; i++)
        strcat(list, "{uniform: {low: 1.0, high: 30.0}}, ");
    snprintf(text, sizeof text, two_populations, list);
    test_build_text(built, text, threads, 0);
}

static void tables_of_any_size(void **state) {
    (void)state;
    const volley_neuron_model *model = volley_neuron_model_find("iaf_psc_exp_multisynapse"), *sized, *again;
    assert_int_equal(model->n_receptors, 0);
    test_require(volley_neuron_model_sized(model, 12, &sized));
    test_require(volley_neuron_model_sized(sized, 12, &again));
    assert_ptr_equal(sized, again);
    assert_ptr_equal(sized->of_any_size, model);
    assert_int_equal(sized->n_receptors, 12);
    assert_int_equal(sized->n_params, model->n_params + 12);
    assert_string_equal(sized->receptors[11], "12");
    assert_string_equal(sized->params[model->n_params + 11].name, "tau_syn_12");
    assert_string_equal(sized->states[model->n_states].name, "I_syn_1");
    assert_int_equal(volley_neuron_model_receptor(sized, "12"), 11);
    assert_int_equal(volley_neuron_model_receptor(sized, "13"), -1);
    assert_false(volley_neuron_model_is_signed(sized));
    const volley_neuron_model *fixed = volley_neuron_model_find("iaf_psc_exp");
    test_require(volley_neuron_model_sized(fixed, 12, &again));
    assert_ptr_equal(again, fixed);
    assert_true(volley_neuron_model_is_signed(fixed));
}

/* Item 64 of a population would share its stream with item 0 of the next one if keys counted on. */
static void draws_beyond_64(void **state) {
    (void)state;
    enum { RECEPTORS = 100 };
    test_built built;
    build(RECEPTORS, 1, &built);
    const volley_network *network = built.network;
    int n = network->populations[1].model->n_params;
    assert_int_equal(n, volley_neuron_model_find("iaf_psc_exp_multisynapse")->n_params + RECEPTORS);
    double seen[200];
    for (int item = 7; item < n; item++) {
        test_require(volley_neurons_value(network, 1, 5, false, item, &seen[item]));
        assert_true(seen[item] >= 1.0 && seen[item] <= 30.0);
        for (int other = 7; other < item; other++)
            assert_true(seen[item] != seen[other]);
    }
    for (int item = 64; item < n; item++) {
        /* what the key of item - 64 of the population behind would draw for the same neuron */
        uint64_t key = volley_rng_key(network->seed, VOLLEY_RNG_PARAM, 2 * 64 + (uint32_t)item - 64);
        volley_distribution d = network->populations[1].params[7];
        double value;
        test_require(volley_draw_one(&d, key, (uint64_t)network->populations[1].first_gid + 5, 5, &value));
        assert_true(value != seen[item]);
    }
    test_built_free(&built);
}

/* Accumulators exist for the receptors of a population only, and populations with more come first. */
static void input_of_a_thread(void **state) {
    (void)state;
    enum { RECEPTORS = 9, THREADS = 2 };
    test_built built;
    build(RECEPTORS, THREADS, &built);
    assert_int_equal(built.layout->n_receptors, RECEPTORS);
    for (int t = 0; t < THREADS; t++) {
        const int64_t *inputs = built.layout->n_inputs + t * RECEPTORS;
        const volley_segment *many = volley_layout_segment(built.layout, t, 1),
                             *few = volley_layout_segment(built.layout, t, 0),
                             *next = volley_layout_segment(built.layout, t, 2);
        assert_int_equal(many->first, 0);
        assert_int_equal(few->first, many->count);
        assert_int_equal(next->first, many->count + few->count);
        for (int r = 0; r < RECEPTORS; r++)
            assert_int_equal(inputs[r], r < 2 ? built.layout->n_targets[t] : many->count);
        volley_neurons neurons;
        test_require(volley_neurons_create(built.layout, t, &neurons));
        for (int32_t p = 0; p < 3; p++) {
            const volley_neuron_batch *batch = &neurons.batches[p];
            assert_int_equal(batch->n_receptors, p == 1 ? RECEPTORS : 2);
            for (int r = 0; r < batch->n_receptors; r++) {
                assert_ptr_equal(batch->input[r],
                                 neurons.input[r] + volley_layout_segment(built.layout, t, p)->first);
                assert_true((uintptr_t)batch->input[r] % 64 == 0);
            }
        }
        volley_neurons_free(&neurons, 3);
    }
    test_built_free(&built);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_of_any_size),
        cmocka_unit_test(draws_beyond_64),
        cmocka_unit_test(input_of_a_thread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
