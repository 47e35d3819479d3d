/* SPDX-License-Identifier: BSD-3-Clause */
/* Node populations of a SONATA circuit -> the section populations, one for each model. */
#define _GNU_SOURCE
#include "sonata/sonata_tree.h"
#include "sonata/node_file.h"

#include "base/memory.h"
#include "base/status.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_MODELS = 64 };

/* Where a population's files stand in the circuit. */
typedef struct entry {
    const volley_node *node, *file, *types, *models;
} entry;

static const volley_neuron_model *find_model(volley_sonata_maker *m, const entry *e,
                                             const volley_sonata_population *p, int32_t k) {
    const volley_sonata_kind *kind = &p->kinds.of[k];
    const char *names[MAX_MODELS + 1] = {0}, *name = volley_sonata_kind_model(kind);
    char allowed[1000];
    const volley_neuron_model *model = name ? volley_neuron_model_find(name) : NULL;
    if (model)
        return model;
    for (int i = 0; i < MAX_MODELS && volley_neuron_models[i]; i++)
        names[i] = volley_neuron_models[i]->name;
    volley_allowed(name ? name : "", names, allowed, sizeof allowed);
    volley_problem_add(
        m->problems, e->types ? e->types : e->file, NULL, "%s: type %lld of %s: unknown model: value %s%s",
        p->types.path ? p->types.path : p->path, kind->row >= 0 ? (long long)p->types.ids[kind->row] : -1LL,
        p->name, name ? name : "NULL", allowed);
    return NULL;
}

static int32_t find_part(const volley_sonata_population *p, const volley_neuron_model *model) {
    for (int32_t i = 0; i < p->n_parts; i++)
        if (p->parts[i].model == model)
            return i;
    return -1;
}

/* Names the parts: as the population where that is the only one and the name may stand in a config, else with
 * the model behind it. */
static bool name_parts(volley_sonata_maker *m, const entry *e, volley_sonata_population *p) {
    char *plain = volley_sonata_name(m, p->name);
    p->split = p->n_parts > 1 || (plain && strcmp(plain, p->name) != 0);
    for (int32_t i = 0; plain && i < p->n_parts; i++) {
        int length = p->n_parts > 1 ? asprintf(&p->parts[i].name, "%s_%s", plain, p->parts[i].model->name)
                                    : asprintf(&p->parts[i].name, "%s", plain);
        if (length < 0) {
            p->parts[i].name = NULL;
            m->status = volley_fail(VOLLEY_EXHAUSTED, "out of memory: the config");
        } else if (volley_node_find(volley_node_find(m->out, "populations"), p->parts[i].name)) {
            volley_problem_add(m->problems, e->file, NULL,
                               "the nodes of %s are the population %s here, which there is already", p->name,
                               p->parts[i].name);
        }
    }
    free(plain);
    return m->status == VOLLEY_OK;
}

/* The nodes of each model. */
static bool find_parts(volley_sonata_maker *m, const entry *e, volley_sonata_population *p) {
    if (VOLLEY_NEW(p->part_of, p->kinds.n) != VOLLEY_OK || VOLLEY_NEW(p->parts, p->kinds.n) != VOLLEY_OK) {
        m->status = VOLLEY_EXHAUSTED;
        return false;
    }
    for (int32_t k = 0; k < p->kinds.n; k++) {
        const volley_neuron_model *model = find_model(m, e, p, k);
        if (!model) {
            p->n_parts = 0;
            return false;
        }
        p->part_of[k] = find_part(p, model);
        if (p->part_of[k] < 0) {
            p->part_of[k] = p->n_parts;
            p->parts[p->n_parts++].model = model;
        }
    }
    for (int64_t i = 0; i < p->nodes.size; i++)
        p->parts[p->part_of[p->kinds.node[i]]].size++;
    if (p->n_parts == 0)
        volley_problem_add(m->problems, e->file, NULL, "%s holds no nodes of %s", p->path, p->name);
    return p->n_parts > 0 && name_parts(m, e, p);
}

static bool is_field(const volley_neuron_model *model, const char *name) {
    return volley_field_find(model->params, model->n_params, name) >= 0 ||
           volley_field_find(model->states, model->n_states, name) >= 0;
}

static void allowed_fields(const volley_neuron_model *model, const char *name, char *allowed, size_t size) {
    const char *names[200] = {0};
    int n = 0;
    for (int i = 0; i < model->n_params && n < 198; i++)
        names[n++] = model->params[i].name;
    for (int i = 0; i < model->n_states && n < 198; i++)
        names[n++] = model->states[i].name;
    volley_allowed(name, names, allowed, size);
}

/* A number that nodes have of their own: [size], NAN where they do not; owned by the caller. */
static double *own_values(volley_sonata_maker *m, const entry *e, const volley_sonata_population *p,
                          const char *name) {
    double *values;
    bool found;
    if (VOLLEY_NEW(values, p->nodes.size) != VOLLEY_OK) {
        m->status = VOLLEY_EXHAUSTED;
        return NULL;
    }
    if (volley_sonata_ok(m, e->file,
                         volley_sonata_node_values(p->path, p->name, name, p->nodes.size, values, &found)))
        return values;
    free(values);
    return NULL;
}

