/* SPDX-License-Identifier: BSD-3-Clause */
/* The network description: what the config says, validated, in steps and 64-bit ids. It knows no ranks.
 *
 * gid: population-major, in config order: population p owns [first_gid, first_gid + size).
 * Times are in steps of dt_ms. A description is the same on all ranks. */
#ifndef VOLLEY_NET_NETWORK_H
#define VOLLEY_NET_NETWORK_H

#include "base/field.h"
#include "models/connect/connect.h"
#include "models/neuron/neuron.h"
#include "models/plasticity/plasticity.h"
#include "models/space/positions.h"
#include "models/stimulus/stimulus.h"
#include "net/distribution.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 2^53 - 1, bound of counts and steps: a larger number can be the rounded form of another one. */
#define VOLLEY_MAX_WHOLE 9007199254740991.0

/* A subset of a population: neuron i (0-based inside the population) for each i of the subset, ascending.
 * Without ids it is the arithmetic progression start, start + stride, ... of count items. */
typedef struct volley_subset {
    int32_t population; /* index into network.populations */
    int64_t start, stride, count;
    int64_t *ids; /* owned, ascending, distinct; NULL for a progression */
    /* Item of the i-th neuron as the config names them, for what goes by that order: pairs and lists of
     * values; NULL: item i. Owned. */
    int64_t *order;
} volley_subset;

/* Frees what a subset owns. */
void volley_subset_free(volley_subset *subset);

/* Item of the i-th neuron in the order of the config. */
static inline int64_t volley_subset_named(const volley_subset *s, int64_t i) {
    return s->order ? s->order[i] : i;
}

/* Index inside the population of item i of the subset. */
static inline int64_t volley_subset_at(const volley_subset *s, int64_t i) {
    return s->ids ? s->ids[i] : s->start + i * s->stride;
}

/* True when two subsets share a neuron. */
bool volley_subset_overlap(const volley_subset *a, const volley_subset *b);

/* Position of neuron `index` of the population in the subset, or -1. */
int64_t volley_subset_find(const volley_subset *s, int64_t index);

struct volley_part;

typedef struct volley_population {
    char *name; /* owned */
    const volley_neuron_model *model;
    int64_t first_gid, size;
    struct volley_part *part; /* of a population of several models in files (net/part.h); NULL: none; owned */
    volley_distribution *params; /* [model->n_params], owned */
    volley_distribution *init;   /* [model->n_states], owned */
    volley_positions *positions; /* NULL: none; owned */
    double expected_rate;        /* Hz; NAN when not given */
    int64_t input_delay;         /* steps, of all inputs, where the model counts from emission; else 1 */
    /* Models that take spike times: spike steps of neuron i are spike_steps[spike_start[i] .. spike_start[i +
     * 1]), ascending, those of a source (model->is_source) with repetitions. The list may be shorter than the
     * population (neurons beyond n_trains are silent). Owned. */
    int64_t n_trains;
    int64_t *spike_start, *spike_steps;
    /* Mean input that scaling took away, [model->n_receptors]: sum of weight x Hz. The model's mean_current
     * turns it into a constant current. NULL without scaling; owned. */
    double *lost_input;
} volley_population;

typedef enum volley_signal_kind {
    VOLLEY_SIGNAL_CONSTANT,
    VOLLEY_SIGNAL_SCHEDULE, /* values[i] for steps[i] < t <= steps[i + 1] */
    VOLLEY_SIGNAL_RESPONSE, /* table[pattern of step t - delay][0: a neuron fired in step t, 1: none did] */
    VOLLEY_SIGNAL_SPIKES,   /* value x spikes of the neurons in step t - delay */
} volley_signal_kind;

/* A signal as the config gives it: a number for each step that all ranks know, by which plastic projections
 * learn. Outside start < t <= stop it is 0. */
typedef struct volley_signal_input {
    char *name;                    /* owned */
    int32_t stimulus;              /* its number where it stands among the stimuli, its old place; else -1 */
    int64_t start_step, stop_step; /* active for start < stamp <= stop */
    volley_signal_kind kind;
    double value;          /* constant, or of a spike */
    int64_t n;             /* times of the schedule, or rows of the table */
    int64_t *steps;        /* [n] ascending, owned */
    double *values;        /* [n] of the schedule or [n][2] of the table, owned */
    volley_subset neurons; /* that respond or whose spikes count */
    int32_t patterns;      /* the stimulus whose patterns are responded to */
    int64_t delay;         /* steps */
} volley_signal_input;

