/* SPDX-License-Identifier: BSD-3-Clause */
/* An HDF5 file that all ranks write under a temporary name and publish together. */
#ifndef VOLLEY_FILES_SHARED_FILE_H
#define VOLLEY_FILES_SHARED_FILE_H

#include "comm/comm.h"
#include "files/h5.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct volley_shared_file {
    volley_comm *comm;      /* borrowed; NULL: there is no file */
    char *path, *temporary; /* owned */
    volley_h5 file;
    uint64_t bytes; /* to reserve on disk */
    bool alone;     /* of rank 0, see volley_shared_file_make */
    bool needed;    /* what has been synced: stays under its temporary name when it cannot be finished */
} volley_shared_file;

/* Makes groups, datasets and attributes of a new file, and writes what is small. By one process. */
typedef int volley_shared_contents(volley_h5 file, void *context);

/* Collective. As volley_shared_file_create, but rank 0 by itself makes the file with its contents, and then
 * all open it for volley_h5_write_own: the number of collective calls does not grow with that of groups and
 * datasets. `alone`: the file stays open on rank 0 and nowhere else, which writes everything; for files that
 * are small and many. */
int volley_shared_file_make(volley_comm *comm, char *path, const char *suffix, uint64_t bytes, int code,
                            bool alone, volley_shared_contents *contents, void *context,
                            volley_shared_file *file);

/* Collective. Creates the file that becomes `path` (taken over; from volley_path, NULL: out of memory) as
 * `path`.tmp`suffix`, when there are `bytes` bytes on disk. The suffix keeps the temporary names of two files
 * with one path apart. `code` is what this rank has met before. Returns the same code on all ranks; those
 * with a failure of their own hold the message. After a failure volley_shared_file_finish is called all the
 * same. */
int volley_shared_file_create(volley_comm *comm, char *path, const char *suffix, uint64_t bytes, int code,
                              volley_shared_file *file);

/* Collective. Ends the creation of groups and datasets, which went with `code` on this rank; reserves the
 * space of the whole file. Returns the same code on all ranks. */
int volley_shared_file_reserve(volley_shared_file *file, int code);

/* Collective. Closes the file, in which everything else has been closed, with `code` on this rank. When all
 * have VOLLEY_OK it is synced and gets its final name, else it is removed (unless it is needed). Returns the
 * same code on all ranks. */
int volley_shared_file_finish(volley_shared_file *file, int code);

/* Collective. The two halves of it: what is between them sees the closed file under its temporary name. */
int volley_shared_file_close(volley_shared_file *file, int code);
int volley_shared_file_publish(volley_shared_file *file, int code);

/* Collective. For a file created with a suffix beside the one of a run before: where that is, `path`.tmp when
 * it is there (it is the newer one), else `path`. *unfinished is owned by the caller and holds the name. */
int volley_shared_file_find_old(const volley_shared_file *file, char **unfinished, const char **old);

/* Collective. Syncs the file, and puts it in the place of the file of the run before: renames it to
 * `path`.tmp (its temporary name without the suffix) and removes a finished file `path`. Returns the same
 * code on all ranks. */
int volley_shared_file_take_place(volley_shared_file *file);

/* Collective. Brings what has been written so far to disk, under the temporary name, where it stays from now
 * on even when the file is never finished: a checkpoint relies on it. Returns the same code on all ranks. */
int volley_shared_file_sync(volley_shared_file *file);

#endif
