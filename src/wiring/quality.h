/* SPDX-License-Identifier: BSD-3-Clause */
/* How good a partition is. */
#ifndef VOLLEY_WIRING_QUALITY_H
#define VOLLEY_WIRING_QUALITY_H

#include "wiring/synapses.h"
#include "comm/comm.h"

#include <stdint.h>

/* The same on all ranks. Balance: the largest share of a rank over the mean one; 1 when there is nothing. */
typedef struct volley_quality {
    double neurons, synapses;
    double cost;           /* of the expected work (volley_partition_event_cost) */
    uint64_t cut_synapses; /* whose source is on another rank */
    double cut;            /* their share */
    uint64_t messages;     /* pairs of a neuron and another rank that needs its spikes */
} volley_quality;

/* Collective. VOLLEY_EXHAUSTED on all ranks when one has no memory; the message is pending on that one. */
int volley_quality_find(volley_comm *comm, const volley_partition *partition, const volley_wiring *wiring,
                        volley_quality *quality);

#endif
