/* SPDX-License-Identifier: BSD-3-Clause */
/* parrot_neuron: repeats the spikes it receives, so that many targets can share one random train.
 *
 * Input that enters update k gives spikes stamped k + 1: a spike stamped s with delay d is repeated at s + d.
 * Every spike counts: n spikes that arrive in one step are repeated as n spikes of that step, as NEST does by
 * their multiplicity. They are counted by the sum of their weights, so the config allows no weight but 1.
 * Both receptors count; there is no refractory time. */
#include "base/status.h"
#include "models/neuron/lif.h"

static int derive(const double *params, double dt_ms, double *constants) {
    (void)params;
    (void)dt_ms;
    (void)constants;
    return VOLLEY_OK;
}

VOLLEY_INLINE int64_t parrot_neuron_update_body(const volley_neuron_batch *batch) {
    double *restrict in_ex = batch->input[0], *restrict in_in = batch->input[1];
    double *restrict repeats = batch->repeats;
    int32_t flag[LIF_CHUNK];
    int64_t n_fired = 0;

    for (int64_t first = 0; first < batch->count; first += LIF_CHUNK) {
        int64_t end = first + LIF_CHUNK < batch->count ? first + LIF_CHUNK : batch->count;
        int32_t any = 0;
#pragma omp simd reduction(| : any)
        for (int64_t i = first; i < end; i++) {
            double spikes = in_ex[i] + in_in[i];
            int32_t fires = spikes > 0.0;
            repeats[i] = spikes;
            in_ex[i] = 0.0;
            in_in[i] = 0.0;
            flag[i - first] = fires;
            any |= fires;
        }
        if (any)
            n_fired = lif_collect(batch, flag, first, end, n_fired);
    }
    return n_fired;
}

VOLLEY_KERNEL(int64_t, parrot_neuron_update, (const volley_neuron_batch *batch), (batch))

const volley_neuron_model volley_neuron_parrot_neuron = {
    .name = "parrot_neuron",
    .meaning = "repeats every spike it receives; n that arrive in one step are repeated as n",
    .source = "NEST parrot_neuron (port 0)",
    .derive = derive,
    .update = VOLLEY_KERNEL_TABLE(parrot_neuron_update),
    VOLLEY_EXCITATORY_INHIBITORY,
    .relative_cost = 0.9,
    .repeats_spikes = true,
    .weight_unit = "1",
};
