/* SPDX-License-Identifier: BSD-3-Clause */
/* patterns: one of several patterns of currents at a time, added to the parameter I_e or to the input.
 *
 * From `start` on, time is cut into intervals; in each, all target neurons get the currents of one pattern:
 * of the patterns in turn (order: cycle), or of one drawn anew (order: random). The draws are those of
 * VOLLEY_RNG_PATTERN: a function of seed, stimulus and interval, so every rank knows what is shown. */
#include "models/stimulus/stimulus.h"

#include <stddef.h>

const volley_stimulus_model volley_stimulus_patterns = {
    .name = "patterns",
    .meaning = "patterns of currents into the target neurons, one after another",
    .source = "the inputs of SynapticFlow's reward-modulated task",
    .kind = VOLLEY_STIMULUS_PATTERNS,
};
