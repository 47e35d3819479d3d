/* SPDX-License-Identifier: BSD-3-Clause */
/* What a checkpoint holds of a plastic projection, back into the workers. */
#include "sim/checkpoint/checkpoint_parts.h"

#include "base/memory.h"
#include "base/status.h"
#include "files/together.h"

#include <omp.h>
#include <stdlib.h>

enum { PIECE = 1 << 17 };

/* Steps in a checkpoint are up to its own; they are stored with one added, 0 is none. */
static int check_past(const volley_checkpoint *c, const char *name, const uint64_t *steps, uint64_t n) {
    for (uint64_t i = 0; i < n; i++)
        CHECK(steps[i] <= (uint64_t)c->step + 1, VOLLEY_USAGE,
              "%s: %s: item %llu is of a step after that of the checkpoint, %lld: value %llu", c->path, name,
              (unsigned long long)i, (long long)c->step, (unsigned long long)steps[i]);
    return VOLLEY_OK;
}

static int read_sources(const volley_checkpoint *c, const volley_projection *projection, uint64_t first,
                        uint64_t n, uint64_t *last, double *trace_0, double *trace_1) {
    char name[VOLLEY_LIST_NAME];
    TRY(volley_checkpoint_read_part(c, volley_list_of_projection(name, projection, "source_last"),
                                    VOLLEY_H5_UINT64, first, n, last));
    TRY(check_past(c, name, last, n));
    TRY(volley_checkpoint_read_part(c, volley_list_of_projection(name, projection, "source_trace_0"),
                                    VOLLEY_H5_FLOAT64, first, n, trace_0));
    return volley_checkpoint_read_part(c, volley_list_of_projection(name, projection, "source_trace_1"),
                                       VOLLEY_H5_FLOAT64, first, n, trace_1);
}

static void set_sources(volley_checkpoint_state *s, int index, uint64_t first, uint64_t n,
                        const uint64_t *last, const double *trace_0, const double *trace_1) {
    const volley_projection *projection = s->workers[0].plastic[index].projection;
    int64_t base = s->network->populations[projection->source.population].first_gid;
    for (uint64_t i = 0; i < n; i++) {
        uint64_t gid = (uint64_t)(base + volley_subset_at(&projection->source, (int64_t)(first + i)));
        if (last[i] == 0 || !volley_source_map_has(&s->wiring->sources, gid))
            continue;
        double traces[VOLLEY_RULE_VARIABLES] = {trace_0[i], trace_1[i]};
        for (int t = 0; t < s->threads; t++)
            volley_plastic_set_source(&s->workers[t].plastic[index],
                                      volley_source_map_local(&s->wiring->sources, gid), (int64_t)last[i] - 1,
                                      traces);
    }
}

static int restore_sources(volley_checkpoint_state *s, const volley_checkpoint *c, int index) {
    const volley_projection *projection = s->workers[0].plastic[index].projection;
    uint64_t total = (uint64_t)projection->source.count, room = total < PIECE ? total : PIECE, *last = NULL;
    double *trace_0 = NULL, *trace_1 = NULL;
    int code = VOLLEY_NEW(last, room);
    if (code == VOLLEY_OK)
        code = VOLLEY_NEW(trace_0, room);
    if (code == VOLLEY_OK)
        code = VOLLEY_NEW(trace_1, room);
    for (uint64_t first = 0; first < total && code == VOLLEY_OK; first += PIECE) {
        uint64_t n = total - first < PIECE ? total - first : PIECE;
        code = read_sources(c, projection, first, n, last, trace_0, trace_1);
        if (code == VOLLEY_OK)
            set_sources(s, index, first, n, last, trace_0, trace_1);
    }
    free(last);
    free(trace_0);
    free(trace_1);
    return code;
}

/* Sums the counts up; what they come to is checked against the lists before memory is taken. */
static int add_counts(const volley_checkpoint *c, const char *name, const uint64_t *counts,
                      volley_ranges *posts) {
    for (uint64_t i = 0; i < posts->n; i++) {
        CHECK(counts[i] <= VOLLEY_MOST_POSTS, VOLLEY_USAGE, "%s: %s: item %llu out of range: value %llu",
              c->path, name, (unsigned long long)i, (unsigned long long)counts[i]);
        posts->start[i + 1] = posts->start[i] + counts[i];
    }
    return VOLLEY_OK;
}

