/* SPDX-License-Identifier: BSD-3-Clause */
/* Which ranks and threads of a run sit on which cores. */
#ifndef VOLLEY_RUN_BINDING_H
#define VOLLEY_RUN_BINDING_H

#include "comm/comm.h"

#include <stdbool.h>

typedef struct volley_binding_options {
    int threads;                /* per rank */
    const char *threads_source; /* as volley_cores_threads tells */
    bool oversubscribed;        /* ranks x threads are more than the cores, on this rank's machine */
} volley_binding_options;

/* Collective. Rank 0 prints on stderr which cores each rank may use, rank by rank up to 8 ranks, else machine
 * by machine, and warns of a layout that leaves cores idle. Cores come from hwloc where it is there, else
 * every hardware thread counts as one. Called after volley_cores_widen; starts the threads of the rank. */
int volley_binding_report(volley_comm *comm, const volley_binding_options *options);

#endif