/* How many nodes of a part have a number of their own. */
static int64_t count_own(const volley_sonata_population *p, int32_t part, const double *values) {
    int64_t n = 0;
    for (int64_t i = 0; i < p->nodes.size; i++)
        n += p->part_of[p->kinds.node[i]] == part && !isnan(values[i]);
    return n;
}

/* A parameter that the model does not have would change nothing where a user expects it to. */
static void check_node_params(volley_sonata_maker *m, const entry *e, const volley_sonata_population *p) {
    char allowed[1000];
    for (int i = 0; i < p->nodes.n_params; i++) {
        double *values = NULL;
        for (int32_t part = 0; part < p->n_parts; part++) {
            const volley_neuron_model *model = p->parts[part].model;
            if (is_field(model, p->nodes.params[i]))
                continue;
            values = values ? values : own_values(m, e, p, p->nodes.params[i]);
            if (!values || count_own(p, part, values) == 0)
                continue;
            allowed_fields(model, p->nodes.params[i], allowed, sizeof allowed);
            volley_problem_add(m->problems, e->file, NULL, "%s: dynamics_params: %s has no parameter %s%s",
                               p->path, model->name, p->nodes.params[i], allowed);
        }
        free(values);
    }
}

static void check_params(volley_sonata_maker *m, const entry *e, const volley_sonata_population *p) {
    char allowed[1000];
    check_node_params(m, e, p);
    for (int32_t k = 0; k < p->kinds.n; k++) {
        const volley_sonata_kind *kind = &p->kinds.of[k];
        const volley_neuron_model *model = p->parts[p->part_of[k]].model;
        const char *name;
        json_t *value;
        json_object_foreach((json_t *)kind->params, name, value) {
            if (is_field(model, name) || model->is_source)
                continue;
            allowed_fields(model, name, allowed, sizeof allowed);
            volley_problem_add(m->problems, e->types ? e->types : e->file, NULL,
                               "%s: type %lld: %s: %s has no parameter %s%s",
                               p->types.path ? p->types.path : p->path,
                               kind->row >= 0 ? (long long)p->types.ids[kind->row] : -1LL, kind->dynamics,
                               model->name, name, allowed);
        }
    }
}

/* What the kinds of a part say of a parameter. */
typedef struct type_value {
    bool any, all, same; /* some kinds have it; all have; all have the same */
    double value;
} type_value;

static int find_type_value(const volley_sonata_population *p, int32_t part, const char *name, type_value *v) {
    *v = (type_value){.all = true, .same = true};
    for (int32_t k = 0; k < p->kinds.n; k++) {
        bool found;
        double value = 0.0;
        if (p->part_of[k] != part)
            continue;
        TRY(volley_sonata_kind_number(&p->types, &p->kinds.of[k], name, &found, &value));
        v->same &= found && (!v->any || value == v->value);
        v->all &= found;
        v->any |= found;
        if (found)
            v->value = value;
    }
    return VOLLEY_OK;
}

/* How many nodes of the part have the parameter of their own. */
static int64_t find_own(volley_sonata_maker *m, const entry *e, const volley_sonata_population *p,
                        int32_t part, const char *name) {
    const volley_sonata_nodes *nodes = &p->nodes;
    if (!volley_sonata_has_name(nodes->attributes, nodes->n_attributes, name) &&
        !volley_sonata_has_name(nodes->params, nodes->n_params, name))
        return 0;
    double *values = own_values(m, e, p, name);
    int64_t n = values ? count_own(p, part, values) : 0;
    free(values);
    return n;
}

/* One parameter or state: a number where all nodes have the same, else where each of them is found. */
static void put_field(volley_sonata_maker *m, const entry *e, const volley_sonata_population *p, int32_t part,
                      const volley_field *field, bool always, volley_node *parent) {
    int64_t own = find_own(m, e, p, part, field->name);
    type_value type;
    if (!volley_sonata_ok(m, e->types ? e->types : e->file, find_type_value(p, part, field->name, &type)))
        return;
    if (own == 0 && !type.any) {
        if (always)
            volley_sonata_number(m, parent, e->file, field->name, field->standard);
        return;
    }
    if (own == 0 && type.all && type.same) {
        volley_sonata_number(m, parent, e->types ? e->types : e->file, field->name, type.value);
        return;
    }
    volley_node *values = volley_sonata_map(m, parent, e->file, field->name);
    volley_sonata_put_path(m, values, &m->circuit, e->file, "nodes");
    volley_sonata_text(m, values, e->file, "population", p->name);
    volley_sonata_text(m, values, e->file, "attribute", field->name);
    bool complete = own == p->parts[part].size;
    if (p->n_parts > 1)
        volley_sonata_word(m, values, e->file, "model", p->parts[part].model->name);
    if (e->types && (!complete || p->n_parts > 1))
        volley_sonata_put_path(m, values, &m->circuit, e->types, "types");
    if (e->models && (!complete || p->n_parts > 1))
        volley_sonata_put_path(m, values, &m->circuit, e->models, "models");
    if (!complete && !type.all)
        volley_sonata_number(m, values, e->file, "default", field->standard);
}

