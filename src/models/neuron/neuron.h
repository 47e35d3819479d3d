/* SPDX-License-Identifier: BSD-3-Clause */
/* Neuron models: the table each model fills in, and the registry.
 *
 * A model is one file in this folder and one line in neuron.def. Its kernel works on a batch of neurons of
 * one thread as struct of arrays, allocates nothing and knows no network.
 *
 * Time (see configs/README.md, "Time"): update k takes the state from step k to k + 1; a neuron that crosses
 * its threshold in update k is stamped k + 1, once for each time it does so. */
#ifndef VOLLEY_MODELS_NEURON_H
#define VOLLEY_MODELS_NEURON_H

#include "base/field.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    VOLLEY_RECEPTORS_MAX = 256, /* of one population */
    VOLLEY_BATCH_WIDTH = 8,     /* batches are padded to a multiple of this many neurons */
};

/* Columns of one batch. All arrays have `count` items, a multiple of VOLLEY_BATCH_WIDTH; items from `used` on
 * are padding: they are updated like the others (with parameters of a real neuron) but never reported as
 * fired. */
typedef struct volley_neuron_batch {
    int64_t count, used;
    double **state;          /* [n_states][count] */
    int32_t *refractory;     /* [count], steps left */
    const double **constant; /* [n_constants][count], or one value each when uniform */
    bool uniform;            /* all neurons share their constants */
    const double *current;   /* pA: one value when uniform_current, else [count] */
    bool uniform_current;    /* (stimuli; I_e is a parameter) */
    int n_receptors;
    double **input;      /* [n_receptors][count], summed weights of this step; the kernel zeroes them */
    int32_t *fired;      /* [count], out: ascending indices of the neurons that fired */
    double *repeats;     /* [count], out: how many spikes a neuron that fired emits, a whole number; NULL: one
                            each. Only for models that say repeats_spikes or fires_often. */
    int64_t update;      /* number of this update */
    double *past;        /* [n_past][count], 0 at the start: what the model keeps for itself (model->past) */
    int64_t n_past;      /* the largest that any neuron of the batch asks for */
    int64_t lag;         /* steps from emission to arrival of all input (model->from_emission) */
    uint32_t *forced;    /* [count] volley_forced, NULL: no prescribed spikes; the kernel zeroes them */
    const uint64_t *gid; /* [count], for models that draw */
    uint64_t stream;     /* key of the population's random numbers, for models that draw */
} volley_neuron_batch;

/* A prescribed spike (model->takes_spike_times): of this update, and of step 0, which no update can fire. */
enum volley_forced { VOLLEY_FORCED_NOW = 1, VOLLEY_FORCED_AT_START = 2 };

/* One update of a batch. Returns how many neurons fired (their indices in batch->fired). */
typedef int64_t (*volley_neuron_update)(const volley_neuron_batch *batch);

/* What a model has once for each receptor, if a population may have any number of receptors. A config gives
 * each parameter as a list; the length of the lists is the number of receptors, which are named "1", "2" and
 * so on, as NEST counts them. The parameters, states and constants of the receptors stand behind those of the
 * neuron, field by field: those of field j and receptor r at place n + j * receptors + r, where n is the
 * number that the model declares for the neuron. */
typedef struct volley_receptor_fields {
    int n_params;
    const volley_field *params; /* the standard value is that of a single receptor */
    int n_states;
    const volley_field *states; /* of receptor 2 with the name I_syn: I_syn_2 */
    int n_constants;
    double relative_cost; /* of each receptor, added to that of the neuron */
    /* Derives the constants of one receptor from the parameters of its neuron and its own. As derive below.
     */
    int (*derive)(const double *params, const double *own, double dt_ms, double *constants);
} volley_receptor_fields;

