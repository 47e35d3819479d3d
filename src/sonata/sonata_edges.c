/* SPDX-License-Identifier: BSD-3-Clause */
/* Edge populations of a SONATA circuit -> the section projections. Edge types with the same kind of synapse
 * make one projection, two where their weights have both signs. */
#include "sonata/sonata_tree.h"
#include "sonata/edge_file.h"
#include "sonata/node_file.h"

#include "base/memory.h"
#include "base/status.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* NEST's plastic synapses, and volley's rule that is the same under a preset. */
static const struct {
    const char *template, *rule, *preset;
} nest_rules[] = {
    {"stdp_synapse", "stdp", "nest"},
    {"stdp_nn_symm_synapse", "stdp", "nest_nn_symm"},
    {"stdp_nn_pre_centered_synapse", "stdp", "nest_nn_pre_centered"},
    {"stdp_nn_restr_synapse", "stdp", "nest_nn_restr"},
};

/* Its parameters, and their names here. */
static const struct {
    const char *name, *own;
} nest_params[] = {{"lambda", "lambda"},     {"alpha", "alpha"},       {"mu_plus", "mu_plus"},
                   {"mu_minus", "mu_minus"}, {"tau_plus", "tau_plus"}, {"Wmax", "w_max"}};
enum { NEST_PARAMS = sizeof nest_params / sizeof *nest_params };

/* Keys of a type's parameter file that are no parameters of a rule. */
static const char *const plain_keys[] = {"weight", "syn_weight", "delay", "plasticity", "dendritic_delay"};
enum { PLAIN_KEYS = sizeof plain_keys / sizeof *plain_keys };

/* An edge population. */
typedef struct edges {
    const volley_node *node, *file, *types_file, *models;
    const char *name;
    volley_sonata_edges about;
    volley_sonata_types types;
    int *group; /* [types.n]: types with the same synapses have the same number, owned */
    int n_groups;
} edges;

static const char *template_of(const volley_sonata_types *types, int64_t row) {
    const char *text = volley_sonata_types_text(types, row, "model_template");
    const char *colon = text ? strchr(text, ':') : NULL;
    if (colon && strncmp(text, "volley:", strlen("volley:")) != 0)
        text = colon + 1;
    return text && strncmp(text, "static_synapse", strlen("static_synapse")) != 0 ? text : NULL;
}

static int nest_rule(const char *template) {
    for (int i = 0; i < (int)(sizeof nest_rules / sizeof *nest_rules); i++)
        if (strcmp(nest_rules[i].template, template) == 0)
            return i;
    return -1;
}

static bool is_volley(const char *template) {
    return strncmp(template, "volley:", strlen("volley:")) == 0;
}

static bool is_allowed(const char *template, const char *key) {
    for (int i = 0; i < PLAIN_KEYS; i++)
        if (strcmp(plain_keys[i], key) == 0)
            return true;
    for (int i = 0; template && nest_rule(template) >= 0 && i < NEST_PARAMS; i++)
        if (strcmp(nest_params[i].name, key) == 0)
            return true;
    return false;
}

static bool check_type(volley_sonata_maker *m, const edges *e, int64_t row) {
    const char *template = template_of(&e->types, row), *key;
    json_t *value;
    if (template && !is_volley(template) && nest_rule(template) < 0) {
        volley_problem_add(m->problems, e->types_file, NULL,
                           "%s: type %lld: unknown synapse: value %s; allowed static_synapse, stdp_synapse, "
                           "stdp_nn_symm_synapse, stdp_nn_pre_centered_synapse, stdp_nn_restr_synapse",
                           e->types.path, (long long)e->types.ids[row], template);
        return false;
    }
    const json_t *params;
    if (!volley_sonata_ok(m, e->types_file, volley_sonata_types_params(&e->types, row, &params)))
        return false;
    json_object_foreach((json_t *)params, key, value) {
        if (is_allowed(template, key))
            continue;
        volley_problem_add(m->problems, e->types_file, NULL, "%s: type %lld: %s has no parameter %s",
                           e->types.path, (long long)e->types.ids[row],
                           template ? template : "static_synapse", key);
        return false;
    }
    return true;
}

