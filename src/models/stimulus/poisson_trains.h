/* SPDX-License-Identifier: BSD-3-Clause */
/* Independent Poisson trains, for all stimulus models that draw them: they differ in their rate alone.
 *
 * The count of (neuron, step) is the inverse of the Poisson distribution at a 32-bit word of the
 * counter-based stream keyed by gid; the four words of a block serve four steps. */
#ifndef VOLLEY_MODELS_POISSON_TRAINS_H
#define VOLLEY_MODELS_POISSON_TRAINS_H

#include "models/stimulus/stimulus.h"

enum { VOLLEY_POISSON_TRAINS_BYTES = 16 }; /* of a target */

/* A model's rate in Hz at a step. */
typedef double (*volley_rate_at)(const volley_stimulus_given *given, int64_t step);

/* Makes room for the trains of a batch, whose rate is never above `highest` Hz. */
int volley_poisson_trains_prepare(volley_stimulus_batch *batch, double highest);
void volley_poisson_trains_release(volley_stimulus_batch *batch);

/* The counts of one step [used]. */
const uint16_t *volley_poisson_trains_draw(volley_stimulus_batch *batch, int64_t step, volley_rate_at rate);

/* Thresholds of the inverse Poisson distribution: the count of a word u is the number of thresholds <= u.
 * Fills at most `room` thresholds and returns how many there are; not collective. mean is per step. */
int volley_poisson_thresholds(double mean, uint32_t *thresholds, int room);

#endif
