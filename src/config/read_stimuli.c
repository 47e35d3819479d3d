/* SPDX-License-Identifier: BSD-3-Clause */
/* The section stimuli. */
#include "config/schema.h"
#include "config/sections.h"

#include "base/memory.h"
#include "base/status.h"
#include "net/stimulus_view.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const volley_stimulus_model *read_model(volley_reader *r, const volley_node *node) {
    const char *names[VOLLEY_STIMULUS_MODELS_MAX + 1] = {0};
    for (int i = 0; volley_stimulus_models[i]; i++)
        names[i] = volley_stimulus_models[i]->name;
    int index;
    return volley_read_choice(r, node, names, &index) ? volley_stimulus_models[index] : NULL;
}

static void check_target(volley_reader *r, const volley_node *node, const volley_stimulus *s) {
    const volley_subset *subset = &s->targets[s->n_targets - 1];
    const volley_population *p = &r->network->populations[subset->population];
    if (p->model && (p->model->is_source || p->model->ignores_input))
        volley_problem_add(&r->problems, node, NULL, "a %s takes no input: value %s", p->model->name,
                           p->name);
    if (p->model && (p->model->repeats_spikes || p->model->takes_no_current) && s->model && s->model->current)
        volley_problem_add(&r->problems, node, NULL, "a %s takes no current: value %s", p->model->name,
                           p->name);
    /* A neuron has one train of a stimulus: twice in its targets would be the same spikes twice. */
    for (int32_t i = 0; i + 1 < s->n_targets; i++)
        if (volley_subset_overlap(&s->targets[i], subset)) {
            volley_problem_add(&r->problems, node, NULL, "targets overlap: value %s", p->name);
            return;
        }
}

static void read_target(volley_reader *r, const volley_node *node, volley_stimulus *s) {
    volley_subset *subsets;
    int32_t n, taken = 0;
    if (!volley_read_subsets(r, node, &subsets, &n))
        return;
    if (volley_reader_status(r, VOLLEY_RESIZE(s->targets, s->n_targets + n)) == VOLLEY_OK)
        for (; taken < n; taken++) {
            s->targets[s->n_targets++] = subsets[taken];
            check_target(r, node, s);
        }
    if (n > 1 && s->model && s->model->takes_patterns)
        volley_problem_add(&r->problems, node, NULL,
                           "is %d populations here, one for each model; patterns need one of them, or a list",
                           n);
    for (int32_t i = taken; i < n; i++)
        volley_subset_free(&subsets[i]);
    free(subsets);
}

static void read_targets(volley_reader *r, const volley_node *node, volley_stimulus *s) {
    if (!node)
        return;
    bool list = node->kind == VOLLEY_NODE_LIST;
    if (list && node->n == 0)
        volley_problem_add(&r->problems, node, NULL, "must name at least one population");
    for (size_t i = 0; i < (list ? node->n : 1); i++)
        read_target(r, list ? node->items[i] : node, s);
}

static void read_delay(volley_reader *r, const volley_node *node, int k, volley_stimulus *s) {
    volley_distribution delay;
    if (volley_read_delay(r, node, NULL, false, 0, &delay)) {
        s->delay_steps = (int64_t)delay.a;
        s->params[k] = volley_step_to_ms(r->network, s->delay_steps);
        if (delay.kind != VOLLEY_CONSTANT)
            volley_problem_add(&r->problems, node, NULL, "must be one number");
    } else if (!node) {
        /* The standard delay may be shorter than a step. */
        s->delay_steps =
            (int64_t)fmax(1.0, volley_nearest_step(volley_ms_to_steps(r->network, s->params[k])));
    }
}

static void read_interval(volley_reader *r, const volley_node *node, int k, volley_stimulus *s) {
    /* The standard interval may be no multiple of the step. */
    s->interval_steps = (int64_t)fmax(1.0, volley_nearest_step(volley_ms_to_steps(r->network, s->params[k])));
    volley_read_time(r, node, 1, &s->interval_steps);
    s->params[k] = volley_step_to_ms(r->network, s->interval_steps);
}

