/* SPDX-License-Identifier: BSD-3-Clause */
/* spikes.h5: SONATA spike files, written as closed segments while a run is under way and merged at its end.
 *
 * A segment spikes-<step>.part.h5 holds all recorded spikes stamped in (previous segment's step, step], has
 * the layout of the final file, is written collectively under a temporary name, closed, synced and renamed,
 * and never reopened for writing. The merge writes spikes.h5 from the segments (in order of their steps) by
 * temporary name and rename, then deletes them. */
#ifndef VOLLEY_IO_SPIKES_SPIKES_H
#define VOLLEY_IO_SPIKES_SPIKES_H

#include "comm/comm.h"
#include "files/provenance.h"
#include "net/network.h"

#include <stdint.h>

typedef struct volley_recorded_spike {
    int64_t step;
    uint64_t gid;
} volley_recorded_spike;

/* What a segment holds; three words, as a checkpoint keeps them. */
typedef struct volley_spike_segment {
    uint64_t step, spikes, hash;
} volley_spike_segment;
enum { VOLLEY_SEGMENT_WORDS = sizeof(volley_spike_segment) / sizeof(uint64_t) };

typedef struct volley_spike_writer volley_spike_writer;

/* Collective. Rank 0's `provenance` is copied and written as attributes on every file; comm and network are
 * borrowed until destroy. Returns the same code on all ranks (VOLLEY_EXHAUSTED: no memory); the message is
 * printed. */
int volley_spike_writer_create(volley_comm *comm, const volley_network *network, const char *directory,
                               const volley_provenance *provenance, volley_spike_writer **writer);
void volley_spike_writer_destroy(volley_spike_writer **writer);

/* Collective. Writes one segment of the spikes of all ranks stamped up to `step`, which is beyond every step
 * of the segments before; `spikes` are this rank's own, in any order (borrowed). Populations that are not
 * recorded are left out. Without any spike on any rank nothing is written. Returns the same code on all
 * ranks, with the message printed: VOLLEY_EXHAUSTED when disk or memory is full, VOLLEY_FAILED for other
 * failures; then no file is left behind. */
int volley_spike_writer_segment(volley_spike_writer *writer, const volley_recorded_spike *spikes, int64_t n,
                                int64_t step);

/* Not collective. The segments of the run so far, in order, the same on all ranks; borrowed until the next
 * one. And their replacement by those of a checkpoint, which are copied (VOLLEY_EXHAUSTED: no memory). */
const volley_spike_segment *volley_spike_writer_segments(const volley_spike_writer *writer, uint64_t *n);
int volley_spike_writer_take(volley_spike_writer *writer, const volley_spike_segment *segments, uint64_t n);

/* Collective. Prepares a directory for a run that goes on from step `step`: segments beyond it go, and the
 * spikes up to it of a run that had ended become a segment again. Codes and messages as above. */
int volley_spike_writer_go_on(volley_spike_writer *writer, int64_t step);

/* Collective. Merges all segments of the directory into spikes.h5 and removes them. Every recorded population
 * gets a group, also one without spikes. Codes and messages as above; after a failure all segments are still
 * there. */
int volley_spike_writer_finish(volley_spike_writer *writer);

#endif
