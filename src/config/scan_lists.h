/* SPDX-License-Identifier: BSD-3-Clause */
/* Reading edge lists in files through once, for their counts and the bounds of their columns. */
#ifndef VOLLEY_CONFIG_SCAN_LISTS_H
#define VOLLEY_CONFIG_SCAN_LISTS_H

#include "comm/comm.h"
#include "net/network.h"

/* Collective. Reads all edge lists in files once, every rank its part, and checks every edge. Sets the lists'
 * counts, the bounds of columns and the receptors that follow from them, and removes projections that were
 * made for one sign of weights and have no edges. *any: there are such lists. comm NULL: one process. Fails
 * on all ranks when it fails on one; only ranks with a failure of their own hold a message, which is
 * VOLLEY_USAGE with file and row for a bad edge. */
int volley_lists_read(volley_comm *comm, volley_network *network, bool *any);

#endif
