/* SPDX-License-Identifier: BSD-3-Clause */
/* reward: a number for each step that all ranks know, for the plastic projections that name it.
 *
 * It is constant, follows a schedule, depends on the pattern that was shown and on the response to it, or
 * counts the spikes of some neurons (dopamine). Outside start < t <= stop it is 0. */
#include "models/stimulus/stimulus.h"

#include <stddef.h>

const volley_stimulus_model volley_stimulus_reward = {
    .name = "reward",
    .meaning = "a reward in each step, for plasticity; it has no target",
    .source = "Florian 2007; Izhikevich 2007",
    .is_signal = true,
};
