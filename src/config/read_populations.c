/* SPDX-License-Identifier: BSD-3-Clause */
/* The section populations. */
#include "config/files.h"
#include "config/schema.h"
#include "config/sections.h"
#include "sonata/sonata_kinds.h"

#include "base/memory.h"
#include "base/status.h"
#include "net/part.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Reads one distribution, with the field's standard value where there is no node. */
static void read_field(volley_reader *r, const volley_node *node, const volley_field *field, int64_t size,
                       volley_distribution *value) {
    *value = volley_constant(field->standard);
    if (volley_read_distribution(r, node, true, size > 0 ? size : -1, value))
        volley_check_range(r, node, value, field);
}

/* Reads one distribution for each field of the table out of the map. */
static void read_fields(volley_reader *r, const volley_node *map, const volley_field *fields, int n,
                        int64_t size, volley_distribution *values) {
    for (int i = 0; i < n; i++)
        read_field(r, volley_node_find(map, fields[i].name), &fields[i], size, &values[i]);
}

/* Parameters that each receptor has: a list with one for each, or one for all. */
static void read_lists(volley_reader *r, const volley_node *map, volley_population *p) {
    const volley_neuron_model *model = p->model, *neuron = model->of_any_size;
    for (int j = 0; neuron && j < model->each_receptor->n_params; j++) {
        const volley_node *list = volley_node_find(map, model->each_receptor->params[j].name);
        for (int i = 0; i < model->n_receptors; i++) {
            int k = neuron->n_params + j * model->n_receptors + i;
            const volley_node *node = list;
            if (list && list->kind == VOLLEY_NODE_LIST) /* which may have a wrong length, reported */
                node = (size_t)i < list->n ? list->items[i] : NULL;
            read_field(r, node, &model->params[k], p->size, &p->params[k]);
        }
    }
}

/* Unknown keys of `map` against two tables, and `extra` when not NULL. */
static void check_fields(volley_reader *r, const volley_node *map, const volley_field *fields, int n,
                         const volley_field *more, int n_more, const char *extra) {
    const char **names;
    if (!map || volley_reader_status(r, VOLLEY_NEW(names, n + n_more + 2)) != VOLLEY_OK)
        return;
    for (int i = 0; i < n + n_more; i++)
        names[i] = i < n ? fields[i].name : more[i - n].name;
    names[n + n_more] = extra;
    volley_read_map(r, map, names);
    free((void *)names);
}

/* Finds the receptors of a model that takes any number of them: all lists have one length. */
static void size_model(volley_reader *r, const volley_node *params, volley_population *p) {
    const volley_receptor_fields *each = p->model->each_receptor;
    const volley_node *first = NULL;
    int64_t receptors = 1;
    for (int j = 0; j < each->n_params; j++) {
        const volley_node *list = volley_node_find(params, each->params[j].name);
        if (!list || list->kind != VOLLEY_NODE_LIST)
            continue;
        if (list->n < 1 || list->n > VOLLEY_RECEPTORS_MAX)
            volley_problem_add(&r->problems, list, NULL, "wrong length: value %zu receptors; allowed 1 to %d",
                               list->n, VOLLEY_RECEPTORS_MAX);
        else if (first && list->n != first->n)
            volley_problem_add(&r->problems, list, NULL,
                               "wrong length: value %zu receptors; allowed %zu, as many as %s has", list->n,
                               first->n, first->key);
        else
            receptors = (int64_t)list->n;
        first = first ? first : list;
    }
    volley_reader_status(r, volley_neuron_model_sized(p->model, (int)receptors, &p->model));
}

static double item(const volley_distribution *d, int64_t i) {
    return d->kind == VOLLEY_VALUES ? d->values[i] : volley_distribution_mean(d);
}

