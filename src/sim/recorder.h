/* What one thread keeps of states and rates between two writes. */
#ifndef VOLLEY_SIM_RECORDER_H
#define VOLLEY_SIM_RECORDER_H

#include "build/layout.h"
#include "build/neurons.h"

#include <stddef.h>
#include <stdint.h>

/* The thread's part of one record of the network. */
typedef struct volley_recorded_state {
    int64_t n;        /* recorded neurons of the thread */
    int64_t *slots;   /* [n] in the thread's segment */
    uint64_t *column; /* [n] in the file */
    void *values;     /* frames one after another, n values each: float or double after the record's bytes */
    size_t n_values, capacity; /* capacity in bytes */
} volley_recorded_state;

typedef struct volley_recorder {
    const volley_network *network; /* borrowed */
    int64_t due;                   /* next step at which there is something to keep */
    size_t bytes;                  /* kept */
    volley_recorded_state *states; /* [n_state_records] */
    uint64_t *before;              /* [n_populations] spikes up to the start of the bin under way */
    uint64_t *bins;                /* spikes in whole bins, n_populations each */
    size_t n_counts, counts_capacity;
} volley_recorder;

/* Not collective; to be called by the thread itself. */
int volley_recorder_create(const volley_layout *layout, int thread, volley_recorder *recorder);
void volley_recorder_free(volley_recorder *recorder);

/* Keeps what is due at step `stamp`, after its update; spikes: those of each population so far. To be called
 * at every step from 0 on at which stamp == due. */
int volley_recorder_keep(volley_recorder *recorder, const volley_neurons *neurons, const uint64_t *spikes,
                         int64_t stamp);

/* Nothing up to step `now` is to be kept any more. */
void volley_recorder_go_on(volley_recorder *recorder, int64_t now);

/* Forgets what has been kept. */
void volley_recorder_clear(volley_recorder *recorder);

#endif
