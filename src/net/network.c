/* SPDX-License-Identifier: BSD-3-Clause */
/* Answers small questions about a description (subsets, delays, rates, recorded steps), and frees it. */
#include "net/network.h"
#include "net/part.h"

#include <math.h>
#include <stdlib.h>

static int64_t find_id(const int64_t *ids, int64_t n, int64_t index) {
    int64_t low = 0, high = n;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (ids[middle] < index)
            low = middle + 1;
        else
            high = middle;
    }
    return low < n && ids[low] == index ? low : -1;
}

int64_t volley_subset_find(const volley_subset *s, int64_t index) {
    if (s->ids)
        return find_id(s->ids, s->count, index);
    int64_t offset = index - s->start;
    if (offset < 0 || offset % s->stride != 0 || offset / s->stride >= s->count)
        return -1;
    return offset / s->stride;
}

void volley_subset_free(volley_subset *subset) {
    free(subset->ids);
    free(subset->order);
    subset->ids = subset->order = NULL;
}

bool volley_subset_overlap(const volley_subset *a, const volley_subset *b) {
    if (a->population != b->population || a->count == 0 || b->count == 0)
        return false;
    const volley_subset *few = a->count < b->count ? a : b, *many = few == a ? b : a;
    if (!a->ids && !b->ids && a->stride == 1 && b->stride == 1)
        return a->start < b->start + b->count && b->start < a->start + a->count;
    for (int64_t i = 0; i < few->count; i++)
        if (volley_subset_find(many, volley_subset_at(few, i)) >= 0)
            return true;
    return false;
}

void volley_delay_bounds(const volley_distribution *delay, int64_t *low, int64_t *high) {
    double least, most;
    volley_distribution_reach(delay, &least, &most);
    *low = (int64_t)fmax(1.0, floor(least + 0.5));
    *high = (int64_t)fmax(1.0, floor(most + 0.5));
}

void volley_network_bound_delays(volley_network *network) {
    int64_t least = INT64_MAX, most = 1;
    for (int32_t i = 0; i < network->n_projections; i++) {
        const volley_projection *p = &network->projections[i];
        int64_t low, high;
        if (p->list != NULL && p->list->count <= 0)
            continue;
        volley_delay_bounds(&p->delay, &low, &high);
        least = low < least ? low : least;
        most = high > most ? high : most;
    }
    network->min_delay = least == INT64_MAX ? 1 : least;
    network->max_delay = most;
}