/* True when the signal depends on the spikes of its neurons. */
static inline bool volley_signal_has_neurons(const volley_signal_input *signal) {
    return signal->kind == VOLLEY_SIGNAL_RESPONSE || signal->kind == VOLLEY_SIGNAL_SPIKES;
}

typedef struct volley_stimulus {
    char *name; /* owned */
    const volley_stimulus_model *model;
    int32_t n_targets;
    volley_subset *targets;                    /* [n_targets], owned */
    int64_t start_step, stop_step;             /* active for start < stamp <= stop */
    double params[VOLLEY_STIMULUS_MAX_PARAMS]; /* in the model's order; scaled already */
    int64_t delay_steps;                       /* >= 1 for models with a delay, else 1 */
    int64_t interval_steps;                    /* >= 1 for models with an interval (noise), else 1 */
    int receptor;                              /* of the targets' models, for models with a weight */
    int64_t n_changes;        /* of models whose rate or amplitude changes: steps, ascending, ... */
    int64_t *change_steps;    /* [n_changes], owned */
    double *change_values;    /* [n_changes], owned: the value for change_steps[i] < stamp, until the next */
    volley_patterns patterns; /* of models with takes_patterns; its value is owned */
} volley_stimulus;

/* The plasticity of a projection. Pre and post spikes that reach a synapse at start < t <= stop change it;
 * start is -1 for all from the beginning, those of step 0 included. */
typedef struct volley_plasticity {
    const volley_rule *rule; /* NULL: static */
    volley_rule_plan plan;
    const volley_rule_preset *preset;      /* NULL: none */
    double params[VOLLEY_RULE_MAX_PARAMS]; /* as the plan was made of; NAN: not given */
    int choices[VOLLEY_RULE_MAX_CHOICES];  /* indices of their words */
    int64_t start_step, stop_step;
    int64_t dendritic;                        /* steps of the delay on the dendritic side; -1: all of it */
    int32_t signals[VOLLEY_RULE_MAX_SIGNALS]; /* [rule->n_signals] indices into network.signals */
} volley_plasticity;

/* Which edges of a SONATA file make up a list. */
typedef struct volley_edge_selection {
    char *population;     /* owned, as the texts below */
    char *types, *models; /* CSV file of edge types, and the directory of their JSON files; NULL: none */
    int64_t *type_ids;    /* owned */
    int n_type_ids;       /* 0: edges of all types */
    int sign;             /* 1: weights of at least 0; -1: below 0; 0: all */
    bool pair; /* the projection is one of those between parts of populations (net/part.h): edges of others
                * are left out */
} volley_edge_selection;

/* The edges of a projection with the rule `list`: in the config, or in a file of which every rank reads a
 * part. k of a target follows the order of the list. */
typedef struct volley_edge_list {
    int64_t count;            /* edges; of a file -1 until it has been read through (config/scan_lists.c) */
    int64_t *source, *target; /* [count] positions in the subsets, owned; NULL for a file */
    char *file, *group; /* owned; the path to open, and the group inside an HDF5 file (NULL: its root) */
    volley_edge_selection *selection; /* of a SONATA file; NULL: columns of numbers; owned */
    bool has_weight, has_delay; /* columns of the file; the projection's weight or delay is a VOLLEY_COLUMN */
    bool rounded;               /* a delay of the file is not a multiple of dt */
    char *place; /* "net.yaml:12: projections.P.connect.file", for messages; owned, NULL without file */
} volley_edge_list;

/* Initial weights from the weights.h5 of a result directory: those of a snapshot of a projection with the
 * same synapses. Each rank reads a part; the projection's weight is a VOLLEY_COLUMN with their bounds. */
typedef struct volley_trained {
    char *directory, *projection; /* owned */
    uint64_t snapshot, synapses;
    uint64_t content; /* a hash of the weights */
    char *place;      /* "net.yaml:12: projections.P.weight.file", for messages; owned */
} volley_trained;

typedef struct volley_projection {
    char *name; /* owned */
    volley_subset source, target;
    const volley_connect_rule *rule;
    /* Of rules that pair positions: the source of each target, where the config names neurons in another
     * order than ascending; NULL: the one at its position. Owned. */
    int64_t *partner;
    double rule_params[VOLLEY_CONNECT_MAX_PARAMS]; /* in the order of the rule's table; scaled already */
    volley_edge_list *list;                        /* rule `list` only, else NULL; owned */
    bool autapses, multapses;
    const volley_positions *source_positions, *target_positions; /* of the populations, borrowed; or NULL */
    volley_kernel kernel;                                        /* of rules that take one */
    double kernel_sum;                                           /* see volley_connect_spec */
    volley_distribution weight;                                  /* scaled already */
    volley_trained *trained;                                     /* NULL: none; owned */
    volley_distribution delay; /* in steps, not rounded: step = floor(value + 0.5), never below 1 */
    int weight_bytes;          /* 4 (float32) or 8 (float64) */
    int receptor;              /* of the target's model */
    volley_plasticity plasticity;
} volley_projection;

