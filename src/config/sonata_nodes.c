/* Node populations of a SONATA circuit -> the section populations. */
#include "config/sonata_tree.h"

#include "base/memory.h"
#include "base/status.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_MODELS = 64 };

/* Where a population's files stand in the circuit. */
typedef struct entry {
    const volley_node *node, *file, *types, *models;
} entry;

static bool has_name(char *const *names, int n, const char *name) {
    for (int i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* The model of a type: what follows the schema in model_template; virtual nodes are sources of spikes. */
static const char *model_name(const volley_sonata_types *types, int64_t row) {
    const char *kind = volley_sonata_types_text(types, row, "model_type");
    const char *template = volley_sonata_types_text(types, row, "model_template");
    if (kind && strcmp(kind, "virtual") == 0)
        return "spike_source";
    const char *colon = template ? strchr(template, ':') : NULL;
    return colon ? colon + 1 : template;
}

static const volley_neuron_model *find_model(volley_sonata_maker *m, const entry *e,
                                             const volley_sonata_population *p, int64_t row) {
    const char *names[MAX_MODELS + 1] = {0}, *name = model_name(&p->types, row);
    char allowed[1000];
    const volley_neuron_model *model = name ? volley_neuron_model_find(name) : NULL;
    if (model)
        return model;
    for (int i = 0; i < MAX_MODELS && volley_neuron_models[i]; i++)
        names[i] = volley_neuron_models[i]->name;
    volley_allowed(name ? name : "", names, allowed, sizeof allowed);
    volley_problem_add(m->problems, e->types ? e->types : e->file, NULL,
                       "%s: type %lld of %s: unknown model: value %s%s", p->types.path,
                       (long long)p->types.ids[row], p->name, name ? name : "NULL", allowed);
    return NULL;
}

/* The model of all nodes, which have to share one. */
static bool find_models(volley_sonata_maker *m, const entry *e, volley_sonata_population *p) {
    int64_t first = -1;
    for (int64_t row = 0; row < p->types.n; row++) {
        if (!p->used[row])
            continue;
        const volley_neuron_model *model = find_model(m, e, p, row);
        if (!model)
            return false;
        if (first < 0) {
            first = row;
            p->model = model;
        } else if (model != p->model) {
            volley_problem_add(
                m->problems, e->types, NULL,
                "%s: types %lld and %lld of %s have different models: value %s and %s; allowed "
                "one model in a population",
                p->types.path, (long long)p->types.ids[first], (long long)p->types.ids[row], p->name,
                p->model->name, model->name);
            p->model = NULL;
            return false;
        }
    }
    if (!p->model)
        volley_problem_add(m->problems, e->file, NULL, "%s holds no nodes of %s", p->path, p->name);
    return p->model != NULL;
}

static bool find_types(volley_sonata_maker *m, const entry *e, volley_sonata_population *p) {
    if (VOLLEY_NEW(p->used, p->types.n + 1) != VOLLEY_OK) {
        m->status = VOLLEY_EXHAUSTED;
        return false;
    }
    for (int64_t i = 0; i < p->nodes.size; i++) {
        int64_t row = volley_sonata_types_find(&p->types, p->nodes.types[i]);
        if (row < 0) {
            volley_problem_add(m->problems, e->types ? e->types : e->file, NULL,
                               "node %lld of %s has type %lld, which is not in %s", (long long)i, p->name,
                               (long long)p->nodes.types[i],
                               p->types.path ? p->types.path : "a file of node types: none is given");
            return false;
        }
        p->used[row] = true;
    }
    return true;
}

static bool is_field(const volley_neuron_model *model, const char *name) {
    return volley_field_find(model->params, model->n_params, name) >= 0 ||
           volley_field_find(model->states, model->n_states, name) >= 0;
}

/* A parameter that the model does not have would change nothing where a user expects it to. */
static void check_params(volley_sonata_maker *m, const entry *e, const volley_sonata_population *p) {
    const char *names[200] = {0};
    char allowed[1000];
    int n = 0;
    for (int i = 0; i < p->model->n_params && n < 198; i++)
        names[n++] = p->model->params[i].name;
    for (int i = 0; i < p->model->n_states && n < 198; i++)
        names[n++] = p->model->states[i].name;
    for (int i = 0; i < p->nodes.n_params; i++)
        if (!is_field(p->model, p->nodes.params[i])) {
            volley_allowed(p->nodes.params[i], names, allowed, sizeof allowed);
            volley_problem_add(m->problems, e->file, NULL, "%s: dynamics_params: %s has no parameter %s%s",
                               p->path, p->model->name, p->nodes.params[i], allowed);
        }
    for (int64_t row = 0; row < p->types.n; row++) {
        const char *name;
        json_t *value;
        json_object_foreach(p->types.dynamics[row], name, value) {
            if (!p->used[row] || is_field(p->model, name))
                continue;
            volley_allowed(name, names, allowed, sizeof allowed);
            volley_problem_add(m->problems, e->types, NULL, "%s: type %lld: %s: %s has no parameter %s%s",
                               p->types.path, (long long)p->types.ids[row],
                               volley_sonata_types_text(&p->types, row, "dynamics_params"), p->model->name,
                               name, allowed);
        }
    }
}

/* What the types of the nodes say of a parameter. */
typedef struct type_value {
    bool any, all, same; /* some types have it; all have; all have the same */
    double value;
} type_value;

static int find_type_value(const volley_sonata_population *p, const char *name, type_value *v) {
    *v = (type_value){.all = true, .same = true};
    for (int64_t row = 0; row < p->types.n; row++) {
        bool found;
        double value = 0.0;
        if (!p->used[row])
            continue;
        TRY(volley_sonata_types_number(&p->types, row, name, &found, &value));
        v->same &= found && (!v->any || value == v->value);
        v->all &= found;
        v->any |= found;
        if (found)
            v->value = value;
    }
    return VOLLEY_OK;
}

/* One parameter or state: a number where all nodes have the same, else where each of them is found. */
static void put_field(volley_sonata_maker *m, const entry *e, const volley_sonata_population *p,
                      const volley_field *field, bool always, volley_node *parent) {
    const volley_sonata_nodes *nodes = &p->nodes;
    bool own = has_name(nodes->attributes, nodes->n_attributes, field->name) ||
               has_name(nodes->params, nodes->n_params, field->name);
    type_value type;
    if (!volley_sonata_ok(m, e->types, find_type_value(p, field->name, &type)))
        return;
    if (!own && !type.any) {
        if (always)
            volley_sonata_number(m, parent, e->file, field->name, field->standard);
        return;
    }
    if (!own && type.all && type.same) {
        volley_sonata_number(m, parent, e->types, field->name, type.value);
        return;
    }
    volley_node *values = volley_sonata_map(m, parent, e->file, field->name);
    volley_sonata_put_path(m, values, &m->circuit, e->file, "nodes");
    volley_sonata_text(m, values, e->file, "population", p->name);
    volley_sonata_text(m, values, e->file, "attribute", field->name);
    if (own)
        return;
    volley_sonata_put_path(m, values, &m->circuit, e->types, "types");
    if (e->models)
        volley_sonata_put_path(m, values, &m->circuit, e->models, "models");
    if (!type.all)
        volley_sonata_number(m, values, e->file, "default", field->standard);
}

static void put_population(volley_sonata_maker *m, const entry *e, const volley_sonata_population *p) {
    volley_node *section = volley_sonata_section(m, e->node, "populations");
    volley_node *map = volley_sonata_map(m, section, e->file, p->name);
    volley_sonata_word(m, map, e->types ? e->types : e->file, "model", p->model->name);
    volley_sonata_number(m, map, e->file, "size", (double)p->nodes.size);
    if (p->model->is_source)
        return;
    volley_node *params = volley_sonata_map(m, map, e->file, "params");
    for (int i = 0; i < p->model->n_params; i++)
        put_field(m, e, p, &p->model->params[i], false, params);
    volley_node *init = volley_sonata_map(m, map, e->file, "init");
    for (int i = 0; i < p->model->n_states; i++) /* another E_L does not move NEST's initial V_m */
        put_field(m, e, p, &p->model->states[i], strcmp(p->model->states[i].name, "V_m") == 0, init);
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
    *p = (volley_sonata_population){.name = strdup(name), .file = e->file};
    p->path = volley_sonata_path(m, &m->circuit, e->file);
    char *types = e->types ? volley_sonata_path(m, &m->circuit, e->types) : NULL;
    char *models = e->models ? volley_sonata_path(m, &m->circuit, e->models) : NULL;
    if (!p->name)
        m->status = VOLLEY_EXHAUSTED;
    bool ok = p->name && p->path && (types || !e->types) &&
              volley_sonata_ok(m, e->file, m->files->nodes(p->path, name, &p->nodes)) &&
              volley_sonata_ok(m, e->types,
                               volley_sonata_types_read(types, models, name, "node_type_id", &p->types)) &&
              find_types(m, e, p) && find_models(m, e, p);
    free(types);
    free(models);
    if (!ok)
        return;
    check_params(m, e, p);
    put_population(m, e, p);
}

/* Populations in the order that the circuit names them in, else in that of the file. */
static void read_entry(volley_sonata_maker *m, const entry *e) {
    static const char *const known[] = {"nodes_file", "node_types_file", "populations", NULL};
    volley_sonata_unknown(m, e->node, known);
    const volley_node *chosen = volley_node_find(e->node, "populations");
    char *path = volley_sonata_path(m, &m->circuit, e->file), **names = NULL;
    int n = 0;
    bool ok = path && volley_sonata_ok(m, e->file, m->files->populations(path, "nodes", &names, &n));
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
        e.types = volley_node_find(e.node, "node_types_file");
        e.models =
            volley_node_find(volley_node_find(m->circuit.root, "components"), "point_neuron_models_dir");
        if (e.file)
            read_entry(m, &e);
    }
}
