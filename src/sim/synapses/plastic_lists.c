/* SPDX-License-Identifier: BSD-3-Clause */
/* Plastic projections: what checkpoints hold of their sources, targets and synapses. Names of variables and
 * columns are those that the rule declares. */
#include "sim/state_lists.h"

#include "base/memory.h"
#include "base/status.h"
#include "sim/recording/weight_recorder.h"

#include <stdlib.h>
#include <string.h>

typedef struct plastic {
    volley_worker *workers;
    int threads, index;
    uint64_t **n_posts;  /* [threads][targets] post spikes of each target while they are loaded, else NULL */
    volley_post **posts; /* [threads] all of them, target by target */
} plastic;

static const volley_plastic *first_of(const void *owner) {
    const plastic *p = owner;
    return &p->workers[0].plastic[p->index];
}

static const volley_projection *projection_of(const void *owner) {
    return first_of(owner)->projection;
}

static void drop_posts(plastic *p) {
    for (int t = 0; t < p->threads && p->n_posts != NULL && p->posts != NULL; t++) {
        free(p->n_posts[t]);
        free(p->posts[t]);
        p->n_posts[t] = NULL;
        p->posts[t] = NULL;
    }
}

static void free_plastic(void *owner) {
    plastic *p = owner;
    drop_posts(p);
    free(p->n_posts);
    free(p->posts);
    free(p);
}

/* Steps are stored with one added; 0 is none. */
static int check_step(const volley_list_part *part, uint64_t i, uint64_t step) {
    CHECK(step <= (uint64_t)part->now + 1, VOLLEY_USAGE,
          "%s: %s: item %llu is of a step after that of the checkpoint, %lld: value %llu", part->path,
          part->list, (unsigned long long)(part->first + i), (long long)part->now, (unsigned long long)step);
    return VOLLEY_OK;
}

/* ---- the last sweep ---- */

static int save_swept(const volley_list_part *part, void *items) {
    int64_t swept = first_of(part->owner)->swept;
    *(uint64_t *)items = swept == VOLLEY_NO_SPIKE ? 0 : (uint64_t)swept + 1;
    return VOLLEY_OK;
}

static int load_swept(const volley_list_part *part, const void *items) {
    plastic *p = part->owner;
    uint64_t swept = *(const uint64_t *)items;
    TRY(check_step(part, 0, swept));
    for (int t = 0; t < p->threads; t++)
        volley_plastic_set_swept(&p->workers[t].plastic[p->index],
                                 swept == 0 ? VOLLEY_NO_SPIKE : (int64_t)swept - 1, part->now);
    return VOLLEY_OK;
}

/* ---- sources: the last spike and the variables after it, as of `span` steps ago, since the spikes after it
 * are pushed again ---- */

static uint64_t n_sources(const void *owner) {
    return (uint64_t)projection_of(owner)->source.count;
}

static const volley_list_keys source_keys = {.total = n_sources};

/* The local number of the source at a position; false: the rank does not know it. */
static bool find_source(const plastic *p, uint64_t position, uint32_t *source) {
    const volley_projection *projection = projection_of(p);
    const volley_source_map *map = &p->workers[0].wiring->sources;
    int64_t base = p->workers[0].network->populations[projection->source.population].first_gid;
    uint64_t gid = (uint64_t)(base + volley_subset_at(&projection->source, (int64_t)position));
    if (!volley_source_map_has(map, gid))
        return false;
    *source = volley_source_map_local(map, gid);
    return true;
}

/* The step of the last spike that counts and the variables after it; VOLLEY_NO_SPIKE: none. */
static int64_t source_at(const plastic *p, uint64_t position, int64_t now,
                         double variables[VOLLEY_RULE_VARIABLES]) {
    int64_t last = VOLLEY_NO_SPIKE, after = now - volley_plastic_span(first_of(p));
    uint32_t source;
    if (!find_source(p, position, &source))
        return VOLLEY_NO_SPIKE;
    for (int t = 0; t < p->threads && last == VOLLEY_NO_SPIKE; t++)
        last = volley_plastic_source_at(&p->workers[t].plastic[p->index], source, after, variables);
    return last;
}

static int save_source_last(const volley_list_part *part, void *items) {
    double variables[VOLLEY_RULE_VARIABLES];
    for (uint64_t i = 0; i < part->n; i++) {
        int64_t last = source_at(part->owner, part->first + i, part->now, variables);
        ((uint64_t *)items)[i] = last == VOLLEY_NO_SPIKE ? 0 : (uint64_t)last + 1;
    }
    return VOLLEY_OK;
}

