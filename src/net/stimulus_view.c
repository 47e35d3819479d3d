/* SPDX-License-Identifier: BSD-3-Clause */
/* A stimulus of a network as its model sees it. */
#include "net/stimulus_view.h"

#include "base/rng.h"

volley_stimulus_given volley_stimulus_view(const volley_network *network, int32_t index) {
    const volley_stimulus *s = &network->stimuli[index];
    return (volley_stimulus_given){
        .params = s->params,
        .dt_ms = network->dt_ms,
        .start_step = s->start_step,
        .stop_step = s->stop_step,
        .interval_steps = s->interval_steps,
        .n_changes = s->n_changes,
        .change_steps = s->change_steps,
        .change_values = s->change_values,
        .patterns = &s->patterns,
        .key = s->model->stream ? volley_rng_key(network->seed, s->model->stream, (uint32_t)index) : 0,
    };
}

int64_t volley_pattern_at(const volley_network *network, int32_t index, int64_t stamp) {
    const volley_stimulus *s = &network->stimuli[index];
    if (stamp <= s->start_step || stamp > s->stop_step)
        return -1;
    volley_stimulus_given given = volley_stimulus_view(network, index);
    return volley_stimulus_pattern_at(&given, stamp);
}
