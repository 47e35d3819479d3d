/* SPDX-License-Identifier: BSD-3-Clause */
/* The rewards that a plastic projection may still ask for, step by step: what checkpoints hold of them.
 * Values beyond the step of a checkpoint are made again. */
#include "sim/state_lists.h"

#include "base/memory.h"
#include "base/status.h"

#include <stdlib.h>
#include <string.h>

typedef struct reward {
    volley_worker *workers;
    int threads, index;
    /* while it is loaded */
    uint64_t first, n, n_levels;
    double *values, *levels;
} reward;

static const volley_reward_track *track_of(const void *owner) {
    const reward *r = owner;
    return &r->workers[0].rewards[r->index];
}

static void free_reward(void *owner) {
    reward *r = owner;
    free(r->values);
    free(r->levels);
    free(r);
}

static bool has_level(const void *owner) {
    return track_of(owner)->has_level;
}

static uint64_t length(const void *owner, int64_t now) {
    const volley_signal *signal = &track_of(owner)->signal;
    return (uint64_t)(signal->first + signal->count > now + 1 ? now + 1 - signal->first : signal->count);
}

static int save_first(const volley_list_part *part, void *items) {
    *(uint64_t *)items = (uint64_t)track_of(part->owner)->signal.first;
    return VOLLEY_OK;
}

static int load_first(const volley_list_part *part, const void *items) {
    ((reward *)part->owner)->first = *(const uint64_t *)items;
    return VOLLEY_OK;
}

static int save_values(const volley_list_part *part, void *items) {
    memcpy(items, track_of(part->owner)->value, part->n * sizeof(double));
    return VOLLEY_OK;
}

static int save_levels(const volley_list_part *part, void *items) {
    memcpy(items, track_of(part->owner)->level, part->n * sizeof(double));
    return VOLLEY_OK;
}

static int take(const volley_list_part *part, const void *items, double **values, uint64_t *n) {
    TRY(VOLLEY_NEW(*values, part->n));
    if (part->n > 0)
        memcpy(*values, items, part->n * sizeof **values);
    *n = part->n;
    return VOLLEY_OK;
}

static int load_values(const volley_list_part *part, const void *items) {
    reward *r = part->owner;
    return take(part, items, &r->values, &r->n);
}

static int load_levels(const volley_list_part *part, const void *items) {
    reward *r = part->owner;
    return take(part, items, &r->levels, &r->n_levels);
}

static int loaded(const volley_list_part *part) {
    reward *r = part->owner;
    CHECK(!has_level(r) || r->n_levels == r->n, VOLLEY_USAGE,
          "%s: rewards.%s holds %llu values and %llu levels; allowed one level for each value", part->path,
          part->list, (unsigned long long)r->n, (unsigned long long)r->n_levels);
    CHECK(r->first <= (uint64_t)part->now + 1 && r->n <= (uint64_t)part->now + 1 - r->first, VOLLEY_USAGE,
          "%s: rewards.%s: rewards of steps after that of the checkpoint, %lld", part->path, part->list,
          (long long)part->now);
    int code = VOLLEY_OK;
    for (int t = 0; t < r->threads && code == VOLLEY_OK; t++)
        code = volley_reward_set(&r->workers[t].rewards[r->index], (int64_t)r->first, (int64_t)r->n,
                                 r->values, r->levels);
    free(r->values);
    free(r->levels);
    r->values = r->levels = NULL;
    return code;
}

static const volley_list_entry entries[] = {
    {.name = "first",
     .form = VOLLEY_LIST_COMMON,
     .type = VOLLEY_H5_UINT64,
     .unit = "steps",
     .fixed = true,
     .save = save_first,
     .load = load_first},
    {.name = "value",
     .form = VOLLEY_LIST_COMMON,
     .type = VOLLEY_H5_FLOAT64,
     .length = length,
     .save = save_values,
     .load = load_values},
    {.name = "level",
     .form = VOLLEY_LIST_COMMON,
     .type = VOLLEY_H5_FLOAT64,
     .wanted = has_level,
     .length = length,
     .save = save_levels,
     .load = load_levels},
    {.name = NULL},
};

static const volley_list_table table = {
    .name = "rewards",
    .entries = entries,
    .lacking = "the projection must learn by a reward as it did before the checkpoint",
    .loaded = loaded,
    .free = free_reward,
};

int volley_rewards_add_lists(volley_worker *workers, volley_owners *owners) {
    for (int i = 0; i < workers[0].n_plastic; i++) {
        reward *own;
        if (workers[0].rewards[i].network == NULL)
            continue;
        TRY(VOLLEY_NEW(own, 1));
        *own = (reward){.workers = workers, .threads = workers[0].layout->threads, .index = i};
        TRY(volley_owners_add(owners, &table, workers[0].plastic[i].projection->name, own));
    }
    return VOLLEY_OK;
}
