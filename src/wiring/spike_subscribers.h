/* SPDX-License-Identifier: BSD-3-Clause */
/* Which spikes a rank needs from the others, and the routes for them. */
#ifndef VOLLEY_WIRING_SPIKE_SUBSCRIBERS_H
#define VOLLEY_WIRING_SPIKE_SUBSCRIBERS_H

#include "wiring/synapses.h"
#include "comm/comm.h"
#include "comm/routes.h"

/* Collective. The routes of the exchange between neighbours, for the network's exchange_method: NULL on all
 * ranks when the spikes go by allgather, because the config or `auto` says so or there is one rank. `auto`
 * takes what is expected to move fewer bytes. The caller owns *routes. Fails on all ranks when one fails,
 * with VOLLEY_EXHAUSTED; the message is pending on that one. */
int volley_needs_route(volley_comm *comm, const volley_partition *partition, const volley_wiring *wiring,
                       volley_routes **routes);

#endif
