/* SPDX-License-Identifier: BSD-3-Clause */
/* state_<population>_<variable>.h5: SONATA node reports, one file for each recorded state variable.
 *
 * /report/<population>/data is a table of frames x neurons, its columns ascending by node id whatever the
 * layout. All frames are known beforehand, so a file has its full size from the start; it carries a temporary
 * name until the run has ended. Frames reach the file in blocks, each as one rectangle per rank. */
#ifndef VOLLEY_IO_RECORDINGS_STATE_OUTPUT_H
#define VOLLEY_IO_RECORDINGS_STATE_OUTPUT_H

#include "comm/comm.h"
#include "files/provenance.h"
#include "net/network.h"

#include <stdint.h>

typedef struct volley_state_writer volley_state_writer;

/* Collective. Prepares a writer without touching the disk; comm, network and directory are borrowed until
 * destroy, rank 0's provenance is copied. Returns the same code on all ranks, with the message printed. */
int volley_state_writer_create(volley_comm *comm, const volley_network *network, const char *directory,
                               const volley_provenance *provenance, volley_state_writer **writer);

/* Collective. Creates all files and reserves their space on disk. Codes as for
 * volley_state_writer_write. */
int volley_state_writer_open(volley_state_writer *writer);

/* Collective. The same for a run that goes on from step `step`: the frames up to it are copied from the files
 * that are there, with or without their final names, which give way to the new ones. VOLLEY_USAGE when they
 * are missing or do not hold those frames. */
int volley_state_writer_go_on(volley_state_writer *writer, int64_t step);

/* Collective. Brings the frames written so far to disk; the files keep their temporary names. Returns the
 * same code on all ranks; ranks with a failure of their own hold the message. */
int volley_state_writer_sync(volley_state_writer *writer);

/* Frames of network.state_records[record] up to step `stamp` that have not been written yet. */
int64_t volley_state_writer_pending(const volley_state_writer *writer, int32_t record, int64_t stamp);

/* Collective. Writes the next `frames` frames of a record. This rank gives the columns columns[0 .. n), in
 * ascending order: values holds the first frame of them, then the second, ..., as float or double after the
 * record's bytes. Every column comes from exactly one rank. Returns VOLLEY_OK, VOLLEY_EXHAUSTED (disk or
 * memory), VOLLEY_FAILED; the codes of the ranks may differ, and the caller agrees on them: small files are
 * written by rank 0 alone. Ranks with a failure of their own hold the message. */
int volley_state_writer_write(volley_state_writer *writer, int32_t record, int64_t frames,
                              const uint64_t *columns, const void *values, uint64_t n);

/* Collective. Closes the files and gives them their names; those of a run that was stopped end with the last
 * frame written. Returns the same code on all ranks, with the
 * message printed. */
int volley_state_writer_finish(volley_state_writer *writer);

/* Collective. Frees the writer; files that are not finished are removed. NULL is fine. */
void volley_state_writer_destroy(volley_state_writer **writer);

#endif