/* Snapshots of the weights of a projection at every multiple of the interval from record.start on; one more
 * at the end. */
typedef struct volley_weight_record {
    int32_t projection;
    int64_t interval; /* steps; 0: only at the end */
} volley_weight_record;

/* One state variable of some neurons of a population, recorded at every multiple of the interval from
 * record.start on. The frame of step t is the state after update t - 1; that of step 0 the initial state.
 * Records of parts of one whole (net/part.h) that differ in nothing but the neurons stand one after another
 * and have one file. */
typedef struct volley_state_record {
    volley_subset neurons;
    int variable;     /* index into the model's states */
    int32_t members;  /* of the first record of a file: records of the file; 0: of the others */
    int64_t columns;  /* of the file */
    uint64_t *column; /* [neurons.count] columns of the neurons, ascending; NULL: 0, 1, ...; owned */
    uint64_t
        *node_ids; /* of the first record: [columns] numbers in files, ascending; NULL: the neurons'; owned */
    char *name;    /* of the recording, owned; NULL: that of population and variable */
    int64_t interval;    /* steps */
    int64_t first_frame; /* number of the first frame: it is that of step first_frame x interval */
    int64_t frames;      /* at least 1; the last one may be that of the last step */
    int bytes;           /* of a value in the file: 4 (float32) or 8 (float64) */
} volley_state_record;

/* The projection as its rule sees it; borrows the projection. And the same with sources and targets
 * exchanged, for source-driven rules. */
volley_connect_spec volley_projection_spec(const volley_projection *projection);
volley_connect_spec volley_projection_mirror(const volley_projection *projection);

/* Expected number of synapses of a projection, on all ranks. */
double volley_expected_synapses(const volley_projection *projection);

/* The file that holds the part of each neuron, for the partition `file`: numbers in the order of the gids.
 * Texts are owned. */
typedef struct volley_parts_file {
    char *path, *column, *dataset; /* column of a CSV file with a header, dataset of an HDF5 file; or NULL */
    char *place;                   /* "net.yaml:12: partition.file", for messages */
} volley_parts_file;

/* What the partition scotch cuts. */
typedef enum volley_partition_graph {
    VOLLEY_GRAPH_AUTO,
    VOLLEY_GRAPH_POPULATIONS,
    VOLLEY_GRAPH_NEURONS,
} volley_partition_graph;

typedef enum volley_exchange_method {
    VOLLEY_EXCHANGE_ALLGATHER,
    VOLLEY_EXCHANGE_NEIGHBOUR, /* a spike goes to the ranks that have targets of its neuron */
    VOLLEY_EXCHANGE_AUTO,      /* what moves fewer bytes */
} volley_exchange_method;

/* The order of the spikes of a population in spikes.h5. */
typedef enum volley_spike_order {
    VOLLEY_ORDER_BY_TIME, /* then by id */
    VOLLEY_ORDER_BY_ID,   /* then by time */
    VOLLEY_ORDER_NONE,    /* as by time, but the file does not say so */
} volley_spike_order;

