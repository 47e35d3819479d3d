/* SPDX-License-Identifier: BSD-3-Clause */
/* Values at the ends of their ranges, for every row of the registries: a neuron model either refuses a
 * combination of parameters with a message or keeps every state finite; a connection rule draws exactly the
 * edges that the ends of its parameters mean, or refuses them with a message. */
#include "support/batch.h"
#include "support/built.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { NEURONS = 16, UPDATES = 300, SIZE = 50 };

static int best_level;

/* Value 0 (low) or 1 (high) of a field: the bound, or where there is none a hundred times what is usual. */
static double extreme(const volley_field *field, int end) {
    double usual = fmax(fabs(field->standard), 10.0);
    if (end == 0)
        return isfinite(field->low) ? field->low : -100.0 * usual;
    return isfinite(field->high) ? field->high : 100.0 * usual;
}

static void update_and_check(const volley_neuron_model *model, test_batch *b, const char *what) {
    volley_neuron_batch *c = &b->columns;
    double size = strcmp(model->weight_unit, "pA") == 0 ? 300.0 : 3.0;
    for (int64_t k = 0; k < UPDATES; k++) {
        for (int r = 0; r < model->n_receptors; r++)
            for (int64_t i = 0; i < c->used; i++) {
                double u = test_uniform((uint64_t)((k * NEURONS + i) * model->n_receptors + r));
                c->input[r][i] = u < 0.1 ? (r == 0 ? size : -size) * u : 0.0;
            }
        int64_t fired = model->update[best_level](c);
        assert_true(fired >= 0 && fired <= c->used);
        for (int s = 0; s < model->n_states; s++)
            for (int64_t i = 0; i < c->used; i++)
                if (!isfinite(c->state[s][i]) || c->refractory[i] < 0)
                    fail_msg("%s: %s: update %lld gives %s %g, refractory %d", model->name, what,
                             (long long)k, model->states[s].name, c->state[s][i], c->refractory[i]);
    }
}

/* True when the model took the parameters. */
static bool try_params(const volley_neuron_model *model, const double *params, int state, double value,
                       const char *what) {
    test_batch b;
    volley_error_clear();
    int status = test_batch_init(&b, model, params, 0.1, NEURONS, true, true);
    if (status != VOLLEY_OK) {
        assert_int_equal(status, VOLLEY_USAGE);
        if (strlen(volley_error_message()) < 10)
            fail_msg("%s: %s: refused without a message", model->name, what);
        volley_error_clear();
        return false;
    }
    if (state >= 0)
        for (int64_t i = 0; i < b.columns.count; i++)
            b.columns.state[state][i] = value;
    update_and_check(model, &b, what);
    test_batch_free(&b);
    return true;
}

/* Every parameter and every pair of parameters at every combination of ends. */
static void check_params(const volley_neuron_model *model) {
    int taken = 0;
    for (int a = 0; a < model->n_params; a++)
        for (int b = a; b < model->n_params; b++)
            for (int ends = 0; ends < 4; ends++) {
                double params[TEST_MAX_PARAMS];
                char what[200];
                test_defaults(model, params);
                params[b] = extreme(&model->params[b], ends >> 1);
                params[a] = extreme(&model->params[a], ends & 1);
                snprintf(what, sizeof what, "%s %g, %s %g", model->params[a].name, params[a],
                         model->params[b].name, params[b]);
                taken += try_params(model, params, -1, 0.0, what);
            }
    assert_true(taken >= model->n_params); /* refusing everything is not a way to pass */
}

static void check_states(const volley_neuron_model *model) {
    double params[TEST_MAX_PARAMS];
    test_defaults(model, params);
    for (int s = 0; s < model->n_states; s++)
        for (int end = 0; end < 2; end++) {
            char what[200];
            double value = extreme(&model->states[s], end);
            snprintf(what, sizeof what, "start with %s %g", model->states[s].name, value);
            assert_true(try_params(model, params, s, value, what));
        }
}

static void neurons_stay_finite(void **state) {
    (void)state;
    for (int m = 0; volley_neuron_models[m] != NULL; m++) {
        const volley_neuron_model *model = test_sized(volley_neuron_models[m]);
        if (model->is_source)
            continue;
        check_params(model);
        check_states(model);
    }
}

/* Builds a projection of this rule with parameter `which` at `value`, the others at their middle or, without
 * a bound that memory could hold, at 3; returns its edges, -1 when it was refused. */
static int64_t edges_at(const volley_connect_rule *rule, int which, double value, double *expected) {
    char text[1024], given[256] = "";
    const char *set = NULL;
    volley_network *network = NULL;
    for (int i = 0, used = 0; i < rule->n_params; i++) {
        const volley_field *field = &rule->params[i].field;
        double middle = field->high > 1000.0 ? 3.0 : 0.5 * (field->low + field->high);
        used += snprintf(given + used, sizeof given - (size_t)used, ", %s: %.17g", field->name,
                         i == which ? value : middle);
    }
    snprintf(
        text, sizeof text,
        "simulation: {duration: 1}\npopulations:\n"
        "  A: {model: iaf_psc_exp, size: %d, positions: {grid: {shape: [%d], extent: [1]}}}\nprojections:\n"
        "  P: {source: A, target: A, connect: {rule: %s%s%s}, weight: 1, delay: 1}\n",
        SIZE, SIZE, rule->name, given, rule->takes_kernel ? ", kernel: {disc: {radius: 1}}" : "");
    volley_error_clear();
    int status = volley_config_parse(text, "net.yaml", &set, 0, &network);
    if (status != VOLLEY_OK) {
        assert_int_equal(status, VOLLEY_USAGE);
        assert_non_null(strstr(volley_error_message(), rule->params[which].field.name));
        volley_error_clear();
        return -1;
    }
    volley_connect_spec spec = volley_projection_spec(&network->projections[0]);
    *expected = rule->mean_indegree(&spec) * (double)spec.n_targets;
    test_built built;
    test_build(&built, network, 2, best_level);
    int64_t edges = built.wiring->synapses[0].n_synapses + built.wiring->synapses[1].n_synapses;
    test_built_free(&built);
    return edges;
}

/* The lowest and the highest value of a parameter leave nothing to chance. A whole number without a bound
 * that memory could hold is tried at one below its lowest and at its lowest. */
static void param_at_the_ends(const volley_connect_rule *rule, int which) {
    const volley_field *field = &rule->params[which].field;
    double expected = 0.0;
    int64_t edges = edges_at(rule, which, field->low, &expected);
    if (edges < 0 || (double)edges != expected)
        fail_msg("%s, %s at its lowest: %lld edges, not %g", rule->name, field->name, (long long)edges,
                 expected);
    assert_int_equal(edges_at(rule, which, field->low - 1.0, &expected), -1);
    assert_int_equal(edges_at(rule, which, field->high * 2.0, &expected), -1);
    if (field->high > 1000.0)
        return;
    edges = edges_at(rule, which, field->high, &expected);
    if (edges < 1 || (double)edges != expected)
        fail_msg("%s, %s at its highest: %lld edges, not %g", rule->name, field->name, (long long)edges,
                 expected);
}

static void rules_at_the_ends(void **state) {
    (void)state;
    for (int i = 0; volley_connect_rules[i] != NULL; i++)
        for (int which = 0; which < volley_connect_rules[i]->n_params; which++)
            param_at_the_ends(volley_connect_rules[i], which);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(neurons_stay_finite),
                                       cmocka_unit_test(rules_at_the_ends)};
    if (volley_simd_level(&best_level) != VOLLEY_OK || volley_modules_load() != VOLLEY_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
