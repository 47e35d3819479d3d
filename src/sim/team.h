/* SPDX-License-Identifier: BSD-3-Clause */
/* The threads of a rank, for work that the master hands out: while the master is in a function of its own,
 * the others wait for jobs. */
#ifndef VOLLEY_SIM_TEAM_H
#define VOLLEY_SIM_TEAM_H

#include "base/barrier.h"

#include <stdbool.h>

typedef void (*volley_team_job)(void *context, int thread);

typedef struct volley_team {
    int threads;
    volley_barrier *barrier; /* borrowed; of all threads */
    bool inside;             /* the others follow: the master is inside a parallel region */
    volley_team_job job;     /* NULL: they stop following */
    void *context;
} volley_team;

/* By the master: every thread of the team does the job once; returns when all have done it. Outside of a
 * parallel region it makes one. Not collective. */
void volley_team_run(volley_team *team, volley_team_job job, void *context);

/* Inside a parallel region: the other threads do the jobs that the master hands out between
 * volley_team_lead and volley_team_leave, which the master calls. Both meet the others at the barrier. */
void volley_team_follow(volley_team *team, int thread);
void volley_team_lead(volley_team *team);
void volley_team_leave(volley_team *team);

#endif
