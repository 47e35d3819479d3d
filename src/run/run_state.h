/* SPDX-License-Identifier: BSD-3-Clause */
/* What a run owns, and its stages that stand in files of their own. */
#ifndef VOLLEY_RUN_RUN_STATE_H
#define VOLLEY_RUN_RUN_STATE_H

#include "forecast/memory_forecast.h"
#include "wiring/layout.h"
#include "wiring/synapses.h"
#include "comm/comm.h"
#include "config/config.h"
#include "run/origin.h"
#include "run/run_options.h"
#include "io/report/claim.h"
#include "files/provenance.h"
#include "io/recordings/rates.h"
#include "io/report/run_json.h"
#include "io/spikes/spikes.h"
#include "io/recordings/state_output.h"
#include "io/recordings/weight_output.h"
#include "net/network.h"
#include "sim/sim.h"

/* Everything a run owns, in order of making. */
typedef struct volley_run {
    double start;
    volley_run_options options;
    int simd, threads;
    const char *threads_source;
    bool oversubscribed;
    volley_config *config; /* NULL when the network is whole */
    volley_network *network;
    volley_comm *comm;
    volley_partition *partition;
    volley_claim *claim; /* of the result directory */
    const char *graph;   /* that the partition was cut from; NULL: none */
    volley_layout *layout;
    volley_tables *tables;
    volley_wiring *wiring;
    volley_routes *routes;
    volley_spike_writer *writer;
    volley_state_writer *states;
    volley_rate_writer *rates;
    volley_weight_writer *weights;
    volley_sim *sim;
    volley_provenance provenance;
    volley_provenance *shared; /* rank 0's, owned */
    char *inputs;              /* the list of them, owned */
    volley_rank_figures figures;
    volley_expected expected;
    volley_forecast forecast;
    uint64_t *population_neurons; /* of a virtual rank */
    char directory[4096], host[VOLLEY_HOST_BYTES];
} volley_run;

/* The job that the network is divided for, and which of its ranks this is; a virtual rank is one of its
 * ranks, run alone. */
int volley_run_job_ranks(const volley_run *r);
int volley_run_job_rank(const volley_run *r);

/* Refuses what a virtual rank cannot do, and turns recording off for it: its spikes are not those of the
 * network. Nothing happens in a run of all ranks; nor in the next. */
int volley_run_prepare_virtual(volley_run *r);

/* For run.json: the neurons of each population that a virtual rank has had. */
int volley_run_count_neurons(volley_run *r);

/* Forecasts memory, and refuses a network that this machine cannot hold, before anything is allocated. */
int volley_run_check_memory(volley_run *r);

/* Rank 0 predicts times where this machine was calibrated. A calibration that cannot be read counts as none.
 */
void volley_run_predict_times(volley_run *r);

/* Collective. Partition, layout, tables, wiring and routes from the description. Returns the same code on all
 * ranks. */
int volley_run_build(volley_run *r);

/* What a run prints to stderr, by rank 0 and unless it is to be quiet: at the start, what its binding to
 * cores is (collective), how even its partition is, and how to go on when a signal has stopped it. */
void volley_run_report_start(const volley_run *r);
int volley_run_report_binding(volley_run *r);
void volley_run_report_partition(const volley_run *r);
void volley_run_report_stop(const volley_run *r);

/* Collective. Says which recorded states were too large for float32. */
void volley_run_report_beyond(const volley_run *r);

#endif
