/* SPDX-License-Identifier: BSD-3-Clause */
/* The section signals, and rewards among the stimuli: each is one of constant, schedule, response, spikes. */
#include "config/files.h"
#include "config/schema.h"
#include "config/sections.h"

#include "base/memory.h"
#include "base/status.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool reserve(volley_reader *r, volley_signal_input *s, size_t n) {
    return volley_reader_status(r, VOLLEY_NEW(s->steps, n)) == VOLLEY_OK &&
           volley_reader_status(r, VOLLEY_NEW(s->values, n)) == VOLLEY_OK;
}

static void read_inline(volley_reader *r, const volley_node *node, volley_signal_input *s) {
    const volley_node *times = volley_read_required(r, node, "times");
    const volley_node *values = volley_read_required(r, node, "values");
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
    if (!reserve(r, s, times->n))
        return;
    for (size_t i = 0; i < times->n; i++) {
        int64_t step = 0;
        volley_read_number(r, values->items[i], -INFINITY, INFINITY, &s->values[i]);
        if (!volley_read_time(r, times->items[i], 0, &step))
            continue;
        if (i > 0 && step <= s->steps[i - 1])
            volley_problem_add(&r->problems, times->items[i], NULL, "times must ascend: value %s",
                               times->items[i]->text);
        s->steps[i] = step;
    }
    s->n = (int64_t)times->n;
}

/* Takes over times in ms, which `node` names, one after another. */
static bool take_times(volley_reader *r, const volley_node *node, const double *ms, int64_t n,
                       volley_signal_input *s) {
    int64_t last = -1;
    if (volley_reader_status(r, VOLLEY_NEW(s->steps, n)) != VOLLEY_OK)
        return false;
    for (int64_t i = 0; i < n; i++) {
        int64_t step;
        if (!volley_is_step(r->network, ms[i], &step) || step <= last) {
            volley_problem_add(&r->problems, node, NULL,
                               "times must ascend from 0 by multiples of dt: value %.10g (number %lld); "
                               "allowed multiples of %.10g ms",
                               ms[i], (long long)i + 1, r->network->dt_ms);
            return false;
        }
        s->steps[i] = last = step;
    }
    return true;
}

/* A CSV file with the columns time and value. */
static void read_file(volley_reader *r, const volley_node *node, volley_signal_input *s) {
    double *times = NULL;
    int64_t n_times = 0, n_values = 0;
    if (volley_file_values(r, node, "time", NULL, &times, &n_times) &&
        volley_file_values(r, node, "value", NULL, &s->values, &n_values)) {
        if (n_times == 0 || n_times != n_values)
            volley_problem_add(&r->problems, node, NULL, "holds no times with values");
        else if (take_times(r, node, times, n_times, s))
            s->n = n_times;
    }
    free(times);
}

static void read_schedule(volley_reader *r, const volley_node *node, volley_signal_input *s) {
    s->kind = VOLLEY_SIGNAL_SCHEDULE;
    if (!volley_read_section(r, node, volley_keys_schedule))
        return;
    const volley_node *file = volley_node_find(node, "file");
    if (file && node->n > 1)
        volley_problem_add(&r->problems, node, NULL, "takes either file or times and values");
    else if (file)
        read_file(r, file, s);
    else
        read_inline(r, node, s);
}

/* A row [if a neuron fires, if none does] for each pattern. */
static void read_table(volley_reader *r, const volley_node *table, int64_t rows, volley_signal_input *s) {
    if (table->kind != VOLLEY_NODE_LIST || (int64_t)table->n != rows) {
        volley_problem_add(
            &r->problems, table, NULL,
            "must be a list with one row [if a neuron fires, if none does] for each of the %lld "
            "patterns",
            (long long)rows);
        return;
    }
    if (volley_reader_status(r, VOLLEY_NEW(s->values, 2 * rows)) != VOLLEY_OK)
        return;
    s->n = rows;
    for (int64_t i = 0; i < rows; i++) {
        const volley_node *row = table->items[i];
        if (row->kind != VOLLEY_NODE_LIST || row->n != 2) {
            volley_problem_add(&r->problems, row, NULL,
                               "must be two numbers [if a neuron fires, if none does]");
            continue;
        }
        for (int k = 0; k < 2; k++)
            volley_read_number(r, row->items[k], -INFINITY, INFINITY, &s->values[2 * i + k]);
    }
}

