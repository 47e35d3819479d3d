/* SPDX-License-Identifier: BSD-3-Clause */
/* What a simulation of this rank holds: made by sim.c, changed by the loop in step.c. */
#ifndef VOLLEY_SIM_SIM_STATE_H
#define VOLLEY_SIM_SIM_STATE_H

#include "base/barrier.h"
#include "base/status.h"
#include "comm/stall_watch.h"
#include "sim/checkpoint/checkpoint.h"
#include "sim/progress.h"
#include "sim/rate_limit.h"
#include "sim/sim.h"
#include "sim/recording/snapshot.h"
#include "sim/state_lists.h"
#include "sim/surrogate_spikes.h"
#include "sim/team.h"
#include "sim/state_watch.h"
#include "sim/worker.h"

struct volley_sim {
    const volley_network *network;
    const volley_layout *layout;
    const volley_wiring *wiring;
    volley_comm *comm;
    volley_spike_writer *writer;
    volley_sim_options options;
    volley_worker *workers;     /* [threads] */
    volley_state_table *tables; /* [n_state_records] what they keep of states */
    volley_barrier *barrier;
    volley_exchange *exchange;
    volley_watch *watch;
    volley_progress progress;
    volley_rate_limit limit;
    volley_snapshots snapshots;
    volley_stand_in stand_in;
    volley_team team;     /* of this rank's threads, while the master takes a checkpoint */
    volley_owners owners; /* of what checkpoints hold */
    volley_counts kept;   /* counts of the whole run, as far as checkpoints hold them */
    volley_carried carried;
    volley_exchange_figures base; /* of the exchanges before a restart; messages and bytes on rank 0 */
    int64_t start;                /* step from which this process runs */
    bool elsewhere;
    int64_t stamp; /* of the last exchange */

    /* written by the master between the barriers, read by all threads after the second */
    volley_spikes spikes;
    bool saving;   /* a checkpoint is due at this exchange */
    bool stopping; /* and the run ends with it */
    bool ended;
    bool broken; /* a state is no longer a finite number: `worst`, since the step `looked` */

    volley_bad_state *bad; /* [threads] what the last look at the states has found */
    volley_bad_state worst;
    int64_t looked; /* step of the last look that found nothing */

    int status;              /* the master's: of this rank */
    uint64_t *gids, *merged; /* spikes of this rank's interval, merged over its threads */
    size_t gids_capacity, merged_capacity;
    int64_t *counts; /* [interval] */
    int64_t *starts; /* [threads + 1] */
    volley_recorded_spike *flush;
    size_t flush_capacity;
    int written; /* agreed status of the last segment; its message has been printed */
    double write_s, finish_s;
    /* Exchanges before which the ranks meet, and what moving the spikes took in them and in all. */
    int64_t exchanges, sampled;
    double sampled_move_s, move_s;
};

#endif
