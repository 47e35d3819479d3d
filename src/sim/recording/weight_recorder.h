/* SPDX-License-Identifier: BSD-3-Clause */
/* The weights of plastic projections as they are at a step, in canonical order. */
#ifndef VOLLEY_SIM_RECORDING_WEIGHT_RECORDER_H
#define VOLLEY_SIM_RECORDING_WEIGHT_RECORDER_H

#include "sim/worker.h"

#include <stdint.h>

/* The end: finishes plastic projection `index` at step `now` (volley_plastic_finish) and adds up, over the
 * thread's synapses, the hash of (projection, target gid, k, weight bits). To be called by the thread. */
int volley_weights_hash(volley_worker *worker, int index, int64_t now, uint64_t *hash);

/* The weights of the thread's synapses of plastic projection `index`, in the order of targets and k, into
 * `values`: float or double as the projection says. To be called by the thread. */
int volley_weights_values(volley_worker *worker, int index, int64_t now, void *values);

/* The weights as they are stored, not advanced, or a column of values that the rule keeps beside them, by its
 * number: into `values`, or back from there. In the same order. */
enum { VOLLEY_STORED_WEIGHT = -1 };
int volley_weights_get_stored(volley_worker *worker, int index, int column, void *values);
int volley_weights_set_stored(volley_worker *worker, int index, int column, const void *values);

/* The targets of several threads one after another: positions in the target subset in the order of those
 * columns, and how many synapses each has; targets without any included. Arrays are owned. */
typedef struct volley_weight_targets {
    int64_t n;
    int64_t *position;
    uint64_t *count;
    int64_t *first; /* [threads + 1] targets before those of a thread */
} volley_weight_targets;

/* Fills in the targets of all threads of this rank; freed by volley_weights_targets_free, also after a
 * failure. */
int volley_weights_targets(const volley_worker *workers, int threads, int index,
                           volley_weight_targets *targets);
void volley_weights_targets_free(volley_weight_targets *targets);

/* This thread's synapses of plastic projection `index`: columns in the order of targets and k. */
typedef struct volley_weight_list {
    int64_t n;
    int64_t *target, *source; /* numbers inside the populations */
    int64_t *k;               /* in-edge of the target */
    uint16_t *delay;          /* steps */
    void *weight;             /* float or double as the projection says */
} volley_weight_list;

/* Fills in the list; the caller owns it and releases it with volley_weight_list_free. */
int volley_weights_list(volley_worker *worker, int index, int64_t now, volley_weight_list *list);
void volley_weight_list_free(volley_weight_list *list);

#endif
