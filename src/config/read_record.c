/* SPDX-License-Identifier: BSD-3-Clause */
/* The section record. */
#include "config/schema.h"
#include "config/sections.h"

#include "base/memory.h"
#include "base/status.h"
#include "net/part.h"

#include <stdlib.h>
#include <string.h>

static void read_start(volley_reader *r, const volley_node *node) {
    volley_network *network = r->network;
    if (volley_read_time(r, node, 0, &network->record_start_step) && network->steps > 0 &&
        network->record_start_step >= network->steps)
        volley_problem_add(&r->problems, node, NULL,
                           "not inside the duration: value %s; allowed below %.10g ms", node->text,
                           volley_step_to_ms(network, network->steps));
}

static void read_spikes_of(volley_reader *r, const volley_node *node) {
    volley_network *network = r->network;
    volley_subset *subsets;
    int32_t n;
    if (!volley_read_subsets(r, node, &subsets, &n))
        return;
    for (int32_t i = 0; i < n; i++) {
        int32_t p = subsets[i].population;
        if (network->record_spikes[p]) {
            volley_problem_add(&r->problems, node, NULL,
                               "recorded twice: value %s; allowed one item a population",
                               network->populations[p].name);
            volley_subset_free(&subsets[i]);
            continue;
        }
        network->record_spikes[p] = true;
        network->record_subset[p] = subsets[i];
    }
    free(subsets);
}

static void read_spikes(volley_reader *r, const volley_node *list) {
    volley_network *network = r->network;
    for (int32_t i = 0; i < network->n_populations; i++) {
        network->record_spikes[i] = list == NULL;
        network->record_subset[i] =
            (volley_subset){.population = i, .stride = 1, .count = network->populations[i].size};
    }
    if (list && list->kind != VOLLEY_NODE_LIST)
        volley_wrong_type(r, list, "a list of populations");
    else if (list)
        for (size_t i = 0; i < list->n; i++)
            read_spikes_of(r, list->items[i]);
}

static void read_rates(volley_reader *r, const volley_node *node) {
    volley_network *network = r->network;
    if (!volley_read_section(r, node, volley_keys_rates))
        return;
    const volley_node *interval = volley_read_required(r, node, "interval");
    int64_t span = network->steps - network->record_start_step;
    if (!volley_read_time(r, interval, 1, &network->rates_interval) || span <= 0)
        return;
    network->rates_bins = span / network->rates_interval;
    if (network->rates_bins == 0)
        volley_problem_add(&r->problems, interval, NULL,
                           "longer than what is recorded: value %s; allowed at most %.10g ms", interval->text,
                           volley_step_to_ms(network, span));
}

/* Frames at the multiples of the interval from start (record.start) to the end, that included, or before
 * stop. */
static void find_frames(volley_reader *r, const volley_node *node, volley_state_record *record) {
    const volley_network *network = r->network;
    int64_t start = network->record_start_step, interval = record->interval, stop = network->steps + 1;
    const volley_node *given = volley_node_find(node, "stop");
    volley_read_time(r, volley_node_find(node, "start"), 0, &start);
    if (volley_read_time(r, given, 0, &stop) && stop <= start)
        volley_problem_add(&r->problems, given, NULL, "not after start: value %s; allowed above %.10g ms",
                           given->text, volley_step_to_ms(network, start));
    int64_t last = stop <= network->steps ? stop - 1 : network->steps;
    record->first_frame = start / interval + (start % interval != 0);
    record->frames = last / interval - record->first_frame + 1;
    if (record->frames < 1 && (start < network->steps || start != network->record_start_step))
        volley_problem_add(&r->problems, node, "interval",
                           "without a frame: value %.10g ms; allowed intervals with a multiple from %.10g to "
                           "%.10g ms",
                           volley_step_to_ms(network, interval), volley_step_to_ms(network, start),
                           volley_step_to_ms(network, last));
}

/* The records of a record's file, as a list whose items have their numbers as lines; NULL without memory. Two
 * records have the same file when they have the same name, or, without one, the same variable of the same
 * population in files.
 */
static volley_node *file_of(volley_reader *r, const volley_state_record *record) {
    char key[400];
    const volley_population *p = &r->network->populations[record->neurons.population];
    if (record->name)
        snprintf(key, sizeof key, "=%s", record->name);
    else
        snprintf(key, sizeof key, "%d.%s", volley_part_first(r->network, record->neurons.population),
                 p->model->states[record->variable].name);
    if (!r->files)
        r->files = volley_node_create(VOLLEY_NODE_MAP, NULL, NULL);
    volley_node *file = volley_node_find_any(r->files, key);
    if (file || !r->files)
        return file;
    file = volley_node_create(VOLLEY_NODE_LIST, key, NULL);
    return file && volley_node_add(r->files, file) == VOLLEY_OK ? file : NULL;
}