static bool same_text(const edges *e, int64_t a, int64_t b, const char *column) {
    const char *x = volley_sonata_types_text(&e->types, a, column),
               *y = volley_sonata_types_text(&e->types, b, column);
    return (!x && !y) || (x && y && strcmp(x, y) == 0);
}

/* Two types whose edges can be in one projection. */
static bool same_synapses(const edges *e, int64_t a, int64_t b) {
    const char *x = template_of(&e->types, a), *y = template_of(&e->types, b);
    if ((x == NULL) != (y == NULL) || (x && strcmp(x, y) != 0) || !same_text(e, a, b, "receptor") ||
        !same_text(e, a, b, "weight_precision") || !same_text(e, a, b, "source_model") ||
        !same_text(e, a, b, "target_model"))
        return false;
    if (x == NULL)
        return true;
    const char *key;
    json_t *left = e->types.dynamics[a], *right = e->types.dynamics[b], *value;
    json_object_foreach(left, key, value) {
        bool plain =
            strcmp(key, "weight") == 0 || strcmp(key, "syn_weight") == 0 || strcmp(key, "delay") == 0;
        if (!plain && !json_equal(value, json_object_get(right, key)))
            return false;
    }
    json_object_foreach(right, key, value) {
        if (!json_object_get(left, key))
            return false;
    }
    return true;
}

static bool find_groups(volley_sonata_maker *m, edges *e) {
    if (VOLLEY_NEW(e->group, e->types.n + 1) != VOLLEY_OK) {
        m->status = VOLLEY_EXHAUSTED;
        return false;
    }
    for (int64_t row = 0; row < e->types.n; row++) {
        e->group[row] = -1;
        bool last = row + 1 == e->types.n && e->n_groups == 0;
        if (!last && !volley_sonata_types_complete(&e->types, row))
            continue; /* no edge may have this type; the reader of the edges refuses one that has */
        if (!check_type(m, e, row))
            return false;
        int64_t like = 0;
        while (like < row && (e->group[like] < 0 || !same_synapses(e, like, row)))
            like++;
        e->group[row] = like < row ? e->group[like] : e->n_groups++;
    }
    if (e->types.n == 0)
        e->n_groups = 1; /* edges without types */
    return true;
}

/* A number that all types of the group share; NAN when they do not. Bounds over the group. */
typedef struct shared {
    double value, low, high;
} shared;

static int find_shared(const edges *e, int group, const char *name, const char *other, shared *s) {
    *s = (shared){1.0, INFINITY, -INFINITY};
    for (int64_t row = e->types.n > 0 ? 0 : -1; row < e->types.n; row++) {
        double value = 1.0;
        bool found;
        if (row >= 0 && e->group[row] != group)
            continue;
        TRY(volley_sonata_types_number(&e->types, row, name, &found, &value));
        if (!found && other)
            TRY(volley_sonata_types_number(&e->types, row, other, &found, &value));
        s->low = fmin(s->low, value);
        s->high = fmax(s->high, value);
    }
    s->value = s->low == s->high ? s->low : NAN;
    return VOLLEY_OK;
}

static void put_json(volley_sonata_maker *m, volley_node *parent, const volley_node *origin, const char *key,
                     const json_t *value) {
    const char *name;
    json_t *item;
    size_t i;
    if (json_is_object(value)) {
        volley_node *map = volley_sonata_map(m, parent, origin, key);
        json_object_foreach((json_t *)value, name, item) {
            put_json(m, map, origin, name, item);
        }
    } else if (json_is_array(value)) {
        volley_node *list = volley_sonata_list(m, parent, origin, key);
        json_array_foreach((json_t *)value, i, item) {
            put_json(m, list, origin, NULL, item);
        }
    } else if (json_is_string(value)) {
        volley_sonata_text(m, parent, origin, key, json_string_value(value));
    } else if (json_is_number(value)) {
        volley_sonata_number(m, parent, origin, key, json_number_value(value));
    } else {
        volley_sonata_word(m, parent, origin, key, json_is_true(value) ? "true" : "false");
    }
}

