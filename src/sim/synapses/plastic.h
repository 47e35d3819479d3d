/* SPDX-License-Identifier: BSD-3-Clause */
/* The plastic synapses of one thread and projection: lazy and exact.
 *
 * A synapse is visited when a spike of its source arrives: post spikes since the previous one are replayed in
 * order, then the rule's part at a pre spike, then the weight is delivered. A spike stamped t with
 * delay = axonal + dendritic meets the synapse at t + axonal and is handled at t + delay, when all post
 * spikes stamped before t + delay are known; those the synapse has seen by then are stamped up to t + axonal
 * - dendritic.
 *
 * Traces of a source belong to the emission of its spikes, so each spike under way carries those of the spike
 * before it. Sweeps bring rows up to date from time to time, so that old post spikes can be forgotten; since
 * every change is one post or pre spike, where a replay is cut in two changes no bit. */
#ifndef VOLLEY_SIM_SYNAPSES_PLASTIC_H
#define VOLLEY_SIM_SYNAPSES_PLASTIC_H

#include "wiring/synapses.h"
#include "sim/synapses/history.h"

#include <stddef.h>
#include <stdint.h>

/* A spike under way. */
typedef struct volley_plastic_spike {
    int64_t step, previous; /* previous: of the same source; VOLLEY_NO_SPIKE: none */
    double scale;           /* factor on the weights it delivers */
    uint32_t earlier;       /* number of the previous spike of the same source */
} volley_plastic_spike;

#define VOLLEY_NO_SPIKE (INT64_MIN / 4)

/* A run that a spike reaches. */
typedef struct volley_plastic_due {
    uint32_t position, spike;
    uint32_t length;
} volley_plastic_due;

typedef struct volley_plastic_bucket {
    volley_plastic_due *items;
    size_t count, capacity;
} volley_plastic_bucket;

typedef struct volley_plastic_block {
    volley_rows *rows;    /* borrowed; the weights in it are advanced */
    int64_t first_target; /* of the block, in the thread */
    volley_kept_history history;
    void *column[VOLLEY_RULE_COLUMNS]; /* [n_synapses] each like the weights; NULL: not in the plan */
    volley_plastic_bucket *buckets;    /* [slots] */
} volley_plastic_block;

typedef struct volley_plastic {
    const volley_projection *projection; /* borrowed */
    volley_visit_function visit;
    int receptor;
    int n_variables, n_columns; /* of a source; of a synapse */
    volley_decay plus[VOLLEY_RULE_VARIABLES], minus[VOLLEY_RULE_VARIABLES], own[VOLLEY_RULE_COLUMNS];
    int64_t slots;               /* largest delay of the network */
    int64_t first_slot, n_slots; /* targets of the thread */
    int64_t n_sources;

    int64_t *last;                  /* [n_sources] step of the last spike, or VOLLEY_NO_SPIKE */
    double *state;                  /* [n_sources][n_variables] just after it */
    uint32_t *newest;               /* [n_sources] its number */
    volley_plastic_spike *spikes;   /* [capacity], a power of two; spike n at n modulo capacity */
    double *then;                   /* [capacity][n_variables] of its source just after the previous spike */
    uint32_t first, next, capacity; /* numbers kept: [first, next) modulo 2^32 */

    int64_t n_blocks;
    volley_plastic_block *blocks;
    int64_t swept; /* step of the last sweep, or VOLLEY_NO_SPIKE */
    int64_t sweep_interval;
    int64_t memory;      /* steps after which a source's traces are zero and its spikes out of sight */
    uint32_t *under_way; /* scratch: spikes of one source */
    size_t under_way_capacity;
    int64_t *earlier; /* scratch: their steps */
    size_t earlier_capacity;
    const volley_signal *signal; /* borrowed; set by the owner, may be NULL */
} volley_plastic;

/* A spike by its number; it is kept. */
static inline const volley_plastic_spike *volley_plastic_spike_at(const volley_plastic *plastic,
                                                                  uint32_t number) {
    return &plastic->spikes[number & (plastic->capacity - 1)];
}

/* A source's variables just after its last spike. */
static inline double *volley_plastic_state(const volley_plastic *plastic, uint32_t source) {
    return plastic->state + (size_t)source * (size_t)plastic->n_variables;
}