/* Remembers that a record is in a file. */
static int put_into_file(volley_node *file, int32_t record) {
    volley_node *item = volley_node_create(VOLLEY_NODE_NULL, NULL, NULL);
    if (!item)
        return volley_alloc_status();
    item->line = record;
    return volley_node_add(file, item);
}

/* Whether two records of one file, which are of different populations, can be in it together. */
static bool can_join(const volley_network *network, const volley_state_record *a,
                     const volley_state_record *b) {
    int32_t p = a->neurons.population, q = b->neurons.population;
    const volley_field *x = &network->populations[p].model->states[a->variable],
                       *y = &network->populations[q].model->states[b->variable];
    return p != q && volley_part_first(network, p) == volley_part_first(network, q) &&
           strcmp(x->name, y->name) == 0 && strcmp(x->unit, y->unit) == 0 && a->interval == b->interval &&
           a->first_frame == b->first_frame && a->frames == b->frames && a->bytes == b->bytes;
}

/* Adds one variable; the record has its own copy of the ids. */
static void add_variable(volley_reader *r, const volley_node *node, const volley_state_record *record) {
    volley_network *network = r->network;
    const volley_population *population = &network->populations[record->neurons.population];
    volley_node *file = file_of(r, record);
    if (!file) {
        volley_reader_status(r, VOLLEY_EXHAUSTED);
        return;
    }
    for (size_t i = 0; i < file->n; i++) {
        const volley_state_record *other = &network->state_records[file->items[i]->line];
        if (!can_join(network, other, record)) {
            volley_problem_add(&r->problems, node, NULL,
                               "recorded twice: value %s of %s; allowed one item a population and "
                               "variable, or items with different names%s%s",
                               node->text, population->name, record->name ? "; both have the file name " : "",
                               record->name ? record->name : "");
            return;
        }
    }
    if (volley_reader_status(r, VOLLEY_RESIZE(network->state_records, network->n_state_records + 1)) ||
        volley_reader_status(r, put_into_file(file, network->n_state_records)))
        return;
    volley_state_record *added = &network->state_records[network->n_state_records++];
    *added = *record;
    added->neurons.order = NULL;           /* columns ascend */
    added->members = file->items[0]->line; /* until order_records */
    if (record->name)
        added->name = volley_strdup(record->name);
    if (record->name && !added->name)
        volley_reader_status(r, VOLLEY_EXHAUSTED);
    if (!record->neurons.ids)
        return;
    added->neurons.ids = NULL;
    if (volley_reader_status(r, VOLLEY_NEW(added->neurons.ids, record->neurons.count)) == VOLLEY_OK)
        memcpy(added->neurons.ids, record->neurons.ids,
               (size_t)record->neurons.count * sizeof *record->neurons.ids);
}

static void read_variables(volley_reader *r, const volley_node *node, const volley_node *list,
                           volley_state_record *record) {
    const volley_population *population = &r->network->populations[record->neurons.population];
    const volley_neuron_model *model = population->model;
    if (!list || !model)
        return;
    if (model->n_states == 0) {
        volley_problem_add(&r->problems, node, "population", "a %s has no state: value %s", model->name,
                           population->name);
        return;
    }
    if (list->kind != VOLLEY_NODE_LIST || list->n == 0) {
        volley_problem_add(&r->problems, list, NULL, "must be a list of variables, not empty");
        return;
    }
    const char **names;
    if (volley_reader_status(r, VOLLEY_NEW(names, model->n_states + 1)) != VOLLEY_OK)
        return;
    for (int i = 0; i < model->n_states; i++)
        names[i] = model->states[i].name;
    for (size_t i = 0; i < list->n; i++)
        if (volley_read_choice(r, list->items[i], names, &record->variable))
            add_variable(r, list->items[i], record);
    free((void *)names);
}

/* A file holds one variable, and stands beside those of the program. */
static void check_name(volley_reader *r, const volley_node *node, const volley_node *variables,
                       const char *name) {
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    if (name[0] == '\0' || name[0] == '-' || name[strspn(name, letters)] != '\0' || strlen(name) > 200)
        volley_problem_add(&r->problems, node, NULL,
                           "bad name: value \"%.100s\"; allowed letters, digits, _ and -, at most 200", name);
    if (strcmp(name, "spikes") == 0 || strcmp(name, "weights") == 0 || strcmp(name, "rates") == 0 ||
        strncmp(name, "state_", strlen("state_")) == 0 || strncmp(name, "checkpoint", 10) == 0)
        volley_problem_add(&r->problems, node, NULL, "is the name of another file: value %s", name);
    if (variables && variables->kind == VOLLEY_NODE_LIST && variables->n > 1)
        volley_problem_add(&r->problems, node, NULL, "a file with a name holds one variable: value %zu",
                           variables->n);
}