static void put_plasticity(volley_sonata_maker *m, const edges *e, int64_t row, volley_node *map) {
    const char *template = template_of(&e->types, row);
    const json_t *dynamics = row >= 0 ? e->types.dynamics[row] : NULL;
    const json_t *own = json_object_get(dynamics, "plasticity");
    const json_t *dendritic = json_object_get(dynamics, "dendritic_delay");
    if (dendritic)
        put_json(m, map, e->types_file, "dendritic_delay", dendritic);
    if (!template)
        return;
    if (is_volley(template) && own) {
        put_json(m, map, e->types_file, "plasticity", own);
        return;
    }
    volley_node *plasticity = volley_sonata_map(m, map, e->types_file, "plasticity");
    int nest = nest_rule(template);
    if (nest < 0) {
        volley_sonata_text(m, plasticity, e->types_file, "rule", template + strlen("volley:"));
        return;
    }
    volley_sonata_text(m, plasticity, e->types_file, "rule", nest_rules[nest].rule);
    volley_sonata_text(m, plasticity, e->types_file, "preset", nest_rules[nest].preset);
    volley_node *params = volley_sonata_map(m, plasticity, e->types_file, "params");
    for (int i = 0; i < NEST_PARAMS; i++) {
        bool found;
        double value = 0.0;
        if (volley_sonata_ok(
                m, e->types_file,
                volley_sonata_types_number(&e->types, row, nest_params[i].name, &found, &value)) &&
            found)
            volley_sonata_number(m, params, e->types_file, nest_params[i].own, value);
    }
    if (!dendritic) /* NEST's delays are dendritic */
        volley_sonata_word(m, map, e->types_file, "dendritic_delay", "all");
}

/* The parts that edges of a projection connect, where populations have several. */
typedef struct part_pair {
    const volley_sonata_population *source_of, *target_of;
    const volley_sonata_part *source, *target;
    bool others; /* there are edges of others, in other projections */
} part_pair;

static void put_connect(volley_sonata_maker *m, const edges *e, int group, const char *sign, bool others,
                        volley_node *map) {
    volley_node *connect = volley_sonata_map(m, map, e->file, "connect");
    volley_sonata_word(m, connect, e->file, "rule", "list");
    volley_sonata_put_path(m, connect, &m->circuit, e->file, "file");
    volley_sonata_text(m, connect, e->file, "population", e->name);
    if (e->types_file)
        volley_sonata_put_path(m, connect, &m->circuit, e->types_file, "types");
    if (e->types_file && e->models)
        volley_sonata_put_path(m, connect, &m->circuit, e->models, "models");
    if (sign)
        volley_sonata_word(m, connect, e->file, "weights", sign);
    if (others)
        volley_sonata_word(m, connect, e->file, "skip_other_parts", "true");
    if (e->n_groups < 2)
        return;
    volley_node *ids = volley_sonata_list(m, connect, e->types_file, "edge_types");
    for (int64_t row = 0; row < e->types.n; row++)
        if (e->group[row] == group)
            volley_sonata_number(m, ids, e->types_file, NULL, (double)e->types.ids[row]);
}

/* <edges>[_<type>][_from_<model>][_to_<model>][_inhibitory | _excitatory], as far as it takes to tell them
 * apart. */
static void name_projection(volley_sonata_maker *m, const edges *e, int64_t row, const char *sign,
                            const part_pair *pair, char *name, size_t size) {
    char suffix[60] = "", from[200] = "", to[200] = "";
    char *base = volley_sonata_name(m, e->name);
    if (e->n_groups > 1)
        snprintf(suffix, sizeof suffix, "_%lld", (long long)e->types.ids[row]);
    if (pair->others && pair->source_of->n_parts > 1)
        snprintf(from, sizeof from, "_from_%.150s", pair->source->model->name);
    if (pair->others && pair->target_of->n_parts > 1)
        snprintf(to, sizeof to, "_to_%.150s", pair->target->model->name);
    snprintf(name, size, "%.300s%s%s%s%s", base ? base : "", suffix, from, to,
             !sign                           ? ""
             : strcmp(sign, "negative") == 0 ? "_inhibitory"
                                             : "_excitatory");
    free(base);
}

