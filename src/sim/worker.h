/* SPDX-License-Identifier: BSD-3-Clause */
/* What one thread owns while the loop runs. */
#ifndef VOLLEY_SIM_WORKER_H
#define VOLLEY_SIM_WORKER_H

#include "base/status.h"
#include "wiring/neurons.h"
#include "wiring/synapses.h"
#include "comm/exchange.h"
#include "io/spikes/spikes.h"
#include "sim/input/calendar.h"
#include "sim/input/stimuli.h"
#include "sim/synapses/plastic.h"
#include "sim/recording/recorder.h"
#include "sim/synapses/reward_signal.h"

/* Wall time by phase, seconds. Those from ARRIVE_STATIC to UPDATE_POISSON
 * are parts of others: what arrive needs besides the first two is
 * spent on putting spikes into the calendars. */
enum volley_phase {
    VOLLEY_PHASE_ARRIVE,
    VOLLEY_PHASE_UPDATE,
    VOLLEY_PHASE_WAIT,
    VOLLEY_PHASE_EXCHANGE,
    VOLLEY_PHASE_RECORD,
    VOLLEY_PHASE_ARRIVE_STATIC,
    VOLLEY_PHASE_ARRIVE_PLASTIC,
    VOLLEY_PHASE_UPDATE_POISSON,
    VOLLEY_PHASE_WAIT_RANKS, /* for the slowest rank, before spikes are moved; estimated */
    VOLLEY_PHASES
};

typedef struct volley_worker {
    const volley_wiring *wiring;
    const volley_layout *layout;
    const volley_network *network;
    int thread, simd;
    volley_neurons neurons;
    volley_stimuli stimuli;
    volley_calendar *calendars;   /* [blocks of the thread] */
    volley_plastic *plastic;      /* [wiring->n_plastic] */
    int n_plastic;                /* of them that have been created */
    volley_reward_track *rewards; /* [wiring->n_plastic] what they learn by */
    int64_t **next_train;         /* [n_populations][used]: next prescribed spike of each neuron */

    /* spikes of the interval under way: step by step, ascending gid inside a population */
    uint64_t *gids;
    size_t n_gids, gids_capacity;
    int64_t *step_end; /* [interval] */

    volley_recorded_spike *recorded;
    size_t n_recorded, recorded_capacity;
    volley_recorder recorder; /* states and rates */

    /* spikes of the last log_span steps at least, in the order of their steps: for a checkpoint */
    volley_recorded_spike *log;
    size_t n_log, log_capacity;
    int64_t log_span;

    uint64_t *population_spikes, *population_recorded; /* [n_populations] */
    uint64_t spike_hash, weight_hash, events, external_events, updates;
    int64_t plastic_events;
    double phase_s[VOLLEY_PHASES];
    volley_shared_status status; /* first failure: the loop goes on until all ranks know */
} volley_worker;

/* Prepares the worker; to be called by its own thread. `interval` is the largest number of steps between
 * exchanges. */
int volley_worker_create(volley_worker *worker, const volley_wiring *wiring, int thread, int64_t interval);
void volley_worker_free(volley_worker *worker);

/* One update: what is due arrives, stimuli are added, neurons are updated, and their spikes are appended as
 * step `in_interval` of the interval. */
void volley_worker_step(volley_worker *worker, int64_t update, int64_t in_interval);

/* Puts the spikes of one step of all ranks into the calendars. */
void volley_worker_receive(volley_worker *worker, const uint64_t *gids, int64_t n, int64_t stamp);

/* The same for spikes that come again after a restart: of the last log_span steps, step by step, when all
 * updates before `now` have been handled. */
void volley_worker_receive_again(volley_worker *worker, const uint64_t *gids, int64_t n, int64_t stamp,
                                 int64_t now);

/* Lets a worker that has just been created go on from step `now`: what follows from the description alone. */
void volley_worker_go_on(volley_worker *worker, int64_t now);

/* Keeps what is to be recorded at the step from which a run goes on, when recordings begin there. */
void volley_worker_record_start(volley_worker *worker, int64_t stamp);

/* Lets plastic synapses sweep, when all spikes up to `stamp` have been received. */
void volley_worker_sweep(volley_worker *worker, int64_t stamp);

/* Spikes prescribed for step 0, which no update can hand out: every rank knows them all from the description.
 */
void volley_worker_initial(volley_worker *worker);

#endif