static int load_source_last(const volley_list_part *part, const void *items) {
    const plastic *p = part->owner;
    const uint64_t *last = items;
    const double none[VOLLEY_RULE_VARIABLES] = {0.0};
    uint32_t source;
    for (uint64_t i = 0; i < part->n; i++) {
        TRY(check_step(part, i, last[i]));
        if (last[i] == 0 || !find_source(p, part->first + i, &source))
            continue;
        for (int t = 0; t < p->threads; t++)
            volley_plastic_set_source(&p->workers[t].plastic[p->index], source, (int64_t)last[i] - 1, none);
    }
    return VOLLEY_OK;
}

static const char *source_name(const void *owner, int which, const char **unit) {
    const volley_rule_plan *plan = &projection_of(owner)->plasticity.plan;
    (void)unit;
    return which < first_of(owner)->n_variables ? plan->source[which].name : NULL;
}

static int save_source(const volley_list_part *part, void *items) {
    double variables[VOLLEY_RULE_VARIABLES];
    for (uint64_t i = 0; i < part->n; i++)
        if (source_at(part->owner, part->first + i, part->now, variables) != VOLLEY_NO_SPIKE)
            ((double *)items)[i] = variables[part->which];
    return VOLLEY_OK;
}

static int load_source(const volley_list_part *part, const void *items) {
    const plastic *p = part->owner;
    uint32_t source;
    for (uint64_t i = 0; i < part->n; i++)
        for (int t = 0; find_source(p, part->first + i, &source) && t < p->threads; t++) {
            const volley_plastic *own = &p->workers[t].plastic[p->index];
            if (own->last[source] != VOLLEY_NO_SPIKE)
                volley_plastic_state(own, source)[part->which] = ((const double *)items)[i];
        }
    return VOLLEY_OK;
}

/* ---- targets: the post spikes that some synapse has not seen and the one before, newest first, and the
 * variables at each ---- */

/* The next target of a thread from slot *slot on: its number in the thread, its position among the targets.
 */
static bool next_target(const plastic *p, int thread, int64_t *slot, int64_t *target, uint64_t *position) {
    const volley_layout *layout = p->workers[0].layout;
    const volley_subset *targets = &projection_of(p)->target;
    const volley_segment *segment = volley_layout_segment(layout, thread, targets->population);
    for (; *slot < segment->used; ++*slot) {
        int64_t at =
            volley_subset_find(targets, volley_layout_index(layout, thread, targets->population, *slot));
        if (at < 0)
            continue;
        *position = (uint64_t)at;
        *target = segment->first + (*slot)++;
        return true;
    }
    return false;
}

static uint64_t n_targets(const void *owner) {
    return (uint64_t)projection_of(owner)->target.count;
}

static uint64_t count_targets(const void *owner, int thread) {
    uint64_t n = 0, position;
    int64_t target;
    for (int64_t slot = 0; next_target(owner, thread, &slot, &target, &position);)
        n++;
    return n;
}

static void list_targets(const void *owner, int thread, uint64_t *keys) {
    int64_t target;
    for (int64_t slot = 0; next_target(owner, thread, &slot, &target, keys);)
        keys++;
}

/* How many post spikes target number i of a thread has: while they are loaded, as the list says. */
static uint64_t count_posts(const plastic *p, int thread, uint64_t i, int64_t target) {
    int32_t number;
    if (p->n_posts[thread] != NULL)
        return p->n_posts[thread][i];
    const volley_kept_history *history =
        volley_plastic_history(&p->workers[thread].plastic[p->index], target, &number);
    return (uint64_t)volley_history_needed(history, number);
}

static int list_lengths(const void *owner, int thread, uint64_t *lengths) {
    uint64_t position, i = 0;
    int64_t target;
    for (int64_t slot = 0; next_target(owner, thread, &slot, &target, &position); i++)
        lengths[i] = count_posts(owner, thread, i, target);
    return VOLLEY_OK;
}

static const volley_list_keys target_keys = {
    .total = n_targets, .count = count_targets, .keys = list_targets};
static const volley_list_keys post_keys = {
    .total = n_targets, .count = count_targets, .keys = list_targets, .lengths = list_lengths};

static int save_posts(const volley_list_part *part, void *items) {
    return list_lengths(part->owner, part->thread, items);
}

static int load_posts(const volley_list_part *part, const void *items) {
    plastic *p = part->owner;
    const uint64_t *counts = items;
    for (uint64_t i = 0; i < part->n; i++)
        CHECK(counts[i] <= VOLLEY_MOST_POSTS, VOLLEY_USAGE, "%s: %s: an item is %llu; allowed at most %d",
              part->path, part->list, (unsigned long long)counts[i], VOLLEY_MOST_POSTS);
    TRY(VOLLEY_NEW(p->n_posts[part->thread], part->n));
    memcpy(p->n_posts[part->thread], counts, part->n * sizeof *counts);
    return VOLLEY_OK;
}

