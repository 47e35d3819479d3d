/* SPDX-License-Identifier: BSD-3-Clause */
/* Snapshots of plastic weights during a run: from the synapses of all threads to weights.h5. */
#ifndef VOLLEY_SIM_RECORDING_SNAPSHOT_H
#define VOLLEY_SIM_RECORDING_SNAPSHOT_H

#include "comm/comm.h"
#include "io/recordings/weight_output.h"
#include "sim/worker.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct volley_snapshots {
    const volley_network *network; /* borrowed, as the next two */
    volley_weight_writer *writer;
    volley_worker *workers; /* [threads] */
    int threads;
    int64_t next;     /* step of the next snapshot; INT64_MAX: none */
    int *index;       /* [n_weight_records] number among the plastic projections */
    int64_t *taken;   /* [n_weight_records] */
    uint64_t **first; /* [n_weight_records][threads + 1] synapses of this rank before those of a thread */
    char *values;     /* of one record: this rank's synapses, thread by thread */
} volley_snapshots;

/* Not collective. Everything is borrowed until free. */
int volley_snapshots_create(volley_worker *workers, int threads, volley_weight_writer *writer,
                            volley_snapshots *snapshots);
void volley_snapshots_free(volley_snapshots *snapshots);

/* Collective. Opens the file and writes sources, targets and delays. Returns the same code on all ranks;
 * those with a failure of their own hold the message. */
int volley_snapshots_open(volley_snapshots *snapshots, volley_comm *comm);

/* Snapshots up to step `now` have been taken in the run that goes on. */
void volley_snapshots_go_on(volley_snapshots *snapshots, int64_t now);

/* Whether a record is due at step `stamp`. */
bool volley_snapshots_due(const volley_snapshots *snapshots, int32_t record, int64_t stamp);

/* A thread's part of a snapshot, when all spikes up to `stamp` have been received and none that arrives later
 * has been handled. A failure goes to the worker's status. */
void volley_snapshots_collect(volley_snapshots *snapshots, int thread, int32_t record, int64_t stamp);

/* Collective, by the master after all threads have collected. `status`: of this rank so far. Returns the same
 * code on all ranks, with the message printed. */
int volley_snapshots_write(volley_snapshots *snapshots, volley_comm *comm, int32_t record, int status);

#endif