/* How many post spikes each target has; collective, since places follow from those of all ranks. */
static int find_posts(volley_checkpoint_state *s, const volley_checkpoint *c, int index,
                      const volley_target_list *targets, volley_ranges *posts) {
    const volley_projection *projection = s->workers[0].plastic[index].projection;
    char name[VOLLEY_LIST_NAME];
    volley_ranges ranges = {0};
    uint64_t *counts = NULL;
    int code = volley_target_ranges(s, index, targets, &ranges);
    if (code == VOLLEY_OK)
        code = VOLLEY_NEW(counts, targets->n);
    if (code == VOLLEY_OK)
        code = volley_ranges_create(targets->n, posts);
    if (code == VOLLEY_OK)
        code = volley_checkpoint_read_ranges(c, volley_list_of_projection(name, projection, "posts"),
                                             VOLLEY_H5_UINT64, &ranges, counts);
    if (code == VOLLEY_OK)
        code = add_counts(c, name, counts, posts);
    code = volley_io_together(s->comm, code);
    if (code == VOLLEY_OK)
        code = volley_ranges_place(s->comm, targets->position, (uint64_t)projection->target.count, posts);
    uint64_t listed = 0;
    if (code == VOLLEY_OK)
        code = volley_checkpoint_length(c, volley_list_of_projection(name, projection, "post_step"), &listed);
    if (code == VOLLEY_OK && listed != posts->total)
        code = volley_fail(VOLLEY_USAGE, "%s: %s holds %llu items; the targets have %llu", c->path, name,
                           (unsigned long long)listed, (unsigned long long)posts->total);
    free(counts);
    volley_ranges_free(&ranges);
    return code;
}

/* Those of a target stand newest first. */
static int set_post_steps(const volley_checkpoint *c, const char *name, const volley_ranges *ranges,
                          const uint64_t *steps, volley_post *posts) {
    for (uint64_t t = 0; t < ranges->n; t++) {
        uint64_t newest = (uint64_t)c->step;
        for (uint64_t i = ranges->start[t]; i < ranges->start[t + 1]; i++) {
            CHECK(steps[i] <= newest, VOLLEY_USAGE,
                  "%s: %s: item %llu is not in order, or after the step of the checkpoint: value %llu",
                  c->path, name, (unsigned long long)(ranges->place[t] + i - ranges->start[t]),
                  (unsigned long long)steps[i]);
            newest = steps[i];
            posts[i].step = (int64_t)steps[i];
        }
    }
    return VOLLEY_OK;
}

static int read_posts(const volley_checkpoint *c, const volley_projection *projection,
                      const volley_ranges *ranges, volley_post *posts) {
    static const char *const items[] = {"post_trace_0", "post_trace_1"};
    char name[VOLLEY_LIST_NAME];
    uint64_t n = ranges->start[ranges->n];
    double *values = NULL;
    TRY(VOLLEY_NEW(values, n));
    uint64_t *steps = (uint64_t *)(void *)values;
    int code = volley_checkpoint_read_ranges(c, volley_list_of_projection(name, projection, "post_step"),
                                             VOLLEY_H5_UINT64, ranges, steps);
    if (code == VOLLEY_OK)
        code = set_post_steps(c, name, ranges, steps, posts);
    for (int j = 0; j < 2 && code == VOLLEY_OK; j++) {
        code = volley_checkpoint_read_ranges(c, volley_list_of_projection(name, projection, items[j]),
                                             VOLLEY_H5_FLOAT64, ranges, values);
        for (uint64_t i = 0; i < n && code == VOLLEY_OK; i++)
            posts[i].trace[j] = values[i];
    }
    free(values);
    return code;
}

static int restore_posts(volley_checkpoint_state *s, const volley_checkpoint *c, int index) {
    const volley_projection *projection = s->workers[0].plastic[index].projection;
    volley_target_list targets;
    volley_ranges ranges = {0};
    volley_post *posts = NULL;
    int code = volley_io_together(s->comm, volley_target_list_make(s, index, &targets));
    if (code == VOLLEY_OK)
        code = find_posts(s, c, index, &targets, &ranges);
    if (code == VOLLEY_OK)
        code = VOLLEY_NEW(posts, ranges.start[ranges.n]);
    if (code == VOLLEY_OK)
        code = read_posts(c, projection, &ranges, posts);
    for (uint64_t i = 0; i < targets.n && code == VOLLEY_OK; i++) {
        int32_t number;
        volley_kept_history *history =
            volley_plastic_history(&s->workers[targets.thread[i]].plastic[index], targets.target[i], &number);
        code = volley_history_set(history, number, posts + ranges.start[i],
                                  (int32_t)(ranges.start[i + 1] - ranges.start[i]));
    }
    free(posts);
    volley_ranges_free(&ranges);
    volley_target_list_free(&targets);
    return volley_io_together(s->comm, code);
}

