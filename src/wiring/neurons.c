/* SPDX-License-Identifier: BSD-3-Clause */
/* Allocates the states of a thread's neurons, and draws their parameters and initial values. */
#include "wiring/neurons.h"
#include "base/memory.h"
#include "base/rng.h"
#include "base/status.h"
#include "net/draw.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Key of the stream of a parameter or an initial state of a population. */
static uint64_t stream(const volley_network *network, bool state, int32_t population, int item) {
    enum { ITEMS = 64 };
    if (item < ITEMS)
        return volley_rng_key(network->seed, state ? VOLLEY_RNG_INIT : VOLLEY_RNG_PARAM,
                              (uint32_t)population * ITEMS + (uint32_t)item);
    uint32_t purpose = state ? VOLLEY_RNG_INIT_BEYOND : VOLLEY_RNG_PARAM_BEYOND;
    return volley_rng_key(volley_rng_key(network->seed, purpose, (uint32_t)population), purpose,
                          (uint32_t)item);
}

/* Everything needed to set up one population on one thread. */
typedef struct setup {
    const volley_layout *layout;
    const volley_network *network;
    const volley_population *population;
    const volley_neuron_model *model;
    const volley_segment *segment;
    int thread;
    int32_t p;
    volley_neuron_batch *batch;
    double *base_current;
    double *params, *constants; /* of one neuron, [model->n_params] and [model->n_constants] */
} setup;

static bool all_constant(const volley_distribution *d, int n) {
    for (int i = 0; i < n; i++)
        if (d[i].kind != VOLLEY_CONSTANT)
            return false;
    return true;
}

/* Index inside the population of a slot; the padding repeats the last real neuron. */
static int64_t index_of(const setup *s, int64_t slot) {
    return volley_layout_index(s->layout, s->thread, s->p,
                               slot < s->segment->used ? slot : s->segment->used - 1);
}

int volley_neurons_value(const volley_network *network, int32_t p, int64_t index, bool state, int item,
                         double *value) {
    const volley_population *population = &network->populations[p];
    const volley_distribution *d = state ? &population->init[item] : &population->params[item];
    *value = d->a;
    if (d->kind == VOLLEY_CONSTANT)
        return VOLLEY_OK;
    TRY(volley_draw_one(d, stream(network, state, p, item), (uint64_t)(population->first_gid + index), index,
                        value));
    CHECK(isfinite(*value), VOLLEY_USAGE,
          "population %s, neuron %lld: a drawn %s is beyond what numbers can hold; give max or high",
          population->name, (long long)index,
          (state ? population->model->states : population->model->params)[item].name);
    return VOLLEY_OK;
}

static int draw_params(const setup *s, int64_t index) {
    for (int i = 0; i < s->model->n_params; i++)
        TRY(volley_neurons_value(s->network, s->p, index, false, i, &s->params[i]));
    return VOLLEY_OK;
}

/* Constants and the current that stands for input lost by scaling. */
static int derive(const setup *s, int64_t slot, int64_t index) {
    TRY(draw_params(s, index));
    int status = volley_neuron_model_derive(s->model, s->params, s->network->dt_ms, s->constants);
    if (status != VOLLEY_OK) {
        char reason[512];
        strncpy(reason, volley_error_message(), sizeof reason - 1);
        reason[sizeof reason - 1] = '\0';
        volley_error_clear();
        return volley_fail(status, "population %s, neuron %lld: %s", s->population->name, (long long)index,
                           reason);
    }
    for (int c = 0; c < s->model->n_constants; c++)
        ((double *)s->batch->constant[c])[slot] = s->constants[c];
    s->base_current[slot] = 0.0;
    const double *lost = s->population->lost_input;
    for (int r = 0; lost != NULL && r < s->model->n_receptors; r++)
        if (lost[r] != 0.0)
            s->base_current[slot] += s->model->mean_current(s->params, r, lost[r]);
    return VOLLEY_OK;
}

static int initialise(const setup *s, int64_t slot, int64_t index) {
    for (int i = 0; i < s->model->n_states; i++) {
        double value;
        TRY(volley_neurons_value(s->network, s->p, index, true, i, &value));
        s->batch->state[i][slot] = value;
    }
    return VOLLEY_OK;
}

/* The batch has one current for all neurons when nothing tells them apart: uniform parameters and stimuli
 * that reach the whole population. */
static bool uniform_current(const setup *s) {
    for (int32_t i = 0; i < s->network->n_stimuli; i++) {
        const volley_stimulus *stimulus = &s->network->stimuli[i];
        for (int32_t j = 0; j < stimulus->n_targets; j++)
            if (stimulus->targets[j].population == s->p && stimulus->model->current != NULL &&
                !(stimulus->model->shared && stimulus->targets[j].count == s->population->size))
                return false;
    }
    return s->batch->uniform;
}

