/* SPDX-License-Identifier: BSD-3-Clause */
/* What work costs on a machine: the constants behind predicted times. They are measured by `volley plan
 * --calibrate` and kept in a JSON file; without one, typical ones stand in. */
#ifndef VOLLEY_FORECAST_MACHINE_COSTS_H
#define VOLLEY_FORECAST_MACHINE_COSTS_H

#include <stdbool.h>
#include <stddef.h>

/* Constants of a core. "Far" ones are those of memory outside the caches, the others those inside. */
enum volley_machine_cost {
    VOLLEY_COST_UPDATE_BYTE_FAR, /* ns, of a byte of states, more than near */
    VOLLEY_COST_SPIKE,           /* ns, to emit a spike */
    VOLLEY_COST_RECEIVE,         /* ns, for each thread to look up a spike of any neuron */
    VOLLEY_COST_NOISE,           /* ns, of a current of noise */
    VOLLEY_COST_CONSTANT,        /* ns, of an event at a synapse of constant weight */
    VOLLEY_COST_FLOAT32,
    VOLLEY_COST_FLOAT64,
    VOLLEY_COST_EVENT_BYTE_FAR, /* ns, of a byte of synapses, more than near */
    VOLLEY_COST_PUSH,           /* ns, of putting a run into the calendar */
    VOLLEY_COST_RUN,            /* ns, of a run of equal delay when it is due */
    VOLLEY_COST_RUN_FAR,        /* ns, more than near */
    VOLLEY_COST_ROW,            /* ns, of finding a row */
    VOLLEY_COST_ROW_FAR,        /* ns, more than near */
    VOLLEY_COST_BUILD_RECORD,   /* ns, of a synapse that is not of one delay and weight with all others */
    VOLLEY_COST_BUILD_WEIGHT,   /* ns, of drawing a normal weight */
    VOLLEY_COST_BUILD_DELAY,    /* ns, of drawing a normal delay */
    VOLLEY_COST_BUILD_FAR,      /* ns, of a synapse in memory that no cache holds, more than near */
    VOLLEY_COST_BUILD_NEURON,   /* ns, of setting up a neuron */
    VOLLEY_COST_RECORD,         /* ns, of a spike on its way to the file */
    VOLLEY_COST_FINISH,         /* ns, of bringing a plastic synapse up to date at the end */
    VOLLEY_COST_FILES,          /* ns, of opening and closing the files of a result */
    VOLLEY_COST_STEP,           /* ns, of a step of one thread without neurons */
    VOLLEY_COST_INTERVAL,       /* ns, of an exchange of one rank with itself */
    VOLLEY_COST_BARRIER,        /* ns, of the two barriers of an exchange with one more thread */
    VOLLEY_COST_EXCHANGE,       /* ns, of an exchange between two ranks on one node */
    VOLLEY_COST_NETWORK,        /* ns, of an exchange between two nodes; not calibrated on one node */
    VOLLEY_COST_BYTE,           /* ns, of a byte that a rank receives */
    VOLLEY_COSTS
};

enum {
    VOLLEY_MACHINE_NAMES = 64, /* models or rules with a cost of their own */
    VOLLEY_MACHINE_MEANS = 5,  /* mean counts at which Poisson draws were measured */
};

/* A cost for each name; that of a name that is missing is the mean. */
typedef struct volley_named_costs {
    int n;
    char name[VOLLEY_MACHINE_NAMES][40];
    double value[VOLLEY_MACHINE_NAMES];
} volley_named_costs;

typedef struct volley_machine {
    bool calibrated;
    char host[256], date[32], path[4096]; /* where it comes from */
    int threads;                          /* of the calibration */
    double process_bytes, thread_bytes;   /* 0: not measured */
    double cache_bytes;                   /* that a thread has */
    double cost[VOLLEY_COSTS];
    double poisson[VOLLEY_MACHINE_MEANS]; /* ns of a draw at volley_machine_means */
    volley_named_costs update;            /* ns of a neuron's update by model */
    volley_named_costs rule_pre;          /* ns of a plastic event by rule */
    volley_named_costs rule_post;         /* ns of a spike of the target that is replayed at a synapse */
    volley_named_costs connect;           /* ns of drawing and placing a synapse by connection rule */
} volley_machine;

extern const double volley_machine_means[VOLLEY_MACHINE_MEANS];

/* Typical constants. */
void volley_machine_typical(volley_machine *machine);

/* Default file: $XDG_CACHE_HOME/volley/machine.json, else ~/.cache/volley/machine.json; empty when neither
 * variable is set. */
void volley_machine_path(char *path, size_t room);

/* Reads a calibration; `path` NULL: the default file, and typical constants when there is none. Returns
 * VOLLEY_USAGE when a file that was named cannot be read or any is not a calibration. Not collective. */
int volley_machine_read(const char *path, volley_machine *machine);

/* Writes it to `path` by a temporary name, making folders. Not collective. */
int volley_machine_write(const volley_machine *machine, const char *path);

double volley_named_cost(const volley_named_costs *costs, const char *name);
void volley_set_named_cost(volley_named_costs *costs, const char *name, double value);

/* Share of a thread's work on so many bytes, one after another, that does not find them in its caches. */
double volley_machine_far(const volley_machine *machine, double bytes);

/* ns of one Poisson draw. */
double volley_machine_poisson(const volley_machine *machine, double mean);

#endif
