/* Reading SONATA spike files, also those of the form that came before populations. By this process alone. */
#ifndef VOLLEY_IO_SONATA_SPIKES_H
#define VOLLEY_IO_SONATA_SPIKES_H

#include <stdint.h>

/* All spikes of a population, as the file orders them; times in ms. population NULL: of the only one. A file
 * of the old form, /spikes/{gids, timestamps}, has no populations and serves any. The caller owns the arrays,
 * also after a failure. VOLLEY_USAGE for a file that cannot be used. */
int volley_sonata_spikes_read(const char *path, const char *population, int64_t **ids, double **times,
                              int64_t *n);

#endif
