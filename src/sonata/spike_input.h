/* SPDX-License-Identifier: BSD-3-Clause */
/* Reading SONATA spike files, also those of the form that came before populations, and those of
 * sonata/spike_forms.h. By this process alone. */
#ifndef VOLLEY_SONATA_SPIKE_INPUT_H
#define VOLLEY_SONATA_SPIKE_INPUT_H

#include <stdint.h>

/* All spikes of a population, as the file orders them; times in ms. population NULL: of the only one. A file
 * of the old form, /spikes/{gids, timestamps}, has no populations and serves any, as does NWB; trial: its
 * group there, NULL: the only one. The caller owns the arrays, also after a failure. VOLLEY_USAGE for a file
 * that cannot be used. */
int volley_sonata_spikes_read(const char *path, const char *population, const char *trial, int64_t **ids,
                              double **times, int64_t *n);

/* Names of the populations in a file; none where it has spikes of any. The caller owns names and array, also
 * after a failure. */
int volley_sonata_spikes_populations(const char *path, char ***names, int *n);

#endif
