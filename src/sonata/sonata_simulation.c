/* SPDX-License-Identifier: BSD-3-Clause */
/* A SONATA simulation: run, inputs, output and reports -> simulation, stimuli, spike times, record, results.
 */
#include "sonata/sonata_tree.h"
#include "sonata/node_file.h"

#include "base/memory.h"
#include "base/status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *text_of(const volley_node *map, const char *key) {
    return volley_sonata_string(volley_node_find(map, key));
}

static bool is_false(const volley_node *map, const char *key) {
    const char *text = text_of(map, key);
    return text && strcasecmp(text, "false") == 0;
}

static void make_run(volley_sonata_maker *m) {
    static const char *const known[] = {"tstart", "tstop", "duration", "dt", "random_seed", NULL};
    const volley_node *run = volley_sonata_required(m, m->simulation.root, "run");
    if (!run)
        return;
    volley_sonata_unknown(m, run, known);
    const volley_node *stop = volley_node_find(run, "tstop"), *start = volley_node_find(run, "tstart");
    if (start && (!volley_sonata_string(start) || strtod(start->text, NULL) != 0.0))
        volley_problem_add(m->problems, start, NULL, "runs begin at 0: value %s; allowed 0",
                           start->kind == VOLLEY_NODE_SCALAR ? start->text : volley_node_kind_name(start));
    if (!stop)
        stop = volley_node_find(run, "duration");
    if (!stop)
        volley_problem_add(m->problems, run, "tstop", "missing key");
    volley_node *simulation = volley_sonata_section(m, run, "simulation");
    volley_sonata_copy(m, simulation, volley_sonata_required(m, run, "dt"), "dt");
    volley_sonata_copy(m, simulation, stop, "duration");
    volley_sonata_copy(m, simulation, volley_node_find(run, "random_seed"), "seed");
    if (volley_node_find(m->simulation.root, "conditions"))
        volley_includes_note(m->includes,
                             "%s: conditions have no effect: V_m starts as in node types, else as in NEST",
                             m->simulation.path);
}

/* The virtual nodes of a population, NULL: it has none. */
static const volley_sonata_part *virtual_part(const volley_sonata_population *p) {
    for (int32_t i = 0; i < p->n_parts; i++)
        if (p->parts[i].model->is_source)
            return &p->parts[i];
    return NULL;
}

/* How many of the virtual nodes are in the set. */
static int64_t count_virtual(const volley_sonata_population *p, const bool *in) {
    int64_t n = 0;
    for (int64_t i = 0; i < p->nodes.size; i++)
        n += in[i] && p->parts[p->part_of[p->kinds.node[i]]].model->is_source;
    return n;
}

/* Adds a file to the spike times of virtual nodes. `own`: the file has spikes by population. */
static void put_spikes(volley_sonata_maker *m, const volley_node *input, const volley_node *file,
                       const volley_sonata_part *part, const char *own) {
    volley_node *map = volley_node_find(volley_node_find(m->out, "populations"), part->name);
    volley_node *params = volley_node_find(map, "params");
    if (!params)
        params = volley_sonata_map(m, map, file, "params");
    volley_node *list = volley_node_find(params, "spike_times");
    if (!list)
        list = volley_sonata_list(m, params, file, "spike_times");
    volley_node *item = volley_sonata_map(m, list, file, NULL);
    volley_sonata_put_path(m, item, &m->simulation, file, "file");
    if (own)
        volley_sonata_text(m, item, file, "population", own);
    if (text_of(input, "trial"))
        volley_sonata_text(m, item, input, "trial", text_of(input, "trial"));
}

/* Under which of its n populations a file has the spikes of this one: its name, or the only one; NULL: under
 * none. */
static const char *name_in_file(char *const *names, int n, const char *name) {
    if (volley_sonata_has_name(names, n, name))
        return name;
    return n == 1 ? names[0] : NULL;
}

