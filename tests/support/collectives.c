/* SPDX-License-Identifier: BSD-3-Clause */
/* LD_PRELOAD: counts the collective calls of MPI that a rank makes, those on files among them, whoever makes
 * them. When MPI ends a line "<rank> <calls>" goes to the file VOLLEY_COLLECTIVES_LOG. The functions stand
 * before those of MPI by its profiling interface; volley itself does so for some on files, which then come in
 * by their second name. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <mpi.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

static atomic_long calls;

#define COUNT(name, parameters, arguments)                                                                   \
    int name parameters {                                                                                    \
        atomic_fetch_add(&calls, 1);                                                                         \
        return P##name arguments;                                                                            \
    }

COUNT(MPI_Barrier, (MPI_Comm comm), (comm))
COUNT(MPI_Bcast, (void *data, int n, MPI_Datatype type, int root, MPI_Comm comm), (data, n, type, root, comm))
COUNT(MPI_Allreduce,
      (const void *send, void *receive, int n, MPI_Datatype type, MPI_Op operation, MPI_Comm comm),
      (send, receive, n, type, operation, comm))
COUNT(MPI_Reduce,
      (const void *send, void *receive, int n, MPI_Datatype type, MPI_Op operation, int root, MPI_Comm comm),
      (send, receive, n, type, operation, root, comm))
COUNT(MPI_Exscan,
      (const void *send, void *receive, int n, MPI_Datatype type, MPI_Op operation, MPI_Comm comm),
      (send, receive, n, type, operation, comm))
COUNT(MPI_Allgather,
      (const void *send, int n, MPI_Datatype type, void *receive, int m, MPI_Datatype of, MPI_Comm comm),
      (send, n, type, receive, m, of, comm))
COUNT(MPI_Allgatherv,
      (const void *send, int n, MPI_Datatype type, void *receive, const int *m, const int *at,
       MPI_Datatype of, MPI_Comm comm),
      (send, n, type, receive, m, at, of, comm))
COUNT(MPI_Gather,
      (const void *send, int n, MPI_Datatype type, void *receive, int m, MPI_Datatype of, int root,
       MPI_Comm comm),
      (send, n, type, receive, m, of, root, comm))
COUNT(MPI_Alltoall,
      (const void *send, int n, MPI_Datatype type, void *receive, int m, MPI_Datatype of, MPI_Comm comm),
      (send, n, type, receive, m, of, comm))
COUNT(MPI_Alltoallv,
      (const void *send, const int *n, const int *from, MPI_Datatype type, void *receive, const int *m,
       const int *at, MPI_Datatype of, MPI_Comm comm),
      (send, n, from, type, receive, m, at, of, comm))
COUNT(MPI_Comm_dup, (MPI_Comm comm, MPI_Comm *copy), (comm, copy))
COUNT(MPI_File_set_view,
      (MPI_File file, MPI_Offset at, MPI_Datatype of, MPI_Datatype type, const char *name, MPI_Info info),
      (file, at, of, type, name, info))

/* The function behind a name that volley has taken. */
#define COUNT_SECOND(name, parameters, arguments)                                                            \
    int name parameters {                                                                                    \
        int(*real) parameters = (int(*) parameters)dlsym(RTLD_NEXT, #name);                                  \
        atomic_fetch_add(&calls, 1);                                                                         \
        return real arguments;                                                                               \
    }

COUNT_SECOND(PMPI_File_open, (MPI_Comm comm, const char *name, int mode, MPI_Info info, MPI_File *file),
             (comm, name, mode, info, file))
COUNT_SECOND(PMPI_File_close, (MPI_File * file), (file))
COUNT_SECOND(PMPI_File_sync, (MPI_File file), (file))
COUNT_SECOND(PMPI_File_set_size, (MPI_File file, MPI_Offset size), (file, size))
COUNT_SECOND(PMPI_File_write_at_all,
             (MPI_File file, MPI_Offset at, const void *data, int n, MPI_Datatype type, MPI_Status *status),
             (file, at, data, n, type, status))

int MPI_Finalize(void) {
    const char *name = getenv("VOLLEY_COLLECTIVES_LOG");
    FILE *log = name != NULL ? fopen(name, "a") : NULL;
    int rank = 0;
    PMPI_Comm_rank(MPI_COMM_WORLD, &rank);
    if (log != NULL) {
        fprintf(log, "%d %ld\n", rank, atomic_load(&calls));
        fclose(log);
    }
    return PMPI_Finalize();
}