enum { LINE = 8 };

/* First cache line inside a block that has a line to spare: vector units lose a fifth on split lines. */
static double *on_line(double *block) {
    return block + (-(uintptr_t)block & 63) / sizeof *block;
}

/* Columns that the model keeps for itself. */
static int count_past(const setup *s, int64_t *columns) {
    *columns = 0;
    if (s->model->past == NULL)
        return VOLLEY_OK;
    for (int64_t slot = 0; slot < (s->batch->uniform ? 1 : s->segment->used); slot++) {
        TRY(draw_params(s, index_of(s, slot)));
        int64_t n = s->model->past(s->params, s->network->dt_ms);
        *columns = n > *columns ? n : *columns;
    }
    return VOLLEY_OK;
}

static void set_gids(setup *s, uint64_t *gid) {
    for (int64_t slot = 0; slot < s->batch->count; slot++)
        gid[slot] = (uint64_t)(s->population->first_gid + index_of(s, slot));
    s->batch->gid = gid;
    s->batch->stream = volley_rng_key(s->network->seed, VOLLEY_RNG_CORRELATED, (uint32_t)s->p);
}

/* Columns with an item for each neuron, and those with VOLLEY_BATCH_WIDTH items in all. */
static void count_columns(const setup *s, int64_t *each, int64_t *shared) {
    const volley_neuron_batch *batch = s->batch;
    *each = s->model->n_states + batch->n_past + s->model->draws + 1;
    *each += volley_neuron_model_counts(s->model) + (s->population->n_trains > 0);
    *shared = 0;
    *(batch->uniform ? shared : each) += s->model->n_constants;
    *(batch->uniform_current ? shared : each) += 2;
}

/* The columns of a neuron with parameters at their means; at most one in each update. */
static int mean_past(setup *s, int64_t *columns) {
    if (s->model->past == NULL)
        return VOLLEY_OK;
    TRY(VOLLEY_NEW(s->params, s->model->n_params));
    for (int k = 0; k < s->model->n_params; k++)
        s->params[k] = volley_distribution_mean(&s->population->params[k]);
    int64_t n = s->model->past(s->params, s->network->dt_ms);
    *columns = n < s->network->steps ? n : s->network->steps;
    free(s->params);
    return VOLLEY_OK;
}

int volley_neurons_bytes(const volley_network *network, int32_t p, double *bytes) {
    volley_neuron_batch batch = {0};
    setup s = {.network = network, .population = &network->populations[p], .p = p, .batch = &batch};
    s.model = s.population->model;
    batch.uniform = all_constant(s.population->params, s.model->n_params);
    batch.uniform_current = uniform_current(&s);
    TRY(mean_past(&s, &batch.n_past));
    int64_t each = 0, shared = 0;
    if (!s.model->is_source)
        count_columns(&s, &each, &shared);
    *bytes = (double)sizeof(double) * (double)(each + s.model->n_receptors);
    return VOLLEY_OK;
}

/* Makes room for where the batch's columns are. */
static int allocate_columns(setup *s, double ***columns) {
    const volley_neuron_model *model = s->model;
    volley_neuron_batch *batch = s->batch;
    TRY(VOLLEY_NEW(*columns, model->n_states + model->n_receptors + model->n_constants));
    batch->state = *columns;
    batch->n_receptors = model->n_receptors;
    batch->input = batch->state + model->n_states;
    batch->constant = (const double **)(batch->input + model->n_receptors);
    return VOLLEY_OK;
}

/* Cuts one block of memory into the batch's columns. */
static int allocate(setup *s, double **memory) {
    volley_neuron_batch *batch = s->batch;
    bool forced = s->population->n_trains > 0;
    TRY(count_past(s, &batch->n_past));
    int64_t n = batch->count, constants = batch->uniform ? VOLLEY_BATCH_WIDTH : n;
    int64_t current = batch->uniform_current ? VOLLEY_BATCH_WIDTH : n;
    int64_t repeats = volley_neuron_model_counts(s->model) ? n : 0, each, shared;
    count_columns(s, &each, &shared);
    int64_t items = each * n + shared * VOLLEY_BATCH_WIDTH;
    TRY(VOLLEY_NEW(*memory, items + LINE));
    double *next = on_line(*memory);
    for (int i = 0; i < s->model->n_states; i++, next += n)
        batch->state[i] = next;
    for (int i = 0; i < s->model->n_constants; i++, next += constants)
        batch->constant[i] = next;
    batch->past = next;
    next += batch->n_past * n;
    batch->current = next;
    next += current;
    s->base_current = next;
    next += current;
    batch->repeats = repeats > 0 ? next : NULL;
    next += repeats;
    if (s->model->draws) {
        set_gids(s, (uint64_t *)next); /* cppcheck-suppress invalidPointerCast */
        next += n;
    }
    if (forced) {
        batch->forced = (uint32_t *)next; /* cppcheck-suppress invalidPointerCast */
        next += n;
    }
    /* The last n doubles: refractory and fired, 32 bits each. Nothing reads them as doubles. */
    batch->refractory = (int32_t *)next; /* cppcheck-suppress invalidPointerCast */
    batch->fired = batch->refractory + n;
    return VOLLEY_OK;
}

