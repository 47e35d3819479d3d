/* SPDX-License-Identifier: BSD-3-Clause */
/* The section projections. */
#include "config/files.h"
#include "config/schema.h"
#include "config/sections.h"

#include "base/memory.h"
#include "base/status.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_RULES = 64 };

static const volley_connect_rule *read_rule(volley_reader *r, const volley_node *node) {
    const char *names[MAX_RULES + 1] = {0};
    for (int i = 0; i < MAX_RULES && volley_connect_rules[i]; i++)
        names[i] = volley_connect_rules[i]->name;
    int index;
    return volley_read_choice(r, node, names, &index) ? volley_connect_rules[index] : NULL;
}

static void read_rule_param(volley_reader *r, const volley_node *node, const volley_connect_param *param,
                            double *value) {
    const volley_field *field = &param->field;
    *value = isnan(field->standard) ? 0.0 : field->standard;
    const volley_node *given = isnan(field->standard) ? volley_read_required(r, node, field->name)
                                                      : volley_node_find(node, field->name);
    if (param->whole) {
        int64_t whole = 0;
        int64_t low = (int64_t)fmax(field->low, 0.0), high = (int64_t)fmin(field->high, VOLLEY_MAX_WHOLE);
        if (volley_read_whole(r, given, low, high, &whole))
            *value = (double)whole;
    } else {
        volley_read_quantity(r, given, field->low, field->high, field->unit, value);
    }
}

/* Refuses keys of `connect` that the rule does not take. */
static void check_connect_keys(volley_reader *r, const volley_node *node, const volley_connect_rule *rule) {
    const volley_key *taken[VOLLEY_MAX_KEYS];
    const char *names[VOLLEY_MAX_KEYS + VOLLEY_CONNECT_MAX_PARAMS + 2] = {volley_keys_connect->name};
    int n = 1, n_taken = volley_connect_keys(rule, taken);
    for (int i = 0; i < n_taken; i++)
        names[n++] = taken[i]->name;
    for (int i = 0; i < rule->n_params; i++)
        names[n++] = rule->params[i].field.name;
    volley_read_map(r, node, names);
}

static void read_connect(volley_reader *r, const volley_node *node, bool ends, volley_projection *p) {
    if (!node)
        return;
    const volley_connect_rule *rule = NULL;
    if (node->kind == VOLLEY_NODE_MAP)
        rule = read_rule(r, volley_read_required(r, node, "rule"));
    else
        volley_wrong_type(r, node, "a mapping with a rule");
    if (!rule)
        return;
    check_connect_keys(r, node, rule);
    p->rule = rule;
    for (int i = 0; i < rule->n_params; i++)
        read_rule_param(r, node, &rule->params[i], &p->rule_params[i]);
    const volley_node *multapses = volley_node_find(node, "multapses");
    if (rule->takes_autapses)
        volley_read_bool(r, volley_node_find(node, "autapses"), &p->autapses);
    if (rule->takes_multapses && volley_read_bool(r, multapses, &p->multapses) && !p->multapses &&
        !rule->can_refuse_multapses)
        volley_problem_add(&r->problems, multapses, NULL,
                           "%s cannot refuse multapses: value false; allowed true", rule->name);
    if (rule->takes_list)
        volley_read_list(r, node, ends, p);
    if (rule->takes_kernel)
        volley_read_kernel(r, node, p);
}

/* Length of a list of weights or delays: one per edge of a list, one per target (one_to_one) or one per pair,
 * target-major; pairs that autapses: false leaves out have a place too. -1: the sizes are wrong themselves.
 */
static int64_t count_edges(const volley_projection *p) {
    volley_connect_spec spec = volley_projection_spec(p);
    if (p->list)
        return p->list->count;
    if (spec.n_sources == 0 || spec.n_targets == 0)
        return -1;
    if (p->rule->pairs_positions)
        return spec.n_targets;
    int64_t edges;
    if (__builtin_mul_overflow(spec.n_sources, spec.n_targets, &edges))
        return INT64_MAX; /* no list is that long */
    return edges;
}

/* True when the number of edges is known before any is drawn. */
static bool edges_known(const volley_projection *p) {
    return p->list ? !p->list->file : p->rule->pairs_positions || p->rule->all_pairs;
}

/* A column of the list's file takes the place of the key; its bounds are found when the file is read. */
static void use_column(volley_reader *r, const volley_node *node, const char *key, volley_distribution *d) {
    if (volley_node_find(node, key))
        volley_problem_add(&r->problems, node, key, "given twice: the file of the list has a column %s", key);
    *d = (volley_distribution){.kind = VOLLEY_COLUMN, .min = 1.0, .max = 1.0};
}

/* The signs of a list are seen when it has been read. */
static void read_receptor(volley_reader *r, const volley_node *node, volley_projection *p) {
    int32_t target = p->target.population; /* -1: unknown, reported */
    const volley_neuron_model *model = target >= 0 ? r->network->populations[target].model : NULL;
    const volley_node *given = volley_node_find(node, "receptor");
    bool is_auto = !given || (given->kind == VOLLEY_NODE_SCALAR && strcmp(given->text, "auto") == 0);
    bool unread = p->list && p->list->has_weight;
    bool ok = volley_read_receptor(r, node, model, !unread && volley_distribution_low(&p->weight) < 0.0,
                                   &p->receptor);
    if (ok && unread && is_auto && volley_neuron_model_is_signed(model))
        p->receptor = -1;
}

