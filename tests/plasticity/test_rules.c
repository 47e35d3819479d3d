/* SPDX-License-Identifier: BSD-3-Clause */
/* What every row of the registry of rules promises; new rules are covered by their line in the .def file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/status.h"
#include "models/neuron/neuron.h"
#include "models/plasticity/plasticity.h"

static const double dt = 0.1;

static void defaults(const volley_rule *rule, double *params, int *choices) {
    for (int k = 0; k < rule->n_params; k++)
        params[k] = rule->params[k].standard;
    for (int k = 0; k < rule->n_choices; k++)
        choices[k] = 0;
}

static int find_choice(const volley_rule *rule, const char *name) {
    for (int k = 0; k < rule->n_choices; k++)
        if (strcmp(rule->choices[k].name, name) == 0)
            return k;
    return -1;
}

static int find_word(const volley_rule_choice *choice, const char *word) {
    for (int k = 0; choice->values[k] != NULL; k++)
        if (strcmp(choice->values[k], word) == 0)
            return k;
    return -1;
}

/* Variables and columns have names of their own, and no tau where there is no name. */
static void check_names(const volley_rule *rule, const volley_rule_plan *plan) {
    const char *names[VOLLEY_RULE_TAUS];
    int n = 0, n_source = volley_rule_count_variables(plan->source);
    int n_target = volley_rule_count_variables(plan->target), n_columns = volley_rule_count_columns(plan);
    for (int j = 0; j < n_source; j++)
        names[n++] = plan->source[j].name;
    for (int j = 0; j < n_target; j++)
        names[n++] = plan->target[j].name;
    for (int j = 0; j < n_columns; j++)
        names[n++] = plan->column[j].name;
    for (int a = 0; a < n; a++)
        for (int b = 0; b < a; b++)
            if (strcmp(names[a], names[b]) == 0)
                fail_msg("%s: two variables are called %s", rule->name, names[a]);
    for (int j = n_source; j < VOLLEY_RULE_VARIABLES; j++)
        assert_true(plan->source[j].name == NULL && plan->source[j].tau == 0.0);
    for (int j = n_target; j < VOLLEY_RULE_VARIABLES; j++)
        assert_true(plan->target[j].name == NULL && plan->target[j].tau == 0.0);
    for (int j = n_columns; j < VOLLEY_RULE_COLUMNS; j++)
        assert_true(plan->column[j].name == NULL && plan->column[j].tau == 0.0);
}

/* What the engine takes for granted of a plan. */
static void check_plan(const volley_rule *rule, const volley_rule_plan *plan) {
    for (int k = 0; k < VOLLEY_RULE_MAX_CONSTANTS; k++)
        assert_false(isnan(plan->constants[k]));
    for (int j = 0; j < VOLLEY_RULE_TAUS; j++)
        assert_true(isfinite(volley_rule_tau(plan, j)) && volley_rule_tau(plan, j) >= 0.0);
    check_names(rule, plan);
    assert_true(plan->w_low < plan->w_high);
    assert_true(plan->window >= 0);
    assert_true(plan->has_reward == (rule->n_signals > 0));
    if (plan->coincidence == VOLLEY_TOGETHER)
        assert_true(plan->by_emission);
    assert_non_null(plan->visit);
    for (int wide = 0; wide < 2; wide++)
        for (int level = 0; level < 3; level++)
            if (plan->visit[wide][level] == NULL)
                fail_msg("%s has no function for %s at level %d", rule->name, wide ? "double" : "float",
                         level);
}

/* Defaults, changed in one place, make a plan. */
static void check_prepared(const volley_rule *rule, const double *params, const int *choices) {
    volley_rule_plan plan;
    volley_error_clear();
    if (rule->prepare(params, choices, dt, &plan) != VOLLEY_OK)
        fail_msg("%s: %s", rule->name, volley_error_message());
    check_plan(rule, &plan);
}

