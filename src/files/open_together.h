/* SPDX-License-Identifier: BSD-3-Clause */
/* Opening one file on all ranks so that either all of them have it or none. */
#ifndef VOLLEY_FILES_OPEN_TOGETHER_H
#define VOLLEY_FILES_OPEN_TOGETHER_H

#include "comm/comm.h"

#include <stddef.h>

enum { VOLLEY_OPEN_NAME = 4096 };

/* Collective. Rank 0 creates the file (one that exists keeps its bytes), then all ranks open it. *handle gets
 * this rank's descriptor, owned by the caller (close()), -1 after a failure. `name` gets a path on this rank
 * that means the open file itself, also after the file or its directory has been renamed or removed: a
 * collective open of MPI-IO, in which the other ranks wait for ever when one fails, finds it on all ranks.
 * Returns the same code on all ranks: VOLLEY_OK, VOLLEY_EXHAUSTED (disk), VOLLEY_FAILED; ranks with a failure
 * of their own hold the message. */
int volley_open_together(volley_comm *comm, const char *path, int *handle, char name[VOLLEY_OPEN_NAME]);

/* Not collective. The same for this process alone. */
int volley_open_alone(const char *path, int *handle, char name[VOLLEY_OPEN_NAME]);

/* Not collective. The descriptor behind a name given above, or -1. */
int volley_open_handle(const char *name);

/* Not collective. The path of the file behind a name given above, as far as the system knows it; any other
 * name stays as it is. `path` has `size` bytes; returns path or name. */
const char *volley_open_path(const char *name, char *path, size_t size);

#endif