static int restore_reward(volley_checkpoint_state *s, const volley_checkpoint *c, int index) {
    const volley_projection *projection = s->workers[0].plastic[index].projection;
    char name[VOLLEY_LIST_NAME];
    bool has_level = s->workers[0].rewards[index].has_level;
    uint64_t first, n, n_levels = 0;
    void *values = NULL, *levels = NULL;
    if (s->workers[0].rewards[index].network == NULL)
        return VOLLEY_OK;
    TRY(volley_checkpoint_read(c, volley_list_of_projection(name, projection, "reward_first"),
                               VOLLEY_H5_UINT64, 1, &first));
    int code = volley_checkpoint_get(c, volley_list_of_projection(name, projection, "reward_value"),
                                     VOLLEY_H5_FLOAT64, &values, &n);
    if (code == VOLLEY_OK && has_level)
        code = volley_checkpoint_get(c, volley_list_of_projection(name, projection, "reward_level"),
                                     VOLLEY_H5_FLOAT64, &levels, &n_levels);
    if (code == VOLLEY_OK && has_level && n_levels != n)
        code = volley_fail(VOLLEY_FAILED, "%s: %s has another length than reward_value", c->path, name);
    if (code == VOLLEY_OK && (first > (uint64_t)c->step + 1 || n > (uint64_t)c->step + 1 - first))
        code = volley_fail(VOLLEY_USAGE, "%s: %s: rewards of steps after that of the checkpoint, %lld",
                           c->path, name, (long long)c->step);
    for (int t = 0; t < s->threads && code == VOLLEY_OK; t++)
        code = volley_reward_set(&s->workers[t].rewards[index], (int64_t)first, (int64_t)n, values, levels);
    free(values);
    free(levels);
    return code;
}

/* Collective. */
static int restore_stored(volley_checkpoint_state *s, const volley_checkpoint *c, int index,
                          enum volley_stored which) {
    const volley_projection *projection = s->workers[0].plastic[index].projection;
    char name[VOLLEY_LIST_NAME];
    volley_list_of_projection(name, projection, which == VOLLEY_STORED_WEIGHT ? "weight" : "column");
    int code = volley_checkpoint_read_ranges(c, name, volley_weight_type(projection),
                                             &s->synapses[index].ranges, s->values);
    TRY(volley_io_together(s->comm, code));
    volley_shared_status shared = {0};
#pragma omp parallel num_threads(s->threads)
    {
        int t = omp_get_thread_num();
        const char *mine = s->values + s->synapses[index].first[t] *
                                           (uint64_t)s->workers[t].plastic[index].projection->weight_bytes;
        volley_status_share(&shared, volley_weights_set_stored(&s->workers[t], index, which, mine));
    }
    return volley_io_together(s->comm, volley_status_result(&shared));
}

int volley_restore_plastic(volley_checkpoint_state *s, const volley_checkpoint *c, int index) {
    const volley_projection *projection = s->workers[0].plastic[index].projection;
    char name[VOLLEY_LIST_NAME];
    uint64_t swept = 0;
    int code = volley_checkpoint_read(c, volley_list_of_projection(name, projection, "swept"),
                                      VOLLEY_H5_UINT64, 1, &swept);
    if (code == VOLLEY_OK)
        code = check_past(c, name, &swept, 1);
    for (int t = 0; t < s->threads && code == VOLLEY_OK; t++)
        volley_plastic_set_swept(&s->workers[t].plastic[index],
                                 swept == 0 ? VOLLEY_NO_SPIKE : (int64_t)swept - 1, c->step);
    if (code == VOLLEY_OK)
        code = restore_sources(s, c, index);
    if (code == VOLLEY_OK)
        code = restore_reward(s, c, index);
    TRY(volley_io_together(s->comm, code));
    bool lacks = volley_checkpoint_has_column(s, index) &&
                 !volley_checkpoint_has(c, volley_list_of_projection(name, projection, "column"));
    TRY(volley_io_together(s->comm,
                           lacks ? volley_fail(VOLLEY_USAGE,
                                               "%s: the plasticity of projection %s keeps what the one of "
                                               "the checkpoint did not; its rule and preset must stay",
                                               c->path, projection->name)
                                 : VOLLEY_OK));
    TRY(restore_posts(s, c, index));
    TRY(restore_stored(s, c, index, VOLLEY_STORED_WEIGHT));
    return volley_checkpoint_has_column(s, index) ? restore_stored(s, c, index, VOLLEY_STORED_COLUMN)
                                                  : VOLLEY_OK;
}
