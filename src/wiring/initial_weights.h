/* SPDX-License-Identifier: BSD-3-Clause */
/* Initial weights from the weights.h5 of a result directory. */
#ifndef VOLLEY_WIRING_INITIAL_WEIGHTS_H
#define VOLLEY_WIRING_INITIAL_WEIGHTS_H

#include "wiring/route.h"
#include "net/network.h"

/* Reads this rank's part of a projection's synapses and weights, and pushes them: a volley_edge_feed.
 * context: a volley_list_reader. */
int volley_trained_feed(void *context, int32_t projection, volley_router *router);

#endif