/* The times and values of a rate or amplitude that changes. */
static void read_changes(volley_reader *r, const volley_node *params, volley_stimulus *s) {
    const volley_field *fields = s->model->changes;
    const volley_node *times = volley_read_required(r, params, fields[0].name);
    const volley_node *values = volley_read_required(r, params, fields[1].name);
    if (!times || !values)
        return;
    if (times->kind != VOLLEY_NODE_LIST || times->n == 0) {
        volley_problem_add(&r->problems, times, NULL, "must be a list of times (ms), not empty");
        return;
    }
    if (values->kind != VOLLEY_NODE_LIST || values->n != times->n) {
        volley_problem_add(&r->problems, values, NULL,
                           "must be a list with one number for each time: value %zu; allowed %zu", values->n,
                           times->n);
        return;
    }
    if (volley_reader_status(r, VOLLEY_NEW(s->change_steps, times->n)) != VOLLEY_OK ||
        volley_reader_status(r, VOLLEY_NEW(s->change_values, times->n)) != VOLLEY_OK)
        return;
    s->n_changes = (int64_t)times->n;
    for (size_t i = 0; i < times->n; i++) {
        volley_read_quantity(r, values->items[i], fields[1].low, fields[1].high, fields[1].unit,
                             &s->change_values[i]);
        if (volley_read_time(r, times->items[i], 0, &s->change_steps[i]) && i > 0 &&
            s->change_steps[i] <= s->change_steps[i - 1])
            volley_problem_add(&r->problems, times->items[i], NULL,
                               "times must ascend: value %s; allowed above %.10g ms", times->items[i]->text,
                               volley_step_to_ms(r->network, s->change_steps[i - 1]));
    }
}

static void read_params(volley_reader *r, const volley_node *node, volley_stimulus *s) {
    const volley_stimulus_model *model = s->model;
    const char *names[VOLLEY_STIMULUS_MAX_PARAMS + 3] = {0};
    for (int k = 0; k < model->n_params; k++)
        names[k] = model->params[k].name;
    for (int k = 0; model->changes && k < 2; k++)
        names[model->n_params + k] = model->changes[k].name;
    const volley_node *params =
        model->changes ? volley_read_required(r, node, "params") : volley_node_find(node, "params");
    if (params)
        volley_read_map(r, params, names);
    for (int k = 0; k < model->n_params; k++) {
        const volley_field *field = &model->params[k];
        const volley_node *value = volley_node_find(params, field->name);
        s->params[k] = field->standard;
        if (k == volley_stimulus_delay(model))
            read_delay(r, value, k, s);
        else if (k == volley_stimulus_interval(model))
            read_interval(r, value, k, s);
        else
            volley_read_quantity(r, value, field->low, field->high, field->unit, &s->params[k]);
    }
    if (params && model->changes)
        read_changes(r, params, s);
}

/* The receptor that the weight enters, the same in all targets. */
static void read_receptor(volley_reader *r, const volley_node *node, volley_stimulus *s) {
    const volley_node *given = volley_node_find(node, "receptor");
    int weight = volley_stimulus_weight(s->model);
    bool is_auto = given && given->kind == VOLLEY_NODE_SCALAR && strcmp(given->text, "auto") == 0;
    if (weight < 0 && given && !is_auto)
        volley_problem_add(&r->problems, given, NULL, "a %s has no weight: value \"%.100s\"; leave it out",
                           s->model->name, given->kind == VOLLEY_NODE_SCALAR ? given->text : "");
    for (int32_t i = 0; weight >= 0 && i < s->n_targets; i++) {
        if (s->targets[i].population < 0) /* unknown, reported */
            return;
        const volley_population *target = &r->network->populations[s->targets[i].population];
        int receptor;
        if (!volley_read_receptor(r, node, target->model, s->params[weight] < 0.0, &receptor))
            return;
        if (i > 0 && receptor != s->receptor) {
            volley_problem_add(
                &r->problems, node, "target",
                "the targets take the weight by different receptors: %s of %s and %s of another one; "
                "make one stimulus for each",
                target->model->receptors[receptor], target->name,
                r->network->populations[s->targets[0].population].model->receptors[s->receptor]);
            return;
        }
        s->receptor = receptor;
    }
}