static int fill_population(volley_neurons *neurons, setup *s) {
    volley_neuron_batch *batch = s->batch;
    batch->count = s->segment->count;
    batch->used = s->segment->used;
    batch->uniform = all_constant(s->population->params, s->model->n_params);
    batch->uniform_current = uniform_current(s);
    batch->lag = s->population->input_delay;
    TRY(allocate_columns(s, &neurons->columns[s->p]));
    if (s->model->is_source || batch->count == 0)
        return VOLLEY_OK;
    TRY(allocate(s, &neurons->memory[s->p]));
    neurons->base_current[s->p] = s->base_current;
    for (int r = 0; r < batch->n_receptors; r++)
        batch->input[r] = neurons->input[r] + s->segment->first;
    for (int64_t slot = 0; slot < batch->count; slot++) {
        int64_t index = index_of(s, slot);
        if (!batch->uniform || slot == 0)
            TRY(derive(s, slot, index));
        else if (!batch->uniform_current)
            s->base_current[slot] = s->base_current[0];
        TRY(initialise(s, slot, index));
    }
    int64_t currents = batch->uniform_current ? 1 : batch->count;
    memcpy((double *)batch->current, s->base_current, (size_t)currents * sizeof(double));
    return VOLLEY_OK;
}

static int create_population(volley_neurons *neurons, setup *s) {
    int status = VOLLEY_NEW(s->params, s->model->n_params);
    if (status == VOLLEY_OK)
        status = VOLLEY_NEW(s->constants, s->model->n_constants);
    if (status == VOLLEY_OK)
        status = fill_population(neurons, s);
    free(s->params);
    free(s->constants);
    return status;
}

/* The accumulators, receptor after receptor. Their numbers are multiples of the batch width, so each begins
 * on a cache line. */
static int create_input(const volley_layout *layout, int thread, volley_neurons *neurons) {
    const int64_t *n = layout->n_inputs + (int64_t)thread * layout->n_receptors;
    int64_t all = 0;
    for (int r = 0; r < layout->n_receptors; r++)
        all += n[r];
    TRY(VOLLEY_NEW(neurons->input, layout->n_receptors));
    TRY(VOLLEY_NEW(neurons->input_memory, all + LINE));
    double *next = on_line(neurons->input_memory);
    for (int r = 0; r < layout->n_receptors; r++, next += n[r - 1])
        neurons->input[r] = next;
    return VOLLEY_OK;
}

int volley_neurons_create(const volley_layout *layout, int thread, volley_neurons *neurons) {
    const volley_network *network = layout->network;
    *neurons = (volley_neurons){.n_targets = layout->n_targets[thread]};
    TRY(create_input(layout, thread, neurons));
    TRY(VOLLEY_NEW(neurons->batches, network->n_populations));
    TRY(VOLLEY_NEW(neurons->memory, network->n_populations));
    TRY(VOLLEY_NEW(neurons->columns, network->n_populations));
    TRY(VOLLEY_NEW(neurons->base_current, network->n_populations));
    for (int32_t p = 0; p < network->n_populations; p++) {
        setup s = {.layout = layout,
                   .network = network,
                   .population = &network->populations[p],
                   .model = network->populations[p].model,
                   .segment = volley_layout_segment(layout, thread, p),
                   .thread = thread,
                   .p = p,
                   .batch = &neurons->batches[p]};
        TRY(create_population(neurons, &s));
    }
    return VOLLEY_OK;
}

void volley_neurons_free(volley_neurons *neurons, int32_t n_populations) {
    free(neurons->input_memory);
    if (neurons->memory != NULL)
        for (int32_t p = 0; p < n_populations; p++)
            free(neurons->memory[p]);
    if (neurons->columns != NULL)
        for (int32_t p = 0; p < n_populations; p++)
            free(neurons->columns[p]);
    free(neurons->input);
    free(neurons->batches);
    free(neurons->memory);
    free(neurons->columns);
    free(neurons->base_current);
    *neurons = (volley_neurons){0};
}
