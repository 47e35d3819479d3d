/* SPDX-License-Identifier: BSD-3-Clause */
/* Currents that stimuli switch on and off (dc) or change from time to time (patterns). */
#ifndef VOLLEY_SIM_INPUT_CURRENT_H
#define VOLLEY_SIM_INPUT_CURRENT_H

#include "wiring/neurons.h"

/* Sets the currents of a thread's batches for the updates from `update` on, and returns the next update at
 * which one changes (INT64_MAX: never). Active for start < stamp <= stop, stamp = update + 1; added in config
 * order. */
int64_t volley_current_apply(const volley_layout *layout, int thread, volley_neurons *neurons,
                             int64_t update);

#endif
