/* SPDX-License-Identifier: BSD-3-Clause */
/* A population whose neurons all differ, updated by one thread and divided over several as a run divides it:
 * states, refractory times and spikes are the same bits, for every row of the registry and every vector
 * level. */
#include "wiring/neurons.h"
#include "support/batch.h"
#include "support/built.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { NEURONS = 203, UPDATES = 400, MAX_THREADS = 5 };

static int best_level;

typedef struct history {
    double state[NEURONS][TEST_MAX_STATES];
    int32_t refractory[NEURONS];
    int64_t spikes[NEURONS], sum_of_steps[NEURONS];
} history;

static history reference, other;

/* "name: {uniform: ...}" from the standard value up to a twentieth of it further, inside the range. */
static void append_field(const volley_field *field, double standard, char *text, size_t size) {
    double high = fmin(standard + 0.05 * fabs(standard), field->high);
    size_t used = strlen(text);
    if (high > standard)
        snprintf(text + used, size - used, "%s: {uniform: {low: %.17g, high: %.17g}}, ", field->name,
                 standard, high);
    else
        snprintf(text + used, size - used, "%s: %.17g, ", field->name, standard);
}

/* Lists of the receptors' parameters, of which every second item is drawn. */
static void append_lists(const volley_neuron_model *model, char *text, size_t size) {
    const volley_receptor_fields *each = model->each_receptor;
    for (int j = 0; each && j < each->n_params; j++) {
        size_t used = strlen(text);
        double standard = each->params[j].standard;
        used += (size_t)snprintf(text + used, size - used, "%s: [", each->params[j].name);
        for (int r = 0; r < model->n_receptors; r++)
            used += (size_t)snprintf(text + used, size - used,
                                     r % 2 ? "{uniform: {low: %g, high: %g}}, " : "%g, ", standard,
                                     1.5 * standard);
        snprintf(text + used, size - used, "], ");
    }
}

static void write_config(const volley_neuron_model *model, char *text, size_t size) {
    int n_params = model->of_any_size ? model->of_any_size->n_params : model->n_params;
    snprintf(text, size,
             "simulation: {duration: 1, seed: 3}\npopulations:\n  A: {model: %s, size: %d, params: {",
             model->name, NEURONS);
    bool spiking = volley_field_find(model->params, model->n_params, "g_L") >= 0; /* or with a leak alone */
    for (int k = 0; k < n_params; k++) {
        const volley_field *field = &model->params[k];
        double lively = strcmp(field->name, "I_e") == 0    ? (spiking ? 900.0 : 390.0)
                        : strcmp(field->name, "rate") == 0 ? 300.0
                                                           : field->standard;
        append_field(field, lively, text, size);
    }
    append_lists(model, text, size);
    strncat(text, "}, init: {", size - strlen(text) - 1);
    for (int k = 0; k < model->n_states; k++)
        append_field(&model->states[k], model->states[k].standard, text, size);
    strncat(text, "}}\n", size - strlen(text) - 1);
    assert_true(strlen(text) + 1 < size);
}

static void add_input(const volley_neuron_model *model, const volley_neuron_batch *batch,
                      const int64_t *index, int64_t k) {
    double most = strcmp(model->weight_unit, "pA") == 0  ? 200.0
                  : strcmp(model->weight_unit, "1") == 0 ? 4.0
                                                         : 1.0;
    for (int r = 0; r < model->n_receptors; r++)
        for (int64_t i = 0; i < batch->used; i++) {
            uint64_t number = (uint64_t)((index[i] * UPDATES + k) * model->n_receptors + r);
            if (test_uniform(number) < 0.05)
                batch->input[r][i] +=
                    model->repeats_spikes ? 2.0 : (r % 2 == 0 ? most : -most) * test_uniform(~number);
        }
}

static void run_thread(const volley_neuron_model *model, const test_built *built, int level, int thread,
                       history *h) {
    volley_neurons neurons;
    test_require(volley_neurons_create(built->layout, thread, &neurons));
    volley_neuron_batch *batch = &neurons.batches[0];
    int64_t index[NEURONS];
    for (int64_t i = 0; i < batch->used; i++)
        index[i] = volley_layout_index(built->layout, thread, 0, i);
    for (int64_t k = 0; batch->count > 0 && k < UPDATES; k++) {
        add_input(model, batch, index, k);
        batch->update = k;
        int64_t fired = model->update[level](batch);
        for (int64_t f = 0; f < fired; f++) {
            h->spikes[index[batch->fired[f]]] +=
                batch->repeats == NULL ? 1 : (int64_t)batch->repeats[batch->fired[f]];
            h->sum_of_steps[index[batch->fired[f]]] += k;
        }
    }
    for (int64_t i = 0; i < batch->used; i++) {
        for (int s = 0; s < model->n_states; s++)
            h->state[index[i]][s] = batch->state[s][i];
        h->refractory[index[i]] = batch->refractory[i];
    }
    volley_neurons_free(&neurons, 1);
}

/* Threads write to items of their own neurons. */
static void run_all(const volley_neuron_model *model, const char *text, int level, int threads, history *h) {
    test_built built;
    test_build_text(&built, text, threads, level);
    memset(h, 0, sizeof *h);
#pragma omp parallel for num_threads(threads) schedule(static, 1)
    for (int t = 0; t < threads; t++)
        run_thread(model, &built, level, t, h);
    test_built_free(&built);
}

static void check_model(const volley_neuron_model *model) {
    char text[8192];
    write_config(model, text, sizeof text);
    run_all(model, text, VOLLEY_SIMD_PLAIN, 1, &reference);
    int64_t spikes = 0;
    for (int i = 0; i < NEURONS; i++)
        spikes += reference.spikes[i];
    if (spikes < NEURONS)
        fail_msg("%s: %lld spikes are too few to tell", model->name, (long long)spikes);
    for (int level = 0; level <= best_level; level++)
        for (int threads = 1; threads <= MAX_THREADS; threads++) {
            run_all(model, text, level, threads, &other);
            if (memcmp(&reference, &other, sizeof reference) != 0)
                fail_msg("%s: %d threads at %s change bits", model->name, threads, volley_simd_name(level));
        }
}

static void split_equals_whole(void **state) {
    (void)state;
    for (int m = 0; volley_neuron_models[m] != NULL; m++)
        if (!volley_neuron_models[m]->is_source)
            check_model(test_sized(volley_neuron_models[m]));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(split_equals_whole)};
    if (volley_simd_level(&best_level) != VOLLEY_OK || volley_modules_load() != VOLLEY_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