/* Whether the model refuses these parameters, which is reported; neuron -1: they are those of all. */
static bool is_refused(volley_reader *r, const volley_node *node, const volley_population *p,
                       const double *params, double *constants, int64_t neuron) {
    int status = volley_neuron_model_derive(p->model, params, r->network->dt_ms, constants);
    if (status == VOLLEY_OK)
        return false;
    if (status != VOLLEY_USAGE) {
        volley_reader_status(r, status);
        return true;
    }
    if (neuron >= 0)
        volley_problem_add(&r->problems, node, "params", "neuron %lld: %.500s", (long long)neuron,
                           volley_error_message());
    else
        volley_problem_add(&r->problems, node, "params", "%.500s", volley_error_message());
    volley_error_clear();
    return true;
}

/* Draws of a rate that happen less often than this never happen. */
static const double never = 1e-12;

/* Whether a random rate can be drawn above one spike a step, which is reported. */
static bool draws_refused_rate(volley_reader *r, const volley_node *node, const volley_population *p) {
    if (p->model->rate == NULL)
        return false;
    int rate = volley_field_find(p->model->params, p->model->n_params, p->model->rate);
    double most = 1e3 / r->network->dt_ms;
    if (p->params[rate].kind == VOLLEY_CONSTANT || p->params[rate].kind == VOLLEY_VALUES)
        return false;
    double share = volley_distribution_share(&p->params[rate], most * (1.0 + 1e-9), INFINITY);
    if (share < never)
        return false;
    volley_problem_add(&r->problems, volley_node_find(volley_node_find(node, "params"), p->model->rate), NULL,
                       "more than one spike a step: value above %.10g Hz in %.3g of all draws; allowed up to "
                       "%.10g Hz: give max or high",
                       most, share, most);
    return true;
}

/* Combinations of parameters that make no sense, as the model finds them. Other random parameters than rates
 * stand at their mean: a draw far from it can still fail when the network is built. */
static void check_combinations(volley_reader *r, const volley_node *node, const volley_population *p) {
    const volley_neuron_model *model = p->model;
    double *params;
    bool list = false, refused = false;
    if (volley_reader_status(r, VOLLEY_NEW(params, model->n_params + model->n_constants)) != VOLLEY_OK)
        return;
    for (int k = 0; k < model->n_params; k++)
        list |= p->params[k].kind == VOLLEY_VALUES;
    for (int64_t i = 0; model->derive && !refused && i < (list ? p->size : 1); i++) {
        for (int k = 0; k < model->n_params; k++)
            params[k] = item(&p->params[k], i);
        refused = is_refused(r, node, p, params, params + model->n_params, list ? i : -1) ||
                  draws_refused_rate(r, node, p);
    }
    free(params);
}

static void note_t_ref(volley_reader *r, const volley_node *params, const volley_population *p) {
    int k = volley_field_find(p->model->params, p->model->n_params, "t_ref");
    if (k < 0 || p->params[k].kind != VOLLEY_CONSTANT || !volley_node_find(params, "t_ref"))
        return;
    double exact = volley_ms_to_steps(r->network, p->params[k].a), up = ceil(exact - 1e-6);
    if (fabs(exact - up) > 1e-6)
        volley_reader_note(r, volley_node_find(params, "t_ref"), "%.10g ms rounded up to %.10g ms",
                           p->params[k].a, volley_step_to_ms(r->network, (int64_t)up));
}

/* A neuron without a given V_m starts at its E_L. A drawn E_L is another draw than that of an initial state.
 */
static void start_at_rest(volley_reader *r, const volley_node *node, const volley_distribution *e_l,
                          volley_distribution *v_m) {
    if (e_l->kind != VOLLEY_CONSTANT && e_l->kind != VOLLEY_VALUES) {
        volley_problem_add(&r->problems, node, NULL,
                           "a drawn E_L needs init.V_m, the start of the potential: value is a distribution; "
                           "allowed a number or values");
        return;
    }
    *v_m = *e_l;
    if (e_l->kind != VOLLEY_VALUES ||
        volley_reader_status(r, VOLLEY_NEW(v_m->values, e_l->count)) != VOLLEY_OK)
        return;
    memcpy(v_m->values, e_l->values, (size_t)e_l->count * sizeof *e_l->values);
}

