/* SPDX-License-Identifier: BSD-3-Clause */
/* Noise: a Gaussian current of its own for every target neuron, constant over intervals.
 *
 * The current of (neuron, interval) is a pure function of seed, stimulus, gid and interval. It comes on top
 * of what stands in the batch otherwise (volley_current_apply), stimuli in config order. */
#ifndef VOLLEY_SIM_INPUT_NOISE_SAMPLER_H
#define VOLLEY_SIM_INPUT_NOISE_SAMPLER_H

#include "wiring/neurons.h"

typedef struct volley_noise volley_noise;

/* Not collective; called by the thread itself. Prepares all noise that reaches this thread's neurons; *noise
 * is NULL when there is none. */
int volley_noise_create(const volley_layout *layout, int thread, int simd, const volley_neurons *neurons,
                        volley_noise **noise);
void volley_noise_destroy(volley_noise **noise);

/* Sets the currents of the thread's noisy batches for the updates from `update` on, and returns the next
 * update at which one changes (INT64_MAX: never). `fresh`: the batches have just got their other currents, as
 * at the first call. NULL is fine. */
int64_t volley_noise_apply(volley_noise *noise, volley_neurons *neurons, int64_t update, bool fresh);

#endif