static void use_spikes(volley_sonata_maker *m, const volley_node *input, const volley_node *file,
                       const volley_sonata_set *set) {
    char **names = NULL, *path = volley_sonata_path(m, &m->simulation, file);
    int n = 0;
    bool ok = path && volley_sonata_ok(m, file, volley_sonata_populations(path, "spikes", &names, &n));
    bool flat = n == 0; /* forms without populations */
    int64_t all = 0;
    for (size_t i = 0; i < m->n_populations; i++)
        all += volley_sonata_set_count(m, set, i);
    if (ok && all == 0)
        volley_problem_add(m->problems, input, "node_set", "the node set is empty");
    for (size_t i = 0; i < m->n_populations && ok; i++) {
        const volley_sonata_population *p = &m->populations[i];
        int64_t count = volley_sonata_set_count(m, set, i);
        if (count == 0)
            continue;
        const char *own = name_in_file(names, n, p->name);
        const volley_sonata_part *part = virtual_part(p);
        int64_t found = part ? count_virtual(p, set->in[i]) : 0;
        if (found == 0 || found < part->size)
            volley_problem_add(m->problems, input, "node_set",
                               "spikes are those of whole virtual populations: value %s%s", p->name,
                               found > 0 ? ", a part of it" : "");
        else if (!flat && !own)
            volley_problem_add(m->problems, file, NULL, "%s: has no spikes of %s", path, p->name);
        else
            put_spikes(m, input, file, part, own);
    }
    for (int i = 0; i < n; i++)
        free(names[i]);
    free(names);
    free(path);
}

static void make_spikes(volley_sonata_maker *m, const volley_node *input) {
    static const char *const known[] = {"input_type", "module",   "input_file", "spike_file",
                                        "node_set",   "enabled",  "trial",      "source",
                                        "delay",      "duration", NULL};
    const volley_node *file = volley_node_find(input, "input_file"),
                      *node_set = volley_node_find(input, "node_set");
    volley_sonata_set set = {0};
    volley_sonata_unknown(m, input, known);
    if (!file)
        file = volley_node_find(input, "spike_file");
    if (!file)
        volley_problem_add(m->problems, input, "input_file", "missing key");
    if (!node_set)
        volley_problem_add(m->problems, input, "node_set", "missing key");
    if (file && volley_sonata_set_find(m, node_set, &set))
        use_spikes(m, input, file, &set);
    volley_sonata_set_free(m, &set);
}

/* Item i of a list; a single value stands for all. */
static const volley_node *item_of(const volley_node *node, size_t i) {
    if (!node || node->kind != VOLLEY_NODE_LIST)
        return node;
    return i < node->n ? node->items[i] : NULL;
}

/* The constant current that is item i of a clamp's lists. */
static void put_clamp(volley_sonata_maker *m, const volley_node *input, size_t i, size_t n,
                      const volley_sonata_set *set) {
    char suffix[40] = "", full[400], *name = volley_sonata_name(m, input->key);
    const volley_node *amp = item_of(volley_node_find(input, "amp"), i),
                      *delay = item_of(volley_node_find(input, "delay"), i),
                      *duration = item_of(volley_node_find(input, "duration"), i);
    if (n > 1)
        snprintf(suffix, sizeof suffix, "_%zu", i);
    snprintf(full, sizeof full, "%.300s%s", name ? name : "", suffix);
    free(name);
    volley_node *stimulus = volley_sonata_map(m, volley_sonata_section(m, input, "stimuli"), input, full);
    volley_sonata_word(m, stimulus, input, "model", "dc");
    volley_node *targets = volley_sonata_list(m, stimulus, input, "target");
    for (size_t p = 0; p < m->n_populations; p++)
        if (volley_sonata_set_uses(m, set, p))
            volley_sonata_put_subset(m, volley_sonata_map(m, targets, input, NULL), input, set, p);
    volley_sonata_copy(m, stimulus, delay, "start");
    const char *from = volley_sonata_string(delay), *length = volley_sonata_string(duration);
    if (length)
        volley_sonata_number(m, stimulus, duration, "stop",
                             (from ? strtod(from, NULL) : 0.0) + strtod(length, NULL));
    volley_sonata_copy(m, volley_sonata_map(m, stimulus, input, "params"), amp, "amplitude");
}

