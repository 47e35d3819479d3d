/* SPDX-License-Identifier: BSD-3-Clause */
/* checkpoint-<step>.h5: named lists of numbers that hold the state of a run, whatever its layout.
 *
 * Every list is one contiguous dataset in the root group with a hash over its items; the file's content_hash
 * is over the names and hashes of all lists, the step, the resolved config and the restarts so far. A file is
 * written under a temporary name, read back and compared with its hashes, sealed, synced and renamed; only
 * then do older ones go. The lists are those of the owners of state (sim/state_lists.h); io/README.md names
 * them. */
#ifndef VOLLEY_IO_CHECKPOINT_CHECKPOINT_FILE_H
#define VOLLEY_IO_CHECKPOINT_CHECKPOINT_FILE_H

#include "comm/comm.h"
#include "files/h5.h"
#include "files/provenance.h"
#include "files/ranges.h"
#include "files/shared_file.h"

#include <stdint.h>

/* Changes when a reader would take a list for what it is not. */
enum { VOLLEY_CHECKPOINT_FORMAT = 2 };

/* ---- writing ---- */

typedef struct volley_checkpoint_writer {
    volley_shared_file shared;
    const char *directory; /* borrowed */
    int64_t step;
    uint64_t content;
} volley_checkpoint_writer;

/* Collective. Creates the file of `step` when there are about `bytes` bytes on disk. provenance: the same on
 * all ranks; restarts: JSON text of them, the same on all ranks. Returns the same code on all ranks, as all
 * functions here; those with a failure of their own hold the message. After a failure
 * volley_checkpoint_finish is called all the same. */
int volley_checkpoint_begin(volley_comm *comm, const char *directory, int64_t step, uint64_t bytes,
                            const volley_provenance *provenance, const char *restarts,
                            volley_checkpoint_writer *writer);

/* Collective. Writes a list of `total` items, of which this rank has [first, first + count). unit: of its
 * items, NULL: none. */
int volley_checkpoint_put(volley_checkpoint_writer *writer, const char *name, const char *unit,
                          enum volley_h5_type type, uint64_t total, uint64_t first, uint64_t count,
                          const void *values);

/* Collective. Writes a list of which this rank has ranges, one value an item. */
int volley_checkpoint_put_ranges(volley_checkpoint_writer *writer, const char *name, const char *unit,
                                 enum volley_h5_type type, const volley_ranges *ranges, const void *values);

/* Collective. Closes the file with `code` on this rank; when all have VOLLEY_OK it is verified, sealed
 * (files/seal.h), synced and renamed, and all but the newest `keep` checkpoints of the directory are removed.
 * Else it is removed. */
int volley_checkpoint_finish(volley_checkpoint_writer *writer, int64_t keep, int code);

/* ---- reading ---- */

typedef struct volley_checkpoint {
    char *path; /* owned, as the texts */
    volley_h5 file;
    int64_t step;
    char *config, *restarts;
    char *inputs;
} volley_checkpoint;

/* Not collective. Opens a checkpoint, whose seal has been checked, and reads its texts; VOLLEY_FAILED with
 * the message when that cannot be done. Closed by volley_checkpoint_close, also after a failure. */
int volley_checkpoint_open(const char *path, volley_checkpoint *checkpoint);
void volley_checkpoint_close(volley_checkpoint *checkpoint);

/* Collective. Reads all lists of a file just written, each rank a part, and compares them with the hashes of
 * what was to be written: VOLLEY_FAILED on all ranks when it is not the same; those with a failure of their
 * own hold the message. */
int volley_checkpoint_verify(volley_comm *comm, const char *path);

/* Not collective. Reads a whole list of *n items (owned by the caller), a list that must have `n` items, its
 * items [first, first + count), or the ranges of this rank. Length of a list; 1 when there is a list of that
 * name. */
int volley_checkpoint_get(const volley_checkpoint *checkpoint, const char *name, enum volley_h5_type type,
                          void **values, uint64_t *n);
int volley_checkpoint_read(const volley_checkpoint *checkpoint, const char *name, enum volley_h5_type type,
                           uint64_t n, void *values);
int volley_checkpoint_read_part(const volley_checkpoint *checkpoint, const char *name,
                                enum volley_h5_type type, uint64_t first, uint64_t count, void *values);
int volley_checkpoint_read_ranges(const volley_checkpoint *checkpoint, const char *name,
                                  enum volley_h5_type type, const volley_ranges *ranges, void *values);
int volley_checkpoint_length(const volley_checkpoint *checkpoint, const char *name, uint64_t *n);
int volley_checkpoint_has(const volley_checkpoint *checkpoint, const char *name);

/* Not collective. Steps of the checkpoints of a directory, newest first; owned by the caller. */
int volley_checkpoint_list(const char *directory, int64_t **steps, int64_t *n);

/* The path of one, owned by the caller; NULL with the message without memory. */
char *volley_checkpoint_path(const char *directory, int64_t step);

/* Not collective. Removes the checkpoints of a directory that are newer than `step`. */
int volley_checkpoint_remove_after(const char *directory, int64_t step);

#endif
