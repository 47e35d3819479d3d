/* SPDX-License-Identifier: BSD-3-Clause */
/* What saving and restoring share: where the items of lists stand, and the names of lists. */
#ifndef VOLLEY_SIM_CHECKPOINT_CHECKPOINT_PARTS_H
#define VOLLEY_SIM_CHECKPOINT_CHECKPOINT_PARTS_H

#include "sim/checkpoint/checkpoint.h"

enum { VOLLEY_LIST_NAME = 512 };

/* Items of the list `counters`. */
enum volley_counter {
    VOLLEY_COUNT_STATIC,
    VOLLEY_COUNT_PLASTIC,
    VOLLEY_COUNT_EXTERNAL,
    VOLLEY_COUNT_UPDATES,
    VOLLEY_COUNT_DRAWS,
    VOLLEY_COUNT_SPIKE_HASH,
    VOLLEY_COUNT_CONNECTION_HASH,
    VOLLEY_COUNT_CALLS,
    VOLLEY_COUNT_OVERFLOWS,
    VOLLEY_COUNT_MESSAGES,
    VOLLEY_COUNT_BYTES,
    VOLLEY_COUNTERS
};

/* "neurons.P.<item>" and "plastic.J.<item>"; the names of populations and projections have no dots. */
const char *volley_list_of_population(char name[VOLLEY_LIST_NAME], const volley_population *population,
                                      const char *item);
const char *volley_list_of_projection(char name[VOLLEY_LIST_NAME], const volley_projection *projection,
                                      const char *item);

/* The neurons of a population on this rank, thread by thread, with `width` items each. Freed by the caller,
 * also after a failure. Not collective. */
int volley_neuron_ranges(const volley_checkpoint_state *state, int32_t population, uint64_t width,
                         volley_ranges *ranges);

/* Saving the states of stimulus `index` is collective, and returns the same code on all ranks. Restoring them
 * is not; it returns VOLLEY_USAGE when the checkpoint holds another number of targets. */
int volley_stimulus_states_save(volley_checkpoint_state *state, int32_t index);
int volley_stimulus_states_restore(volley_checkpoint_state *state, const volley_checkpoint *checkpoint,
                                   int32_t index);

/* Targets of plastic projection `index` on this rank. */
typedef struct volley_target_list {
    uint64_t n;
    uint64_t *position; /* [n] in the target subset */
    int32_t *thread;    /* [n] */
    int64_t *target;    /* [n] number in the thread */
} volley_target_list;
int volley_target_list_make(const volley_checkpoint_state *state, int index, volley_target_list *list);
void volley_target_list_free(volley_target_list *list);

/* A range of one item for each target. Not collective. */
int volley_target_ranges(const volley_checkpoint_state *state, int index, const volley_target_list *list,
                         volley_ranges *ranges);

/* Collective. Fills in state->synapses and makes room in state->values, the first time. */
int volley_synapse_ranges_make(volley_checkpoint_state *state);

/* Collective. Fills in what is kept of plastic projection `index` on this rank. Returns the same code on all
 * ranks: VOLLEY_USAGE when the checkpoint holds what cannot be, or lacks what its rule needs. */
int volley_restore_plastic(volley_checkpoint_state *state, const volley_checkpoint *checkpoint, int index);

static inline enum volley_h5_type volley_weight_type(const volley_projection *projection) {
    return projection->weight_bytes == 4 ? VOLLEY_H5_FLOAT32 : VOLLEY_H5_FLOAT64;
}

#endif
