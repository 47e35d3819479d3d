/* SPDX-License-Identifier: BSD-3-Clause */
/* NaN and infinity end a run: no result may rest on them. */
#ifndef VOLLEY_SIM_STATE_WATCH_H
#define VOLLEY_SIM_STATE_WATCH_H

#include "comm/comm.h"
#include "sim/worker.h"

/* States are looked at at the multiples of so many steps, at the end, and before a checkpoint. A look reads
 * each state once, which is below a thousandth of what so many updates do. */
enum { VOLLEY_WATCH_STEPS = 1000 };

/* The first state that is not a finite number. */
typedef struct volley_bad_state {
    uint64_t gid; /* UINT64_MAX: all are finite */
    int state;    /* index into those of the model */
} volley_bad_state;

/* Not collective; called by the thread itself. The bad state of the lowest gid among the worker's neurons. */
volley_bad_state volley_states_look(const volley_worker *worker);

/* Collective, by the master of each rank: `bad` has one item for each of its threads. The bad state of the
 * lowest gid of all ranks, on all ranks. */
volley_bad_state volley_states_judge(volley_comm *comm, const volley_bad_state *bad, int threads);

/* Not collective. VOLLEY_FAILED with the message for a bad state that came between two looks, else VOLLEY_OK.
 */
int volley_states_status(const volley_network *network, const volley_bad_state *found, int64_t from,
                         int64_t to);

#endif