/* Whether a model has the first variable of the list. */
static bool has_variable(const volley_neuron_model *model, const volley_node *variables) {
    const char *name = variables && variables->kind == VOLLEY_NODE_LIST && variables->n > 0 &&
                               variables->items[0]->kind == VOLLEY_NODE_SCALAR
                           ? variables->items[0]->text
                           : NULL;
    return !name || !model || volley_field_find(model->states, model->n_states, name) >= 0;
}

/* The record of each part; those whose model does not have the variable are left out, if others have it. */
static void read_parts(volley_reader *r, const volley_node *node, const volley_node *name,
                       const volley_node *variables, volley_state_record *record) {
    volley_subset *subsets;
    int32_t n, having = 0;
    if (!volley_read_neurons(r, name, volley_node_find(node, "neurons"), &subsets, &n))
        return;
    for (int32_t i = 0; i < n; i++)
        having += has_variable(r->network->populations[subsets[i].population].model, variables);
    for (int32_t i = 0; i < n; i++) {
        const volley_population *p = &r->network->populations[subsets[i].population];
        record->neurons = subsets[i];
        if (n > 1 && having > 0 && !has_variable(p->model, variables))
            volley_reader_note(r, node, "a %s has no %s: %lld neurons of %s are left out", p->model->name,
                               variables->items[0]->text, (long long)subsets[i].count, volley_part_name(p));
        else
            read_variables(r, node, variables, record);
        volley_subset_free(&subsets[i]);
    }
    free(subsets);
    record->neurons = (volley_subset){0};
}

static void read_state_of(volley_reader *r, const volley_node *node) {
    static const char *const precisions[] = {"float32", "float64", NULL};
    if (!volley_read_section(r, node, volley_keys_state))
        return;
    volley_state_record record = {.interval = 1};
    const char *file_name = NULL;
    int precision = 0;
    const volley_node *name = volley_read_required(r, node, "population"),
                      *variables = volley_read_required(r, node, "variables");
    volley_read_choice(r, volley_node_find(node, "precision"), precisions, &precision);
    record.bytes = precision == 0 ? 4 : 8;
    volley_read_time(r, volley_node_find(node, "interval"), 1, &record.interval);
    find_frames(r, node, &record);
    if (volley_read_text(r, volley_node_find(node, "name"), &file_name))
        check_name(r, volley_node_find(node, "name"), variables, file_name);
    record.name = file_name ? volley_strdup(file_name) : NULL;
    if (file_name && !record.name)
        volley_reader_status(r, VOLLEY_EXHAUSTED);
    read_parts(r, node, name, variables, &record);
    free(record.name);
}

static int by_file(const void *left, const void *right) {
    const volley_state_record *a = left, *b = right;
    if (a->members != b->members)
        return a->members < b->members ? -1 : 1;
    return a->neurons.population < b->neurons.population ? -1 : a->neurons.population > b->neurons.population;
}

/* Brings the records of a file together, those of parts in the order of the parts. */
static void order_records(volley_network *network) {
    volley_state_record *records = network->state_records;
    if (!records)
        return;
    qsort(records, (size_t)network->n_state_records, sizeof *records, by_file);
    for (int32_t i = 0, next; i < network->n_state_records; i = next) {
        int32_t file = records[i].members;
        for (next = i; next < network->n_state_records && records[next].members == file; next++)
            records[next].members = 0;
        records[i].members = next - i;
    }
}

/* Number in files of the neuron of item i. */
static uint64_t number_of(const volley_network *network, const volley_state_record *record, int64_t i) {
    return (uint64_t)volley_part_id(&network->populations[record->neurons.population],
                                    volley_subset_at(&record->neurons, i));
}