typedef struct volley_network {
    double dt_ms;
    double inverse_dt; /* 1/dt when that is a whole number, else 0 */
    int64_t dt_units;  /* dt = dt_units / 10^dt_exponent ms, of a dt of at most 15 decimal digits; else 0 */
    int dt_exponent;
    int64_t steps; /* duration */
    uint64_t seed;
    int threads; /* simulation.threads; 0 when not given */
    double scale_neurons, scale_indegrees;
    int64_t exchange_interval; /* steps; 0 means min_delay */
    volley_exchange_method exchange_method;
    const char *partition;        /* name of the method; static text */
    volley_parts_file parts_file; /* of the method file */
    volley_partition_graph partition_graph;
    double max_rate;             /* Hz, limits.max_rate; 0: none */
    double max_wait;             /* s, limits.max_wait; 0: none */
    int64_t checkpoint_interval; /* steps; 0: only on signals */
    int64_t checkpoint_keep;     /* newest ones that stay */
    int64_t record_start_step;
    int32_t n_populations, n_stimuli, n_signals, n_projections;
    volley_population *populations;
    volley_stimulus *stimuli;
    volley_signal_input *signals; /* those of the section signals, then those among the stimuli */
    volley_projection *projections;
    bool *record_spikes;          /* [n_populations] */
    volley_subset *record_subset; /* [n_populations]: the neurons whose spikes are recorded, owned */
    bool record_positions;        /* of all populations that have any */
    int32_t n_state_records;
    volley_state_record *state_records; /* those of a file one after another, owned */
    int32_t n_weight_records;
    volley_weight_record *weight_records; /* owned */
    int64_t rates_interval;               /* steps in a bin of the population rates; 0: none are recorded */
    int64_t rates_bins;                   /* whole bins from record.start to the end, at least 1 if any */
    int64_t n_neurons;
    int64_t min_delay, max_delay; /* steps over all projections (bounds of the distributions, the whole run's
                                     guarantee); 1 and 1 without projections */
    char *results_directory;      /* to be opened, owned; NULL: not given */
    char *results_spikes;         /* a second name for spikes.h5 in it, owned; NULL: none */
    bool results_overwrite;
    volley_spike_order spike_order; /* in spikes.h5 */
    char *config_text;              /* resolved config as YAML, owned */
    uint64_t config_hash;           /* XXH64 of config_text */
    char *name;                     /* config file name without directory and extension, owned */
    char *notes; /* what was rounded, one line each ("" when nothing), owned; to be shown once */
} volley_network;

/* Snapshots of a record, at least one, and the step of number i. */
int64_t volley_weight_record_count(const volley_network *network, const volley_weight_record *record);
int64_t volley_weight_record_step(const volley_network *network, const volley_weight_record *record,
                                  int64_t i);

/* Frees what a projection owns, and empties it. */
void volley_projection_free(volley_projection *projection);

/* How many of them are at steps up to `step`. */
int64_t volley_weight_record_until(const volley_network *network, const volley_weight_record *record,
                                   int64_t step);

/* Lets all recordings begin at `step`, later than record.start: those of a run that goes on elsewhere. A
 * record of which nothing is left stays with nothing in it. */
void volley_network_record_from(volley_network *network, int64_t step);

/* Frees a description and everything in it, and nulls the pointer. NULL is fine. */
void volley_network_destroy(volley_network **network);

/* Sets dt_ms, and what is derived from it. */
void volley_network_set_dt(volley_network *network, double dt_ms);

/* Model time of a step in ms, for all files and messages: the double nearest to step x dt, with dt as it is
 * written: the decimal of fewest digits. Step 3 of 0.3 ms is 0.9. A dt of more than 15 digits is 1/n where
 * that is its double, else the double itself, and the product is rounded. */
double volley_step_to_ms(const volley_network *network, int64_t step);

/* Whether spikes of a step are recorded, and count in rates: record.start < stamp, and from 0 on those of
 * step 0, which only prescribed ones can be. */
static inline bool volley_records_step(const volley_network *network, int64_t stamp) {
    return stamp > network->record_start_step || network->record_start_step == 0;
}

/* Whether a time in ms is that of a step, within 1e-6 of one or the rounding of the time; *step is the
 * nearest, if it is below 2^53. */
bool volley_is_step(const volley_network *network, double ms, int64_t *step);

/* Steps in the window of limits.max_rate, 100 ms; at least 1. */
int64_t volley_rate_window(const volley_network *network);

/* Smallest and largest step that a delay (in steps) can round to, for every draw. */
void volley_delay_bounds(const volley_distribution *delay, int64_t *low, int64_t *high);

/* Delays in steps to whole steps: nearest, half up; the tolerance keeps 0.15 ms at 2 steps of 0.1 whatever
 * the rounding of the product. ms in steps of the network, not rounded. VOLLEY_MAX_DELAY: the longest, in
 * steps. */
enum { VOLLEY_MAX_DELAY = 65535 };
double volley_nearest_step(double steps);
double volley_ms_to_steps(const volley_network *network, double ms);

/* Sets min_delay and max_delay from the projections; those without edges in a list do not count. */
void volley_network_bound_delays(volley_network *network);

/* The largest number of receptors that a population of the network has. */
int volley_network_receptors(const volley_network *network);

/* Mean rate of a population in Hz, as far as the description tells: expected_rate, or that of its prescribed
 * spikes, or the rate parameter of a source; else NAN. */
double volley_known_rate(const volley_network *network, int32_t population);

/* Index of the population that holds gid. */
int32_t volley_population_of(const volley_network *network, int64_t gid);

#endif