static void put_part(volley_sonata_maker *m, const entry *e, const volley_sonata_population *p,
                     int32_t part) {
    const volley_neuron_model *model = p->parts[part].model;
    volley_node *section = volley_sonata_section(m, e->node, "populations");
    volley_node *map = volley_sonata_map(m, section, e->file, p->parts[part].name);
    volley_sonata_word(m, map, e->types ? e->types : e->file, "model", model->name);
    volley_sonata_number(m, map, e->file, "size", (double)p->parts[part].size);
    if (p->split) {
        volley_node *of = volley_sonata_map(m, map, e->file, "part");
        volley_sonata_text(m, of, e->file, "of", p->name);
        volley_sonata_put_path(m, of, &m->circuit, e->file, "nodes");
        if (e->types)
            volley_sonata_put_path(m, of, &m->circuit, e->types, "types");
    }
    if (model->is_source)
        return;
    volley_node *params = volley_sonata_map(m, map, e->file, "params");
    for (int i = 0; i < model->n_params; i++)
        put_field(m, e, p, part, &model->params[i], false, params);
    volley_node *init = volley_sonata_map(m, map, e->file, "init");
    for (int i = 0; i < model->n_states; i++) /* another resting potential does not move NEST's initial V_m */
        put_field(m, e, p, part, &model->states[i], i == volley_neuron_membrane(model), init);
}

static void read_population(volley_sonata_maker *m, const entry *e, const char *name) {
    if (volley_sonata_find(m, name)) {
        volley_problem_add(m->problems, e->file, NULL, "population %s stands in two files", name);
        return;
    }
    if (VOLLEY_RESERVE(m->populations, &m->room, m->n_populations + 1) != VOLLEY_OK) {
        m->status = VOLLEY_EXHAUSTED;
        return;
    }
    volley_sonata_population *p = &m->populations[m->n_populations++];
    *p = (volley_sonata_population){.name = volley_strdup(name), .file = e->file};
    p->path = volley_sonata_path(m, &m->circuit, e->file);
    char *types = e->types ? volley_sonata_path(m, &m->circuit, e->types) : NULL;
    char *models = e->models ? volley_sonata_path(m, &m->circuit, e->models) : NULL;
    if (!p->name)
        m->status = VOLLEY_EXHAUSTED;
    bool ok = p->name && p->path && (types || !e->types) &&
              volley_sonata_ok(m, e->file, volley_sonata_nodes_read(p->path, name, &p->nodes)) &&
              volley_sonata_ok(m, e->types,
                               volley_sonata_types_read(types, models, name, "node_type_id", &p->types)) &&
              volley_sonata_ok(
                  m, e->types ? e->types : e->file,
                  volley_sonata_kinds_find(p->path, name, true, models, &p->nodes, &p->types, &p->kinds)) &&
              find_parts(m, e, p);
    free(types);
    free(models);
    if (!ok)
        return;
    check_params(m, e, p);
    for (int32_t part = 0; part < p->n_parts; part++)
        put_part(m, e, p, part);
}

/* Populations in the order that the circuit names them in, else in that of the file. */
static void read_entry(volley_sonata_maker *m, const entry *e) {
    static const char *const known[] = {"nodes_file", "node_types_file", "populations", NULL};
    volley_sonata_unknown(m, e->node, known);
    const volley_node *chosen = volley_node_find(e->node, "populations");
    char *path = volley_sonata_path(m, &m->circuit, e->file), **names = NULL;
    int n = 0;
    bool ok = path && volley_sonata_ok(m, e->file, volley_sonata_populations(path, "nodes", &names, &n));
    if (ok && chosen && chosen->kind == VOLLEY_NODE_MAP && chosen->n > 0)
        for (size_t i = 0; i < chosen->n; i++)
            read_population(m, e, chosen->items[i]->key);
    else
        for (int i = 0; i < n; i++)
            read_population(m, e, names[i]);
    for (int i = 0; i < n; i++)
        free(names[i]);
    free(names);
    free(path);
}

void volley_sonata_make_nodes(volley_sonata_maker *m) {
    static const char *const known[] = {"nodes", "edges", NULL};
    const volley_node *networks = volley_sonata_required(m, m->circuit.root, "networks");
    const volley_node *list = networks ? volley_sonata_required(m, networks, "nodes") : NULL;
    volley_sonata_unknown(m, networks, known);
    if (list && list->kind != VOLLEY_NODE_LIST)
        volley_problem_add(m->problems, list, NULL, "must be a list");
    for (size_t i = 0; list && list->kind == VOLLEY_NODE_LIST && i < list->n && m->status == VOLLEY_OK; i++) {
        entry e = {.node = list->items[i]};
        e.file = volley_sonata_required(m, e.node, "nodes_file");
        e.types = volley_sonata_child(e.node, "node_types_file");
        e.models =
            volley_sonata_child(volley_node_find(m->circuit.root, "components"), "point_neuron_models_dir");
        if (e.file)
            read_entry(m, &e);
    }
}
