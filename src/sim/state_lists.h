/* SPDX-License-Identifier: BSD-3-Clause */
/* The owners of state in a run: each adds what it has to the list of owners, with the table in its own file.
 * The order in which they are added is that in which they are loaded. */
#ifndef VOLLEY_SIM_STATE_LISTS_H
#define VOLLEY_SIM_STATE_LISTS_H

#include "io/checkpoint/checkpoint_file.h"
#include "io/recordings/rates.h"
#include "io/report/run_json.h"
#include "io/spikes/spikes.h"
#include "sim/checkpoint/checkpoint.h"
#include "sim/worker.h"

/* Not collective, as all functions here; workers: of all threads of the rank, borrowed as all arguments. */
int volley_neurons_add_lists(volley_worker *workers, volley_owners *owners);
int volley_stimuli_add_lists(volley_worker *workers, volley_owners *owners);
int volley_plastic_add_lists(volley_worker *workers, volley_owners *owners);
int volley_rewards_add_lists(volley_worker *workers, volley_owners *owners);

/* Spikes under way: the last owner, since they are pushed into what the others have loaded. */
int volley_spikes_add_lists(volley_worker *workers, volley_comm *comm, volley_owners *owners);

/* What has been counted, and what has been recorded so far. rates may be NULL. */
typedef struct volley_counts {
    volley_worker *workers;
    volley_exchange_figures exchanged; /* in all, brought up to date before a checkpoint */
    volley_carried *carried;           /* of the runs before, on rank 0 */
    volley_rate_writer *rates;
    volley_spike_writer *spikes;
} volley_counts;
int volley_counts_add_lists(volley_counts *counts, volley_owners *owners);

/* What a run asks of a checkpoint before it has owners: the hash of all connections, the step from which
 * recordings were made, and the segments of recorded spikes on disk (owned by the caller). Not collective. */
int volley_saved_connections(const volley_checkpoint *checkpoint, uint64_t *hash);
int volley_saved_record_start(const volley_checkpoint *checkpoint, uint64_t *step);
int volley_saved_segments(const volley_checkpoint *checkpoint, volley_spike_segment **segments, uint64_t *n);

#endif