static void make_clamp(volley_sonata_maker *m, const volley_node *input) {
    static const char *const known[] = {"input_type", "module",       "node_set",       "amp",
                                        "delay",      "duration",     "enabled",        "section_name",
                                        "section_id", "section_dist", "electrode_file", "gids",
                                        NULL};
    static const char *const lists[] = {"amp", "delay", "duration"};
    const volley_node *node_set = volley_sonata_required(m, input, "node_set");
    volley_sonata_set set = {0};
    size_t n = 1;
    volley_sonata_unknown(m, input, known);
    if (!volley_sonata_required(m, input, "amp") || !node_set)
        return;
    for (int k = 0; k < 3; k++) {
        const volley_node *list = volley_node_find(input, lists[k]);
        if (!list || list->kind != VOLLEY_NODE_LIST || list->n == n)
            continue;
        if (n > 1 || list->n == 0) {
            volley_problem_add(m->problems, list, NULL, "lists of different lengths: value %zu; allowed %zu",
                               list->n, n);
            return;
        }
        n = list->n;
    }
    if (volley_sonata_set_find(m, node_set, &set))
        for (size_t i = 0; i < n; i++)
            put_clamp(m, input, i, n, &set);
    volley_sonata_set_free(m, &set);
}

static bool is_one_of(const char *text, const char *const *names) {
    int i = 0;
    while (text && names[i] && strcmp(names[i], text) != 0)
        i++;
    return text && names[i];
}

static void make_input(volley_sonata_maker *m, const volley_node *input) {
    static const char *const types[] = {"spikes", "replay", "synapse_replay", NULL};
    static const char *const spikes[] = {"h5",     "hdf5",           "sonata", "nwb", "csv",
                                         "replay", "synapse_replay", "spikes", NULL};
    const char *module = text_of(input, "module"), *type = text_of(input, "input_type");
    if (is_false(input, "enabled"))
        return;
    if (is_one_of(type, types) && is_one_of(module, spikes))
        make_spikes(m, input);
    else if (type && module && strcmp(type, "current_clamp") == 0 && strcmp(module, "IClamp") == 0)
        make_clamp(m, input);
    else
        volley_problem_add(m->problems, input, NULL,
                           "unknown input: value %s by %s; allowed spikes by h5, sonata, nwb, csv, replay or "
                           "synapse_replay, current_clamp by IClamp",
                           type ? type : "none", module ? module : "none");
}

static void make_inputs(volley_sonata_maker *m) {
    const volley_node *inputs = volley_sonata_child(m->simulation.root, "inputs");
    if (inputs && inputs->kind != VOLLEY_NODE_MAP)
        volley_problem_add(m->problems, inputs, NULL, "must be a mapping");
    for (size_t i = 0; inputs && inputs->kind == VOLLEY_NODE_MAP && i < inputs->n; i++)
        make_input(m, inputs->items[i]);
}

/* The Allen Institute and the Blue Brain spell orders in two ways. */
static void put_order(volley_sonata_maker *m, volley_node *results, const volley_node *order) {
    static const struct {
        const char *name, *own;
    } orders[] = {{"time", "by_time"}, {"by_time", "by_time"}, {"id", "by_id"}, {"by_id", "by_id"},
                  {"gid", "by_id"},    {"by_gid", "by_id"},    {"none", "none"}};
    const char *text = volley_sonata_string(order);
    if (!order || order->kind == VOLLEY_NODE_NULL)
        return;
    for (size_t i = 0; text && i < sizeof orders / sizeof *orders; i++)
        if (strcmp(text, orders[i].name) == 0) {
            volley_sonata_word(m, results, order, "sort", orders[i].own);
            return;
        }
    volley_problem_add(m->problems, order, NULL,
                       "unknown order: value %s; allowed time, id, none, by_time, by_id",
                       text ? text : volley_node_kind_name(order));
}

