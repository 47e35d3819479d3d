/* SPDX-License-Identifier: BSD-3-Clause */
/* Poisson input: an independent train for every target neuron.
 *
 * The count of (neuron, step) is the inverse of the Poisson distribution at a 32-bit word of the
 * counter-based stream keyed by gid; the four words of a block serve four steps. A delay needs no ring: the
 * count of step s - d is evaluated when it arrives. */
#ifndef VOLLEY_SIM_INPUT_POISSON_SAMPLER_H
#define VOLLEY_SIM_INPUT_POISSON_SAMPLER_H

#include "wiring/layout.h"

#include <stdint.h>

typedef struct volley_poisson volley_poisson;

/* Not collective; called by the thread itself. Prepares all Poisson stimuli that reach this thread's neurons.
 * Returns VOLLEY_USAGE when a mean count per step is above 10,000. */
int volley_poisson_create(const volley_layout *layout, int thread, int simd, volley_poisson **poisson);
void volley_poisson_destroy(volley_poisson **poisson);

/* Adds the input of one update, stimuli in config order. Returns the number of external events. */
int64_t volley_poisson_apply(volley_poisson *poisson, int64_t update, double *const input[VOLLEY_RECEPTORS]);

/* Counts drawn so far that were due, one for each target and step of a stimulus. */
uint64_t volley_poisson_draws(const volley_poisson *poisson);

/* Thresholds of the inverse Poisson distribution: the count of a word u is the number of thresholds <= u.
 * Fills at most `room` thresholds and returns how many there are; not collective. mean is per step. */
int volley_poisson_thresholds(double mean, uint32_t *thresholds, int room);

#endif
