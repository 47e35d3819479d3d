/* SPDX-License-Identifier: BSD-3-Clause */
/* rates.h5: mean rates of all populations in bins of record.rates.interval.
 *
 * Bin k holds the spikes stamped record.start + k x interval < t <= record.start + (k + 1) x interval, as
 * many updates in each; a last bin that is not whole is left out. */
#ifndef VOLLEY_IO_RECORDINGS_RATES_H
#define VOLLEY_IO_RECORDINGS_RATES_H

#include "comm/comm.h"
#include "files/provenance.h"
#include "net/network.h"

#include <stdint.h>

typedef struct volley_rate_writer volley_rate_writer;

/* Collective. comm, network, directory and provenance are borrowed until destroy. Does nothing else when the
 * network records no rates, as the functions below. Returns the same code on all ranks, with the message
 * printed. */
int volley_rate_writer_create(volley_comm *comm, const volley_network *network, const char *directory,
                              const volley_provenance *provenance, volley_rate_writer **writer);

/* Bins up to step `stamp` that have not been added yet. */
int64_t volley_rate_writer_pending(const volley_rate_writer *writer, int64_t stamp);

/* Collective. Adds the next n bins: spikes of this rank in each, counts[bin x n_populations + population],
 * which become those of all ranks. */
void volley_rate_writer_add(volley_rate_writer *writer, uint64_t *counts, int64_t n);

/* On rank 0 the counts of all bins added so far, borrowed, and *n of them on all ranks; and the same put back
 * into a new writer on all ranks, of which rank 0 keeps a copy: VOLLEY_USAGE when they are not its bins. Not
 * collective. */
const uint64_t *volley_rate_writer_counts(const volley_rate_writer *writer, uint64_t *n);
int volley_rate_writer_go_on(volley_rate_writer *writer, const uint64_t *counts, uint64_t n);

/* Collective. Writes rates.h5 by temporary name and rename. Returns the same code on all ranks, with the
 * message printed. */
int volley_rate_writer_finish(volley_rate_writer *writer);

/* Not collective. NULL is fine. */
void volley_rate_writer_destroy(volley_rate_writer **writer);

#endif
