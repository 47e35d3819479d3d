/* SPDX-License-Identifier: BSD-3-Clause */
/* What a network as a whole must be, beyond what each of its numbers must be. */
#ifndef VOLLEY_NET_NETWORK_CHECK_H
#define VOLLEY_NET_NETWORK_CHECK_H

#include "net/network.h"

#include <stdbool.h>
#include <stddef.h>

/* Receives one problem. The place is a section of the config, the name of an item of it (NULL: the section),
 * and the path of a key inside, keys apart by dots (NULL: the item). */
typedef void volley_check_report(void *context, const char *section, const char *item, const char *key,
                                 const char *text);

typedef struct volley_check {
    const volley_network *network;
    const bool *stimulus_valid, *projection_valid; /* items that can be looked at; NULL: all */
    const bool *weight_valid; /* projections whose weights can, even where the rest cannot; NULL: all */
    volley_check_report *report;
    void *context;
} volley_check;

/* Sets what follows from the whole description: gids, the smallest and the largest delay, and the delay of
 * the inputs of populations that count from emission. False when there are more neurons than can be numbered,
 * and nothing is set. Not collective, as all functions here. */
bool volley_network_derive(volley_network *network, const bool *projection_valid, const bool *stimulus_valid);

/* Reports every problem of a network for which volley_network_derive has been called. Edge lists in files
 * whose count is -1 have not been read, and what depends on their columns is left out. Returns VOLLEY_OK, or
 * VOLLEY_EXHAUSTED without memory. */
int volley_network_check(const volley_check *check);

/* Reports one problem, as printf does. */
void volley_check_say(const volley_check *check, const char *section, const char *item, const char *key,
                      const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Whether the weights of a projection are known: those of a list in a file are once it has been read. */
bool volley_weights_known(const volley_projection *p);

/* Reports the first projection whose weights can meet weights of the other sign, its own or those of an input
 * before it, in a conductance of its target (net/check_conductances.c). Returns VOLLEY_OK or
 * VOLLEY_EXHAUSTED. */
int volley_check_conductances(const volley_check *check);

#endif
