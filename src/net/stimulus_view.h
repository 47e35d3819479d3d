/* SPDX-License-Identifier: BSD-3-Clause */
/* A stimulus of a network as its model sees it. */
#ifndef VOLLEY_NET_STIMULUS_VIEW_H
#define VOLLEY_NET_STIMULUS_VIEW_H

#include "net/network.h"

/* What the config says of stimulus `index`, for its model; borrowed from the network. Not collective. */
volley_stimulus_given volley_stimulus_view(const volley_network *network, int32_t index);

/* The pattern that stimulus `index` shows in the update that ends with step `stamp`, or -1 when it is not
 * active then. It is the same on every rank that asks. */
int64_t volley_pattern_at(const volley_network *network, int32_t index, int64_t stamp);

#endif
