/* SPDX-License-Identifier: BSD-3-Clause */
/* Spikes in files of other forms than SONATA's, which bmtk takes as input: CSV and NWB 1. By this process
 * alone. */
#ifndef VOLLEY_SONATA_SPIKE_FORMS_H
#define VOLLEY_SONATA_SPIKE_FORMS_H

#include "files/h5.h"

#include <stdint.h>

/* The columns timestamps (ms), node_ids and, where the file has it, population, between spaces, tabs, commas
 * or semicolons; without a line of names: time and id. A cell of times may hold several, between commas,
 * where columns are not. population NULL: all spikes. The caller owns the arrays, also after a failure.
 * VOLLEY_USAGE with file and line for what cannot be used. */
int volley_spikes_csv_read(const char *path, const char *population, int64_t **ids, double **times,
                           int64_t *n);

/* The populations that the file names, none without that column; the caller owns names and array, also after
 * a failure. */
int volley_spikes_csv_populations(const char *path, char ***names, int *n);

/* /processing/<trial>/spike_train/<node id>/data of an open file; trial NULL: the only one. Owned and failing
 * as above. */
int volley_spikes_nwb_read(volley_h5 file, const char *path, const char *trial, int64_t **ids, double **times,
                           int64_t *n);

#endif
