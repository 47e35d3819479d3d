/* SPDX-License-Identifier: BSD-3-Clause */
/* Keeps the postsynaptic spikes and traces of a block's targets, and forgets those that all synapses have
 * seen. */
#include "sim/synapses/history.h"
#include "base/memory.h"
#include "base/status.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_DEPTH = 4 };

/* The base moves on before a step comes near the end of 32 bits. */
static const int64_t move_base_after = INT64_C(1) << 29;

static size_t trace_bytes(const volley_kept_history *history) {
    return history->wide ? sizeof(double) : sizeof(float);
}

static int grow(volley_kept_history *history, int32_t depth) {
    volley_history *view = &history->view;
    int64_t old = (int64_t)view->depth * view->count, items = (int64_t)depth * view->count;
    CHECK(items <= INT32_MAX, VOLLEY_EXHAUSTED,
          "a burst of more than %d spikes of one neuron within the memory of a plastic synapse; use more "
          "threads "
          "or ranks",
          view->depth);
    TRY(VOLLEY_RESIZE(view->step, items));
    for (int64_t i = old; i < items; i++)
        view->step[i] = VOLLEY_STEP_NEVER;
    for (int j = 0; j < history->n_variables; j++) {
        size_t bytes = trace_bytes(history);
        view->trace[j] = volley_resize(view->trace[j], (size_t)items, bytes);
        TRY(volley_alloc_status());
        memset((char *)view->trace[j] + (size_t)old * bytes, 0, (size_t)(items - old) * bytes);
    }
    view->depth = depth;
    return VOLLEY_OK;
}

int volley_history_create(int32_t first, int32_t count, const volley_rule_plan *plan,
                          const volley_decay *minus, bool wide, volley_kept_history *history) {
    *history = (volley_kept_history){.view = {.first = first, .count = count},
                                     .plan = plan,
                                     .minus = minus,
                                     .n_variables = volley_rule_count_variables(plan->target),
                                     .wide = wide,
                                     .horizon = INT64_MIN};
    return count > 0 ? grow(history, FIRST_DEPTH) : VOLLEY_OK;
}

void volley_history_free(volley_kept_history *history) {
    free(history->view.step);
    for (int j = 0; j < VOLLEY_RULE_VARIABLES; j++)
        free(history->view.trace[j]);
    *history = (volley_kept_history){0};
}

/* Trace j of a new spike from the one before. One that is kept as it is before a spike counts the new spike
 * when the next one comes. */
static void add_trace(volley_kept_history *history, int j, int64_t at, int64_t elapsed) {
    const volley_decay *decay = &history->minus[j];
    bool before = history->plan->target[j].before, nearest = history->plan->nearest;
    int64_t n = elapsed < decay->cut ? elapsed : decay->cut;
    if (history->wide) {
        double *trace = history->view.trace[j];
        double last = before ? trace[at] + 1.0 : trace[at];
        double left = nearest ? 0.0 : decay->tau > 0.0 ? last * decay->value64[n] : last;
        trace[at] = before ? left : left + 1.0;
    } else {
        float *trace = history->view.trace[j];
        float last = before ? trace[at] + 1.0f : trace[at];
        float left = nearest ? 0.0f : decay->tau > 0.0 ? last * decay->value32[n] : last;
        trace[at] = before ? left : left + 1.0f;
    }
}

/* Moves the newest `n` entries of a slot one place back. */
static void shift(volley_kept_history *history, int64_t slot, int32_t n) {
    volley_history *view = &history->view;
    int64_t count = view->count;
    for (int64_t k = n; k > 0; k--) {
        int64_t to = k * count + slot, from = to - count;
        view->step[to] = view->step[from];
        for (int j = 0; j < history->n_variables; j++) {
            if (history->wide)
                ((double *)view->trace[j])[to] = ((double *)view->trace[j])[from];
            else
                ((float *)view->trace[j])[to] = ((float *)view->trace[j])[from];
        }
    }
}

/* Newest entries of a slot that are later than the horizon. */
static int32_t count_kept(const volley_kept_history *history, int64_t slot) {
    const volley_history *view = &history->view;
    int64_t count = view->count;
    int32_t horizon = history->horizon > history->base + VOLLEY_STEP_NEVER
                          ? (int32_t)(history->horizon - history->base)
                          : VOLLEY_STEP_NEVER;
    int32_t kept = 0;
    while (kept < view->depth && view->step[kept * count + slot] > horizon)
        kept++;
    return kept;
}

