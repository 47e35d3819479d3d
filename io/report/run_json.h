/* SPDX-License-Identifier: BSD-3-Clause */
/* run.json: what ran and how it went. */
#ifndef VOLLEY_IO_REPORT_RUN_JSON_H
#define VOLLEY_IO_REPORT_RUN_JSON_H

#include "forecast/memory_forecast.h"
#include "wiring/quality.h"
#include "comm/exchange.h"
#include "files/provenance.h"
#include "net/network.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json_t;

enum { VOLLEY_PHASES_MAX = 16 };

/* What was done before a restart: part of the totals, not of this process's work. On rank 0 alone. */
typedef struct volley_carried {
    uint64_t events_static, events_plastic, events_external, updates, poisson_draws;
} volley_carried;

/* One rank's figures. Those marked [sum] are summed over ranks, the others reduced to min, mean, max. */
typedef struct volley_rank_figures {
    uint64_t neurons, synapses; /* owned by this rank; [sum] for the network and min/mean/max per rank */
    uint64_t events_static, events_plastic, events_external; /* [sum] */
    uint64_t plastic_synapses;                               /* [sum] */
    uint64_t spike_hash, weight_hash, connection_hash;       /* [sum], modulo 2^64 */
    uint64_t *population_spikes;                             /* [n_populations] [sum]; whole run */
    uint64_t *population_spikes_recorded; /* [n_populations] [sum]; stamped after record.start */
    uint64_t peak_rss;                    /* bytes */
    uint64_t predicted_bytes;             /* [sum] */
    const volley_forecast *forecast;      /* borrowed; that of a mean rank, identical on all; may be NULL */
    bool time_predicted;                  /* on rank 0: a calibration of this machine exists */
    double predicted_build_s, predicted_simulate_s, predicted_write_s; /* rank 0's count */
    double build_s, simulate_s, write_s, write_during_s, total_s;      /* slowest rank counts */
    double finish_s; /* bringing weights up to date at the end; part of write_s, not of simulate_s */
    volley_exchange_figures exchanged; /* messages and bytes [sum] */
    volley_quality quality;            /* of the partition, the same on all ranks */
    const char *graph;                 /* that the partition was cut from; NULL: none */
    int n_phases;
    const char *phase_name[VOLLEY_PHASES_MAX];
    double phase_s[VOLLEY_PHASES_MAX];
    double deliver_s, update_s; /* of all threads of this rank, thread-seconds; [sum] */
    uint64_t updates;           /* neuron updates; [sum] */
    uint64_t poisson_draws;     /* counts drawn for poisson stimuli, one per target and step; [sum] */
    volley_carried carried;     /* [sum] */
    int64_t first_step;         /* from which this process ran; the same on all ranks */
    const char *restarts;       /* JSON text of a list, NULL: none; of rank 0 */
    /* One rank of a job that runs alone: which, of how many; 0 ranks: a whole job. Its neurons by population
     * (borrowed), and what stood in for the other ranks. */
    int virtual_rank, virtual_ranks;
    const uint64_t *population_neurons;
    uint64_t stand_in_spikes;
    double stand_in_s;
} volley_rank_figures;

/* Collective. Reduces the figures and writes <directory>/run.json on rank 0 with every key of run.json
 * (tests/io/test_run_json.c lists them), by temporary name and rename. Also prints the summary of the run on
 * stdout (rank 0) unless quiet. Phases have the same names in the same order on all ranks. Rank 0's
 * provenance counts. Returns the same code on all ranks, with the message printed.
 *
 * Conventions of the file: a quotient without a divisor (no events, no time) is null; hashes are 16 hex
 * digits; a seed of 2^63 or more, which JSON integers of this library cannot hold, is a decimal string. */
int volley_run_json_write(volley_comm *comm, const volley_network *network,
                          const volley_provenance *provenance, const char *directory,
                          const volley_rank_figures *mine, int quiet);

/* Prints the summary of a parsed run.json: what ran, times, events, memory, hashes; and with `populations` a
 * line of size, spikes and rate for each. Keys that are missing are left out. Not collective. */
void volley_run_summary_print(const struct json_t *run, int populations, FILE *out);

#endif