static void read_weight(volley_reader *r, const volley_node *node, bool lists, int64_t count,
                        volley_projection *p) {
    static const char *const precisions[] = {"float32", "float64", NULL};
    bool column = p->list && p->list->has_weight;
    const volley_node *weight = column ? NULL : volley_read_required(r, node, "weight");
    bool trained =
        !column && weight && weight->kind == VOLLEY_NODE_MAP && volley_node_find(weight, "projection");
    bool linear = !column && weight && volley_node_find(weight, "linear");
    bool ok = column || (trained  ? volley_read_trained(r, weight, p)
                         : linear ? volley_read_linear(r, weight, p, &p->weight)
                                  : volley_read_distribution(r, weight, lists, count, &p->weight));
    if (column)
        use_column(r, node, "weight", &p->weight);
    if (ok)
        read_receptor(r, node, p);
    r->weight_valid[p - r->network->projections] = ok;
    const volley_node *precision = volley_node_find(node, "weight_precision");
    int index = 0;
    volley_read_choice(r, precision, precisions, &index);
    p->weight_bytes = index == 0 ? 4 : 8;
}

/* Numbers stand in the order in which the config names the neurons, one for each target or pair; the
 * projection has them ascending. */
static int order_values(const volley_projection *p, volley_distribution *d) {
    const volley_subset *s = &p->source, *t = &p->target;
    if (d->kind != VOLLEY_VALUES || (!s->order && !t->order) || p->list)
        return VOLLEY_OK;
    double *values;
    TRY(VOLLEY_NEW(values, d->count));
    int64_t each = d->count == t->count ? 1 : s->count;
    for (int64_t i = 0; i < t->count; i++)
        for (int64_t j = 0; j < each; j++)
            values[volley_subset_named(t, i) * each + (each == 1 ? 0 : volley_subset_named(s, j))] =
                d->values[i * each + j];
    free(d->values);
    d->values = values;
    return VOLLEY_OK;
}

/* The source of each target, where they are paired in another order than ascending. */
static int find_partners(volley_projection *p) {
    const volley_subset *s = &p->source, *t = &p->target;
    if (!p->rule->pairs_positions || (!s->order && !t->order))
        return VOLLEY_OK;
    TRY(VOLLEY_NEW(p->partner, t->count));
    for (int64_t i = 0; i < t->count; i++)
        p->partner[volley_subset_named(t, i)] = volley_subset_named(s, i);
    return VOLLEY_OK;
}

/* What follows the order in which the config names neurons. */
static void use_order(volley_reader *r, size_t before, volley_projection *p) {
    if (volley_reader_problems(r) > before || !p->rule)
        return;
    if (volley_reader_status(r, order_values(p, &p->weight)) == VOLLEY_OK &&
        volley_reader_status(r, order_values(p, &p->delay)) == VOLLEY_OK)
        volley_reader_status(r, find_partners(p));
}

static void read_projection(volley_reader *r, const volley_node *node, volley_projection *p) {
    p->autapses = p->multapses = true;
    p->weight = p->delay = volley_constant(1.0);
    p->weight_bytes = 4;
    size_t before = volley_reader_problems(r);
    if (!volley_read_section(r, node, volley_keys_projection))
        return;
    bool ends = volley_read_subset(r, volley_read_required(r, node, "source"), &p->source);
    ends &= volley_read_subset(r, volley_read_required(r, node, "target"), &p->target);
    if (p->source.population >= 0)
        p->source_positions = r->network->populations[p->source.population].positions;
    if (p->target.population >= 0)
        p->target_positions = r->network->populations[p->target.population].positions;
    read_connect(r, volley_read_required(r, node, "connect"), ends, p);
    /* Lists need a known number of edges; they follow the canonical order (target, then source), or that of
     * the edges in a list. A list in a file has columns instead. */
    bool lists = ends && p->rule && edges_known(p);
    int64_t edges = lists ? count_edges(p) : -1;
    read_weight(r, node, lists, edges, p);
    if (p->list && p->list->has_delay)
        use_column(r, node, "delay", &p->delay);
    else
        volley_read_delay(r, volley_read_required(r, node, "delay"), p, lists, edges, &p->delay);
    use_order(r, before, p);
    volley_read_plasticity(r, node, p);
}

void volley_read_projections(volley_reader *r) {
    volley_network *network = r->network;
    const volley_node *section = volley_node_find(r->root, "projections");
    if (!volley_read_names(r, section) || section->n == 0)
        return;
    if (volley_reader_status(r, VOLLEY_NEW(network->projections, section->n)) != VOLLEY_OK ||
        volley_reader_status(r, VOLLEY_NEW(r->projection_valid, section->n)) != VOLLEY_OK ||
        volley_reader_status(r, VOLLEY_NEW(r->weight_valid, section->n)) != VOLLEY_OK)
        return;
    network->n_projections = (int32_t)section->n;
    for (int32_t i = 0; i < network->n_projections; i++) {
        size_t before = volley_reader_problems(r);
        volley_projection *p = &network->projections[i];
        p->name = volley_strdup(section->items[i]->key);
        if (!p->name)
            volley_reader_status(r, VOLLEY_EXHAUSTED);
        read_projection(r, section->items[i], p);
        r->projection_valid[i] = volley_reader_problems(r) == before;
    }
}
