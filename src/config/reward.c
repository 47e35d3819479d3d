/* params of the stimulus reward: one of constant, schedule, response, spikes. */
#include "config/include.h"
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

/* One line "time value" of a file; false after a report. */
static bool read_line(volley_reader *r, const volley_node *node, const char *path, int number, char *line,
                      volley_reward *reward) {
    char *end, *rest;
    double ms = strtod(line, &end), value = strtod(end, &rest);
    bool two = end != line && rest != end && rest[strspn(rest, " \t\r")] == '\0';
    if (!two || !isfinite(ms) || !isfinite(value)) {
        volley_problem_add(&r->problems, node, NULL, "%s:%d: must be a time (ms) and a number: value %.100s",
                           path, number, line);
        return false;
    }
    double exact = volley_ms_to_steps(r->network, ms), nearest = round(exact);
    int64_t last = reward->n > 0 ? reward->steps[reward->n - 1] : -1;
    if (nearest > VOLLEY_MAX_WHOLE || fabs(exact - nearest) > 1e-6 || (int64_t)nearest <= last) {
        volley_problem_add(&r->problems, node, NULL,
                           "%s:%d: times must ascend from 0 and be multiples of dt: value %.10g; allowed "
                           "multiples of %.10g ms",
                           path, number, ms, r->network->dt_ms);
        return false;
    }
    reward->steps[reward->n] = (int64_t)nearest;
    reward->values[reward->n++] = value;
    return true;
}

static void read_lines(volley_reader *r, const volley_node *node, const char *path, char *text,
                       volley_reward *reward) {
    size_t n = 1;
    for (const char *c = text; *c; c++)
        n += *c == '\n';
    if (!reserve(r, reward, n))
        return;
    int number = 0;
    for (char *line = text; line; number++) {
        char *next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        line[strcspn(line, "#")] = '\0';
        if (line[strspn(line, " \t\r")] != '\0' && !read_line(r, node, path, number + 1, line, reward))
            return;
        line = next;
    }
    if (reward->n == 0)
        volley_problem_add(&r->problems, node, NULL, "%s: holds no times", path);
}

/* The path is relative to the file that names it, on the command line to the current folder. */
static void read_file(volley_reader *r, const volley_node *node, volley_reward *reward) {
    const char *name;
    char path[4096], *text = NULL;
    if (!volley_read_text(r, node, &name))
        return;
    const char *from = node->origin ? "" : node->file ? node->file : r->problems.file;
    const char *slash = name[0] == '/' ? NULL : strrchr(from, '/');
    int length = snprintf(path, sizeof path, "%.*s%s", slash ? (int)(slash - from + 1) : 0, from, name);
    if (length >= (int)sizeof path) {
        volley_problem_add(&r->problems, node, NULL, "path too long");
        return;
    }
    int status = volley_config_text(path, &text);
    if (status == VOLLEY_USAGE) {
        volley_problem_add(&r->problems, node, NULL, "%.500s", volley_error_message());
        volley_error_clear();
    } else if (volley_reader_status(r, status) == VOLLEY_OK) {
        read_lines(r, node, path, text, reward);
    }
    free(text);
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
    int32_t found = -1, n = 0;
    if (!node || volley_reader_status(r, VOLLEY_NEW(names, network->n_stimuli + 1)) != VOLLEY_OK)
        return -1;
    for (int32_t i = 0; i < network->n_stimuli; i++)
        if (network->stimuli[i].model && network->stimuli[i].model->kind == VOLLEY_STIMULUS_PATTERNS)
            names[n++] = network->stimuli[i].name;
    int index;
    if (n == 0)
        volley_problem_add(&r->problems, node, NULL, "there is no stimulus with the model patterns");
    else if (volley_read_choice(r, node, names, &index))
        for (int32_t i = 0; i < network->n_stimuli; i++)
            if (network->stimuli[i].name == names[index])
                found = i;
    free(names);
    return found;
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
