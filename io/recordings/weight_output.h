/* SPDX-License-Identifier: BSD-3-Clause */
/* weights.h5: the weights of plastic projections at several times.
 *
 * /weights/<projection>/{source_node_id, target_node_id, delay, time, weight [snapshots x synapses]},
 * synapses in canonical order (target, number of the edge) whatever the layout. All snapshots are known
 * beforehand, so the file has its full size from the start; it carries a temporary name until the run has
 * ended. Every dataset is written in rounds, in each of which a rank writes one contiguous slab. */
#ifndef VOLLEY_IO_RECORDINGS_WEIGHT_OUTPUT_H
#define VOLLEY_IO_RECORDINGS_WEIGHT_OUTPUT_H

#include "comm/comm.h"
#include "files/provenance.h"
#include "net/network.h"

#include <stdint.h>

typedef struct volley_weight_writer volley_weight_writer;

/* What is the same in all snapshots and not known from the targets alone. */
enum volley_weight_column { VOLLEY_WEIGHT_SOURCE, VOLLEY_WEIGHT_DELAY };

/* Collective. Prepares a writer for network.weight_records without touching the disk; comm, network and
 * directory are borrowed until destroy, rank 0's provenance is copied. Returns the same code on all ranks,
 * with the message printed. */
int volley_weight_writer_create(volley_comm *comm, const volley_network *network, const char *directory,
                                const volley_provenance *provenance, volley_weight_writer **writer);

/* Collective. Tells which synapses of a record this rank holds: those of n targets, given by their distinct
 * positions in the projection's target subset in any order, counts[i] of target i. Every target of the subset
 * comes from exactly one rank. The rank's synapses stand in this order, those of a target by the number of
 * the edge, in all calls below. Fails on all ranks together; those with a failure of their own hold the
 * message.
 */
int volley_weight_writer_place(volley_weight_writer *writer, int32_t record, const int64_t *positions,
                               const uint64_t *counts, uint64_t n);

/* Collective. Creates the file, when all records have been placed, reserves its space on disk and writes
 * times and targets. Codes as for volley_weight_writer_snapshot. Does nothing without records. */
int volley_weight_writer_open(volley_weight_writer *writer);

/* Not collective. To be called before volley_weight_writer_open for a run that goes on from step `step`: the
 * snapshots up to it come from the file that is there. */
void volley_weight_writer_go_on(volley_weight_writer *writer, int64_t step);

/* Collective. Brings the snapshots written so far to disk; the file keeps its temporary name. Codes as for
 * volley_weight_writer_snapshot. */
int volley_weight_writer_sync(volley_weight_writer *writer);

/* Collective. Writes a column of a record: numbers of sources inside their population (uint64_t), or delays
 * in ms (double), one value a synapse of the rank. */
int volley_weight_writer_column(volley_weight_writer *writer, int32_t record,
                                enum volley_weight_column column, const void *values);

/* Collective. Writes the next snapshot of a record: one float or double (the projection's precision) a
 * synapse of the rank. Returns the same code on all ranks: VOLLEY_OK, VOLLEY_EXHAUSTED (disk or memory),
 * VOLLEY_FAILED; ranks with a failure of their own hold the message. */
int volley_weight_writer_snapshot(volley_weight_writer *writer, int32_t record, const void *values);

/* Collective. Closes the file and gives it its name; that of a run which was stopped holds the snapshots
 * taken so far. Returns the same code on all ranks, with the message printed. */
int volley_weight_writer_finish(volley_weight_writer *writer);

/* Collective. Frees the writer; a file that is not finished is removed. NULL is fine. */
void volley_weight_writer_destroy(volley_weight_writer **writer);

#endif
