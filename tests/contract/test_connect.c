/* SPDX-License-Identifier: BSD-3-Clause */
/* What every connection rule must do: the same edges whatever the vector unit and the number of threads, also
 * where a target has so many edges that they come in several pieces, with and without autapses. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support/built.h"

#include <math.h>

enum {
    SIZE = 3001
}; /* about 1500 random edges per target: more than one piece, and no multiple of the vector width */
enum { TEXT = 100000 };

/* Twice as many edges as a piece holds to one target, some to others. */
static void write_edges(char *text, size_t room) {
    int used = snprintf(text, room, ", edges: [");
    for (int i = 0; i < 2 * SIZE; i++)
        used += snprintf(text + used, room - (size_t)used, "%s[%d, %d]", i ? ", " : "", i * 7 % SIZE,
                         i % 3 ? 5 : i % 40);
    snprintf(text + used, room - (size_t)used, "]");
}

/* A value that gives more edges than a piece holds to 40 targets. */
static double usual(const volley_connect_rule *rule, const volley_connect_param *param) {
    if (!param->whole)
        return fmin(param->field.high, 0.5);
    if (param->scaling == VOLLEY_SCALE_TOTAL)
        return 1501.0 * 40.0;
    return rule->draw_targets ? 20.0 : 1501.0;
}

static void write_config(const volley_connect_rule *rule, bool autapses, char *text, size_t room) {
    static char edges[TEXT];
    char value[128] = "", allowed[32] = "";
    const char *kernel = rule->takes_kernel ? ", kernel: {gaussian: {sigma: 0.7}}" : "";
    edges[0] = '\0';
    for (int i = 0, used = 0; i < rule->n_params; i++)
        used += snprintf(value + used, sizeof value - (size_t)used, ", %s: %g", rule->params[i].field.name,
                         usual(rule, &rule->params[i]));
    if (rule->takes_list)
        write_edges(edges, sizeof edges);
    if (rule->takes_autapses)
        snprintf(allowed, sizeof allowed, ", autapses: %s", autapses ? "true" : "false");
    int targets = rule->pairs_positions ? SIZE : 40;
    snprintf(
        text, room,
        "simulation: {duration: 1}\n"
        "populations:\n"
        "  A: {model: iaf_psc_exp, size: %d, positions: {uniform: {extent: [1, 2]}}}\n"
        "projections:\n  P:\n    source: A\n    target: {population: A, neurons: {first: %d}}\n"
        "    connect: {rule: %s%s%s%s%s}\n"
        "    weight: {normal: {mean: 1, std: 0.5, min: 0}}\n"
        "    delay: {lognormal: {mean: 0.5, std: 0.5, min: 0.1, max: 20}}\n    weight_precision: float64\n",
        SIZE, targets, rule->name, value, allowed, edges, kernel);
}

static uint64_t build(const char *text, int threads, int simd, int64_t *edges) {
    test_built built;
    test_build_text(&built, text, threads, simd);
    uint64_t hash = 0;
    *edges = 0;
    for (int t = 0; t < threads; t++) {
        hash += built.wiring->synapses[t].connection_hash;
        *edges += built.wiring->synapses[t].n_synapses;
    }
    test_built_free(&built);
    return hash;
}

static void test_levels_and_threads(void **state) {
    (void)state;
    int best;
    assert_int_equal(volley_simd_level(&best), VOLLEY_OK);
    for (int i = 0; volley_connect_rules[i] != NULL; i++)
        for (int autapses = 0; autapses < 2; autapses++) {
            static char text[TEXT + 1024];
            int64_t edges, same;
            write_config(volley_connect_rules[i], autapses, text, sizeof text);
            uint64_t hash = build(text, 1, VOLLEY_SIMD_PLAIN, &edges);
            assert_true(edges >= SIZE);
            for (int level = 0; level <= best; level++)
                for (int threads = 1; threads <= 3; threads++) {
                    assert_true(build(text, threads, level, &same) == hash);
                    assert_true(same == edges);
                }
        }
}

static void check_field(const volley_connect_param *param) {
    const volley_field *field = &param->field;
    assert_true(field->name[0] != '\0' && field->meaning[0] != '\0' && field->unit[0] != '\0');
    assert_true(field->low < field->high);
    assert_true(isnan(field->standard) || (field->standard >= field->low && field->standard <= field->high));
    assert_true(!param->whole || (field->low == floor(field->low) && field->high == floor(field->high)));
}

/* The table of every rule is complete. */
static void test_tables(void **state) {
    (void)state;
    for (int i = 0; volley_connect_rules[i] != NULL; i++) {
        const volley_connect_rule *rule = volley_connect_rules[i];
        assert_true(volley_connect_rule_find(rule->name) == rule);
        assert_true(rule->meaning[0] != '\0' && rule->source[0] != '\0');
        assert_non_null(rule->draw);
        assert_non_null(rule->mean_indegree);
        assert_true(rule->n_params >= 0 && rule->n_params <= VOLLEY_CONNECT_MAX_PARAMS);
        assert_true(rule->n_params == 0 || !rule->scales_with_sizes);
        for (int p = 0; p < rule->n_params; p++)
            check_field(&rule->params[p]);
    }
    assert_null(volley_connect_rule_find("nothing"));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_levels_and_threads),
                                       cmocka_unit_test(test_tables)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