void volley_read_params(volley_reader *r, const volley_node *node, volley_population *p) {
    const volley_node *params = volley_node_find(node, "params"), *init = volley_node_find(node, "init");
    size_t before = volley_reader_problems(r);
    if (p->model->each_receptor)
        size_model(r, params, p);
    const volley_neuron_model *model = p->model, *neuron = model->of_any_size ? model->of_any_size : model;
    if (volley_reader_status(r, VOLLEY_NEW(p->params, model->n_params)) != VOLLEY_OK ||
        volley_reader_status(r, VOLLEY_NEW(p->init, model->n_states)) != VOLLEY_OK)
        return;
    const volley_receptor_fields *each = model->each_receptor;
    check_fields(r, params, neuron->params, neuron->n_params, each ? each->params : NULL,
                 each ? each->n_params : 0,
                 model->takes_spike_times ? volley_keys_spike_source[0].name : NULL);
    read_fields(r, params, neuron->params, neuron->n_params, p->size, p->params);
    read_lists(r, params, p);
    check_fields(r, init, model->states, model->n_states, NULL, 0, NULL);
    read_fields(r, init, model->states, model->n_states, p->size, p->init);
    int membrane = volley_neuron_membrane(model);
    if (membrane >= 0 && model->starts_at && !volley_node_find(init, model->membrane)) {
        int rest = volley_field_find(model->params, model->n_params, model->starts_at);
        if (rest >= 0)
            start_at_rest(r, volley_node_find(params, model->starts_at), &p->params[rest],
                          &p->init[membrane]);
    }
    if (volley_reader_problems(r) == before) {
        check_combinations(r, node, p);
        note_t_ref(r, params, p);
    }
    if (model->takes_spike_times)
        volley_read_spike_times(r, volley_node_find(params, "spike_times"), p);
}

static const volley_neuron_model *read_model(volley_reader *r, const volley_node *node) {
    const char *names[VOLLEY_NEURON_MODELS_MAX + 1] = {0};
    for (int i = 0; volley_neuron_models[i]; i++)
        names[i] = volley_neuron_models[i]->name;
    int index;
    return volley_read_choice(r, node, names, &index) ? volley_neuron_models[index] : NULL;
}

/* The first population that is a part of the same whole, or this one, which is remembered then. */
static int32_t first_part(volley_reader *r, const volley_population *p) {
    const volley_node *whole = volley_node_find_any(r->wholes, p->part->of);
    int32_t self = (int32_t)(p - r->network->populations);
    if (whole)
        return whole->anchor_line;
    volley_node *added = volley_node_create(VOLLEY_NODE_NULL, p->part->of, NULL);
    if (volley_reader_status(r, volley_alloc_status()) == VOLLEY_OK && added) {
        added->anchor_line = self;
        volley_reader_status(r, volley_node_add(r->wholes, added));
    }
    return self;
}

static bool read_members(volley_reader *r, const volley_node *node, const char *of, volley_population *p) {
    const volley_node *nodes = volley_read_required(r, node, "nodes"),
                      *types = volley_node_find(node, "types");
    int64_t n = 0;
    char *path = nodes ? volley_file_path(r, nodes) : NULL;
    char *types_path = types ? volley_file_path(r, types) : NULL;
    bool ok = path && (types_path || !types) &&
              volley_file_is_read(r, nodes,
                                  volley_sonata_members(path, types_path, of, p->model->name, &p->part->ids,
                                                        &n, &p->part->size));
    ok = ok && volley_file_content(r, node, path, p->part->ids, (size_t)n * sizeof *p->part->ids);
    if (ok && n != p->size)
        volley_problem_add(&r->problems, node, NULL, "%s has %lld nodes of the model %s: value %lld", of,
                           (long long)n, p->model->name, (long long)p->size);
    free(path);
    free(types_path);
    return ok && n == p->size;
}

