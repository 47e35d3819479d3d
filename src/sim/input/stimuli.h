/* SPDX-License-Identifier: BSD-3-Clause */
/* Stimuli of one thread: what the models in models/stimulus say is added to the neurons of the thread.
 *
 * Counts of spikes, times the weight, go into the accumulators. A delay needs no ring: the count of step s -
 * d is asked for when it arrives. Currents stay in the batches of the neurons until one of them changes. They
 * are added in the order of the config; those of models with changes_often come on top of the others. */
#ifndef VOLLEY_SIM_INPUT_STIMULI_H
#define VOLLEY_SIM_INPUT_STIMULI_H

#include "wiring/neurons.h"

#include <stdint.h>

/* One stimulus on one of its target populations. */
typedef struct volley_stimulus_feed {
    int32_t stimulus, population;
    const volley_stimulus_model *model;
    volley_stimulus_batch batch;
    int32_t *index; /* [batch.used] slots in the segment; NULL: slot i */
    int64_t first;  /* target number of slot 0 */
    int64_t delay;  /* steps */
    double weight;
    int receptor;
    const double *value; /* the current that flows; NULL: none */
    int64_t next;        /* update at which it changes */
} volley_stimulus_feed;

typedef struct volley_stimuli {
    int n;                       /* feeds: those with counts, then those with currents */
    int n_draws, n_steady;       /* those with counts, and with currents that change seldom */
    volley_stimulus_feed *feeds; /* [n] in each group in the order of the config */
    int simd;
    int32_t n_populations;
    double **steady;               /* [n_populations]: current without what changes often, [count]; or NULL */
    int64_t next_steady, next_top; /* update at which one of the currents changes */
    uint64_t draws;
} volley_stimuli;

/* Not collective; called by the thread itself, so that its memory is near it. Prepares all stimuli that reach
 * the neurons of this thread. To be freed also after a failure. Returns VOLLEY_USAGE when a mean count per
 * step is above VOLLEY_POISSON_MEAN_MAX. */
int volley_stimuli_create(const volley_layout *layout, int thread, int simd, const volley_neurons *neurons,
                          volley_stimuli *stimuli);
void volley_stimuli_free(volley_stimuli *stimuli);

/* Adds the counts that arrive in one update to input[receptor]; updates ascend. Returns the number of events.
 */
int64_t volley_stimuli_deliver(volley_stimuli *stimuli, int64_t update, double *const *input);

/* Sets the currents of the batches for the updates from `update` on. */
void volley_stimuli_set_currents(volley_stimuli *stimuli, volley_neurons *neurons, int64_t update);

/* The same when one of them changes in this update; else nothing. */
static inline void volley_stimuli_currents(volley_stimuli *stimuli, volley_neurons *neurons, int64_t update) {
    if (update >= stimuli->next_steady || update >= stimuli->next_top)
        volley_stimuli_set_currents(stimuli, neurons, update);
}

#endif
