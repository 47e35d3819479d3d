/* Running a network from another command. */
#ifndef VOLLEY_COMMANDS_RUN_H
#define VOLLEY_COMMANDS_RUN_H

#include "comm/comm.h"
#include "io/run_json.h"
#include "net/network.h"

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

/* Collective. What the command does with these arguments, on ranks that have been started and go on: for
 * tests that run many networks in one process. Returns the same code on all ranks, with the message printed.
 */
int volley_run_here(volley_comm *comm, int argc, char **argv);

#endif
