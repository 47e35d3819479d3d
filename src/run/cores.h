/* SPDX-License-Identifier: BSD-3-Clause */
/* Threads and cores of a rank. */
#ifndef VOLLEY_RUN_CORES_H
#define VOLLEY_RUN_CORES_H

/* Cores that this process may run on, and cores of the machine. */
int volley_cores_allowed(void);
int volley_cores_online(void);

/* Threads per rank: `option` (--threads) beats `config` (simulation.threads), which beats OMP_NUM_THREADS;
 * without any of them the cores in the affinity mask divided by the ranks on the node, at least 1. 0 stands
 * for not given. *source names the winner. Returns VOLLEY_USAGE when OMP_NUM_THREADS is not a number from 1
 * to 4096. */
int volley_cores_threads(int option, int config, int ranks_on_node, int *threads, const char **source);

/* Lets the process run on all cores of the machine when its mask has fewer than `threads`: mpirun -n 1 binds
 * to one core by default. Returns how many cores the mask has now. To be called before any thread is started.
 */
int volley_cores_widen(int threads);

#endif
