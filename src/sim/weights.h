/* The weights of plastic projections as they are at a step, in canonical order. */
#ifndef VOLLEY_SIM_WEIGHTS_H
#define VOLLEY_SIM_WEIGHTS_H

#include "sim/worker.h"

#include <stdint.h>

/* Sum over the thread's synapses of plastic projection `index` of the hash of (projection, target gid, k,
 * weight bits). To be called by the thread, at a moment at which volley_plastic_weights may be. */
int volley_weights_hash(volley_worker *worker, int index, int64_t now, uint64_t *hash);

/* The weights of the thread's synapses of plastic projection `index`, in the order of targets and k, into
 * `values`: float or double as the projection says. When and by whom as above. */
int volley_weights_values(volley_worker *worker, int index, int64_t now, void *values);

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
