/* SPDX-License-Identifier: BSD-3-Clause */
/* Files appear under their final name only when they are complete and on disk. */
#ifndef VOLLEY_FILES_PUBLISH_H
#define VOLLEY_FILES_PUBLISH_H

#include "comm/comm.h"

#include <stdbool.h>
#include <stdint.h>

/* Fails with "<action> <path>: <reason of errno>": VOLLEY_EXHAUSTED for a full disk or quota, a file that may
 * not become larger, or a lack of memory, else VOLLEY_FAILED. */
int volley_fail_errno(const char *action, const char *path);

/* Closes a file that has been written with status `code`; a failure to close is one of writing. Returns the
 * first failure. Not collective. */
int volley_close_written(int file, const char *path, int code);

/* directory/name with printf-style name, owned by the caller (free()); NULL with the message stored when out
 * of memory. */
char *volley_path(const char *directory, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Syncs the closed file `temporary`, renames it to `path` in the same directory and syncs the directory. Not
 * collective: one rank calls it after all have closed the file. */
int volley_publish(const char *temporary, const char *path);

/* Brings a file to disk. Not collective. */
int volley_sync_file(const char *path);

/* Fails as volley_fail_errno does when there is no room beside `path`, found by writing there; any other
 * trouble is none. For libraries that tell of a failure but not of its reason. Not collective. */
int volley_probe_room(const char *path);

/* Collective. Ends a file that all ranks have written and closed with the agreed code: rank 0 publishes it.
 * After a failure, also of that, it removes the temporary file (which may be NULL then), unless that is
 * `needed`. Returns the same code on all ranks; prints nothing. */
int volley_publish_together(volley_comm *comm, const char *temporary, const char *path, bool needed,
                            int code);

/* Makes a new file, open for writing, in *file (-1 after a failure; the caller closes it, also after another
 * failure). Links are not followed. In the directory of a run (files/manifest.h) the file is listed, one that
 * the run itself has left is replaced, and any other one is a failure; elsewhere what has the name is
 * replaced. Not collective. */
int volley_create_new(const char *path, int *file);

/* The same for an empty file that is closed again: finds a directory that is missing or not writable. */
int volley_touch(const char *path);

/* Asks the file system for the blocks of a file of `bytes` bytes, without changing its length, so that a full
 * disk is found here and not inside a collective write, where the other ranks would wait for ever. File
 * systems that cannot reserve are believed when they say that they have room. Not collective. */
int volley_reserve_blocks(const char *path, uint64_t bytes);

#endif