/* A step can hold only so many spikes. */
static void check_rate(volley_reader *r, const volley_node *node, const volley_stimulus *s) {
    const volley_node *params = volley_node_find(node, "params");
    double most = VOLLEY_POISSON_MEAN_MAX / (r->network->dt_ms * 1e-3);
    if (!s->model->highest_rate)
        return;
    volley_stimulus_given given = volley_stimulus_view(r->network, (int32_t)(s - r->network->stimuli));
    double highest = s->model->highest_rate(&given);
    if (highest > most && !s->model->changes)
        volley_problem_add(&r->problems, volley_node_find(params, s->model->params[0].name), NULL,
                           "out of range: value %.10g Hz%s; allowed at most %.10g Hz", highest,
                           highest == s->params[0] ? "" : " at its highest", most);
    for (int64_t i = 0; i < s->n_changes; i++)
        if (s->change_values[i] > most)
            volley_problem_add(&r->problems, volley_node_find(params, s->model->changes[1].name)->items[i],
                               NULL, "out of range: value %.10g Hz; allowed at most %.10g Hz",
                               s->change_values[i], most);
}

/* Models that repeat spikes count them by the sum of their weights. */
static void check_counted(volley_reader *r, const volley_node *node, const volley_stimulus *s) {
    int weight = volley_stimulus_weight(s->model);
    if (weight < 0 || s->params[weight] == 1.0)
        return;
    for (int32_t i = 0; i < s->n_targets; i++) {
        const volley_population *p = &r->network->populations[s->targets[i].population];
        if (p->model && p->model->repeats_spikes)
            volley_problem_add(&r->problems, volley_node_find(volley_node_find(node, "params"), "weight"),
                               NULL, "the %s %s counts spikes: value %.10g; allowed 1", p->model->name,
                               p->name, s->params[weight]);
    }
}

void volley_read_span(volley_reader *r, const volley_node *node, int64_t *start, int64_t *stop) {
    const volley_node *end = volley_node_find(node, "stop");
    *start = 0;
    *stop = r->network->steps;
    volley_read_time(r, volley_node_find(node, "start"), 0, start);
    if (volley_read_time(r, end, 0, stop) && *stop <= *start)
        volley_problem_add(&r->problems, end, NULL, "not after start: value %s; allowed above %.10g ms",
                           end->text, volley_step_to_ms(r->network, *start));
}

static void read_stimulus(volley_reader *r, const volley_node *node, volley_stimulus *s) {
    s->delay_steps = s->interval_steps = 1;
    if (!volley_read_section(r, node, volley_keys_stimulus))
        return;
    s->model = read_model(r, volley_read_required(r, node, "model"));
    bool reward = s->model && s->model->is_signal;
    if (!reward)
        read_targets(r, volley_read_required(r, node, "target"), s);
    else if (volley_node_find(node, "target"))
        volley_problem_add(&r->problems, node, "target", "a reward has no target: projections name it");
    volley_read_span(r, node, &s->start_step, &s->stop_step);
    if (!s->model || reward)
        return;
    if (s->model->takes_patterns) {
        volley_read_patterns(r, node, s);
        return;
    }
    read_params(r, node, s);
    read_receptor(r, node, s);
    check_counted(r, node, s);
    check_rate(r, node, s);
}

void volley_read_stimuli(volley_reader *r) {
    volley_network *network = r->network;
    const volley_node *section = volley_node_find(r->root, "stimuli");
    if (!volley_read_names(r, section) || section->n == 0)
        return;
    if (volley_reader_status(r, VOLLEY_NEW(network->stimuli, section->n)) != VOLLEY_OK ||
        volley_reader_status(r, VOLLEY_NEW(r->stimulus_valid, section->n)) != VOLLEY_OK)
        return;
    network->n_stimuli = (int32_t)section->n;
    for (int32_t i = 0; i < network->n_stimuli; i++) {
        size_t before = volley_reader_problems(r);
        network->stimuli[i].name = volley_strdup(section->items[i]->key);
        if (!network->stimuli[i].name)
            volley_reader_status(r, VOLLEY_EXHAUSTED);
        read_stimulus(r, section->items[i], &network->stimuli[i]);
        r->stimulus_valid[i] = volley_reader_problems(r) == before;
    }
}