/* The variables of a new spike from those of the one before, which still stand in its place. */
static void call_event(volley_kept_history *history, int64_t slot, int64_t apart) {
    double state[VOLLEY_RULE_VARIABLES] = {0};
    for (int j = 0; j < history->n_variables; j++)
        state[j] = history->wide ? ((const double *)history->view.trace[j])[slot]
                                 : (double)((const float *)history->view.trace[j])[slot];
    history->plan->target_event(history->plan->constants, apart, state);
    for (int j = 0; j < history->n_variables; j++)
        if (history->wide)
            ((double *)history->view.trace[j])[slot] = state[j];
        else
            ((float *)history->view.trace[j])[slot] = (float)state[j];
}

int volley_history_add(volley_kept_history *history, int32_t target, int64_t step) {
    volley_history *view = &history->view;
    int64_t slot = target - view->first;
    int32_t kept = count_kept(history, slot);
    /* the new one, those kept, and the newest of those that may go */
    if (kept + 2 > view->depth)
        TRY(grow(history, 2 * view->depth));
    int64_t elapsed = step - history->base - view->step[slot];
    bool first = view->step[slot] == VOLLEY_STEP_NEVER;
    shift(history, slot, kept + 1);
    view->step[slot] = (int32_t)(step - history->base);
    if (history->plan->target_event != NULL) {
        call_event(history, slot, first ? INT64_MAX : elapsed);
        return VOLLEY_OK;
    }
    for (int j = 0; j < history->n_variables; j++) {
        if (first && history->plan->target[j]
                         .before) { /* nothing before it: the spike that add_trace counts does not exist */
            if (history->wide)
                ((double *)view->trace[j])[slot] = 0.0;
            else
                ((float *)view->trace[j])[slot] = 0.0f;
        } else {
            add_trace(history, j, slot, elapsed);
        }
    }
    return VOLLEY_OK;
}

void volley_history_forget(volley_kept_history *history, int64_t horizon, int64_t now) {
    volley_history *view = &history->view;
    history->horizon = horizon;
    int64_t move = now - history->base;
    if (move < move_base_after)
        return;
    for (int64_t i = 0; i < (int64_t)view->depth * view->count; i++) {
        int64_t step = view->step[i] - move;
        view->step[i] = step < VOLLEY_STEP_NEVER ? VOLLEY_STEP_NEVER : (int32_t)step;
    }
    history->base = now;
}

int32_t volley_history_needed(const volley_kept_history *history, int32_t target) {
    const volley_history *view = &history->view;
    int64_t slot = target - view->first;
    int32_t kept = count_kept(history, slot);
    bool one_more = kept < view->depth && view->step[(int64_t)kept * view->count + slot] != VOLLEY_STEP_NEVER;
    return kept + one_more;
}

volley_post volley_history_get(const volley_kept_history *history, int32_t target, int32_t k) {
    const volley_history *view = &history->view;
    int64_t at = (int64_t)k * view->count + target - view->first;
    volley_post post = {.step = history->base + view->step[at]};
    for (int j = 0; j < history->n_variables; j++)
        post.trace[j] = history->wide ? ((const double *)view->trace[j])[at]
                                      : (double)((const float *)view->trace[j])[at];
    return post;
}

int volley_history_set(volley_kept_history *history, int32_t target, const volley_post *posts, int32_t n) {
    volley_history *view = &history->view;
    int32_t depth = view->depth;
    while (depth < n)
        depth *= 2;
    if (depth > view->depth)
        TRY(grow(history, depth));
    for (int32_t k = 0; k < n; k++) {
        int64_t at = (int64_t)k * view->count + target - view->first;
        view->step[at] = volley_history_step(history, posts[k].step);
        for (int j = 0; j < history->n_variables; j++)
            if (history->wide)
                ((double *)view->trace[j])[at] = posts[k].trace[j];
            else
                ((float *)view->trace[j])[at] = (float)posts[k].trace[j];
    }
    return VOLLEY_OK;
}
