/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads from the environment which launcher has started this process, and refuses one that belongs to another
 * MPI. */
#include "comm/launcher.h"
#include "base/status.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* How long the other ranks wait with their end: a launcher that sees one of its processes fail may kill rank
 * 0 before rank 0 has spoken. */
enum { SECONDS_FOR_RANK_0 = 3 };

/* Variables that launchers set for each process. The first one that is set decides: mpirun inside a step of
 * Slurm sets its own beside those of Slurm, and its own count. */
static const struct {
    const char *size, *rank, *launcher, *advice;
    const char *unset; /* what makes a run of its own of each process, as options of env */
} launchers[] = {
    {"OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK", "mpirun of Open MPI", "use the mpirun of that MPI",
     "-u OMPI_COMM_WORLD_SIZE"},
    {"MV2_COMM_WORLD_SIZE", "MV2_COMM_WORLD_RANK", "mpirun of MVAPICH", "use the mpirun of that MPI",
     "-u MV2_COMM_WORLD_SIZE"},
    {"PMI_SIZE", "PMI_RANK", "mpiexec of MPICH or one of its kin (PMI)",
     "use the mpirun of that MPI, or srun --mpi=pmix", "-u PMI_SIZE"},
    {"SLURM_STEP_NUM_TASKS", "SLURM_PROCID", "srun of Slurm",
     "use srun --mpi=pmix (srun --mpi=list shows what there is), or mpirun",
     "-u SLURM_STEP_NUM_TASKS -u SLURM_NTASKS"},
    {"SLURM_NTASKS", "SLURM_PROCID", "srun of Slurm",
     "use srun --mpi=pmix (srun --mpi=list shows what there is), or mpirun",
     "-u SLURM_STEP_NUM_TASKS -u SLURM_NTASKS"},
};
enum { LAUNCHERS = sizeof launchers / sizeof *launchers };

/* The whole number in a variable; -1: none. */
static int number_in(const char *name) {
    const char *text = getenv(name);
    char *end;
    long value = text != NULL ? strtol(text, &end, 10) : -1;
    return text == NULL || end == text || *end != '\0' || value < 0 || value > INT_MAX ? -1 : (int)value;
}

/* A batch script and a shell of salloc have the number of tasks of the job, but belong to no step. */
static bool is_outside_a_step(void) {
    return getenv("SLURM_JOB_ID") != NULL && getenv("SLURM_STEP_ID") == NULL &&
           getenv("SLURM_STEP_NUM_TASKS") == NULL;
}

void volley_launcher_place(int *rank, int *size) {
    int i = 0;
    while (i < LAUNCHERS && number_in(launchers[i].size) < 0)
        i++;
    bool launched = i < LAUNCHERS && !(i == LAUNCHERS - 1 && is_outside_a_step());
    *size = launched ? number_in(launchers[i].size) : 1;
    *rank = launched && number_in(launchers[i].rank) > 0 ? number_in(launchers[i].rank) : 0;
}

int volley_launcher_check(int size, const char *library) {
    for (int i = 0; i < LAUNCHERS; i++) {
        int said = number_in(launchers[i].size), rank = number_in(launchers[i].rank);
        if (said < 0)
            continue;
        if (said <= 1 || size > 1)
            return VOLLEY_OK;
        if (i == LAUNCHERS - 1 && is_outside_a_step()) {
            fprintf(stderr,
                    "volley: warning: the Slurm job has %d tasks, and this is a run of one rank; start it "
                    "with srun or "
                    "mpirun to use all tasks\n",
                    said);
            return VOLLEY_OK;
        }
        volley_error_clear(); /* every process may have one, of the same mistake in the config */
        if (rank > 0) {
            nanosleep(&(struct timespec){.tv_sec = SECONDS_FOR_RANK_0}, NULL);
            return VOLLEY_USAGE;
        }
        return volley_fail(
            VOLLEY_USAGE,
            "%s started %d ranks (%s), but the MPI of this program, %s, sees only one in each process; "
            "%s. Where each process is meant to be a run of its own: env %s volley ...",
            launchers[i].launcher, said, launchers[i].size, library, launchers[i].advice, launchers[i].size);
    }
    return VOLLEY_OK;
}
