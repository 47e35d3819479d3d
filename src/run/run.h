/* SPDX-License-Identifier: BSD-3-Clause */
/* Running a network: as a program of its own, or inside one that goes on. */
#ifndef VOLLEY_RUN_RUN_H
#define VOLLEY_RUN_RUN_H

#include "comm/comm.h"
#include "io/report/run_json.h"
#include "net/network.h"
#include "run/run_options.h"

#include <stdint.h>

/* How a small run went on this rank. */
typedef struct volley_probe {
    volley_rank_figures figures; /* without the counts of populations */
    uint64_t spikes, collective_calls;
} volley_probe;

/* Collective. Runs a network, quietly and without run.json, and writes what it records to `directory`. Takes
 * the network over. Returns the same code on all ranks, with the message printed. */
int volley_run_probe(volley_comm *comm, volley_network *network, int threads, const char *directory,
                     volley_probe *probe);

/* Runs a network as the whole work of this process: starts MPI, runs, and stops MPI. status: that of reading
 * the options, which all ranks agree on when MPI has started. Returns the exit code, with the message
 * printed. */
int volley_run_program(int *argc, char ***argv, const volley_run_options *options, int status);

/* Collective. The same on ranks that have been started and go on: for tests that run many networks in one
 * process. Returns the same code on all ranks, with the message printed. */
int volley_run_here(volley_comm *comm, const volley_run_options *options, int status);

#endif
