/* SPDX-License-Identifier: BSD-3-Clause */
/* MPI for the rest of the program: ranks, agreement on errors, small collectives, moving bytes. Outside this
 * folder only files/h5.c and commands/version.c include mpi.h, and partition/scotch.c meets it through
 * PT-Scotch.
 *
 * Every function marked Collective is called by all ranks in the same order. MPI errors are fatal for the job
 * (MPI_ERRORS_ARE_FATAL): a broken network cannot be repaired from here. */
#ifndef VOLLEY_COMM_COMM_H
#define VOLLEY_COMM_COMM_H

#include <stdbool.h>
#include <stdint.h>

typedef struct volley_comm volley_comm;

/* Collective. Sets the environment that keeps parallel HDF5 safe with Open MPI (OMPIO data sieving off, each
 * rank writes its own part, see comm.c), starts MPI with MPI_THREAD_FUNNELED and gives the context of all
 * ranks. The caller owns it. On failure MPI has ended again and only rank 0 has a message. */
int volley_comm_start(int *argc, char ***argv, volley_comm **comm);

/* Collective. Ends MPI and nulls the pointer. */
void volley_comm_stop(volley_comm **comm);

/* Collective. When `must` is set on a rank, all end here with `code`, without MPI_Finalize and what is
 * registered for the exit: for libraries that would crash there. Else it returns. */
void volley_comm_leave(volley_comm *comm, bool must, int code);

/* Ends all ranks at once with this exit code, from one rank alone; the pending error message is printed
 * first. */
_Noreturn void volley_comm_abort(volley_comm *comm, int code);

int volley_comm_rank(const volley_comm *comm);
int volley_comm_size(const volley_comm *comm);
int volley_comm_node_rank(const volley_comm *comm); /* rank among the ranks of this machine */
int volley_comm_node_size(const volley_comm *comm);

/* Collective. Ends a stage: returns the same code on all ranks, VOLLEY_OK when all gave VOLLEY_OK, else the
 * code of the lowest failing rank that has a message (of the lowest failing rank if none has). That message
 * is printed once, by rank 0, on stderr as "volley: <message>", with "(rank r) " in front of the message when
 * not all ranks failed with the same one. Without a message nothing is printed of VOLLEY_STOPPED, and of what
 * follows another failure. Clears the pending messages. */
int volley_comm_agree(volley_comm *comm, int code);

/* The exit code of all that was done with these ranks: `code`, or the first failure that was agreed on when
 * `code` is VOLLEY_OK: what has been printed as an error can be forgotten by no caller. Not collective. */
int volley_comm_outcome(const volley_comm *comm, int code);

/* Makes the MPI library yield the processor while it waits (ranks x threads beyond the cores). Must be
 * called before volley_comm_start. */
void volley_comm_yield_when_idle(void);

/* Ranks on this machine as the launcher tells by the environment, 1 when unknown. Works before
 * volley_comm_start, where the choice to yield has to be made. */
int volley_comm_local_size_hint(void);

/* Collective. The largest status of all ranks, for a step inside a stage: without a message, which stays
 * pending on the ranks that failed. comm NULL: this process alone. */
int volley_comm_worst(volley_comm *comm, int status);

/* Collective reductions in place over all ranks. */
void volley_comm_sum_u64(volley_comm *comm, uint64_t *values, int n);
void volley_comm_max_u64(volley_comm *comm, uint64_t *values, int n);
void volley_comm_max_double(volley_comm *comm, double *values, int n);

/* Collective. Sum of `value` over the ranks before this one. */
uint64_t volley_comm_exscan_u64(volley_comm *comm, uint64_t value);

/* Collective. Gathers n doubles of every rank on all ranks: all[rank * n + i]. */
void volley_comm_gather_double(volley_comm *comm, const double *mine, int n, double *all);

/* Collective. Brings the bytes of every rank to all: those of rank r stand at start[r] .. start[r + 1] of
 * `all`, where this rank has put its own; start has one entry more than there are ranks. At most `at_once`
 * bytes go in one call of MPI, and 2^30. */
void volley_comm_gather_bytes(volley_comm *comm, void *all, const uint64_t *start, uint64_t at_once);

/* Collective. Broadcast of bytes from rank 0. */
void volley_comm_broadcast(volley_comm *comm, void *bytes, uint64_t n);

void volley_comm_barrier(volley_comm *comm);

/* Collective. Moves items between ranks: send_counts[r] items of item_bytes each, for rank 0, 1, ... one
 * after another in `send`; *receive (owned by the caller, free()) holds receive_counts[r] items from rank r
 * in rank order. Works in rounds of bounded size, so counts may exceed 2^31. Returns VOLLEY_EXHAUSTED on all
 * ranks if one has no memory; the message is pending on that one. */
int volley_comm_alltoall(volley_comm *comm, const void *send, const uint64_t *send_counts,
                         uint64_t item_bytes, void **receive, uint64_t *receive_counts);

/* Sets the bytes a rank may have under way in one round of volley_comm_alltoall (64 MiB unless told);
 * identical on all ranks. For tests. */
void volley_comm_limit_round(volley_comm *comm, uint64_t bytes);

/* The MPI communicator behind the context, as a pointer to an MPI_Comm; for the libraries that need one
 * (files/h5.c, partition/scotch.c). Borrowed. */
void *volley_comm_mpi(volley_comm *comm);

#endif
