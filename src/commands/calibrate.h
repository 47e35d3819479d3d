/* SPDX-License-Identifier: BSD-3-Clause */
/* Measuring what work costs on this machine. */
#ifndef VOLLEY_COMMANDS_CALIBRATE_H
#define VOLLEY_COMMANDS_CALIBRATE_H

#include "comm/comm.h"
#include "forecast/machine_costs.h"

#include <stdbool.h>

/* Collective. Runs little networks with `threads` threads on each rank and fills in the machine's constants;
 * takes under a minute on idle cores. With one rank the exchange keeps its typical cost. Says on stderr (rank
 * 0) what it measures unless quiet. Returns the same code on all ranks, with the message printed. */
int volley_calibrate(volley_comm *comm, int threads, bool quiet, volley_machine *machine);

#endif
