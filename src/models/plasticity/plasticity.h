/* SPDX-License-Identifier: BSD-3-Clause */
/* Plasticity rules: the table each rule fills in, and the registry. One file a rule, one line in
 * plasticity.def.
 *
 * The engine owns traversal: it knows which synapses a spike reaches, which post spikes they have seen, and
 * what must be kept. A rule owns arithmetic over a contiguous slice of a row (volley_visit).
 *
 * Time at a synapse with delay = axonal + dendritic (steps): a pre spike stamped t meets it at t + axonal, a
 * post spike stamped p at p + dendritic. So the post spike that coincides with the pre spike t is the one
 * stamped t + axonal - dendritic, and this is how the times below count: in steps of post spikes. Rules that
 * compare spikes by their emission steps (plan.by_emission) take both parts as zero there. */
#ifndef VOLLEY_MODELS_PLASTICITY_H
#define VOLLEY_MODELS_PLASTICITY_H

#include "base/decay.h"
#include "base/field.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    VOLLEY_RULES_MAX = 64,
    VOLLEY_RULE_MAX_PARAMS = 24,
    VOLLEY_RULE_MAX_CHOICES = 6,
    VOLLEY_RULE_MAX_SIGNALS = 4,
    VOLLEY_RULE_MAX_CONSTANTS = 16,
    VOLLEY_RULE_VARIABLES = 6, /* of a source, and of a target */
    VOLLEY_RULE_COLUMNS = 6,   /* values of a synapse beside its weight */
    VOLLEY_RULE_MAX_PRESETS = 16,
    VOLLEY_PRESET_MAX = 8,
};

/* Steps inside a history are 32-bit, relative to its base; this one stands for "before everything". */
#define VOLLEY_STEP_NEVER (-(INT32_C(1) << 30))

/* The post spikes of a block's targets, newest first: item [k * count + target - first] is the k-th newest of
 * a target. Kept at least until every synapse has seen them, and one more. */
typedef struct volley_history {
    int32_t first, count, depth;
    int32_t *step;                      /* VOLLEY_STEP_NEVER where there is none */
    void *trace[VOLLEY_RULE_VARIABLES]; /* the plan's target variables, float or double like the weights */
} volley_history;

/* A value for each step that all ranks know (rewards), from `first` on; 0 outside. */
typedef struct volley_signal {
    int64_t first, count;
    const double *value;
} volley_signal;

static inline double volley_signal_at(const volley_signal *signal, int64_t step) {
    int64_t i = step - signal->first;
    return i >= 0 && i < signal->count ? signal->value[i] : 0.0;
}

/* Brings a slice of synapses of one source and one delay forward: replays the post spikes in (from, to] in
 * order, then, if `spike`, applies the pre spike and delivers the weights. */
typedef struct volley_visit {
    const double *constants; /* the rule's, from its plan */
    uint32_t n;
    const uint16_t *target;            /* [n] in the block */
    void *weight;                      /* [n] float or double */
    void *column[VOLLEY_RULE_COLUMNS]; /* [n] each like the weights: the plan's columns */
    const volley_history *history;
    const volley_decay *plus, *minus, *own; /* of the plan's source variables, target variables and columns */

    int32_t from, to;
    int32_t traces_from, traces_to; /* the same without regard to plasticity.start and stop: between them
                                       weights change, while traces always go on */
    int32_t opened;                 /* post spikes after this one belong to this interval between pre
                                       spikes; before `from` they have been applied already */
    int32_t met;                    /* the previous pre spike */
    const double *plus_then;        /* the plan's source variables just after it */

    int64_t base;           /* absolute step = base + step */
    int64_t dendritic;      /* a post spike of step p is at the synapse in step p + dendritic */
    const int64_t *earlier; /* absolute steps in which the source fired, up to its previous spike, newest
                               first, as far back as plan.window says */
    int32_t n_earlier;
    const volley_signal *signal; /* rewards, or NULL */

    bool spike;
    bool change;   /* the pre spike changes weights (it lies inside plasticity.start .. stop) */
    int32_t now;   /* the pre spike */
    int32_t seen;  /* newest post spike that its part of the rule sees */
    int64_t apart; /* steps since the previous pre spike; INT64_MAX: none */
    double *input; /* of the block's targets: weights are added here; NULL: not delivered */
    double scale;  /* factor on delivered weights */
} volley_visit;

