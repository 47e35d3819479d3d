/* SPDX-License-Identifier: BSD-3-Clause */
/* One SONATA node report being written by all ranks. */
#ifndef VOLLEY_IO_RECORDINGS_STATE_FILE_H
#define VOLLEY_IO_RECORDINGS_STATE_FILE_H

#include "comm/comm.h"
#include "files/h5.h"
#include "files/provenance.h"
#include "files/shared_file.h"
#include "net/network.h"

#include <stdint.h>

typedef struct volley_state_file {
    volley_shared_file shared;
    volley_h5 data;
    int64_t written; /* frames */
} volley_state_file;

/* Collective. Creates directory/state_<population>_<variable>.h5 under a temporary name, complete but for the
 * values, and reserves the space on disk. Returns the same code on all ranks; after a failure
 * volley_state_file_finish is called all the same. */
int volley_state_file_create(volley_comm *comm, const volley_network *network,
                             const volley_state_record *record, const volley_provenance *provenance,
                             const char *directory, volley_state_file *file);

/* Collective. The same with the first `frames` frames of the file of a run before, complete or not, whose
 * place the new file takes. VOLLEY_USAGE when that file does not hold them. */
int volley_state_file_go_on(volley_comm *comm, const volley_network *network,
                            const volley_state_record *record, const volley_provenance *provenance,
                            const char *directory, int64_t frames, volley_state_file *file);

/* Collective. Closes the file; when `code` is VOLLEY_OK it is synced and gets its final name, else it is
 * removed. Returns `code`, or the failure of closing, the same on all ranks. Nothing happens to a file that
 * was not created. */
int volley_state_file_finish(volley_state_file *file, int code);

/* Collective. As volley_state_file_finish with VOLLEY_OK for a file that got fewer frames than the record
 * has: what is in it is copied to a file of that many frames, which takes its place. A file without frames is
 * removed. */
int volley_state_file_shorten(volley_state_file *file, const volley_network *network,
                              const volley_state_record *record, const volley_provenance *provenance,
                              const char *directory);

#endif
