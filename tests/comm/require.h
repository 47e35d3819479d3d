/* SPDX-License-Identifier: BSD-3-Clause */
/* Tests that run under mpirun: cmocka knows no ranks, so a failed requirement ends the whole job. */
#ifndef VOLLEY_TESTS_COMM_REQUIRE_H
#define VOLLEY_TESTS_COMM_REQUIRE_H

#include <mpi.h>
#include <stdio.h>

#define REQUIRE(condition)                                                                                   \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "%s:%d: failed: %s\n", __FILE__, __LINE__, #condition);                          \
            MPI_Abort(MPI_COMM_WORLD, 1);                                                                    \
        }                                                                                                    \
    } while (0)

#endif
