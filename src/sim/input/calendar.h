/* SPDX-License-Identifier: BSD-3-Clause */
/* The calendar of due runs: what arrives in which update.
 *
 * A run (synapses of one source with one delay) is pushed once, when its spike becomes known, into the bucket
 * of the update it enters. Pushing in the order (emission step, gid, class, run) makes every bucket arrive in
 * canonical order, so nothing is searched or sorted. There is one calendar per block of targets, with one
 * bucket per update and receptor. */
#ifndef VOLLEY_SIM_INPUT_CALENDAR_H
#define VOLLEY_SIM_INPUT_CALENDAR_H

#include "wiring/synapses.h"

#include <stdbool.h>
#include <stdint.h>

/* A due run: `length` synapses from `position` on in the table of its class and of the bucket's receptor.
 * kind = class | weight << 2. */
typedef struct volley_due {
    uint32_t position;
    uint16_t length;
    uint16_t kind;
} volley_due;

typedef struct volley_bucket {
    volley_due *items;
    size_t count, capacity;
} volley_bucket;

typedef struct volley_calendar {
    const volley_block *block; /* borrowed */
    int64_t slots;             /* updates looked ahead: the largest delay */
    int n_receptors;           /* of the network */
    volley_bucket *buckets;    /* [slots][receptors] */
    const volley_rows **rows;  /* [receptors][VOLLEY_CLASSES] the tables of the block; NULL: none */
} volley_calendar;

int volley_calendar_create(const volley_block *block, int n_receptors, int64_t max_delay,
                           volley_calendar *calendar);
void volley_calendar_free(volley_calendar *calendar);

static inline volley_bucket *volley_calendar_bucket(const volley_calendar *calendar, int64_t update,
                                                    int receptor) {
    return &calendar->buckets[update % calendar->slots * calendar->n_receptors + receptor];
}

/* Fetches what pushing the runs of a source will read: first, with `near` false, where they stand, and some
 * sources later, with `near` true, the runs. */
void volley_calendar_expect(const volley_calendar *calendar, uint32_t source, bool near);

/* Pushes all runs of a source that spiked with this stamp: a run of delay d enters update stamp + d - 1.
 * Returns VOLLEY_EXHAUSTED when a bucket cannot grow. */
int volley_calendar_push(volley_calendar *calendar, uint32_t source, int64_t stamp);

/* The same for a spike of which the runs that enter updates before `first` have been handled already. */
int volley_calendar_push_rest(volley_calendar *calendar, uint32_t source, int64_t stamp, int64_t first);

/* Handles the buckets of one update: adds the due weights to input[receptor][target number of the thread] in
 * canonical order and empties them. `weights` are the constant weights. Returns the number of synapses
 * handled. */
int64_t volley_calendar_deliver(volley_calendar *calendar, int64_t update, const double *weights,
                                double *const *input);

#endif
