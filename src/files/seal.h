/* SPDX-License-Identifier: BSD-3-Clause */
/* The last line of a file: how many bytes are before it, and their hash. Damage is found by it before libhdf5
 * reads the file, which meets some damaged files with a segmentation fault. */
#ifndef VOLLEY_FILES_SEAL_H
#define VOLLEY_FILES_SEAL_H

#include "comm/comm.h"

/* Collective. Appends the line to a closed file, which HDF5 reads as before; each rank reads a part of it.
 * Returns the same code on all ranks; those with a failure of their own hold the message. */
int volley_seal_put(volley_comm *comm, const char *path);

/* Collective. VOLLEY_FAILED on all ranks when the file is not what was sealed; rank 0 holds the message. */
int volley_seal_check(volley_comm *comm, const char *path);

#endif
