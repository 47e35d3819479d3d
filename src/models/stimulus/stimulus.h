/* SPDX-License-Identifier: BSD-3-Clause */
/* Stimulus models: the table each model fills in, and the registry.
 *
 * A stimulus is input that is not a spike of a simulated neuron. A model is one file in this folder and one
 * line in stimulus.def. It says what each target gets: `draw` gives counts of spikes, `current` a current. It
 * knows no network. The engine (sim/input/stimuli.c) owns the targets, the weight, the delay, the receptor,
 * start and stop, and the checkpoint of the states.
 *
 * Time: a step is the stamp of the update that ends with it. A stimulus is active for start < step <= stop.
 */
#ifndef VOLLEY_MODELS_STIMULUS_H
#define VOLLEY_MODELS_STIMULUS_H

#include "base/field.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    VOLLEY_STIMULUS_MODELS_MAX = 64,
    VOLLEY_STIMULUS_MAX_PARAMS = 16,
    VOLLEY_STIMULUS_MAX_STATES = 8,
    VOLLEY_STIMULUS_WIDTH = 16,      /* batches are padded to a multiple of this many targets */
    VOLLEY_POISSON_MEAN_MAX = 10000, /* events per step and neuron: counts are kept in 16 bits */
};

/* The last two parameters of every model with `draw`. The engine uses them, the model need not. */
#define VOLLEY_STIMULUS_SPIKE_FIELDS                                                                         \
    {"weight", "pA or mV",                                                                                   \
     1.0,      -INFINITY,                                                                                    \
     INFINITY, "weight of every spike in the unit of the target model; its sign selects the receptor"},      \
    {                                                                                                        \
        "delay", "ms", 1.0, 1e-3, INFINITY,                                                                  \
            "from the generator to the neuron, rounded to the nearest step, at least one"                    \
    }

/* The patterns of a stimulus: value[pattern * n_values + i] for the i-th of its targets, in their order. */
typedef struct volley_patterns {
    int64_t n, n_values;
    double *value; /* owned by the description */
    bool random;   /* drawn for each interval, else in turn */
} volley_patterns;

/* What the config says of one stimulus, in the terms of its model. Everything is borrowed. */
typedef struct volley_stimulus_given {
    const double *params; /* [n_params], in the model's order */
    double dt_ms;
    int64_t start_step, stop_step;   /* active for start < step <= stop */
    int64_t interval_steps;          /* of models with takes_interval or takes_patterns, else 1 */
    int64_t n_changes;               /* of models with `changes` */
    const int64_t *change_steps;     /* [n_changes], ascending */
    const double *change_values;     /* [n_changes], for change_steps[i] < step, until the next */
    const volley_patterns *patterns; /* of models with takes_patterns */
    uint64_t key;                    /* of the stimulus's stream of random numbers (model->stream) */
} volley_stimulus_given;

/* Targets of one thread in one population. Arrays have `count` items, a multiple of VOLLEY_STIMULUS_WIDTH;
 * those from `used` on are padding, whose results nobody reads. */
typedef struct volley_stimulus_batch {
    volley_stimulus_given given;
    int simd; /* a level of base/simd.h; results do not depend on it */
    int64_t used, count;
    const uint64_t *gid;     /* [count], of models with a stream, else NULL */
    const int64_t *position; /* [used] among all targets of the stimulus, of models with takes_patterns or
                              * states, else NULL */
    double *state[VOLLEY_STIMULUS_MAX_STATES]; /* [n_states][count], at first the fields' standard values */
    void *own;                                 /* what the model's `prepare` made */
} volley_stimulus_batch;

typedef struct volley_stimulus_model {
    const char *name;
    const char *meaning; /* one line */
    const char *source;  /* of the model */
    int n_params;
    const volley_field *params;
    const volley_field *changes; /* [2] times and values of what follows a schedule; NULL: nothing does */
    int n_states;                /* doubles that each target keeps from step to step */
    const volley_field *states;
    uint32_t stream; /* enum volley_rng_purpose of its random numbers; 0: it draws none */

    /* Makes what the batch needs (batch->own), and initial states that are not those of the fields; NULL:
     * nothing. `release` frees it; it is called also when `prepare` failed. */
    int (*prepare)(volley_stimulus_batch *batch);
    void (*release)(volley_stimulus_batch *batch);

    /* One of these two is there, or the stimulus is a signal. Each returns an array of the model's own that
     * holds until its next call. `draw` gives the counts of a step [used]. `current` gives currents in pA,
     * one value for all when `shared`, else [used], and the next step at which they change in *next
     * (INT64_MAX: never), without regard to start and stop. Steps ascend while the stimulus is active.
     * Without states a step may come again, and steps may be left out; with states every step comes once, and
     * nothing but the states may pass from one to the next: a checkpoint holds just these. */
    const uint16_t *(*draw)(volley_stimulus_batch *batch, int64_t step);
    const double *(*current)(volley_stimulus_batch *batch, int64_t step, int64_t *next);

    /* Of models with `draw`: the rate in Hz, its highest value, and its mean over the steps in (from, to]. */
    double (*highest_rate)(const volley_stimulus_given *given);
    double (*mean_rate)(const volley_stimulus_given *given, double from, double to);

    double target_bytes; /* memory that a target takes, for forecasts */
    bool constant_rate;  /* the rate is the first parameter alone, so that `scale` can replace lost input */
    bool shared;         /* all targets get the same current */
    bool changes_often;  /* its current comes last, upon a copy of the sum of all others */
    bool takes_interval; /* the last parameter is a time in ms, a multiple of the step: interval_steps */
    bool takes_patterns; /* params are patterns */
    bool is_signal;      /* has no targets: a value in each step, by which plastic projections learn */
} volley_stimulus_model;

/* The registry, ending with a NULL: the models built in, then those of models/neuron/module.h. A model by
 * name (NULL when unknown). */
extern const volley_stimulus_model *const *const volley_stimulus_models;
const volley_stimulus_model *volley_stimulus_model_find(const char *name);

/* Puts a model behind the others; borrowed. VOLLEY_USAGE when there are VOLLEY_STIMULUS_MODELS_MAX. To be
 * called before threads exist. */
int volley_stimulus_model_add(const volley_stimulus_model *model);

/* Index of the parameter that is the weight, delay or interval of a model; -1: it has none. */
static inline int volley_stimulus_weight(const volley_stimulus_model *model) {
    return model->draw ? model->n_params - 2 : -1;
}
static inline int volley_stimulus_delay(const volley_stimulus_model *model) {
    return model->draw ? model->n_params - 1 : -1;
}
static inline int volley_stimulus_interval(const volley_stimulus_model *model) {
    return model->takes_interval ? model->n_params - 1 : -1;
}

/* Number of the change that holds at a step; -1 before the first. */
int64_t volley_stimulus_change_at(const volley_stimulus_given *given, int64_t step);

/* Number of the pattern that is shown at a step while the stimulus is active. */
int64_t volley_stimulus_pattern_at(const volley_stimulus_given *given, int64_t step);

#endif