/* One projection: the edges of a group of types between two parts, all or those with weights of one sign. */
static void put_projection(volley_sonata_maker *m, const edges *e, int group, int64_t row, const char *sign,
                           const part_pair *pair) {
    char name[800];
    shared weight, delay;
    name_projection(m, e, row, sign, pair, name, sizeof name);
    if (!volley_sonata_ok(m, e->types_file, find_shared(e, group, "syn_weight", "weight", &weight)) ||
        !volley_sonata_ok(m, e->types_file, find_shared(e, group, "delay", NULL, &delay)))
        return;
    volley_node *section = volley_sonata_section(m, e->node, "projections");
    volley_node *map = volley_sonata_map(m, section, e->file, name);
    volley_sonata_text(m, map, e->file, "source", pair->source->name);
    volley_sonata_text(m, map, e->file, "target", pair->target->name);
    put_connect(m, e, group, sign, pair->others, map);
    if (!e->about.has_weight && isfinite(weight.value))
        volley_sonata_number(m, map, e->types_file ? e->types_file : e->file, "weight", weight.value);
    if (!e->about.has_delay && isfinite(delay.value))
        volley_sonata_number(m, map, e->types_file ? e->types_file : e->file, "delay", delay.value);
    const char *precision = volley_sonata_types_text(&e->types, row, "weight_precision");
    const char *receptor = volley_sonata_types_text(&e->types, row, "receptor");
    volley_sonata_word(m, map, e->types_file ? e->types_file : e->file, "weight_precision",
                       precision                    ? precision
                       : e->about.weight_bytes == 4 ? "float32"
                                                    : "float64");
    if (receptor)
        volley_sonata_word(m, map, e->types_file, "receptor", receptor);
    put_plasticity(m, e, row, map);
}

static void put_signs(volley_sonata_maker *m, const edges *e, int group, int64_t row, const part_pair *pair) {
    shared weight;
    if (!volley_sonata_ok(m, e->types_file, find_shared(e, group, "syn_weight", "weight", &weight)))
        return;
    bool signs_known = volley_sonata_types_text(&e->types, row, "receptor") ||
                       (!e->about.has_weight && (weight.low >= 0.0 || weight.high < 0.0));
    if (signs_known) {
        put_projection(m, e, group, row, NULL, pair);
        return;
    }
    put_projection(m, e, group, row, "positive", pair);
    put_projection(m, e, group, row, "negative", pair);
}

/* The part that the types of a group name, as an exported network does; NULL: they do not. */
static const volley_sonata_part *named_part(const edges *e, int64_t row, const char *column,
                                            const volley_sonata_population *p) {
    const char *model = volley_sonata_types_text(&e->types, row, column);
    for (int32_t i = 0; model && i < p->n_parts; i++)
        if (strcmp(p->parts[i].model->name, model) == 0)
            return &p->parts[i];
    return NULL;
}

/* Projections between all parts of both populations. Those without edges are left out when the edges have
 * been counted. */
static void put_group(volley_sonata_maker *m, const edges *e, int group) {
    int64_t row = e->types.n > 0 ? 0 : -1;
    while (row >= 0 && e->group[row] != group)
        row++;
    part_pair of = {.source_of = volley_sonata_find(m, e->about.source),
                    .target_of = volley_sonata_find(m, e->about.target)};
    const volley_sonata_part *source = named_part(e, row, "source_model", of.source_of),
                             *target = named_part(e, row, "target_model", of.target_of);
    of.others = (of.source_of->n_parts > 1 && !source) || (of.target_of->n_parts > 1 && !target);
    for (int32_t s = 0; s < of.source_of->n_parts; s++)
        for (int32_t t = 0; t < of.target_of->n_parts; t++) {
            of.source = &of.source_of->parts[s];
            of.target = &of.target_of->parts[t];
            if ((!source || of.source == source) && (!target || of.target == target))
                put_signs(m, e, group, row, &of);
        }
}