/* What it is a part of. After a problem it is none. */
static void read_part(volley_reader *r, const volley_node *node, volley_population *p) {
    const char *of = NULL;
    if (!node || !volley_read_section(r, node, volley_keys_part) ||
        !volley_read_text(r, volley_read_required(r, node, "of"), &of) || !p->model || p->size <= 0 ||
        volley_reader_status(r, VOLLEY_NEW(p->part, 1)) != VOLLEY_OK)
        return;
    p->part->of = volley_strdup(of);
    if (!p->part->of)
        volley_reader_status(r, VOLLEY_EXHAUSTED);
    if (r->network->scale_neurons != 1.0)
        volley_problem_add(&r->problems, node, NULL,
                           "a part cannot be scaled: value scale.neurons %.10g; allowed 1",
                           r->network->scale_neurons);
    bool ok = p->part->of && read_members(r, node, of, p);
    if (ok)
        p->part->first = first_part(r, p);
    if (ok && p->positions)
        volley_problem_add(&r->problems, node, NULL, "a part of a population has no positions");
    if (!ok)
        volley_part_destroy(&p->part);
}

/* Files know all parts of a whole by one name, which no other population has. */
static void check_parts(volley_reader *r, const volley_node *section) {
    const volley_network *network = r->network;
    for (int32_t i = 0; i < network->n_populations; i++) {
        const volley_population *p = &network->populations[i];
        if (!p->part)
            continue;
        const volley_node *other = volley_node_find_any(section, p->part->of);
        if (other && volley_part_first(network, (int32_t)other->position) != p->part->first)
            volley_problem_add(&r->problems, section->items[i], "part",
                               "there is another population of this name: value %s", p->part->of);
        if (i > p->part->first && volley_part_first(network, i - 1) != p->part->first)
            volley_problem_add(&r->problems, section->items[i], "part",
                               "parts of %s must stand one after another", p->part->of);
        /* one of each model: the search ends after at most as many as there are models */
        for (int32_t k = i - 1; k >= 0 && volley_part_first(network, k) == p->part->first; k--)
            if (strcmp(network->populations[k].model->name, p->model->name) == 0) {
                volley_problem_add(&r->problems, section->items[i], "part",
                                   "another part of %s has the model %s", p->part->of, p->model->name);
                break;
            }
    }
}

static void read_population(volley_reader *r, const volley_node *node, volley_population *p) {
    p->expected_rate = NAN;
    p->input_delay = 1;
    if (!volley_read_section(r, node, volley_keys_population))
        return;
    p->model = read_model(r, volley_read_required(r, node, "model"));
    volley_read_whole(r, volley_read_required(r, node, "size"), 1, INT64_MAX, &p->size);
    volley_read_positions(r, volley_node_find(node, "positions"), p);
    read_part(r, volley_node_find(node, "part"), p);
    volley_read_quantity(r, volley_node_find(node, "expected_rate"), 0.0, INFINITY, "Hz", &p->expected_rate);
    if (p->model)
        volley_read_params(r, node, p);
}

void volley_read_populations(volley_reader *r) {
    volley_network *network = r->network;
    const volley_node *section = volley_read_required(r, r->root, "populations");
    if (!section || !volley_read_names(r, section))
        return;
    if (section->n == 0)
        volley_problem_add(&r->problems, section, NULL, "must hold at least one population");
    if (volley_reader_status(r, VOLLEY_NEW(network->populations, section->n)) != VOLLEY_OK)
        return;
    r->wholes = volley_node_create(VOLLEY_NODE_MAP, NULL, NULL);
    if (!r->wholes) {
        volley_reader_status(r, VOLLEY_EXHAUSTED);
        return;
    }
    network->n_populations = (int32_t)section->n;
    for (int32_t i = 0; i < network->n_populations; i++) {
        volley_population *p = &network->populations[i];
        p->name = volley_strdup(section->items[i]->key);
        if (!p->name) {
            volley_reader_status(r, VOLLEY_EXHAUSTED);
            return;
        }
        read_population(r, section->items[i], p);
    }
    check_parts(r, section);
}