/* The last part of a path without its directory, when that directory is output_dir: files of results stand
 * there. Owned by the caller; NULL after a problem. A name without directory or variables is in output_dir,
 * as a relative path is. */
static char *name_in_output(volley_sonata_maker *m, const volley_node *file) {
    const volley_node *output = volley_sonata_child(m->simulation.root, "output");
    const volley_node *directory = volley_node_find(output, "output_dir");
    char *path = volley_sonata_relative(m, &m->simulation, file), *name = NULL;
    char *home = path && directory ? volley_sonata_relative(m, &m->simulation, directory) : NULL;
    char *slash = path ? strrchr(path, '/') : NULL;
    size_t length = home ? strlen(home) : 0;
    while (length > 1 && home[length - 1] == '/')
        length--;
    bool inside = !slash || (home && (size_t)(slash - path) == length && strncmp(path, home, length) == 0);
    if (inside && path)
        name = volley_strdup(slash ? slash + 1 : path);
    else if (path)
        volley_problem_add(
            m->problems, file, NULL,
            "is not in output_dir: value %.200s; allowed the name of a file, which goes to %.200s", path,
            home ? home : "output_dir");
    if (path && inside && !name)
        m->status = VOLLEY_EXHAUSTED;
    free(path);
    free(home);
    return name;
}

static void make_output(volley_sonata_maker *m) {
    static const char *const known[] = {
        "output_dir",        "spikes_file",         "log_file", "overwrite_output_dir",
        "spikes_sort_order", "quantity_of_logging", NULL};
    const volley_node *output = volley_sonata_child(m->simulation.root, "output");
    if (!output)
        return;
    volley_sonata_unknown(m, output, known);
    volley_node *results = volley_sonata_section(m, output, "results");
    put_order(m, results, volley_node_find(output, "spikes_sort_order"));
    if (volley_node_find(output, "output_dir"))
        volley_sonata_put_path(m, results, &m->simulation, volley_node_find(output, "output_dir"),
                               "directory");
    volley_sonata_copy(m, results, volley_node_find(output, "overwrite_output_dir"), "overwrite");
    const volley_node *spikes = volley_sonata_child(output, "spikes_file");
    char *name = spikes ? name_in_output(m, spikes) : NULL;
    if (name)
        volley_sonata_text(m, results, spikes, "spikes", name);
    free(name);
}

/* Virtual nodes are input: their spikes are in a file already. */
static void make_spike_record(volley_sonata_maker *m) {
    volley_node *record = volley_sonata_section(m, m->simulation.root, "record");
    volley_node *list = volley_sonata_list(m, record, m->simulation.root, "spikes");
    for (size_t i = 0; i < m->n_populations; i++)
        for (int32_t k = 0; k < m->populations[i].n_parts; k++)
            if (!m->populations[i].parts[k].model->is_source)
                volley_sonata_text(m, list, m->populations[i].file, NULL, m->populations[i].parts[k].name);
}

/* The name of a report's file, without .h5; that of the report without one. */
static char *report_name(volley_sonata_maker *m, const volley_node *report, const char *population) {
    const volley_node *node = volley_sonata_child(report, "file_name");
    char text[400], *dot, *file = node ? name_in_output(m, node) : NULL;
    snprintf(text, sizeof text, "%.150s", file ? file : report->key);
    free(file);
    dot = strrchr(text, '.');
    if (dot && strcmp(dot, ".h5") == 0)
        *dot = '\0';
    if (population)
        snprintf(text + strlen(text), 200, "_%.150s", population);
    return volley_sonata_name(m, text);
}