int32_t volley_population_of(const volley_network *network, int64_t gid) {
    int32_t low = 0, high = network->n_populations - 1;
    while (low < high) {
        int32_t middle = low + (high - low + 1) / 2;
        if (network->populations[middle].first_gid <= gid)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

int volley_network_receptors(const volley_network *network) {
    int most = 1;
    for (int32_t p = 0; p < network->n_populations; p++) {
        const volley_neuron_model *model = network->populations[p].model; /* NULL: unknown, reported */
        most = model && model->n_receptors > most ? model->n_receptors : most;
    }
    return most;
}

double volley_known_rate(const volley_network *network, int32_t p) {
    const volley_population *population = &network->populations[p];
    double seconds = (double)network->steps * network->dt_ms * 1e-3;
    if (isfinite(population->expected_rate))
        return population->expected_rate;
    if (population->model->is_source && population->spike_start != NULL && population->size > 0 &&
        seconds > 0.0)
        return (double)population->spike_start[population->n_trains] / ((double)population->size * seconds);
    const volley_neuron_model *model = population->model;
    if (model->rate == NULL)
        return NAN;
    int rate = volley_field_find(model->params, model->n_params, model->rate);
    return volley_distribution_mean(&population->params[rate]);
}

int64_t volley_rate_window(const volley_network *network) {
    static const double window_ms = 100.0;
    double steps = round(window_ms / network->dt_ms);
    return steps > 1.0 ? (int64_t)steps : 1;
}

/* The first multiple of the interval at which there is a snapshot, and how many of them up to the end. */
static int64_t first_multiple(const volley_network *network, int64_t interval, int64_t *n) {
    int64_t first = network->record_start_step / interval + (network->record_start_step % interval != 0);
    *n = network->steps / interval - first + 1;
    *n = *n > 0 ? *n : 0;
    return first;
}

int64_t volley_weight_record_count(const volley_network *network, const volley_weight_record *record) {
    if (record->interval == 0)
        return 1;
    int64_t n;
    first_multiple(network, record->interval, &n);
    return n + (n == 0 || network->steps % record->interval != 0);
}

int64_t volley_weight_record_step(const volley_network *network, const volley_weight_record *record,
                                  int64_t i) {
    if (record->interval == 0)
        return network->steps;
    int64_t n, first = first_multiple(network, record->interval, &n);
    return i < n ? (first + i) * record->interval : network->steps;
}

int64_t volley_weight_record_until(const volley_network *network, const volley_weight_record *record,
                                   int64_t step) {
    int64_t n = volley_weight_record_count(network, record), i = 0;
    while (i < n && volley_weight_record_step(network, record, i) <= step)
        i++;
    return i;
}

void volley_network_record_from(volley_network *network, int64_t step) {
    int64_t n;
    if (step <= network->record_start_step)
        return;
    network->record_start_step = step;
    for (int32_t i = 0; i < network->n_state_records; i++) {
        volley_state_record *record = &network->state_records[i];
        record->first_frame = first_multiple(network, record->interval, &n);
        record->frames = n;
    }
    if (network->rates_interval > 0)
        network->rates_bins = (network->steps - step) / network->rates_interval;
}

static void free_distributions(volley_distribution *list, int n) {
    for (int i = 0; list && i < n; i++)
        free(list[i].values);
    free(list);
}

static void free_population(volley_population *p) {
    free(p->name);
    volley_part_destroy(&p->part);
    free_distributions(p->params, p->model ? p->model->n_params : 0);
    free_distributions(p->init, p->model ? p->model->n_states : 0);
    free(p->lost_input);
    free(p->spike_start);
    free(p->spike_steps);
    if (p->positions)
        free(p->positions->coordinates);
    free(p->positions);
}

static void free_stimulus(volley_stimulus *s) {
    free(s->name);
    for (int32_t i = 0; s->targets && i < s->n_targets; i++)
        volley_subset_free(&s->targets[i]);
    free(s->targets);
    free(s->change_steps);
    free(s->change_values);
    free(s->patterns.value);
}

static void free_signal(volley_signal_input *s) {
    free(s->name);
    free(s->steps);
    free(s->values);
    volley_subset_free(&s->neurons);
}

static void free_selection(volley_edge_selection *selection) {
    if (selection == NULL)
        return;
    free(selection->population);
    free(selection->types);
    free(selection->models);
    free(selection->type_ids);
    free(selection);
}

static void free_list(volley_edge_list *list) {
    if (list == NULL)
        return;
    free(list->source);
    free(list->target);
    free(list->file);
    free(list->group);
    free(list->place);
    free_selection(list->selection);
    free(list);
}

static void free_trained(volley_trained *trained) {
    if (trained == NULL)
        return;
    free(trained->directory);
    free(trained->projection);
    free(trained->place);
    free(trained);
}

void volley_projection_free(volley_projection *p) {
    free(p->name);
    volley_subset_free(&p->source);
    volley_subset_free(&p->target);
    free(p->partner);
    free(p->weight.values);
    free(p->delay.values);
    free_list(p->list);
    free_trained(p->trained);
    *p = (volley_projection){0};
}

void volley_network_destroy(volley_network **network) {
    volley_network *net = *network;
    if (!net)
        return;
    for (int32_t i = 0; net->populations && i < net->n_populations; i++)
        free_population(&net->populations[i]);
    for (int32_t i = 0; net->stimuli && i < net->n_stimuli; i++)
        free_stimulus(&net->stimuli[i]);
    for (int32_t i = 0; net->signals && i < net->n_signals; i++)
        free_signal(&net->signals[i]);
    for (int32_t i = 0; net->projections && i < net->n_projections; i++)
        volley_projection_free(&net->projections[i]);
    free(net->populations);
    free(net->stimuli);
    free(net->signals);
    free(net->projections);
    for (int32_t i = 0; net->record_subset && i < net->n_populations; i++)
        volley_subset_free(&net->record_subset[i]);
    for (int32_t i = 0; i < net->n_state_records; i++) {
        volley_subset_free(&net->state_records[i].neurons);
        free(net->state_records[i].name);
        free(net->state_records[i].column);
        free(net->state_records[i].node_ids);
    }
    free(net->results_directory);
    free(net->results_spikes);
    free(net->record_spikes);
    free(net->record_subset);
    free(net->state_records);
    free(net->weight_records);
    free(net->parts_file.path);
    free(net->parts_file.column);
    free(net->parts_file.dataset);
    free(net->parts_file.place);
    free(net->config_text);
    free(net->notes);
    free(net->name);
    free(net);
    *network = NULL;
}
