/* SPDX-License-Identifier: BSD-3-Clause */
/* Hands jobs of the master to all threads of a rank. */
#include "sim/team.h"

#include <omp.h>
#include <stddef.h>

void volley_team_run(volley_team *team, volley_team_job job, void *context) {
    if (!team->inside) {
#pragma omp parallel num_threads(team->threads)
        job(context, omp_get_thread_num());
        return;
    }
    team->job = job;
    team->context = context;
    volley_barrier_wait(team->barrier);
    job(context, 0);
    volley_barrier_wait(team->barrier);
}

void volley_team_follow(volley_team *team, int thread) {
    volley_barrier_wait(team->barrier);
    for (;;) {
        volley_barrier_wait(team->barrier);
        if (team->job == NULL)
            break;
        team->job(team->context, thread);
        volley_barrier_wait(team->barrier);
    }
}

void volley_team_lead(volley_team *team) {
    team->inside = true;
    volley_barrier_wait(team->barrier);
}

void volley_team_leave(volley_team *team) {
    team->job = NULL;
    volley_barrier_wait(team->barrier);
    team->inside = false;
}
