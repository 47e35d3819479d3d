/* SPDX-License-Identifier: BSD-3-Clause */
/* Failures of writing that MPI and the library of files above it would keep from some ranks, or from all. */
#ifndef VOLLEY_COMM_WRITE_GUARD_H
#define VOLLEY_COMM_WRITE_GUARD_H

#include "comm/comm.h"

#include <stdbool.h>

/* Keeps the message about the file that was opened as `name`, and returns the exit code. */
typedef int volley_write_report(const char *name);

/* From now on a write of one rank alone, a sync or a change of size that fails calls `report` and ends all
 * ranks of `comm`, when there are several: the library would leave the others inside a barrier of its own, so
 * that nobody would come back with the failure. Not collective. */
void volley_write_guard(volley_comm *comm, volley_write_report *report);

/* Between `true` and `false` this rank writes data for itself, inside no collective call: a failure comes
 * back to it and ends nobody. Not collective. */
void volley_write_guard_own(bool begins);

/* Why the last write of this rank has failed, as an errno; 0: not known, or asked for already. */
int volley_write_reason(void);

#endif
