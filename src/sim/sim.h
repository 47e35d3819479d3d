/* SPDX-License-Identifier: BSD-3-Clause */
/* The step loop. */
#ifndef VOLLEY_SIM_SIM_H
#define VOLLEY_SIM_SIM_H

#include "wiring/synapses.h"
#include "comm/exchange.h"
#include "io/recordings/rates.h"
#include "io/report/run_json.h"
#include "io/spikes/spikes.h"
#include "io/recordings/state_output.h"
#include "io/recordings/weight_output.h"
#include "sim/checkpoint/checkpoint.h"
#include "sim/progress.h"

#include <stdbool.h>

typedef struct volley_sim volley_sim;

typedef struct volley_sim_options {
    const volley_routes *routes; /* of the exchange between neighbours, borrowed; NULL: allgather */
    bool oversubscribed;         /* ranks x threads on this machine exceed its cores */
    volley_progress_mode progress;
    int64_t interval;       /* steps per exchange, at most the smallest delay */
    size_t record_buffer;   /* recorded spikes of this rank that call for a collective write */
    size_t state_buffer;    /* the same in bytes of recorded states and rates */
    const double *stand_in; /* [n_populations] Hz of the neurons of other ranks, when this rank runs alone;
                               borrowed, NULL: not */
    /* borrowed, states opened before the run; may be NULL when none is recorded */
    volley_state_writer *states;
    volley_rate_writer *rates;
    volley_weight_writer *weights; /* opened by volley_sim_open_weights */
    volley_checkpoint_options checkpoint;
} volley_sim_options;

/* Not collective. Prepares neurons, stimuli and calendars of this rank; all arguments are borrowed until
 * destroy. */
int volley_sim_create(const volley_network *network, const volley_layout *layout, const volley_wiring *wiring,
                      volley_comm *comm, volley_spike_writer *writer, const volley_sim_options *options,
                      volley_sim **sim);
void volley_sim_destroy(volley_sim **sim);

/* Collective. Opens weights.h5 and writes which synapses there are; does nothing when no weights are
 * recorded. Returns the same code on all ranks, with the message printed. */
int volley_sim_open_weights(volley_sim *sim);

/* Collective, right after creation. Goes on from a checkpoint: everything is as if this run had come so far
 * itself. `elsewhere`: recordings begin at its step. Returns the same code on all ranks, with the message
 * printed.
 */
int volley_sim_restore(volley_sim *sim, const volley_checkpoint *checkpoint, bool elsewhere);

/* Collective. Runs all steps, or those up to the stop by limits.max_rate or by a signal, and writes what was
 * recorded. Returns the same code on all ranks (the message has been printed): VOLLEY_OK also for a run that
 * was stopped. */
int volley_sim_run(volley_sim *sim);

/* Not collective, the same on all ranks after a run: whether it has been stopped, and then VOLLEY_FAILED with
 * the message (limits.max_rate, a state that is not a finite number) or VOLLEY_STOPPED without one (signals),
 * else VOLLEY_OK. And the step it has come to.
 */
bool volley_sim_stopped(const volley_sim *sim);

/* Collective, after a run. The first record of states whose file holds finite values as infinity, since they
 * are too large for float32; -1: none. The same on all ranks. */
int32_t volley_sim_beyond(const volley_sim *sim);

int volley_sim_outcome(const volley_sim *sim);
int64_t volley_sim_step(const volley_sim *sim);

/* Fills in this rank's figures of the loop: events, spikes, hash, phases, times. */
void volley_sim_figures(const volley_sim *sim, volley_rank_figures *figures);

/* What the exchange has done so far, also before a restart. */
volley_exchange_figures volley_sim_exchanged(const volley_sim *sim);

#endif
