/* SPDX-License-Identifier: BSD-3-Clause */
/* The states of stimuli: what checkpoints hold of them, by the number of the target over all targets of the
 * stimulus. */
#include "sim/state_lists.h"

#include "base/memory.h"
#include "base/status.h"

#include <stdlib.h>
#include <string.h>

typedef struct feeds {
    const volley_stimulus *stimulus;
    volley_worker *workers;
    int32_t number;
} feeds;

/* The next feed of the stimulus in a thread from number *i on; NULL: there is none. */
static volley_stimulus_feed *next_feed(const feeds *f, int thread, int *i) {
    volley_stimuli *stimuli = &f->workers[thread].stimuli;
    while (*i < stimuli->n && stimuli->feeds[*i].stimulus != f->number)
        ++*i;
    return *i < stimuli->n ? &stimuli->feeds[(*i)++] : NULL;
}

static uint64_t total(const void *owner) {
    const volley_stimulus *stimulus = ((const feeds *)owner)->stimulus;
    uint64_t n = 0;
    for (int32_t i = 0; i < stimulus->n_targets; i++)
        n += (uint64_t)stimulus->targets[i].count;
    return n;
}

static uint64_t count(const void *owner, int thread) {
    uint64_t n = 0;
    const volley_stimulus_feed *feed;
    for (int i = 0; (feed = next_feed(owner, thread, &i)) != NULL;)
        n += (uint64_t)feed->batch.used;
    return n;
}

static void keys(const void *owner, int thread, uint64_t *keys) {
    const volley_stimulus_feed *feed;
    for (int i = 0; (feed = next_feed(owner, thread, &i)) != NULL;)
        for (int64_t j = 0; j < feed->batch.used; j++)
            *keys++ = (uint64_t)feed->batch.position[j];
}

static const volley_list_keys target_keys = {.total = total, .count = count, .keys = keys};

static const char *state_name(const void *owner, int which, const char **unit) {
    const volley_stimulus_model *model = ((const feeds *)owner)->stimulus->model;
    if (which >= model->n_states)
        return NULL;
    *unit = model->states[which].unit;
    return model->states[which].name;
}

static int save_state(const volley_list_part *part, void *items) {
    double *to = items;
    const volley_stimulus_feed *feed;
    for (int i = 0; (feed = next_feed(part->owner, part->thread, &i)) != NULL; to += feed->batch.used)
        if (feed->batch.used > 0)
            memcpy(to, feed->batch.state[part->which], (size_t)feed->batch.used * sizeof *to);
    return VOLLEY_OK;
}

static int load_state(const volley_list_part *part, const void *items) {
    const double *from = items;
    const volley_stimulus_feed *feed;
    for (int i = 0; (feed = next_feed(part->owner, part->thread, &i)) != NULL; from += feed->batch.used)
        if (feed->batch.used > 0)
            memcpy(feed->batch.state[part->which], from, (size_t)feed->batch.used * sizeof *from);
    return VOLLEY_OK;
}

/* A stimulus that a branch has added starts as it would at the beginning. */
static const volley_list_entry entries[] = {
    {.name = "state",
     .form = VOLLEY_LIST_PLACED,
     .type = VOLLEY_H5_FLOAT64,
     .keys = &target_keys,
     .may_lack = true,
     .each = state_name,
     .save = save_state,
     .load = load_state},
    {.name = NULL},
};

static const volley_list_table table = {.name = "stimuli", .entries = entries, .free = free};

int volley_stimuli_add_lists(volley_worker *workers, volley_owners *owners) {
    const volley_network *network = workers[0].network;
    for (int32_t i = 0; i < network->n_stimuli; i++) {
        feeds *own;
        if (network->stimuli[i].model->n_states == 0)
            continue;
        TRY(VOLLEY_NEW(own, 1));
        *own = (feeds){&network->stimuli[i], workers, i};
        TRY(volley_owners_add(owners, &table, network->stimuli[i].name, own));
    }
    return VOLLEY_OK;
}
