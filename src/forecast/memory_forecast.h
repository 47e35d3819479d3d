/* SPDX-License-Identifier: BSD-3-Clause */
/* Memory forecast from the description alone. */
#ifndef VOLLEY_FORECAST_MEMORY_FORECAST_H
#define VOLLEY_FORECAST_MEMORY_FORECAST_H

#include "forecast/expectation.h"
#include "net/network.h"

#include <stddef.h>
#include <stdint.h>

/* What memory is for. Construction is what the peak while synapses are built has above the rest. */
enum volley_memory {
    VOLLEY_MEMORY_PROCESS,   /* the program, MPI and HDF5; the config and the files of numbers it names */
    VOLLEY_MEMORY_NEURONS,   /* states, parameters, inputs, stimuli */
    VOLLEY_MEMORY_POSITIONS, /* sources within reach of kernels */
    VOLLEY_MEMORY_CONSTANT,  /* static synapses of constant weight */
    VOLLEY_MEMORY_FLOAT32,   /* static synapses with weights of their own */
    VOLLEY_MEMORY_FLOAT64,
    VOLLEY_MEMORY_PLASTIC,   /* plastic synapses */
    VOLLEY_MEMORY_ROWS,      /* row indices and runs */
    VOLLEY_MEMORY_SOURCES,   /* source map */
    VOLLEY_MEMORY_EDGES,     /* edges of lists and of rules drawn by the source */
    VOLLEY_MEMORY_HISTORY,   /* what plastic synapses keep of spikes */
    VOLLEY_MEMORY_DECAYS,    /* tables of decay of their rules */
    VOLLEY_MEMORY_CALENDAR,  /* spikes under way */
    VOLLEY_MEMORY_EXCHANGE,  /* buffers of the exchange; where neurons are */
    VOLLEY_MEMORY_RECORDING, /* spikes, states, rates and weights on their way to files */
    VOLLEY_MEMORY_CONSTRUCTION,
    VOLLEY_MEMORY_KINDS
};
extern const char *const volley_memory_names[VOLLEY_MEMORY_KINDS];

typedef struct volley_forecast_options {
    size_t record_buffer; /* spikes that a rank keeps before they are written */
    size_t state_buffer;  /* bytes of states and rates that it keeps */
    double
        process_bytes;   /* of a process without a network; 0: as measured on the machine of the developers */
    double thread_bytes; /* of each thread beyond the first; with process_bytes */
    double config_bytes; /* what the config and the files it names take in a process, beside process_bytes */
    double reading_bytes; /* the same while they are read, at most */
} volley_forecast_options;

typedef struct volley_forecast {
    double bytes[VOLLEY_MEMORY_KINDS]; /* of a mean rank */
    double root;                       /* what rank 0 holds beside that */
    double slot;                       /* spikes of a rank that the exchange has room for */
} volley_forecast;

/* Expected peak resident memory by purpose while the network is built and run (doubles: networks that no
 * machine holds are asked for, too). Not collective. VOLLEY_EXHAUSTED without memory. */
int volley_forecast_make(const volley_network *network, const volley_expected *expected,
                         const volley_forecast_options *options, volley_forecast *forecast);

/* The sum over all purposes, of a mean rank. */
double volley_forecast_rank_bytes(const volley_forecast *forecast);

#endif