/* The columns of records that share a file, by the numbers of the neurons: merges their lists. */
static int place_columns(const volley_network *network, volley_state_record *records, int32_t members) {
    int64_t *next = NULL, columns = 0;
    for (int32_t k = 0; k < members; k++)
        columns += records[k].neurons.count;
    for (int32_t k = 0; k < members; k++)
        records[k].columns = columns;
    if (members == 1)
        return VOLLEY_OK;
    for (int32_t k = 0; k < members; k++)
        TRY(VOLLEY_NEW(records[k].column, records[k].neurons.count));
    TRY(VOLLEY_NEW(records->node_ids, columns));
    TRY(VOLLEY_NEW(next, members));
    for (int64_t c = 0; c < columns; c++) {
        int32_t least = -1;
        for (int32_t k = 0; k < members; k++)
            if (next[k] < records[k].neurons.count &&
                (least < 0 ||
                 number_of(network, &records[k], next[k]) < number_of(network, &records[least], next[least])))
                least = k;
        ASSERT(least >= 0);
        records->node_ids[c] = number_of(network, &records[least], next[least]);
        records[least].column[next[least]++] = (uint64_t)c;
    }
    free(next);
    return VOLLEY_OK;
}

static void join_records(volley_reader *r) {
    volley_network *network = r->network;
    if (r->problems.status != VOLLEY_OK)
        return;
    order_records(network);
    for (int32_t i = 0; i < network->n_state_records; i += network->state_records[i].members)
        if (volley_reader_status(
                r, place_columns(network, &network->state_records[i], network->state_records[i].members)))
            return;
}

static void read_state(volley_reader *r, const volley_node *list) {
    if (list && list->kind != VOLLEY_NODE_LIST)
        volley_wrong_type(r, list, "a list of {population: ..., variables: [...]}");
    else if (list)
        for (size_t i = 0; i < list->n; i++)
            read_state_of(r, list->items[i]);
}

/* An unknown name. */
static void report_projection(volley_reader *r, const volley_node *name) {
    const volley_network *network = r->network;
    const char **names;
    int index;
    if (volley_unknown_briefly(r, name) ||
        volley_reader_status(r, VOLLEY_NEW(names, network->n_projections + 1)) != VOLLEY_OK)
        return;
    for (int32_t i = 0; i < network->n_projections; i++)
        names[i] = network->projections[i].name;
    volley_read_choice(r, name, names, &index);
    free(names);
}

static void read_weights_of(volley_reader *r, const volley_node *node, bool *recorded) {
    volley_network *network = r->network;
    volley_weight_record record = {0};
    const char *text = NULL;
    if (!volley_read_section(r, node, volley_keys_weights))
        return;
    const volley_node *name = volley_read_required(r, node, "projection");
    volley_read_time(r, volley_node_find(node, "interval"), 1, &record.interval);
    if (!volley_read_text(r, name, &text))
        return;
    record.projection = volley_read_item(r, "projections", name);
    if (record.projection < 0) {
        report_projection(r, name);
        return;
    }
    if (r->projection_valid[record.projection] &&
        network->projections[record.projection].plasticity.rule == NULL)
        volley_problem_add(&r->problems, name, NULL, "not plastic: value %s", text);
    else if (recorded[record.projection])
        volley_problem_add(&r->problems, name, NULL, "recorded twice: value %s", text);
    else
        network->weight_records[network->n_weight_records++] = record;
    recorded[record.projection] = true;
}

static void read_weights(volley_reader *r, const volley_node *list) {
    if (list && list->kind != VOLLEY_NODE_LIST)
        volley_problem_add(&r->problems, list, NULL, "must be a list of {projection: ..., interval: ...}");
    if (!list || list->kind != VOLLEY_NODE_LIST)
        return;
    bool *recorded; /* [projection] */
    if (volley_reader_status(r, VOLLEY_NEW(r->network->weight_records, list->n)) != VOLLEY_OK ||
        volley_reader_status(r, VOLLEY_NEW(recorded, r->network->n_projections)) != VOLLEY_OK)
        return;
    for (size_t i = 0; i < list->n; i++)
        read_weights_of(r, list->items[i], recorded);
    free(recorded);
}

void volley_read_record(volley_reader *r) {
    volley_network *network = r->network;
    const volley_node *section = volley_node_find(r->root, "record");
    if (volley_reader_status(r, VOLLEY_NEW(network->record_spikes, network->n_populations)) != VOLLEY_OK ||
        volley_reader_status(r, VOLLEY_NEW(network->record_subset, network->n_populations)) != VOLLEY_OK)
        return;
    if (!volley_read_section(r, section, volley_keys_record))
        section = NULL;
    read_start(r, volley_node_find(section, "start"));
    read_spikes(r, volley_node_find(section, "spikes"));
    read_rates(r, volley_node_find(section, "rates"));
    network->record_positions = true;
    volley_read_bool(r, volley_node_find(section, "positions"), &network->record_positions);
    read_state(r, volley_node_find(section, "state"));
    join_records(r);
    read_weights(r, volley_node_find(section, "weights"));
}