static void test_tables(void **state) {
    (void)state;
    for (int m = 0; volley_rules[m] != NULL; m++) {
        const volley_rule *rule = volley_rules[m];
        assert_ptr_equal(volley_rule_find(rule->name), rule);
        assert_true(strlen(rule->meaning) > 5 && strlen(rule->source) > 3 && strlen(rule->coincidence) > 5);
        assert_in_range(rule->n_params, 0, VOLLEY_RULE_MAX_PARAMS);
        assert_in_range(rule->n_signals, 0, VOLLEY_RULE_MAX_SIGNALS);
        for (int k = 0; k < rule->n_signals; k++)
            assert_true(rule->signals[k].name[0] != '\0' && rule->signals[k].meaning[0] != '\0');
        assert_in_range(rule->n_choices, 0, VOLLEY_RULE_MAX_CHOICES);
        for (int k = 0; k < rule->n_params; k++) {
            const volley_field *f = &rule->params[k];
            assert_true(strlen(f->name) > 0 && strlen(f->unit) > 0 && strlen(f->meaning) > 5);
            assert_true(f->low < f->high);
            assert_true(isnan(f->standard) || (f->low <= f->standard && f->standard <= f->high));
            assert_int_equal(volley_field_find(rule->params, rule->n_params, f->name), k);
            assert_int_equal(find_choice(rule, f->name), -1);
        }
        for (int k = 0; k < rule->n_choices; k++) {
            const volley_rule_choice *choice = &rule->choices[k];
            assert_int_equal(find_choice(rule, choice->name), k);
            assert_true(strlen(choice->meaning) > 5);
            assert_non_null(choice->values[0]);
            for (int v = 0; choice->values[v] != NULL; v++)
                assert_int_equal(find_word(choice, choice->values[v]), v);
        }
    }
    assert_null(volley_rule_find("no_such_rule"));
}

/* Every default, and every word of every choice. */
static void test_choices(void **state) {
    (void)state;
    for (int m = 0; volley_rules[m] != NULL; m++) {
        const volley_rule *rule = volley_rules[m];
        double params[VOLLEY_RULE_MAX_PARAMS];
        int choices[VOLLEY_RULE_MAX_CHOICES];
        defaults(rule, params, choices);
        check_prepared(rule, params, choices);
        for (int k = 0; k < rule->n_choices; k++)
            for (int v = 0; rule->choices[k].values[v] != NULL; v++) {
                defaults(rule, params, choices);
                choices[k] = v;
                check_prepared(rule, params, choices);
            }
    }
}

/* Presets name parameters and words that exist and values in their ranges. */
static void test_presets(void **state) {
    (void)state;
    for (int m = 0; volley_rules[m] != NULL; m++) {
        const volley_rule *rule = volley_rules[m];
        for (int n = 0; n < rule->n_presets; n++) {
            const volley_rule_preset *preset = &rule->presets[n];
            double params[VOLLEY_RULE_MAX_PARAMS];
            int choices[VOLLEY_RULE_MAX_CHOICES];
            defaults(rule, params, choices);
            assert_true(strlen(preset->name) > 0 && strlen(preset->meaning) > 5);
            for (int k = 0; k < VOLLEY_PRESET_MAX && preset->settings[k].name != NULL; k++) {
                int choice = find_choice(rule, preset->settings[k].name);
                int field = volley_field_find(rule->params, rule->n_params, preset->settings[k].name);
                if (preset->settings[k].word != NULL) {
                    assert_true(choice >= 0);
                    choices[choice] = find_word(&rule->choices[choice], preset->settings[k].word);
                    assert_true(choices[choice] >= 0);
                } else {
                    assert_true(field >= 0);
                    params[field] = preset->settings[k].value;
                    assert_true(params[field] >= rule->params[field].low);
                    assert_true(params[field] <= rule->params[field].high);
                }
            }
            check_prepared(rule, params, choices);
        }
    }
}

/* At the ends of its range a parameter makes a plan, or is refused with a reason that holds its value. */
static void test_ranges(void **state) {
    (void)state;
    for (int m = 0; volley_rules[m] != NULL; m++) {
        const volley_rule *rule = volley_rules[m];
        for (int k = 0; k < 2 * rule->n_params; k++) {
            double params[VOLLEY_RULE_MAX_PARAMS];
            int choices[VOLLEY_RULE_MAX_CHOICES];
            volley_rule_plan plan;
            const volley_field *f = &rule->params[k / 2];
            double end = k % 2 ? f->high : f->low;
            defaults(rule, params, choices);
            params[k / 2] = isinf(end) ? copysign(1e12, end) : end;
            volley_error_clear();
            if (rule->prepare(params, choices, dt, &plan) == VOLLEY_OK)
                check_plan(rule, &plan);
            else
                assert_non_null(strstr(volley_error_message(), "value"));
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_choices),
        cmocka_unit_test(test_presets),
        cmocka_unit_test(test_ranges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
