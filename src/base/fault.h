/* SPDX-License-Identifier: BSD-3-Clause */
/* Faults on purpose, so that tests can see that every rank ends:
 *   VOLLEY_FAULT=<parse|partition|build|step|exchange|record|checkpoint|checkpoint_data|checkpoint_name>
 *                :<rank>[:<step>][:error|exit|stop|nomem]
 * (a checkpoint has three places: before its file, in the middle of its data, and before it gets its name)
 * strikes at that place of that rank, once the run has come to `step` (default: at once), as a failure
 * (error, the default), the end of the process without a word to the others (exit), a process that no longer
 * responds (stop: SIGSTOP, once; SIGCONT lets the run go on), or a lack of memory (nomem). It is part of
 * every build, and costs one comparison where it can strike. */
#ifndef VOLLEY_BASE_FAULT_H
#define VOLLEY_BASE_FAULT_H

#include "base/status.h"

#include <stdint.h>

typedef enum volley_fault_place {
    VOLLEY_FAULT_NONE,
    VOLLEY_FAULT_PARSE,
    VOLLEY_FAULT_PARTITION,
    VOLLEY_FAULT_BUILD,
    VOLLEY_FAULT_STEP,
    VOLLEY_FAULT_EXCHANGE,
    VOLLEY_FAULT_RECORD,
    VOLLEY_FAULT_CHECKPOINT,
    VOLLEY_FAULT_CHECKPOINT_DATA,
    VOLLEY_FAULT_CHECKPOINT_NAME,
    VOLLEY_FAULT_PLACES,
} volley_fault_place;

/* Where a fault waits on this rank; VOLLEY_FAULT_NONE nearly always. Set by
 * volley_fault_arm, and cleared when a process has been stopped. */
extern volley_fault_place volley_fault_armed;

/* Reads VOLLEY_FAULT for this rank of so many; to be called once, before other threads exist. Returns
 * VOLLEY_USAGE for a text that is not as above or a rank that does not exist, on all ranks. */
int volley_fault_arm(int rank, int ranks);

/* The fault that waits at `place`, if the run has come to its step. Use volley_fault. */
int volley_fault_strike(volley_fault_place place, int64_t step);

/* To be called at every place where a fault can strike. Returns VOLLEY_OK, or the code of the failure with
 * its message pending; does not return from an exit. Thread-safe; step is 0 outside the step loop. */
static inline int volley_fault(volley_fault_place place, int64_t step) {
    return volley_fault_armed == place ? volley_fault_strike(place, step) : VOLLEY_OK;
}

#endif
