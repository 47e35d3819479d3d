/* SPDX-License-Identifier: BSD-3-Clause */
/* The options of `volley plan` and `volley job`, and what they share. */
#ifndef VOLLEY_COMMANDS_PLAN_OPTIONS_H
#define VOLLEY_COMMANDS_PLAN_OPTIONS_H

#include "forecast/memory_forecast.h"
#include "forecast/time_forecast.h"
#include "forecast/machine_costs.h"
#include "net/network.h"
#include "run/run_options.h"

#include <stdbool.h>
#include <stdio.h>

/* Numbers are 0 where they were not given. */
typedef struct volley_plan_options {
    const char *config, *rates, *machine;
    volley_sets sets;
    int ranks, threads, nodes, ranks_per_node, cores_per_node;
    double memory_per_node;             /* GB */
    double config_bytes, reading_bytes; /* by volley_plan_read: see volley_forecast_options */
    bool calibrate, quiet, help;
    /* of `volley job` only */
    const char *time, *partition, *memory, *results, *name;
} volley_plan_options;

/* What a network takes on one layout. */
typedef struct volley_plan {
    volley_expected expected;
    volley_forecast forecast;
    volley_times times;
    int ranks_per_node, nodes;
    double node_bytes;
} volley_plan;

/* Reads the config and the rates of an earlier result (options->rates; NULL: none, then *rates is NULL). The
 * caller owns both. Not collective. */
int volley_plan_read(volley_plan_options *options, volley_network **network, double **rates);

/* Forecasts one layout of a network that was read with these options; volley_expected_free(&plan->expected)
 * releases it. Not collective. */
int volley_plan_make(const volley_plan_options *read, const volley_network *network, const double *rates,
                     const volley_machine *machine, int ranks, int threads, int ranks_per_node,
                     volley_plan *plan);

/* Prints bytes with three digits and a unit. */
void volley_plan_bytes(FILE *out, double bytes);

#endif
