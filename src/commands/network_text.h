/* SPDX-License-Identifier: BSD-3-Clause */
/* A network description as text for people. */
#ifndef VOLLEY_COMMANDS_NETWORK_TEXT_H
#define VOLLEY_COMMANDS_NETWORK_TEXT_H

#include "net/network.h"

#include <stdio.h>

/* Prints the network: settings, populations, stimuli, signals, projections with their expected synapses and
 * delays, and what was rounded. Not collective. */
void volley_network_print(const volley_network *network, FILE *out);

#endif