/* Calls `visit` for every target of a thread with the number of its first post spike in the thread's list,
 * and how many it has. */
typedef int (*post_visit)(const volley_list_part *part, uint64_t position, volley_kept_history *history,
                          int32_t number, uint64_t first, uint64_t n, void *items);

static int visit_posts(const volley_list_part *part, post_visit visit, void *items) {
    const plastic *p = part->owner;
    uint64_t position, first = 0, i = 0;
    int64_t target;
    for (int64_t slot = 0; next_target(p, part->thread, &slot, &target, &position); i++) {
        int32_t number;
        volley_kept_history *history =
            volley_plastic_history(&p->workers[part->thread].plastic[p->index], target, &number);
        uint64_t n = count_posts(p, part->thread, i, target);
        TRY(visit(part, position, history, number, first, n, items));
        first += n;
    }
    return VOLLEY_OK;
}

static int visit_to_save_step(const volley_list_part *part, uint64_t position, volley_kept_history *history,
                              int32_t number, uint64_t first, uint64_t n, void *items) {
    (void)part;
    (void)position;
    for (uint64_t k = 0; k < n; k++)
        ((uint64_t *)items)[first + k] = (uint64_t)volley_history_get(history, number, (int32_t)k).step;
    return VOLLEY_OK;
}

static int save_post_step(const volley_list_part *part, void *items) {
    return visit_posts(part, visit_to_save_step, items);
}

/* Those of a target stand newest first. */
static int visit_to_load_step(const volley_list_part *part, uint64_t position, volley_kept_history *history,
                              int32_t number, uint64_t first, uint64_t n, void *items) {
    const plastic *p = part->owner;
    const uint64_t *steps = items;
    uint64_t newest = (uint64_t)part->now;
    (void)history;
    (void)number;
    for (uint64_t k = first; k < first + n; k++) {
        CHECK(
            steps[k] <= newest, VOLLEY_USAGE,
            "%s: %s: a spike of target %llu is not in order, or after the step of the checkpoint: value %llu",
            part->path, part->list, (unsigned long long)position, (unsigned long long)steps[k]);
        newest = steps[k];
        p->posts[part->thread][k].step = (int64_t)steps[k];
    }
    return VOLLEY_OK;
}

static int load_post_step(const volley_list_part *part, const void *items) {
    plastic *p = part->owner;
    TRY(VOLLEY_NEW(p->posts[part->thread], part->n));
    return visit_posts(part, visit_to_load_step, (void *)items);
}

static const char *target_name(const void *owner, int which, const char **unit) {
    const volley_rule_plan *plan = &projection_of(owner)->plasticity.plan;
    (void)unit;
    return which < volley_rule_count_variables(plan->target) ? plan->target[which].name : NULL;
}

static int visit_to_save_target(const volley_list_part *part, uint64_t position, volley_kept_history *history,
                                int32_t number, uint64_t first, uint64_t n, void *items) {
    (void)position;
    for (uint64_t k = 0; k < n; k++)
        ((double *)items)[first + k] = volley_history_get(history, number, (int32_t)k).trace[part->which];
    return VOLLEY_OK;
}

static int save_target(const volley_list_part *part, void *items) {
    return visit_posts(part, visit_to_save_target, items);
}

static int load_target(const volley_list_part *part, const void *items) {
    const plastic *p = part->owner;
    for (uint64_t k = 0; k < part->n; k++)
        p->posts[part->thread][k].trace[part->which] = ((const double *)items)[k];
    return VOLLEY_OK;
}

static int visit_to_set(const volley_list_part *part, uint64_t position, volley_kept_history *history,
                        int32_t number, uint64_t first, uint64_t n, void *items) {
    const plastic *p = part->owner;
    (void)position;
    (void)items;
    return n > 0 ? volley_history_set(history, number, p->posts[part->thread] + first, (int32_t)n)
                 : VOLLEY_OK;
}

/* ---- synapses: weights and columns as they are stored, not advanced; by target and in-edge ---- */

static int list_synapses(const void *owner, int thread, uint64_t *lengths) {
    const plastic *p = owner;
    volley_weight_targets targets;
    int code = volley_weights_targets(&p->workers[thread], 1, p->index, &targets);
    if (code == VOLLEY_OK && targets.n > 0)
        memcpy(lengths, targets.count, (size_t)targets.n * sizeof *lengths);
    volley_weights_targets_free(&targets);
    return code;
}

static const volley_list_keys synapse_keys = {
    .total = n_targets, .count = count_targets, .keys = list_targets, .lengths = list_synapses, .stay = true};

