/* SPDX-License-Identifier: BSD-3-Clause */
/* Who owns a directory of results: one run at a time writes to it.
 *
 * The file run.lock in the directory holds an open file description lock (fcntl F_OFD_SETLK) of the owner,
 * which the kernel releases when the process ends, however it does; so a crash or a reboot leaves nothing
 * behind but the file. The file says who the owner is: host, process, its start, boot, job, time. Where a
 * lock cannot be had, or does not reach other hosts, that text decides: an owner on this host is looked up,
 * one on another host is taken for alive. */
#ifndef VOLLEY_IO_REPORT_CLAIM_H
#define VOLLEY_IO_REPORT_CLAIM_H

#include "comm/comm.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct volley_claim volley_claim;

/* Collective. Rank 0 claims an existing directory, then all ranks take part in it, so that it stays claimed
 * until the last of them has ended. Waits some seconds for ranks of an earlier run that are about to end.
 * Refused on all ranks with VOLLEY_USAGE: a directory in use ("<directory> is in use by process P on host H
 * since T"), one whose owner cannot be found out, or a run.lock that is not a plain file of its own. The
 * caller owns *claim, which is NULL on ranks that have nothing to release. Not agreed on: rank 0 holds the
 * message. */
int volley_claim_take(volley_comm *comm, const char *directory, volley_claim **claim);

/* Not collective. Gives the directory back and nulls the pointer. The file goes too. */
void volley_claim_release(volley_claim **claim);

/* Not collective. Whether a run is under way in the directory. Then `who` is "process P on host H since T". A
 * directory that cannot be read holds none. */
bool volley_claim_find(const char *directory, char *who, size_t size);

/* Not collective. For commands that read results: says on stderr when a run is under way in the directory. */
void volley_claim_note(const char *directory);

#endif