typedef void (*volley_visit_function)(const volley_visit *visit);

/* What a spike does to the variables of its source, for rules that keep no traces there: state[] holds them
 * just after the previous spike, `apart` the steps since then (INT64_MAX: there was none). Returns the factor
 * on the weights that this spike delivers. */
typedef double (*volley_source_event)(const double *constants, int64_t apart, double *state);

/* The same of a target; with float weights the variables are rounded to float afterwards. */
typedef void (*volley_target_event)(const double *constants, int64_t apart, double *state);

/* Which comes first when pre and post spike meet at the synapse in one step. */
enum volley_coincidence {
    VOLLEY_PAIR_NOT,   /* the pair counts for nothing (NEST); needs a dendritic delay of a step */
    VOLLEY_PRE_FIRST,  /* the pair potentiates (ANNarchy, Brian 2) */
    VOLLEY_POST_FIRST, /* the pair depresses; needs a dendritic delay of a step */
    VOLLEY_TOGETHER,   /* the step is one update, in which the pre spike's part handles the post spike too;
                          only by emission */
};

/* A variable that a rule keeps for each source or for each target: a trace, which decays with its tau and
 * grows by one at each spike of the neuron (or is set to one), or what the plan's source_event or
 * target_event makes of it.
 */
typedef struct volley_rule_variable {
    const char *name; /* in files; differs from the other names of the rule */
    double tau;       /* ms; 0: it stays between spikes */
    bool before;      /* of a target: kept as it is just before each spike, not just after it */
} volley_rule_variable;

/* A value for each synapse, 0 at the start. The kernels change it, and let it decay by the table of its tau.
 */
typedef struct volley_rule_column {
    const char *name; /* in files; differs from the other names of the rule */
    double tau;       /* ms; 0: no table */
} volley_rule_column;

/* What a rule makes of its parameters. The first item without a name ends a list. */
typedef struct volley_rule_plan {
    double constants[VOLLEY_RULE_MAX_CONSTANTS];
    volley_rule_variable source[VOLLEY_RULE_VARIABLES], target[VOLLEY_RULE_VARIABLES];
    volley_rule_column column[VOLLEY_RULE_COLUMNS];
    bool nearest; /* traces are set to one */
    enum volley_coincidence coincidence;
    bool by_emission; /* delays do not shift the rule */
    bool per_step;    /* knows only whether a neuron fires in a step: several spikes count as one there, while
                         each is delivered. Else they change weights and traces one after another. */
    bool restless;    /* weights change without spikes: no row is left out of a sweep */
    int32_t window;   /* steps that the rule looks back, from a pre or a post spike, at spikes themselves */
    volley_source_event source_event; /* NULL: the source's variables are traces */
    volley_target_event target_event; /* NULL: the target's variables are traces */
    bool has_reward;                  /* learns by a reward, which the projection must name */
    double tau_reward;                /* ms: the signal is the reward times reward_gain, summed up and */
    double reward_gain;               /* decaying with this time constant; 0: the reward itself */
    double w_low, w_high;             /* bounds that initial weights must keep */
    const volley_visit_function (*visit)[3]; /* [float32 | float64][volley_simd_level] */
} volley_rule_plan;