static enum volley_h5_type weight_type(const void *owner) {
    return projection_of(owner)->weight_bytes == 4 ? VOLLEY_H5_FLOAT32 : VOLLEY_H5_FLOAT64;
}

static int save_weight(const volley_list_part *part, void *items) {
    const plastic *p = part->owner;
    return volley_weights_get_stored(&p->workers[part->thread], p->index, VOLLEY_STORED_WEIGHT, items);
}

static int load_weight(const volley_list_part *part, const void *items) {
    const plastic *p = part->owner;
    return volley_weights_set_stored(&p->workers[part->thread], p->index, VOLLEY_STORED_WEIGHT, items);
}

static const char *column_name(const void *owner, int which, const char **unit) {
    const volley_rule_plan *plan = &projection_of(owner)->plasticity.plan;
    (void)unit;
    return which < volley_rule_count_columns(plan) ? plan->column[which].name : NULL;
}

static int save_column(const volley_list_part *part, void *items) {
    const plastic *p = part->owner;
    return volley_weights_get_stored(&p->workers[part->thread], p->index, part->which, items);
}

static int load_column(const volley_list_part *part, const void *items) {
    const plastic *p = part->owner;
    return volley_weights_set_stored(&p->workers[part->thread], p->index, part->which, items);
}

/* ---- the table; histories begin at the last sweep, so that it comes first ---- */

static const volley_list_entry entries[] = {
    {.name = "swept",
     .form = VOLLEY_LIST_COMMON,
     .type = VOLLEY_H5_UINT64,
     .unit = "steps",
     .fixed = true,
     .save = save_swept,
     .load = load_swept},
    {.name = "source_last",
     .form = VOLLEY_LIST_KNOWN,
     .type = VOLLEY_H5_UINT64,
     .unit = "steps",
     .keys = &source_keys,
     .save = save_source_last,
     .load = load_source_last},
    {.name = "source",
     .form = VOLLEY_LIST_KNOWN,
     .type = VOLLEY_H5_FLOAT64,
     .keys = &source_keys,
     .each = source_name,
     .save = save_source,
     .load = load_source},
    {.name = "posts",
     .form = VOLLEY_LIST_PLACED,
     .type = VOLLEY_H5_UINT64,
     .keys = &target_keys,
     .save = save_posts,
     .load = load_posts},
    {.name = "post_step",
     .form = VOLLEY_LIST_PLACED,
     .type = VOLLEY_H5_UINT64,
     .unit = "steps",
     .keys = &post_keys,
     .save = save_post_step,
     .load = load_post_step},
    {.name = "target",
     .form = VOLLEY_LIST_PLACED,
     .type = VOLLEY_H5_FLOAT64,
     .keys = &post_keys,
     .each = target_name,
     .save = save_target,
     .load = load_target},
    {.name = "weight",
     .form = VOLLEY_LIST_PLACED,
     .type_of = weight_type,
     .keys = &synapse_keys,
     .save = save_weight,
     .load = load_weight},
    {.name = "column",
     .form = VOLLEY_LIST_PLACED,
     .type_of = weight_type,
     .keys = &synapse_keys,
     .each = column_name,
     .save = save_column,
     .load = load_column},
    {.name = NULL},
};

static int loaded(const volley_list_part *part) {
    plastic *p = part->owner;
    int code = VOLLEY_OK;
    for (int t = 0; t < p->threads && code == VOLLEY_OK; t++) {
        volley_list_part own = *part;
        own.thread = t;
        if (p->posts[t] != NULL)
            code = visit_posts(&own, visit_to_set, NULL);
    }
    drop_posts(p);
    return code;
}

static const volley_list_table table = {
    .name = "plastic",
    .entries = entries,
    .lacking = "the plasticity of the projection keeps what that of the checkpoint did not: its rule and "
               "preset must stay",
    .loaded = loaded,
    .free = free_plastic,
};

int volley_plastic_add_lists(volley_worker *workers, volley_owners *owners) {
    int threads = workers[0].layout->threads;
    for (int i = 0; i < workers[0].n_plastic; i++) {
        plastic *own;
        TRY(VOLLEY_NEW(own, 1));
        *own = (plastic){.workers = workers, .threads = threads, .index = i};
        int code = VOLLEY_NEW(own->n_posts, threads);
        if (code == VOLLEY_OK)
            code = VOLLEY_NEW(own->posts, threads);
        if (code != VOLLEY_OK) {
            free_plastic(own);
            return code;
        }
        TRY(volley_owners_add(owners, &table, workers[0].plastic[i].projection->name, own));
    }
    return VOLLEY_OK;
}