typedef struct volley_neuron_model {
    const char *name;
    const char *meaning; /* one line */
    const char *source;  /* of the equations */
    int n_params;
    const volley_field *params;
    int n_states; /* states that a user may set (init) and record, in the order of batch->state */
    const volley_field *states;
    const char *membrane;  /* the state that is the membrane potential; NULL: none */
    const char *starts_at; /* the parameter at which it starts without init; NULL: at its default value */
    int n_receptors;       /* 0: as many as the lists of each_receptor are long */
    const char *const
        *receptors; /* their names, in the order of batch->input; VOLLEY_EXCITATORY_INHIBITORY */
    const volley_receptor_fields *each_receptor; /* NULL: the receptors are those that `receptors` names */
    const struct volley_neuron_model
        *of_any_size; /* the model that volley_neuron_model_sized copied; else NULL */
    int n_constants;
    /* Derives one neuron's constants from its parameters (in the units of the field table: ms, mV, pF, pA,
     * nS) and the step, dt in ms. `constants` has n_constants items. Reports combinations that make no sense
     * with volley_fail(VOLLEY_USAGE). */
    int (*derive)(const double *params, double dt_ms, double *constants);
    /* Constant current in pA with the same mean effect as synaptic input of total weight x rate `weight_hz`
     * into a receptor (van Albada et al. 2015); NULL: not possible for this model. */
    double (*mean_current)(const double *params, int receptor, double weight_hz);
    /* Columns of batch->past that a neuron with these parameters needs; NULL: none. */
    int64_t (*past)(const double *params, double dt_ms);
    /* Number of columns of batch->past, at its front, that hold sums of the model. The columns behind them
     * are a ring of the inputs of the last updates: the input of update k is in column past_sums + (k modulo
     * their number). */
    int64_t past_sums;
    volley_neuron_update update[3]; /* by volley_simd_level: plain, avx2, avx512; NULL for spike_source */
    double relative_cost;           /* of an update, iaf_psc_exp = 1; for the balanced partition */
    const char *rate; /* of a source: the parameter that is its mean rate in Hz; NULL: none is */
    bool is_source;   /* fires by prescription (spike_source): no dynamics, no limits of rate */
    bool
        repeats_spikes; /* (parrot_neuron): counts spikes, so weights are 1 and current stimuli are refused */
    bool takes_no_current;   /* has no current: current stimuli are refused */
    bool takes_spike_times;  /* fires also by prescription (batch->forced); true for sources */
    bool ignores_input;      /* may be a target (of plastic synapses), but not of stimuli */
    bool draws;              /* needs batch->gid and batch->stream */
    bool from_emission;      /* needs batch->lag: all inputs have one constant delay */
    const char *weight_unit; /* "pA", "mV", or "1" when it has none */
    bool conductances; /* takes the size of the summed weights: all into one receptor must have one sign */
    bool fires_often;  /* may fire more than once in an update: the kernel fills in batch->repeats */
    double spike_ms;   /* a spike is a passage of V that lasts little longer than this, and may be missed in
                          longer steps; 0: none is missed */
} volley_neuron_model;

/* The receptors of most models: weights of at least 0 enter the first, others the second, unless a config
 * names a receptor. */
#define VOLLEY_EXCITATORY_INHIBITORY                                                                         \
    .n_receptors = 2, .receptors = (const char *const[]) {                                                   \
        "excitatory", "inhibitory"                                                                           \
    }

enum { VOLLEY_NEURON_MODELS_MAX = 64 };

/* The registry, ending with a NULL: the models built in, then those of module.h. A model by name (NULL when
 * unknown). */
extern const volley_neuron_model *const *const volley_neuron_models;
const volley_neuron_model *volley_neuron_model_find(const char *name);

/* Puts a model behind the others; borrowed. VOLLEY_USAGE when there are VOLLEY_NEURON_MODELS_MAX. To be
 * called before threads exist. */
int volley_neuron_model_add(const volley_neuron_model *model);

/* A copy of a model with each_receptor that has so many receptors, 1 to VOLLEY_RECEPTORS_MAX: its tables name
 * the parameters and states of each, and of_any_size is the model. The copy lasts until the program ends;
 * asked for again it is the same. Other models: the model itself. To be called before threads exist. Returns
 * VOLLEY_EXHAUSTED when memory does not suffice. */
int volley_neuron_model_sized(const volley_neuron_model *model, int receptors,
                              const volley_neuron_model **sized);

/* Whether the sign of a weight chooses its receptor: the receptors are excitatory and inhibitory. */
bool volley_neuron_model_is_signed(const volley_neuron_model *model);

/* Number of the receptor with this name, or -1. */
int volley_neuron_model_receptor(const volley_neuron_model *model, const char *name);

/* All constants of a neuron, those of its receptors included. `params` and `constants` have the lengths that
 * the model says. As model->derive. */
int volley_neuron_model_derive(const volley_neuron_model *model, const double *params, double dt_ms,
                               double *constants);

/* Whether batches of the model have `repeats`. */
static inline bool volley_neuron_model_counts(const volley_neuron_model *model) {
    return model->repeats_spikes || model->fires_often;
}

/* Index of a field by name in a table of n, or -1. */
int volley_field_find(const volley_field *fields, int n, const char *name);

/* Number of the state that is the membrane potential, or -1. */
int volley_neuron_membrane(const volley_neuron_model *model);

#endif
