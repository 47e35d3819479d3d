/* SPDX-License-Identifier: BSD-3-Clause */
/* Looks for states that are NaN or infinite, and makes the message about the first. */
#include "sim/state_watch.h"
#include "base/status.h"
#include "net/part.h"

#include <inttypes.h>
#include <stdbool.h>

/* x - x is 0 for finite numbers alone. */
static bool any_bad(const double *x, int64_t n) {
    int bad = 0;
    for (int64_t i = 0; i < n; i++)
        bad |= !(x[i] - x[i] == 0.0);
    return bad != 0;
}

volley_bad_state volley_states_look(const volley_worker *worker) {
    volley_bad_state found = {.gid = UINT64_MAX};
    for (int32_t p = 0; p < worker->network->n_populations; p++) {
        const volley_neuron_batch *batch = &worker->neurons.batches[p];
        const volley_population *population = &worker->network->populations[p];
        for (int s = 0; s < population->model->n_states; s++) {
            const double *x = batch->state[s];
            for (int64_t i = 0, n = x != NULL && any_bad(x, batch->used) ? batch->used : 0; i < n; i++) {
                if (x[i] - x[i] == 0.0)
                    continue;
                uint64_t gid = (uint64_t)(population->first_gid +
                                          volley_layout_index(worker->layout, worker->thread, p, i));
                if (gid < found.gid)
                    found = (volley_bad_state){.gid = gid, .state = s};
            }
        }
    }
    return found;
}

volley_bad_state volley_states_judge(volley_comm *comm, const volley_bad_state *bad, int threads) {
    volley_bad_state own = {.gid = UINT64_MAX};
    for (int t = 0; t < threads; t++)
        if (bad[t].gid < own.gid)
            own = bad[t];
    uint64_t ends = ~own.gid; /* the largest is that of the lowest gid */
    volley_comm_max_u64(comm, &ends, 1);
    if (ends == 0)
        return own;
    uint64_t gid = ~ends, state = gid == own.gid ? (uint64_t)own.state : 0;
    volley_comm_max_u64(comm, &state, 1);
    return (volley_bad_state){.gid = gid, .state = (int)state};
}

int volley_states_status(const volley_network *network, const volley_bad_state *found, int64_t from,
                         int64_t to) {
    if (found->gid == UINT64_MAX)
        return VOLLEY_OK;
    uint64_t gid = found->gid;
    int32_t p = 0;
    while (p + 1 < network->n_populations && (uint64_t)network->populations[p + 1].first_gid <= gid)
        p++;
    const volley_population *population = &network->populations[p];
    int64_t id = volley_part_id(population, (int64_t)gid - population->first_gid);
    return volley_fail(
        VOLLEY_FAILED,
        "%s of neuron %lld of %s is no longer a finite number: it became NaN or infinite between steps %lld "
        "and %lld (%.10g to %.10g ms); weights, currents or dt are too large for %s",
        population->model->states[found->state].name, (long long)id, volley_part_name(population),
        (long long)from, (long long)to, volley_step_to_ms(network, from), volley_step_to_ms(network, to),
        population->model->name);
}
