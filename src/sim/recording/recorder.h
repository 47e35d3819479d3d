/* SPDX-License-Identifier: BSD-3-Clause */
/* What threads keep of states and rates between two writes. */
#ifndef VOLLEY_SIM_RECORDING_RECORDER_H
#define VOLLEY_SIM_RECORDING_RECORDER_H

#include "wiring/layout.h"
#include "wiring/neurons.h"

#include <stddef.h>
#include <stdint.h>

/* What all threads of a rank keep of the records of one file: the neurons of a frame stand in the order of
 * the file, whichever record and thread they belong to, so that frames leave the rank as they are. */
typedef struct volley_state_table {
    int64_t n;         /* recorded neurons of the rank */
    uint64_t *columns; /* [n] in the file, ascending */
    int64_t capacity;  /* frames */
    void *values;      /* [capacity][n]: float or double after the record's bytes */
} volley_state_table;

/* Neurons that follow one another in a thread's segment and in the frames of the rank. */
typedef struct volley_recorded_run {
    int64_t slot, at, n;
} volley_recorded_run;

/* The thread's part of one record. */
typedef struct volley_recorded_state {
    const volley_state_table *table; /* of its file, borrowed */
    int64_t n;                       /* recorded neurons of the thread */
    volley_recorded_run *runs;
    size_t n_runs, runs_capacity;
    int64_t frames; /* kept */
    bool beyond;    /* a finite value was too large for float32, and was kept as infinity */
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

/* Not collective. A table for the records of a file, of which `record` is the first, with room for the frames
 * of `buffer` bytes, and those of `steps` more steps. To be freed after a failure, too. */
int volley_state_table_create(const volley_layout *layout, const volley_state_record *record, size_t buffer,
                              int64_t steps, volley_state_table *table);
void volley_state_table_free(volley_state_table *table);

/* Not collective; to be called by the thread itself. States have no tables yet. */
int volley_recorder_create(const volley_layout *layout, volley_recorder *recorder);

/* Not collective. Lets a thread keep the records of a file, from number `first` on, in their table. */
int volley_recorder_use(const volley_layout *layout, int thread, int32_t first,
                        const volley_state_table *table, volley_recorder *recorder);
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
