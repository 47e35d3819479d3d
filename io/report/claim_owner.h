/* SPDX-License-Identifier: BSD-3-Clause */
/* The owner of a directory of results, as its claim names it (io/report/claim.h). Nothing here is collective.
 */
#ifndef VOLLEY_IO_REPORT_CLAIM_OWNER_H
#define VOLLEY_IO_REPORT_CLAIM_OWNER_H

#include <stdbool.h>
#include <stddef.h>

enum { VOLLEY_OWNER_TEXT = 600 };

/* Texts are "" when the file does not say. */
typedef struct volley_claim_owner {
    long long process;
    char host[256];
    char start[32]; /* of the process, in ticks since the boot: a number given to a new process is told apart
                     */
    char boot[64];  /* of the host */
    char space[64]; /* the space in which the process has its number: containers have their own */
    char job[64];   /* of Slurm */
    char since[32];
} volley_claim_owner;

enum volley_owner_state { VOLLEY_OWNER_ALIVE, VOLLEY_OWNER_GONE, VOLLEY_OWNER_UNKNOWN };

/* Reads the owner from the open file; false when the file does not hold one, as after a crash while it was
 * written. */
bool volley_owner_read(int file, volley_claim_owner *owner);

/* Writes this process into the open file. Fails as volley_fail_errno does; `path` is for the message. */
int volley_owner_write(int file, const char *path);

/* "process P on host H since T". */
void volley_owner_describe(const volley_claim_owner *owner, char *text, size_t size);

/* Whether the owner has run on this host since its last boot, so that locks of this host tell of it. */
bool volley_owner_is_here(const volley_claim_owner *owner);

/* Whether the process of the owner is still there, without any lock. UNKNOWN: it is on another host. A job
 * that Slurm has started again has ended before. */
enum volley_owner_state volley_owner_look_up(const volley_claim_owner *owner);

/* Whether locks of the file system that holds the open file are seen on all hosts that mount it. A file
 * system of this host alone counts. */
bool volley_locks_reach_all_hosts(int file);

#endif
