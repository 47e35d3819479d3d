/* SPDX-License-Identifier: BSD-3-Clause */
/* Items of a dataset that are spread over the ranks in ranges, such as the synapses of targets: writing them
 * in rounds, in each of which a rank writes one contiguous slab, and reading them back. */
#ifndef VOLLEY_FILES_RANGES_H
#define VOLLEY_FILES_RANGES_H

#include "comm/comm.h"
#include "files/h5.h"

#include <stdint.h>

/* Ranges of this rank: item k of range i is the rank's number start[i] + k and stands at place[i] + k in the
 * file. The ranges of all ranks together cover [0, total) without overlap. */
typedef struct volley_ranges {
    uint64_t n;
    uint64_t *place; /* [n] */
    uint64_t *start; /* [n + 1] */
    uint64_t total;
} volley_ranges;

/* Not collective. Allocates n ranges, with zeros. Freed with volley_ranges_free, also after a failure. */
int volley_ranges_create(uint64_t n, volley_ranges *ranges);
void volley_ranges_free(volley_ranges *ranges);

/* Collective. Finds places and total from the lengths (start): ranges stand in the order of their distinct
 * keys, which are all of [0, n_keys) over all ranks. No rank holds the lengths of all. Fails on all ranks
 * together; those with a failure of their own hold the message. */
int volley_ranges_place(volley_comm *comm, const uint64_t *keys, uint64_t n_keys, volley_ranges *ranges);

/* One value an item on its way to a dataset. */
typedef struct volley_column {
    volley_h5 dataset;
    enum volley_h5_type type;
    int64_t row;              /* of a table; -1: a list */
    const void *values;       /* of the rank's items; NULL: that of the range for each of its items */
    const uint64_t *of_range; /* [n] */
    uint64_t *hash;           /* grows by volley_ranges_hash of what this rank writes; NULL: not wanted */
} volley_column;

/* Collective. Writes a column. Fails on all ranks together, as above. */
int volley_ranges_write(volley_comm *comm, const volley_ranges *ranges, const volley_column *column);

/* Not collective. Reads the rank's items of a list into `values`; every range alone where they lie far apart.
 */
int volley_ranges_read(const volley_ranges *ranges, volley_h5 dataset, enum volley_h5_type type,
                       void *values);

/* A hash over the items [first, first + n) of a list; sums over parts of a list give that of the whole. */
uint64_t volley_ranges_hash(enum volley_h5_type type, uint64_t first, uint64_t n, const void *values);

/* For tests: items that a rank writes in one round. */
void volley_ranges_set_round(uint64_t items);

#endif
