/* Initial weights from the weights.h5 of a result directory. */
#ifndef VOLLEY_COMMANDS_TRAINED_H
#define VOLLEY_COMMANDS_TRAINED_H

#include "build/route.h"
#include "net/network.h"

/* See volley_file_reader.weights. Not collective. */
int volley_trained_find(const char *directory, const char *projection, double time_ms,
                        volley_trained *trained, double *low, double *high);

/* Reads this rank's part of a projection's synapses and weights, and pushes them: a volley_edge_feed.
 * context: a volley_list_reader. */
int volley_trained_feed(void *context, int32_t projection, volley_router *router);

#endif
