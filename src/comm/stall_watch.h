/* SPDX-License-Identifier: BSD-3-Clause */
/* A look at ranks that do not come to an exchange: stopped, swapped out, or on a node that has gone.
 *
 * While one rank stands still the others wait inside MPI, which tells nobody. A thread of each rank looks
 * once a second whether its rank waits, and after a minute names those of its node that it waits for. */
#ifndef VOLLEY_COMM_STALL_WATCH_H
#define VOLLEY_COMM_STALL_WATCH_H

#include "comm/comm.h"

#include <stdint.h>

typedef struct volley_watch volley_watch;

/* Collective. `limit_s`: after so long in one exchange the process ends with VOLLEY_FAILED, by which the
 * launcher ends the others; 0: never. `dt_ms`: of a step, for the message. Where the ranks of a node
 * can share no memory each speaks for itself and knows no names. *out is NULL, to which all functions are
 * indifferent, for one rank or where no thread can be had; then it warns when there is a limit. */
void volley_watch_start(volley_comm *comm, double limit_s, double dt_ms, volley_watch **out);
void volley_watch_end(volley_watch **watch);

/* Not collective. Before and after the exchange that ends with step `stamp`. */
void volley_watch_enter(volley_watch *watch, int64_t stamp);
void volley_watch_leave(volley_watch *watch);

#endif
