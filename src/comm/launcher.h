/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether this process is the rank that its launcher takes it for. */
#ifndef VOLLEY_COMM_LAUNCHER_H
#define VOLLEY_COMM_LAUNCHER_H

/* Not collective. Compares the size of MPI_COMM_WORLD with what the launcher says by environment variables.
 * `size` is that of MPI, `library` the name of the MPI library. A launcher that belongs to another MPI starts
 * n processes of which each is rank 0 of 1; all of them would run the same network and write the same files.
 * Refused with VOLLEY_USAGE: size 1 where the launcher has started more. Only the launcher's rank 0 has a
 * message; the others return three seconds later, so that the launcher does not kill rank 0 before it has
 * spoken. Inside a Slurm job of several tasks, but outside a step, a warning goes to stderr. */
int volley_launcher_check(int size, const char *library);

/* What the launcher says by environment variables, before MPI starts: the rank of this process among how
 * many; 0 of 1 without a launcher. */
void volley_launcher_place(int *rank, int *size);

#endif
