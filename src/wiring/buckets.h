/* SPDX-License-Identifier: BSD-3-Clause */
/* The synapses of one table between being drawn and standing in their rows.
 *
 * They are drawn target by target and needed source by source. While a table is filled, its columns hold
 * buckets: all synapses of a few neighbouring sources in the order in which they are drawn (projection,
 * target, k). There are few enough buckets that the line each one is written at stays in the cache, and each
 * is small enough to be sorted into rows there. The weight column holds the weights already; the target
 * column holds keys of 16 bits: source inside the bucket, delay, and the low bits of the target. The rest of
 * the target changes rarely: where every bucket stood when it changed is written down. So a synapse takes no
 * more memory while it is built than afterwards. Where connections are too sparse for that ("wide"), the
 * target column holds targets and a column of its own the other two. */
#ifndef VOLLEY_WIRING_BUCKETS_H
#define VOLLEY_WIRING_BUCKETS_H

#include "wiring/synapses.h"

/* Consecutive targets of one projection whose numbers have the same high bits. */
typedef struct volley_stretch {
    uint16_t target;   /* with the low bits zero */
    uint16_t constant; /* index of the weight, constant class only */
} volley_stretch;

/* The sources of one population. */
typedef struct volley_family {
    int32_t population;
    uint32_t first_source, n_sources; /* local numbers */
    int64_t low_delay, high_delay;    /* steps */
    double expected;                  /* synapses */
    double n_targets;                 /* over all its projections */
    int source_bits, delay_bits, target_bits;
    uint32_t first_bucket, n_buckets;
    int64_t n_stretches, filled; /* all, and those that have been ended */
    volley_stretch *stretches;   /* [n_stretches] */
    uint32_t *ends;              /* [n_buckets][n_stretches] where the bucket stood at the end of each */
} volley_family;

typedef struct volley_buckets {
    volley_rows *rows;       /* borrowed */
    volley_family *families; /* [n_families] by ascending source */
    int n_families;
    bool wide;
    uint32_t n_buckets;
    uint32_t *next;  /* [n_buckets] number of synapses; from volley_buckets_start on, place of the next one */
    uint32_t *start; /* [n_buckets] */
    uint16_t *bin;   /* [n_synapses] source inside the bucket and delay; wide only */
} volley_buckets;

/* Divides the sources of a family into buckets, and the bits of its keys among source, delay and target.
 * Reads n_sources, expected and the range of delays. */
void volley_buckets_divide(volley_family *family);

/* Returns the bytes that `ends` of a divided family will take, for its n_targets. */
double volley_buckets_ends(const volley_family *family);

/* Returns whether a table needs wide keys: `ends` bytes are too many for so many expected synapses. */
bool volley_buckets_wide(double ends, double expected);

/* Divides the sources of a table into buckets, by the synapses to be expected in the block; table, class and
 * targets of the block are set. Release with volley_buckets_free(). Not collective, like all functions here,
 * and by one thread. Returns VOLLEY_EXHAUSTED when memory does not suffice. */
int volley_buckets_plan(const volley_wiring *wiring, int thread, volley_block *block, int table,
                        volley_buckets *buckets);
void volley_buckets_free(volley_buckets *buckets);

/* The family of a population that projects into the table. */
volley_family *volley_buckets_family(const volley_buckets *buckets, int32_t population);

/* After all synapses were counted in `next`, and the stretches in n_stretches: allocates the columns. */
int volley_buckets_start(volley_buckets *buckets);

/* Ends the stretch of a family that is being filled. */
void volley_buckets_end_stretch(const volley_buckets *buckets, volley_family *family);

/* Sorts filled buckets into rows by (source, delay), keeping the order of equal ones, and writes the rows'
 * starts and runs. */
int volley_buckets_sort(volley_buckets *buckets, int64_t n_sources);

#endif