/* The stimulus `patterns` of that name; -1 after a report. */
static int32_t find_patterns(volley_reader *r, const volley_node *node) {
    const volley_network *network = r->network;
    const char **names;
    int32_t found = volley_read_item(r, "stimuli", node), n = 0;
    if (found >= 0 && network->stimuli[found].model && network->stimuli[found].model->takes_patterns)
        return found;
    if (!node || volley_unknown_briefly(r, node) ||
        volley_reader_status(r, VOLLEY_NEW(names, network->n_stimuli + 1)) != VOLLEY_OK)
        return -1;
    for (int32_t i = 0; i < network->n_stimuli; i++)
        if (network->stimuli[i].model && network->stimuli[i].model->takes_patterns)
            names[n++] = network->stimuli[i].name;
    int index;
    if (n == 0)
        volley_problem_add(&r->problems, node, NULL, "there is no stimulus with the model patterns");
    else
        volley_read_choice(r, node, names, &index);
    free(names);
    return -1;
}

static void read_response(volley_reader *r, const volley_node *node, volley_signal_input *s) {
    s->kind = VOLLEY_SIGNAL_RESPONSE;
    if (!volley_read_section(r, node, volley_keys_response))
        return;
    s->patterns = find_patterns(r, volley_read_required(r, node, "patterns"));
    volley_read_subset(r, volley_read_required(r, node, "neurons"), &s->neurons);
    s->delay = 1;
    volley_read_time(r, volley_node_find(node, "delay"), 0, &s->delay);
    const volley_node *table = volley_read_required(r, node, "table");
    if (table && s->patterns >= 0 && r->network->stimuli[s->patterns].patterns.n > 0)
        read_table(r, table, r->network->stimuli[s->patterns].patterns.n, s);
}

static void read_spikes(volley_reader *r, const volley_node *node, volley_signal_input *s) {
    s->kind = VOLLEY_SIGNAL_SPIKES;
    if (!volley_read_section(r, node, volley_keys_signal_spikes))
        return;
    volley_read_subset(r, volley_read_required(r, node, "neurons"), &s->neurons);
    volley_read_time(r, volley_read_required(r, node, "delay"), 1, &s->delay);
    s->value = 1.0;
    volley_read_number(r, volley_node_find(node, "value"), -INFINITY, INFINITY, &s->value);
}

static void read_constant(volley_reader *r, const volley_node *node, volley_signal_input *s) {
    s->kind = VOLLEY_SIGNAL_CONSTANT;
    volley_read_number(r, node, -INFINITY, INFINITY, &s->value);
}

/* In the order of volley_keys_signal_kinds. */
static void (*const readers[])(volley_reader *r, const volley_node *node, volley_signal_input *s) = {
    read_constant, read_schedule, read_response, read_spikes};

/* What the signal is, one of the kinds, in a mapping whose keys have been looked at. */
static void read_kind(volley_reader *r, const volley_node *node, volley_signal_input *s) {
    int found = -1, n = 0;
    for (int i = 0; volley_keys_signal_kinds[i].name; i++)
        if (volley_node_find(node, volley_keys_signal_kinds[i].name)) {
            found = i;
            n++;
        }
    if (n == 1)
        readers[found](r, volley_node_find(node, volley_keys_signal_kinds[found].name), s);
    else
        volley_problem_add(&r->problems, node, NULL, "must be one of constant, schedule, response, spikes");
}

/* One entry of the section. */
static void read_signal(volley_reader *r, const volley_node *node, volley_signal_input *s) {
    const char *names[2 * VOLLEY_MAX_KEYS + 1] = {0};
    int n = 0;
    for (const volley_key *key = volley_keys_signal_kinds; key->name; key++)
        names[n++] = key->name;
    for (const volley_key *key = volley_keys_signal; key->name; key++)
        names[n++] = key->name;
    s->stimulus = -1;
    if (!volley_read_map(r, node, names))
        return;
    read_kind(r, node, s);
    volley_read_span(r, node, &s->start_step, &s->stop_step);
}

