/* SPDX-License-Identifier: BSD-3-Clause */
/* The post spikes of a block's targets, as plastic synapses need them. */
#ifndef VOLLEY_SIM_SYNAPSES_HISTORY_H
#define VOLLEY_SIM_SYNAPSES_HISTORY_H

#include "models/plasticity/plasticity.h"

#include <stdbool.h>
#include <stdint.h>

/* A history being kept. Steps inside are relative to `base`. */
typedef struct volley_kept_history {
    volley_history view;
    const volley_rule_plan *plan; /* borrowed */
    const volley_decay *minus;    /* borrowed: of the plan's target variables */
    int n_variables;              /* of a target */
    bool wide;                    /* they are doubles */
    int64_t base;
    int64_t horizon; /* every synapse has seen the post spikes up to this step */
} volley_kept_history;

/* Targets [first, first + count) of a block. Not collective; to be called by the thread that uses it. */
int volley_history_create(int32_t first, int32_t count, const volley_rule_plan *plan,
                          const volley_decay *minus, bool wide, volley_kept_history *history);
void volley_history_free(volley_kept_history *history);

/* Adds a spike of a target (in the block) at `step`, later than or equal to all before. The history grows
 * when it has no room; VOLLEY_EXHAUSTED without memory. */
int volley_history_add(volley_kept_history *history, int32_t target, int64_t step);

/* Every synapse has seen the post spikes up to `horizon` now, at step `now`: they may go, but for the newest.
 */
void volley_history_forget(volley_kept_history *history, int64_t horizon, int64_t now);

/* ---- for a checkpoint ---- */

/* A post spike and the target's variables. */
typedef struct volley_post {
    int64_t step;
    double trace[VOLLEY_RULE_VARIABLES];
} volley_post;

/* How many post spikes of a target (in the block) are needed: those that some synapse has not seen, and the
 * newest of the others. And number k of them, newest first. */
int32_t volley_history_needed(const volley_kept_history *history, int32_t target);
volley_post volley_history_get(const volley_kept_history *history, int32_t target, int32_t k);

/* More spikes of one target than any history has room for. */
enum { VOLLEY_MOST_POSTS = 1 << 30 };

/* Puts n post spikes (up to VOLLEY_MOST_POSTS), newest first, back into an empty history. VOLLEY_EXHAUSTED
 * without memory. */
int volley_history_set(volley_kept_history *history, int32_t target, const volley_post *posts, int32_t n);

/* A step in the units of the view; steps long before the base become VOLLEY_STEP_NEVER, those far ahead its
 * opposite, which is later than any spike. */
static inline int32_t volley_history_step(const volley_kept_history *history, int64_t step) {
    int64_t relative = step - history->base;
    if (relative < VOLLEY_STEP_NEVER)
        return VOLLEY_STEP_NEVER;
    return relative > -VOLLEY_STEP_NEVER ? -VOLLEY_STEP_NEVER : (int32_t)relative;
}

#endif