/* The variables of a spike's source just after the previous spike. */
static inline double *volley_plastic_then(const volley_plastic *plastic, uint32_t number) {
    return plastic->then + (size_t)(number & (plastic->capacity - 1)) * (size_t)plastic->n_variables;
}

/* Whether a spike only delivers, since the source has fired in its step already and the rule counts that
 * once.
 */
static inline bool volley_plastic_again(const volley_plastic *plastic, const volley_plastic_spike *spike) {
    return plastic->projection->plasticity.plan.per_step && spike->previous == spike->step;
}

/* The weights of a plastic table, and the size of one. */
static inline void *volley_plastic_row_weights(const volley_rows *rows) {
    return rows->class == VOLLEY_CLASS_FLOAT32 ? (void *)rows->weight32 : (void *)rows->weight64;
}
static inline size_t volley_plastic_weight_bytes(const volley_rows *rows) {
    return rows->class == VOLLEY_CLASS_FLOAT32 ? sizeof(float) : sizeof(double);
}

/* Not collective; to be called by the thread itself. `index` counts the plastic projections. The wiring is
 * borrowed, and its weights change. */
int volley_plastic_create(const volley_wiring *wiring, int thread, int index, volley_plastic *plastic);
void volley_plastic_free(volley_plastic *plastic);

/* A neuron of the thread (its target number) has fired at `step`. */
int volley_plastic_post(volley_plastic *plastic, int64_t target, int64_t step);

/* A source (local number) has fired at `step`. Spikes are pushed in the order of their steps. */
int volley_plastic_push(volley_plastic *plastic, uint32_t source, int64_t step);

/* ---- for a checkpoint ----
 *
 * The state of a source just before `after` and the steps of its spikes since then say everything about its
 * spikes under way: pushed again they give the same state. */

/* Steps that spikes have to be known back, for that. */
int64_t volley_plastic_span(const volley_plastic *plastic);

/* Step of the last spike of a source stamped up to `after` (VOLLEY_NO_SPIKE: none, or the thread has no
 * synapse of it), not more than the span back, and its variables just after it. */
int64_t volley_plastic_source_at(const volley_plastic *plastic, uint32_t source, int64_t after,
                                 double variables[VOLLEY_RULE_VARIABLES]);

/* Puts a source of a plastic that has just been created back to that state. */
void volley_plastic_set_source(volley_plastic *plastic, uint32_t source, int64_t last,
                               const double variables[VOLLEY_RULE_VARIABLES]);

/* Pushes a spike again, when all updates before `update` have been handled. */
int volley_plastic_push_rest(volley_plastic *plastic, uint32_t source, int64_t step, int64_t update);

/* Post spikes up to this step have been seen by all synapses, after a sweep at step `swept`. */
static inline int64_t volley_plastic_horizon(const volley_plastic *plastic, int64_t swept) {
    return swept - 2 * plastic->slots - 1 - plastic->projection->plasticity.plan.window;
}

/* As after a sweep at step `swept` (VOLLEY_NO_SPIKE: none), of a plastic that has just been created, at step
 * `now`. Before post spikes are put back. */
void volley_plastic_set_swept(volley_plastic *plastic, int64_t swept, int64_t now);

/* The history of a target and its number in it; a target of the thread that the projection's population
 * holds. */
volley_kept_history *volley_plastic_history(volley_plastic *plastic, int64_t target, int32_t *number);

/* Handles what arrives in an update: changes the synapses and adds their weights to
 * input[receptor][target number of the thread]. Adds the number of synapses handled to *events. */
int volley_plastic_deliver(volley_plastic *plastic, int64_t update, double *const *input, int64_t *events);

/* Sweeps when it is time; to be called when all arrivals up to step `now` have been handled and all spikes up
 * to it pushed. */
int volley_plastic_sweep(volley_plastic *plastic, int64_t now);

/* The weights of a block (rows->n_synapses, in the order of the rows, of the type of the rows' weights) as
 * they are at step `now`, at the same moment as a sweep: with all spikes that have met their synapse. The
 * engine's own weights stay as they are. */
int volley_plastic_weights(volley_plastic *plastic, int64_t block, int64_t now, void *weights);

/* The same in the rows themselves: the end. Afterwards the synapses can only be read. */
int volley_plastic_finish(volley_plastic *plastic, int64_t now);

#endif
