/* SPDX-License-Identifier: BSD-3-Clause */
/* The state of a population's neurons: what checkpoints hold of it, by number in the population. */
#include "sim/state_lists.h"

#include "base/memory.h"
#include "base/status.h"

#include <stdlib.h>
#include <string.h>

typedef struct neurons {
    const volley_population *population;
    const volley_layout *layout;
    volley_worker *workers;
    int32_t number;
} neurons;

static volley_neuron_batch *batch_of(const neurons *n, int thread) {
    return &n->workers[thread].neurons.batches[n->number];
}

static uint64_t total(const void *owner) {
    return (uint64_t)((const neurons *)owner)->population->size;
}

static uint64_t count(const void *owner, int thread) {
    const neurons *n = owner;
    return (uint64_t)volley_layout_segment(n->layout, thread, n->number)->used;
}

static void keys(const void *owner, int thread, uint64_t *keys) {
    const neurons *n = owner;
    int64_t used = volley_layout_segment(n->layout, thread, n->number)->used;
    for (int64_t slot = 0; slot < used; slot++)
        keys[slot] = (uint64_t)volley_layout_index(n->layout, thread, n->number, slot);
}

static const volley_list_keys neuron_keys = {.total = total, .count = count, .keys = keys};

/* ---- states of the model ---- */

static const char *state_name(const void *owner, int which, const char **unit) {
    const volley_neuron_model *model = ((const neurons *)owner)->population->model;
    if (which >= model->n_states)
        return NULL;
    *unit = model->states[which].unit;
    return model->states[which].name;
}

static int save_state(const volley_list_part *part, void *items) {
    memcpy(items, batch_of(part->owner, part->thread)->state[part->which], part->n * sizeof(double));
    return VOLLEY_OK;
}

static int load_state(const volley_list_part *part, const void *items) {
    memcpy(batch_of(part->owner, part->thread)->state[part->which], items, part->n * sizeof(double));
    return VOLLEY_OK;
}

/* ---- refractory steps left ---- */

static int save_refractory(const volley_list_part *part, void *items) {
    memcpy(items, batch_of(part->owner, part->thread)->refractory, part->n * sizeof(int32_t));
    return VOLLEY_OK;
}

static int load_refractory(const volley_list_part *part, const void *items) {
    memcpy(batch_of(part->owner, part->thread)->refractory, items, part->n * sizeof(int32_t));
    return VOLLEY_OK;
}

/* ---- past inputs: of each neuron the sums of its model, then the inputs of the last updates, newest first;
 * as many as the batch with the most has */

static bool has_past(const void *owner) {
    return ((const neurons *)owner)->population->model->past != NULL;
}

static uint64_t past_length(const void *owner, int64_t now) {
    (void)now;
    const neurons *n = owner;
    uint64_t width = 0;
    for (int t = 0; t < n->layout->threads; t++) {
        uint64_t own = (uint64_t)batch_of(n, t)->n_past;
        width = own > width ? own : width;
    }
    return width;
}

/* Copies between the ring of one neuron and its items. */
static void copy_past(const neurons *n, const volley_list_part *part, int64_t slot, double *items,
                      bool load) {
    const volley_neuron_batch *batch = batch_of(n, part->thread);
    int64_t sums = n->population->model->past_sums, room = batch->n_past - sums;
    int64_t listed = (int64_t)part->width - sums, now = part->now;
    for (int64_t k = 0; k < sums; k++) {
        double *at = &batch->past[k * batch->count + slot];
        *(load ? at : &items[k]) = load ? items[k] : *at;
    }
    for (int64_t age = 1; age <= room && age <= listed && age <= now; age++) {
        double *at = &batch->past[(sums + (now - age) % room) * batch->count + slot];
        double *item = &items[sums + age - 1];
        *(load ? at : item) = load ? *item : *at;
    }
}

static int save_past(const volley_list_part *part, void *items) {
    const neurons *n = part->owner;
    for (int64_t slot = 0; slot < batch_of(n, part->thread)->used; slot++)
        copy_past(n, part, slot, (double *)items + (uint64_t)slot * part->width, false);
    return VOLLEY_OK;
}

static int load_past(const volley_list_part *part, const void *items) {
    const neurons *n = part->owner;
    int64_t sums = n->population->model->past_sums;
    CHECK(part->width >= (uint64_t)sums, VOLLEY_USAGE,
          "%s: %s has %llu items for each neuron; allowed at least %lld", part->path, part->list,
          (unsigned long long)part->width, (long long)sums);
    double *values = NULL; /* one neuron's */
    TRY(VOLLEY_NEW(values, part->width));
    for (int64_t slot = 0; slot < batch_of(n, part->thread)->used; slot++) {
        if (part->width > 0)
            memcpy(values, (const double *)items + (uint64_t)slot * part->width,
                   part->width * sizeof *values);
        copy_past(n, part, slot, values, true);
    }
    free(values);
    return VOLLEY_OK;
}

static const volley_list_entry entries[] = {
    {.name = "state",
     .form = VOLLEY_LIST_PLACED,
     .type = VOLLEY_H5_FLOAT64,
     .keys = &neuron_keys,
     .each = state_name,
     .save = save_state,
     .load = load_state},
    {.name = "refractory",
     .form = VOLLEY_LIST_PLACED,
     .type = VOLLEY_H5_UINT32,
     .unit = "steps",
     .keys = &neuron_keys,
     .save = save_refractory,
     .load = load_refractory},
    {.name = "past",
     .form = VOLLEY_LIST_PLACED,
     .type = VOLLEY_H5_FLOAT64,
     .keys = &neuron_keys,
     .wanted = has_past,
     .length = past_length,
     .save = save_past,
     .load = load_past},
    {.name = NULL},
};

static const volley_list_table table = {.name = "neurons", .entries = entries, .free = free};

int volley_neurons_add_lists(volley_worker *workers, volley_owners *owners) {
    const volley_layout *layout = workers[0].layout;
    for (int32_t p = 0; p < layout->network->n_populations; p++) {
        const volley_population *population = &layout->network->populations[p];
        neurons *own;
        if (population->model->is_source)
            continue;
        TRY(VOLLEY_NEW(own, 1));
        *own = (neurons){population, layout, workers, p};
        TRY(volley_owners_add(owners, &table, population->name, own));
    }
    return VOLLEY_OK;
}
