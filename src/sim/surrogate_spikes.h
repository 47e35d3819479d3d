/* SPDX-License-Identifier: BSD-3-Clause */
/* Spikes that stand in for those of other ranks, when one rank of a job runs alone: every neuron of the
 * others fires in every step with the same probability, that of its population's expected rate. They are a
 * function of seed, population and step. */
#ifndef VOLLEY_SIM_SURROGATE_SPIKES_H
#define VOLLEY_SIM_SURROGATE_SPIKES_H

#include "wiring/layout.h"
#include "comm/exchange.h"

#include <stddef.h>
#include <stdint.h>

typedef struct volley_stand_in {
    const volley_layout *layout; /* borrowed */
    uint64_t *key;               /* [n_populations] */
    double *hits;                /* [n_populations] expected in a step, at one neuron */
    uint64_t *gid, *scratch;
    size_t capacity, scratch_capacity;
    int64_t *start; /* [max_interval + 1] */
    uint64_t spikes;
    double seconds; /* spent on drawing, which a rank of a real job does not do */
} volley_stand_in;

/* Not collective. rate: Hz of each population. max_interval: largest number of steps of one call. The layout
 * is borrowed; released with volley_stand_in_free, also after a failure. */
int volley_stand_in_create(const volley_layout *layout, const double *rate, int64_t max_interval,
                           volley_stand_in *stand_in);
void volley_stand_in_free(volley_stand_in *stand_in);

/* Adds the others' spikes to those of an interval whose first step is `first`, ascending by gid. What *spikes
 * points at afterwards is valid until the next call. */
int volley_stand_in_add(volley_stand_in *stand_in, int64_t first, volley_spikes *spikes);

#endif
