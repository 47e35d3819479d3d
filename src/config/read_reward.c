/* SPDX-License-Identifier: BSD-3-Clause */
/* params of the stimulus reward: one of constant, schedule, response, spikes. */
#include "config/files.h"
#include "config/schema.h"
#include "config/sections.h"

#include "base/memory.h"
#include "base/status.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool reserve(volley_reader *r, volley_reward *reward, size_t n) {
    return volley_reader_status(r, VOLLEY_NEW(reward->steps, n)) == VOLLEY_OK &&
           volley_reader_status(r, VOLLEY_NEW(reward->values, n)) == VOLLEY_OK;
}

static void read_inline(volley_reader *r, const volley_node *node, volley_reward *reward) {
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
    if (!reserve(r, reward, times->n))
        return;
    for (size_t i = 0; i < times->n; i++) {
        int64_t step = 0;
        volley_read_number(r, values->items[i], -INFINITY, INFINITY, &reward->values[i]);
        if (!volley_read_time(r, times->items[i], 0, &step))
            continue;
        if (i > 0 && step <= reward->steps[i - 1])
            volley_problem_add(&r->problems, times->items[i], NULL, "times must ascend: value %s",
                               times->items[i]->text);
        reward->steps[i] = step;
    }
    reward->n = (int64_t)times->n;
}

/* Takes over times in ms, which `node` names, one after another. */
static bool take_times(volley_reader *r, const volley_node *node, const double *ms, int64_t n,
                       volley_reward *reward) {
    int64_t last = -1;
    if (volley_reader_status(r, VOLLEY_NEW(reward->steps, n)) != VOLLEY_OK)
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
        reward->steps[i] = last = step;
    }
    return true;
}

/* A CSV file with the columns time and value. */
static void read_file(volley_reader *r, const volley_node *node, volley_reward *reward) {
    double *times = NULL;
    int64_t n_times = 0, n_values = 0;
    if (volley_file_values(r, node, "time", NULL, &times, &n_times) &&
        volley_file_values(r, node, "value", NULL, &reward->values, &n_values)) {
        if (n_times == 0 || n_times != n_values)
            volley_problem_add(&r->problems, node, NULL, "holds no times with values");
        else if (take_times(r, node, times, n_times, reward))
            reward->n = n_times;
    }
    free(times);
}

static void read_schedule(volley_reader *r, const volley_node *node, volley_reward *reward) {
    reward->kind = VOLLEY_REWARD_SCHEDULE;
    if (!volley_read_section(r, node, volley_keys_schedule))
        return;
    const volley_node *file = volley_node_find(node, "file");
    if (file && node->n > 1)
        volley_problem_add(&r->problems, node, NULL, "takes either file or times and values");
    else if (file)
        read_file(r, file, reward);
    else
        read_inline(r, node, reward);
}

/* A row [if a neuron fires, if none does] for each pattern. */
static void read_table(volley_reader *r, const volley_node *table, int64_t rows, volley_reward *reward) {
    if (table->kind != VOLLEY_NODE_LIST || (int64_t)table->n != rows) {
        volley_problem_add(
            &r->problems, table, NULL,
            "must be a list with one row [if a neuron fires, if none does] for each of the %lld "
            "patterns",
            (long long)rows);
        return;
    }
    if (volley_reader_status(r, VOLLEY_NEW(reward->values, 2 * rows)) != VOLLEY_OK)
        return;
    reward->n = rows;
    for (int64_t i = 0; i < rows; i++) {
        const volley_node *row = table->items[i];
        if (row->kind != VOLLEY_NODE_LIST || row->n != 2) {
            volley_problem_add(&r->problems, row, NULL,
                               "must be two numbers [if a neuron fires, if none does]");
            continue;
        }
        for (int k = 0; k < 2; k++)
            volley_read_number(r, row->items[k], -INFINITY, INFINITY, &reward->values[2 * i + k]);
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

static void read_response(volley_reader *r, const volley_node *node, volley_reward *reward) {
    reward->kind = VOLLEY_REWARD_RESPONSE;
    if (!volley_read_section(r, node, volley_keys_response))
        return;
    reward->patterns = find_patterns(r, volley_read_required(r, node, "patterns"));
    volley_read_subset(r, volley_read_required(r, node, "neurons"), &reward->neurons);
    reward->delay = 1;
    volley_read_time(r, volley_node_find(node, "delay"), 0, &reward->delay);
    const volley_node *table = volley_read_required(r, node, "table");
    if (table && reward->patterns >= 0 && r->network->stimuli[reward->patterns].patterns.n > 0)
        read_table(r, table, r->network->stimuli[reward->patterns].patterns.n, reward);
}

static void read_spikes(volley_reader *r, const volley_node *node, volley_reward *reward) {
    reward->kind = VOLLEY_REWARD_SPIKES;
    if (!volley_read_section(r, node, volley_keys_reward_spikes))
        return;
    volley_read_subset(r, volley_read_required(r, node, "neurons"), &reward->neurons);
    volley_read_time(r, volley_read_required(r, node, "delay"), 1, &reward->delay);
    reward->value = 1.0;
    volley_read_number(r, volley_node_find(node, "value"), -INFINITY, INFINITY, &reward->value);
}

void volley_read_reward(volley_reader *r, const volley_node *node, volley_stimulus *s) {
    const volley_node *params = volley_read_required(r, node, "params");
    if (!params || !volley_read_section(r, params, volley_keys_reward))
        return;
    if (params->n != 1) {
        volley_problem_add(&r->problems, params, NULL, "must be one of constant, schedule, response, spikes");
        return;
    }
    const volley_node *inner = params->items[0];
    if (strcmp(inner->key, "constant") == 0)
        volley_read_number(r, inner, -INFINITY, INFINITY, &s->reward.value);
    else if (strcmp(inner->key, "schedule") == 0)
        read_schedule(r, inner, &s->reward);
    else if (strcmp(inner->key, "response") == 0)
        read_response(r, inner, &s->reward);
    else if (strcmp(inner->key, "spikes") == 0)
        read_spikes(r, inner, &s->reward);
}