static bool check_ends(volley_sonata_maker *m, const edges *e) {
    const char *ends[] = {e->about.source, e->about.target};
    for (int i = 0; i < 2; i++) {
        if (volley_sonata_find(m, ends[i]))
            continue;
        volley_problem_add(m->problems, e->file, NULL,
                           "edges of %s have their %s in population %s, which no nodes file holds", e->name,
                           i == 0 ? "sources" : "targets", ends[i]);
        return false;
    }
    if (e->about.n_params > 0)
        volley_problem_add(
            m->problems, e->file, NULL,
            "edges of %s have parameters of their own (dynamics_params/%s); allowed weight and "
            "delay",
            e->name, e->about.params[0]);
    for (int i = 0; i < e->about.n_texts; i++)
        if (strcmp(e->about.texts[i], "model_template") == 0 ||
            strcmp(e->about.texts[i], "dynamics_params") == 0) {
            volley_problem_add(m->problems, e->file, NULL,
                               "edges of %s have a %s of their own; allowed in edge types alone", e->name,
                               e->about.texts[i]);
            return false;
        }
    return e->about.n_params == 0;
}

static void read_edges(volley_sonata_maker *m, edges *e, const char *name) {
    char *path = volley_sonata_path(m, &m->circuit, e->file);
    char *types = e->types_file ? volley_sonata_path(m, &m->circuit, e->types_file) : NULL;
    char *models = e->models ? volley_sonata_path(m, &m->circuit, e->models) : NULL;
    e->name = name;
    e->group = NULL;
    e->n_groups = 0;
    e->types = (volley_sonata_types){0};
    e->about = (volley_sonata_edges){0};
    bool ok = path && (types || !e->types_file) &&
              volley_sonata_ok(m, e->file, volley_sonata_edges_about(path, name, &e->about)) &&
              check_ends(m, e) &&
              volley_sonata_ok(m, e->types_file ? e->types_file : e->file,
                               volley_sonata_types_read(types, models, name, "edge_type_id", &e->types)) &&
              find_groups(m, e);
    for (int group = 0; ok && group < e->n_groups; group++)
        put_group(m, e, group);
    volley_sonata_edges_free(&e->about);
    volley_sonata_types_free(&e->types);
    free(e->group);
    free(path);
    free(types);
    free(models);
}

static void read_entry(volley_sonata_maker *m, edges *e) {
    static const char *const known[] = {"edges_file", "edge_types_file", "enabled", "populations", NULL};
    volley_sonata_unknown(m, e->node, known);
    const volley_node *chosen = volley_node_find(e->node, "populations");
    char *path = volley_sonata_path(m, &m->circuit, e->file), **names = NULL;
    int n = 0;
    bool ok = path && volley_sonata_ok(m, e->file, volley_sonata_populations(path, "edges", &names, &n));
    if (ok && chosen && chosen->kind == VOLLEY_NODE_MAP && chosen->n > 0)
        for (size_t i = 0; i < chosen->n; i++)
            read_edges(m, e, chosen->items[i]->key);
    else
        for (int i = 0; i < n; i++)
            read_edges(m, e, names[i]);
    for (int i = 0; i < n; i++)
        free(names[i]);
    free(names);
    free(path);
}

void volley_sonata_make_edges(volley_sonata_maker *m) {
    const volley_node *list = volley_sonata_child(volley_node_find(m->circuit.root, "networks"), "edges");
    const volley_node *components = volley_node_find(m->circuit.root, "components");
    if (list && list->kind != VOLLEY_NODE_LIST)
        volley_problem_add(m->problems, list, NULL, "must be a list");
    for (size_t i = 0; list && list->kind == VOLLEY_NODE_LIST && i < list->n && m->status == VOLLEY_OK; i++) {
        edges e = {.node = list->items[i]};
        const char *enabled = volley_sonata_string(volley_node_find(e.node, "enabled"));
        if (enabled && strcasecmp(enabled, "false") == 0)
            continue;
        e.file = volley_sonata_required(m, e.node, "edges_file");
        e.types_file = volley_sonata_child(e.node, "edge_types_file");
        e.models = volley_sonata_child(components, "synaptic_models_dir");
        if (e.file)
            read_entry(m, &e);
    }
}
