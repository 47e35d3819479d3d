/* SPDX-License-Identifier: BSD-3-Clause */
/* Checkpoints: the state of a run between two steps, whatever its layout.
 *
 * One is taken after the exchange of step `now`, when all spikes up to it have been received, the sweep of
 * that step is done, and nothing that arrives later has been handled: the accumulators of all neurons are
 * empty. Then this is all that a run knows beside its config (P: a population, J: a plastic projection):
 *
 * - neuron states, batch->state: neurons.P.<state of the model>
 * - refractory steps left, batch->refractory: neurons.P.refractory
 * - last inputs of spike response models, batch->past: neurons.P.past, sums, then the inputs of the last
 *   updates, newest first
 * - states of stimuli, worker->stimuli: stimuli.S.<state of the model>, over all targets in their order
 * - spikes under way, in calendars and plastic->spikes: spikes.step, spikes.gid, all of the last log_span
 *   steps; they are pushed again on whatever layout
 * - sources of J, their last spike and traces, plastic->last, ->state: plastic.J.source_last, _trace_0, _1,
 *   as of `plastic span` steps ago, since the spikes after it are pushed again
 * - posts of J's targets and their traces, plastic->blocks[].history: plastic.J.posts, post_step,
 *   post_trace_0, _1
 * - weights of J, not advanced, and the values beside them, rows and plastic->blocks[].column:
 *   plastic.J.weight, .column, in canonical order (target, k)
 * - step of J's last sweep, plastic->swept: plastic.J.swept
 * - rewards since before that, and levels, worker->rewards: plastic.J.reward_first, _value, _level; those
 *   beyond `now` are made again
 * - window of limits.max_rate, rate_limit->steps: rate_window, newest step first
 * - counts and hashes of workers and exchange: counters, population_spikes, population_recorded
 * - segments of recorded spikes on disk, their spikes and hashes, spike writer: segments
 * - bin of rates under way, and bins so far, recorder->before and rate writer: population_bin, rates
 *
 * Made again from the config and the step: currents and their next change, noise, Poisson counts, prescribed
 * spikes (next_train; batch->forced is empty between steps), frames and snapshots that are due. Numbers drawn
 * need no state. Numbering of spikes, bases of histories, sizes of slots and buffers change no result.
 * Recordings up to `now` are on disk before the checkpoint is. */
#ifndef VOLLEY_SIM_CHECKPOINT_CHECKPOINT_H
#define VOLLEY_SIM_CHECKPOINT_CHECKPOINT_H

#include "comm/comm.h"
#include "io/checkpoint/checkpoint_file.h"
#include "io/recordings/rates.h"
#include "io/report/run_json.h"
#include "io/spikes/spikes.h"
#include "sim/rate_limit.h"
#include "sim/recording/snapshot.h"
#include "sim/recording/weight_recorder.h"
#include "sim/worker.h"

#include <stdint.h>

/* What a run is told about its checkpoints; texts are borrowed and the same on all ranks. */
typedef struct volley_checkpoint_options {
    const char *directory;               /* NULL: none are taken */
    const volley_provenance *provenance; /* the same on all ranks */
    const char *restarts;                /* JSON text */
    int64_t interval, keep;              /* steps, 0: only when asked for */
} volley_checkpoint_options;

/* The plastic synapses of this rank in canonical order. */
typedef struct volley_synapse_ranges {
    volley_ranges ranges; /* a range a target, thread by thread */
    uint64_t *first;      /* [threads + 1] items before those of a thread */
} volley_synapse_ranges;

/* Everything that has state. All borrowed, but for what the functions below make. */
typedef struct volley_checkpoint_state {
    volley_comm *comm;
    const volley_network *network;
    const volley_layout *layout;
    const volley_wiring *wiring;
    volley_worker *workers; /* [threads] */
    int threads;
    volley_rate_limit *limit;
    volley_rate_writer *rates; /* may be NULL */
    volley_spike_writer *spikes;
    volley_carried *carried;           /* counts of the runs before, on rank 0 */
    volley_exchange_figures exchanged; /* those of the runs before included */
    volley_synapse_ranges *synapses;   /* [n_plastic] NULL until they are wanted */
    char *values;                      /* of one projection, thread by thread, while it is moved */
    volley_checkpoint_writer writer;
} volley_checkpoint_state;

void volley_checkpoint_state_free(volley_checkpoint_state *state);

/* Saving is in parts, because threads and master take turns. Collective, by the master: begins the file and
 * writes everything but the synapses. Returns the same code on all ranks, as all functions here; ranks with a
 * failure of their own hold the message. */
int volley_checkpoint_save(volley_checkpoint_state *state, const volley_checkpoint_options *options,
                           int64_t now);

/* The synapses of plastic projection `index`: a thread's part goes to state->values (a failure goes to the
 * worker's status), then the master writes. Collective is only the latter. */
void volley_checkpoint_collect(volley_checkpoint_state *state, int thread, int index,
                               enum volley_stored which);
int volley_checkpoint_write(volley_checkpoint_state *state, int index, enum volley_stored which, int status);

/* Collective, by the master: completes the file, or removes it when `status` of a rank is not VOLLEY_OK. */
int volley_checkpoint_end(volley_checkpoint_state *state, const volley_checkpoint_options *options,
                          int status);

/* Whether projection `index` has a value beside each weight. */
bool volley_checkpoint_has_column(const volley_checkpoint_state *state, int index);

/* Collective, outside of the loop: puts everything back into workers that have just been created.
 * `elsewhere`: recordings begin at the checkpoint. */
int volley_checkpoint_restore(volley_checkpoint_state *state, const volley_checkpoint *checkpoint,
                              bool elsewhere);

#endif