/* How many variables or columns a plan has. */
static inline int volley_rule_count_variables(const volley_rule_variable variables[VOLLEY_RULE_VARIABLES]) {
    int n = 0;
    while (n < VOLLEY_RULE_VARIABLES && variables[n].name != NULL)
        n++;
    return n;
}
static inline int volley_rule_count_columns(const volley_rule_plan *plan) {
    int n = 0;
    while (n < VOLLEY_RULE_COLUMNS && plan->column[n].name != NULL)
        n++;
    return n;
}

/* The time constants of all variables and columns of a plan, number by number; 0: none. */
enum { VOLLEY_RULE_TAUS = 2 * VOLLEY_RULE_VARIABLES + VOLLEY_RULE_COLUMNS };
static inline double volley_rule_tau(const volley_rule_plan *plan, int number) {
    if (number < VOLLEY_RULE_VARIABLES)
        return plan->source[number].tau;
    number -= VOLLEY_RULE_VARIABLES;
    return number < VOLLEY_RULE_VARIABLES ? plan->target[number].tau
                                          : plan->column[number - VOLLEY_RULE_VARIABLES].tau;
}

/* A parameter that takes one of several words. */
typedef struct volley_rule_choice {
    const char *name;
    const char *const *values; /* ends with a NULL; the first is the default */
    const char *meaning;
} volley_rule_choice;

/* Settings that make the rule another simulator's. */
typedef struct volley_rule_preset {
    const char *name;
    const char *meaning;
    struct {
        const char *name; /* of a parameter or a choice; NULL: end */
        double value;     /* of a parameter */
        const char *word; /* of a choice */
    } settings[VOLLEY_PRESET_MAX];
} volley_rule_preset;

/* How much a rule changes a weight w at a time, sizes in the unit of w, 0 where it does not: at a post spike
 * and at a pre spike, with a trace of one on the other side, and in a step without spikes. `reward` is the
 * signal of a rule with a reward. For a note on precision; the changes of a run are those of the kernels. */
enum { VOLLEY_CHANGE_POST, VOLLEY_CHANGE_PRE, VOLLEY_CHANGE_STEP, VOLLEY_CHANGES };
typedef void (*volley_changes_function)(const double *constants, double w, double reward,
                                        double changes[VOLLEY_CHANGES]);

/* A signal that a rule learns by, under the name that `signals` of a projection's plasticity uses. */
typedef struct volley_rule_signal {
    const char *name;
    const char *meaning; /* one line */
} volley_rule_signal;

typedef struct volley_rule {
    const char *name;
    const char *meaning;     /* one line */
    const char *source;      /* of the equations */
    const char *coincidence; /* what happens when pre and post meet in one step, one line */
    const char *note;        /* a limitation that `check` and `describe` tell, one line; NULL: none */
    int n_params;
    const volley_field *params;
    int n_choices;
    const volley_rule_choice *choices;
    int n_presets;
    const volley_rule_preset *presets;
    int n_signals; /* today at most one reaches the synapses (plan.has_reward) */
    const volley_rule_signal *signals;
    /* Derives the plan; choices are indices. Reports combinations that make no sense with
     * volley_fail(VOLLEY_USAGE), naming the key. */
    int (*prepare)(const double *params, const int *choices, double dt_ms, volley_rule_plan *plan);
    volley_changes_function changes; /* NULL: weights stay */
} volley_rule;

/* All rules, ending with a NULL: those of plasticity.def and then those of libraries. */
extern const volley_rule *const *const volley_rules;

/* NULL when there is no such rule. */
const volley_rule *volley_rule_find(const char *name);

/* Whether a plan that the rule has prepared is complete: kernels, names of variables and columns of their
 * own, time constants of at least 0, and a reward for exactly those rules that have a signal. VOLLEY_USAGE
 * with a message when not; for rules of libraries. */
int volley_rule_check_plan(const volley_rule *rule, const volley_rule_plan *plan);

/* Puts a rule behind the others; borrowed. VOLLEY_USAGE when there are VOLLEY_RULES_MAX. To be called before
 * threads exist. */
int volley_rule_add(const volley_rule *rule);

#endif