/* A stimulus with the model reward, which has been read as a stimulus. */
static void read_old_place(volley_reader *r, const volley_node *node, int32_t stimulus,
                           volley_signal_input *s) {
    const volley_node *params = volley_read_required(r, node, "params");
    s->stimulus = stimulus;
    s->start_step = r->network->stimuli[stimulus].start_step;
    s->stop_step = r->network->stimuli[stimulus].stop_step;
    if (params && volley_read_section(r, params, volley_keys_signal_kinds))
        read_kind(r, params, s);
}

static bool is_signal(const volley_network *network, int32_t stimulus) {
    return network->stimuli[stimulus].model && network->stimuli[stimulus].model->is_signal;
}

static void read_one(volley_reader *r, const volley_node *node, int32_t stimulus) {
    volley_signal_input *s = &r->network->signals[r->network->n_signals];
    size_t before = volley_reader_problems(r);
    s->name = volley_strdup(node->key);
    if (!s->name)
        volley_reader_status(r, VOLLEY_EXHAUSTED);
    if (stimulus < 0)
        read_signal(r, node, s);
    else
        read_old_place(r, node, stimulus, s);
    bool valid = volley_reader_problems(r) == before;
    r->signal_valid[r->network->n_signals++] = valid;
    if (stimulus >= 0)
        r->stimulus_valid[stimulus] &= valid;
}

void volley_read_signals(volley_reader *r) {
    volley_network *network = r->network;
    const volley_node *section = volley_node_find(r->root, "signals");
    const volley_node *stimuli = volley_node_find(r->root, "stimuli");
    size_t n = volley_read_names(r, section) ? section->n : 0, more = 0;
    for (int32_t i = 0; i < network->n_stimuli; i++)
        more += is_signal(network, i);
    if (n + more == 0 || volley_reader_status(r, VOLLEY_NEW(network->signals, n + more)) != VOLLEY_OK ||
        volley_reader_status(r, VOLLEY_NEW(r->signal_valid, n + more)) != VOLLEY_OK)
        return;
    for (size_t i = 0; i < n; i++)
        read_one(r, section->items[i], -1);
    for (int32_t i = 0; i < network->n_stimuli; i++)
        if (is_signal(network, i)) {
            read_one(r, stimuli->items[i], i);
            if (n > 0 && volley_node_find(section, stimuli->items[i]->key))
                volley_problem_add(&r->problems, stimuli->items[i], NULL,
                                   "given twice: signals has a %s, too", stimuli->items[i]->key);
        }
}

const volley_node *volley_signal_node(const volley_reader *r, int32_t index) {
    int32_t stimulus = r->network->signals[index].stimulus;
    if (stimulus < 0)
        return volley_node_find(r->root, "signals")->items[index];
    return volley_node_find(volley_node_find(r->root, "stimuli")->items[stimulus], "params");
}

int32_t volley_read_signal(volley_reader *r, const volley_node *node) {
    const volley_network *network = r->network;
    int32_t found = volley_read_item(r, "signals", node);
    int32_t stimulus = found < 0 ? volley_read_item(r, "stimuli", node) : -1;
    for (int32_t i = 0; stimulus >= 0 && i < network->n_signals; i++)
        if (network->signals[i].stimulus == stimulus)
            return i;
    const char **names;
    if (found >= 0 || !node || volley_unknown_briefly(r, node) ||
        volley_reader_status(r, VOLLEY_NEW(names, network->n_signals + 1)) != VOLLEY_OK)
        return found;
    int index;
    for (int32_t i = 0; i < network->n_signals; i++)
        names[i] = network->signals[i].name;
    if (network->n_signals == 0)
        volley_problem_add(&r->problems, node, NULL, "there are no signals");
    else
        volley_read_choice(r, node, names, &index);
    free(names);
    return -1;
}
