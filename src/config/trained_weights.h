/* SPDX-License-Identifier: BSD-3-Clause */
/* The weights.h5 of a result directory, from which a projection takes its first weights. Not collective. */
#ifndef VOLLEY_CONFIG_TRAINED_WEIGHTS_H
#define VOLLEY_CONFIG_TRAINED_WEIGHTS_H

#include "files/weight_reader.h"
#include "net/network.h"

/* Opens the table of a projection and lists the file among the inputs. The caller closes both, also after a
 * failure. VOLLEY_USAGE when there is none. */
int volley_trained_open(const char *directory, const char *projection, volley_weight_tables *tables,
                        volley_weight_table *table);

/* Finds a projection's snapshot (time_ms NAN: the last) and reads through it: sets trained->snapshot,
 * synapses and content, and the smallest and largest weight. VOLLEY_USAGE for what cannot be used. */
int volley_trained_find(const char *directory, const char *projection, double time_ms,
                        volley_trained *trained, double *low, double *high);

#endif
