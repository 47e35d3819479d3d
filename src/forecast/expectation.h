/* SPDX-License-Identifier: BSD-3-Clause */
/* What a rank is expected to hold and to do, by arithmetic on the description alone: synapses, rows, runs and
 * events by table. Ranks count as equal, so the figures are those of a mean rank. Nothing here grows with the
 * size of the network. */
#ifndef VOLLEY_FORECAST_EXPECTATION_H
#define VOLLEY_FORECAST_EXPECTATION_H

#include "net/network.h"

#include <stdbool.h>
#include <stdint.h>

/* Hz, taken for populations of which the description tells no rate. */
#define VOLLEY_ASSUMED_RATE 8.0

/* One table of all blocks of a rank (wiring/synapse_table.h): static ones by class and receptor, then one for
 * each plastic projection. */
typedef struct volley_expected_table {
    int class;
    int32_t projection; /* of a plastic table; -1: static */
    bool flat;          /* one delay and one weight */
    double synapses, runs;
    double ends; /* bytes that tell where buckets stood while it is filled (wiring/buckets.h), if not wide */
    double events, runs_handled; /* a second of model time */
} volley_expected_table;

typedef struct volley_expected {
    int ranks, threads;
    double blocks;  /* of a rank, over its threads */
    double neurons; /* of a rank */
    double synapses, plastic;
    double sources;     /* neurons with synapses on the rank */
    double rows_pushed; /* rows looked up for spikes, a second of model time */
    double spikes;      /* of all neurons, a second of model time */
    double *rate;       /* [n_populations] Hz */
    bool assumed;       /* a rate was not known */
    int n_tables;
    volley_expected_table *table;
    int *table_of; /* [n_projections] */
} volley_expected;

/* Not collective. `rate`: Hz of each population, NAN where not known, or NULL; it comes before what the
 * description says. Released with volley_expected_free, also after a failure. */
int volley_expect(const volley_network *network, const double *rate, int ranks, int threads,
                  volley_expected *expected);
void volley_expected_free(volley_expected *expected);

#endif
