/* An HDF5 file that all ranks write under a temporary name and publish together. */
#ifndef VOLLEY_IO_SHARED_FILE_H
#define VOLLEY_IO_SHARED_FILE_H

#include "comm/comm.h"
#include "io/h5.h"

#include <stdint.h>

typedef struct volley_shared_file {
    volley_comm *comm;      /* borrowed; NULL: there is no file */
    char *path, *temporary; /* owned */
    volley_h5 file;
    uint64_t bytes; /* to reserve on disk */
} volley_shared_file;

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
 * have VOLLEY_OK it is synced and gets its final name, else it is removed. Returns the same code on all
 * ranks. */
int volley_shared_file_finish(volley_shared_file *file, int code);

#endif