/* The recording of the neurons of one population. */
static void put_report(volley_sonata_maker *m, const volley_node *report, const volley_sonata_set *set,
                       size_t population, bool only) {
    const volley_node *variable = volley_node_find(report, "variable_name"),
                      *dt = volley_node_find(report, "dt");
    volley_node *record = volley_sonata_section(m, m->simulation.root, "record");
    volley_node *list = volley_node_find(record, "state");
    if (!list)
        list = volley_sonata_list(m, record, report, "state");
    volley_node *item = volley_sonata_map(m, list, report, NULL);
    char *name = report_name(m, report, only ? NULL : m->populations[population].name);
    if (name)
        volley_sonata_text(m, item, report, "name", name);
    free(name);
    volley_sonata_put_subset(m, item, report, set, population);
    volley_node *variables = volley_sonata_list(m, item, variable, "variables");
    const char *text = volley_sonata_string(variable);
    if (text)
        volley_sonata_text(m, variables, variable, NULL,
                           strcmp(text, "v") == 0 || strcmp(text, "m") == 0 ? "V_m" : text);
    if (!dt)
        dt = volley_node_find(volley_node_find(m->simulation.root, "run"), "dt");
    volley_sonata_copy(m, item, dt, "interval");
    volley_sonata_copy(m, item, volley_node_find(report, "start_time"), "start");
    volley_sonata_copy(m, item, volley_node_find(report, "end_time"), "stop");
}

static void make_report(volley_sonata_maker *m, const volley_node *report) {
    static const char *const known[] = {"cells",
                                        "node_set",
                                        "variable_name",
                                        "module",
                                        "type",
                                        "sections",
                                        "start_time",
                                        "end_time",
                                        "dt",
                                        "unit",
                                        "file_name",
                                        "enabled",
                                        "electrode_positions",
                                        "transform",
                                        "compartments",
                                        "scaling",
                                        NULL};
    const volley_node *cells = volley_node_find(report, "cells");
    volley_sonata_set set = {0};
    int chosen = 0;
    volley_sonata_unknown(m, report, known);
    if (!cells)
        cells = volley_node_find(report, "node_set");
    if (!cells)
        volley_problem_add(m->problems, report, "cells", "missing key");
    if (volley_sonata_required(m, report, "variable_name") && cells &&
        volley_sonata_set_find(m, cells, &set)) {
        for (size_t i = 0; i < m->n_populations; i++)
            chosen += volley_sonata_set_uses(m, &set, i);
        for (size_t i = 0; i < m->n_populations; i++)
            if (volley_sonata_set_uses(m, &set, i))
                put_report(m, report, &set, i, chosen == 1);
        if (chosen == 0)
            volley_problem_add(m->problems, cells, NULL, "the node set is empty");
    }
    volley_sonata_set_free(m, &set);
}

/* Those of other than states of neurons are left out. */
static void make_known_report(volley_sonata_maker *m, const volley_node *report) {
    static const char *const others[] = {"extracellular",
                                         "ecp",
                                         "netcon_report",
                                         "SaveSynapses",
                                         "save_synapses",
                                         "syn_report",
                                         "syn_weight",
                                         "clamp_report",
                                         "weight_recorder",
                                         "spikes_report",
                                         NULL};
    const char *module = text_of(report, "module");
    if (is_one_of(module, others))
        volley_includes_note(m->includes, "%s: reports.%s: %s records no states of neurons here, left out",
                             m->simulation.path, report->key, module);
    else
        make_report(m, report);
}

static void make_reports(volley_sonata_maker *m) {
    const volley_node *reports = volley_sonata_child(m->simulation.root, "reports");
    if (reports && reports->kind != VOLLEY_NODE_MAP)
        volley_problem_add(m->problems, reports, NULL, "must be a mapping");
    for (size_t i = 0; reports && reports->kind == VOLLEY_NODE_MAP && i < reports->n; i++)
        if (!is_false(reports->items[i], "enabled"))
            make_known_report(m, reports->items[i]);
}

void volley_sonata_make_simulation(volley_sonata_maker *m) {
    make_run(m);
    make_inputs(m);
    make_output(m);
    make_spike_record(m);
    make_reports(m);
}
