/* SPDX-License-Identifier: BSD-3-Clause */
/* spike_source: emits prescribed spikes and has no dynamics.
 *
 * Spike times are no parameters in the sense of a field table: the config gives them as lists or a file
 * (spike_times), and the step loop emits them. A time T is stamped T/dt and must lie on the grid. */
#include "base/status.h"
#include "models/neuron/neuron.h"

#include <stddef.h>

static int derive(const double *params, double dt_ms, double *constants) {
    (void)params;
    (void)dt_ms;
    (void)constants;
    return VOLLEY_OK;
}

const volley_neuron_model volley_neuron_spike_source = {
    .name = "spike_source",
    .meaning = "emits spikes at prescribed times, whatever it receives",
    .source = "NEST spike_generator",
    .derive = derive,
    VOLLEY_EXCITATORY_INHIBITORY,
    .relative_cost = 2.5,
    .is_source = true,
    .takes_spike_times = true,
    .weight_unit = "1",
};
