/* The section record. */
#include "config/schema.h"
#include "config/sections.h"

#include "base/memory.h"
#include "base/status.h"

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
    volley_subset subset;
    if (!volley_read_subset(r, node, &subset))
        return;
    if (network->record_spikes[subset.population]) {
        volley_problem_add(&r->problems, node, NULL,
                           "recorded twice: value %s; allowed one item a population",
                           network->populations[subset.population].name);
        free(subset.ids);
        return;
    }
    network->record_spikes[subset.population] = true;
    network->record_subset[subset.population] = subset;
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

/* Frames at the multiples of the interval from record.start to the end. */
static void find_frames(volley_reader *r, const volley_node *node, volley_state_record *record) {
    const volley_network *network = r->network;
    int64_t start = network->record_start_step, interval = record->interval;
    record->first_frame = start / interval + (start % interval != 0);
    record->frames = network->steps / interval - record->first_frame + 1;
    if (record->frames < 1 && start < network->steps)
        volley_problem_add(&r->problems, node, "interval",
                           "without a frame: value %.10g ms; allowed intervals with a multiple from %.10g to "
                           "%.10g ms",
                           volley_step_to_ms(network, interval), volley_step_to_ms(network, start),
                           volley_step_to_ms(network, network->steps));
}

/* Adds one variable; the record has its own copy of the ids. */
static void add_variable(volley_reader *r, const volley_node *node, const volley_state_record *record) {
    volley_network *network = r->network;
    const volley_population *population = &network->populations[record->neurons.population];
    for (int32_t i = 0; i < network->n_state_records; i++) {
        const volley_state_record *other = &network->state_records[i];
        if (other->neurons.population == record->neurons.population && other->variable == record->variable) {
            volley_problem_add(&r->problems, node, NULL,
                               "recorded twice: value %s of %s; allowed one item a population and variable",
                               node->text, population->name);
            return;
        }
    }
    if (volley_reader_status(r, VOLLEY_RESIZE(network->state_records, network->n_state_records + 1)))
        return;
    volley_state_record *added = &network->state_records[network->n_state_records++];
    *added = *record;
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
    const char *names[VOLLEY_MAX_STATES + 1] = {0};
    if (!list || !model)
        return;
    for (int i = 0; i < model->n_states; i++)
        names[i] = model->states[i].name;
    if (model->n_states == 0) {
        volley_problem_add(&r->problems, node, "population", "a %s has no state: value %s", model->name,
                           population->name);
        return;
    }
    if (list->kind != VOLLEY_NODE_LIST || list->n == 0) {
        volley_problem_add(&r->problems, list, NULL, "must be a list of variables, not empty");
        return;
    }
    for (size_t i = 0; i < list->n; i++)
        if (volley_read_choice(r, list->items[i], names, &record->variable))
            add_variable(r, list->items[i], record);
}

static void read_state_of(volley_reader *r, const volley_node *node) {
    static const char *const precisions[] = {"float32", "float64", NULL};
    if (!volley_read_section(r, node, volley_keys_state))
        return;
    volley_state_record record = {.interval = 1};
    int precision = 0;
    const volley_node *name = volley_read_required(r, node, "population"),
                      *variables = volley_read_required(r, node, "variables");
    volley_read_choice(r, volley_node_find(node, "precision"), precisions, &precision);
    record.bytes = precision == 0 ? 4 : 8;
    volley_read_time(r, volley_node_find(node, "interval"), 1, &record.interval);
    find_frames(r, node, &record);
    if (volley_read_neurons(r, name, volley_node_find(node, "neurons"), &record.neurons))
        read_variables(r, node, variables, &record);
    free(record.neurons.ids);
}

static void read_state(volley_reader *r, const volley_node *list) {
    if (list && list->kind != VOLLEY_NODE_LIST)
        volley_wrong_type(r, list, "a list of {population: ..., variables: [...]}");
    else if (list)
        for (size_t i = 0; i < list->n; i++)
            read_state_of(r, list->items[i]);
}

static void read_weights_of(volley_reader *r, const volley_node *node) {
    volley_network *network = r->network;
    volley_weight_record record = {0};
    const char *text = NULL;
    if (!volley_read_section(r, node, volley_keys_weights))
        return;
    const volley_node *name = volley_read_required(r, node, "projection");
    volley_read_time(r, volley_node_find(node, "interval"), 1, &record.interval);
    if (!volley_read_text(r, name, &text))
        return;
    const char **names;
    if (volley_reader_status(r, VOLLEY_NEW(names, network->n_projections + 1)) != VOLLEY_OK)
        return;
    int index;
    for (int32_t i = 0; i < network->n_projections; i++)
        names[i] = network->projections[i].name;
    if (volley_read_choice(r, name, names, &index)) {
        record.projection = index;
        bool twice = false;
        for (int32_t i = 0; i < network->n_weight_records; i++)
            twice |= network->weight_records[i].projection == index;
        if (r->projection_valid[index] && network->projections[index].plasticity.rule == NULL)
            volley_problem_add(&r->problems, name, NULL, "not plastic: value %s", text);
        else if (twice)
            volley_problem_add(&r->problems, name, NULL, "recorded twice: value %s", text);
        else if (volley_reader_status(
                     r, VOLLEY_RESIZE(network->weight_records, network->n_weight_records + 1)) == VOLLEY_OK)
            network->weight_records[network->n_weight_records++] = record;
    }
    free(names);
}

static void read_weights(volley_reader *r, const volley_node *list) {
    if (list && list->kind != VOLLEY_NODE_LIST)
        volley_problem_add(&r->problems, list, NULL, "must be a list of {projection: ..., interval: ...}");
    else if (list)
        for (size_t i = 0; i < list->n; i++)
            read_weights_of(r, list->items[i]);
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
    read_weights(r, volley_node_find(section, "weights"));
}
