/* SPDX-License-Identifier: BSD-3-Clause */
/* Making a simulation, and what is known of it at the end. */
#include "base/memory.h"
#include "sim/recording/spike_record.h"
#include "sim/sim_state.h"

#include <omp.h>
#include <stdlib.h>

/* Everything that has state, in the order in which it is loaded. */
static int add_owners(volley_sim *sim) {
    sim->team = (volley_team){.threads = sim->layout->threads, .barrier = sim->barrier};
    sim->owners = (volley_owners){.comm = sim->comm, .team = &sim->team};
    sim->kept = (volley_counts){.workers = sim->workers,
                                .carried = &sim->carried,
                                .rates = sim->options.rates,
                                .spikes = sim->writer};
    TRY(volley_counts_add_lists(&sim->kept, &sim->owners));
    TRY(volley_neurons_add_lists(sim->workers, &sim->owners));
    TRY(volley_stimuli_add_lists(sim->workers, &sim->owners));
    TRY(volley_rate_limit_add_lists(&sim->limit, &sim->owners));
    TRY(volley_rewards_add_lists(sim->workers, &sim->owners));
    TRY(volley_plastic_add_lists(sim->workers, &sim->owners));
    return volley_spikes_add_lists(sim->workers, sim->comm, &sim->owners);
}

static int create(volley_sim *sim) {
    int threads = sim->layout->threads;
    TRY(VOLLEY_NEW(sim->workers, threads));
    TRY(VOLLEY_NEW(sim->counts, sim->options.interval));
    TRY(VOLLEY_NEW(sim->bad, threads));
    TRY(VOLLEY_NEW(sim->starts, threads + 1));
    TRY(volley_barrier_create(threads, sim->options.oversubscribed, &sim->barrier));
    TRY(volley_rate_limit_create(&sim->limit, sim->network, sim->options.interval));
    enum { FIRST_SLOT = 256, FIRST_PAIR_SLOT = 8 };
    TRY(volley_exchange_create(sim->comm, (uint64_t)sim->network->n_neurons, sim->options.interval,
                               sim->options.routes != NULL ? FIRST_PAIR_SLOT : FIRST_SLOT,
                               sim->options.routes, &sim->exchange));
    if (sim->options.stand_in != NULL)
        TRY(volley_stand_in_create(sim->layout, sim->options.stand_in, sim->options.interval,
                                   &sim->stand_in));
    volley_shared_status shared = {0};
#pragma omp parallel num_threads(threads)
    {
        int thread = omp_get_thread_num();
        volley_status_share(
            &shared, volley_worker_create(&sim->workers[thread], sim->wiring, thread, sim->options.interval));
    }
    TRY(volley_status_result(&shared));
    TRY(volley_record_create(sim->workers, threads, sim->options.state_buffer, sim->options.interval,
                             &sim->tables));
    TRY(add_owners(sim));
    return volley_snapshots_create(sim->workers, threads, sim->options.weights, &sim->snapshots);
}

int volley_sim_create(const volley_network *network, const volley_layout *layout, const volley_wiring *wiring,
                      volley_comm *comm, volley_spike_writer *writer, const volley_sim_options *options,
                      volley_sim **out) {
    *out = NULL;
    volley_sim *sim;
    TRY(VOLLEY_NEW(sim, 1));
    *sim = (volley_sim){.network = network,
                        .layout = layout,
                        .wiring = wiring,
                        .comm = comm,
                        .writer = writer,
                        .options = *options};
    int status = create(sim);
    if (status != VOLLEY_OK)
        volley_sim_destroy(&sim);
    *out = sim;
    return status;
}

void volley_sim_destroy(volley_sim **out) {
    volley_sim *sim = *out;
    if (sim == NULL)
        return;
    volley_snapshots_free(&sim->snapshots);
    volley_owners_free(&sim->owners);
    if (sim->workers != NULL)
        for (int t = 0; t < sim->layout->threads; t++)
            volley_worker_free(&sim->workers[t]);
    volley_record_free(sim->network, &sim->tables);
    volley_exchange_destroy(&sim->exchange);
    volley_stand_in_free(&sim->stand_in);
    volley_rate_limit_free(&sim->limit);
    volley_barrier_destroy(&sim->barrier);
    free(sim->workers);
    free(sim->gids);
    free(sim->merged);
    free(sim->counts);
    free(sim->bad);
    free(sim->starts);
    free(sim->flush);
    free(sim);
    *out = NULL;
}

bool volley_sim_stopped(const volley_sim *sim) {
    return sim->limit.exceeded || sim->stopping || sim->broken;
}

int32_t volley_sim_beyond(const volley_sim *sim) {
    uint64_t first = 0; /* the lowest index has the largest value */
    for (int t = 0; t < sim->layout->threads; t++)
        for (int32_t i = 0; i < sim->network->n_state_records; i++)
            if (sim->workers[t].recorder.states[i].beyond && UINT64_MAX - (uint64_t)i > first)
                first = UINT64_MAX - (uint64_t)i;
    volley_comm_max_u64(sim->comm, &first, 1);
    return first > 0 ? (int32_t)(UINT64_MAX - first) : -1;
}

int volley_sim_outcome(const volley_sim *sim) {
    if (sim->broken)
        return volley_states_status(sim->network, &sim->worst, sim->looked, sim->stamp);
    if (sim->stopping && !sim->limit.exceeded)
        return VOLLEY_STOPPED;
    return volley_rate_limit_status(&sim->limit);
}

int64_t volley_sim_step(const volley_sim *sim) {
    return sim->stamp;
}

/* Time spent waiting for other ranks: what all exchanges took beyond that of those before which they met. */
static double waited(const volley_sim *sim) {
    if (sim->sampled == 0 || volley_comm_size(sim->comm) == 1)
        return 0.0;
    double moving = sim->sampled_move_s / (double)sim->sampled * (double)sim->exchanges;
    return sim->move_s > moving ? sim->move_s - moving : 0.0;
}

void volley_sim_figures(const volley_sim *sim, volley_rank_figures *figures) {
    static const char *const names[] = {"arrive",         "update",         "wait",
                                        "exchange",       "record",         "arrive_static",
                                        "arrive_plastic", "update_poisson", "wait_ranks"};
    figures->n_phases = VOLLEY_PHASES;
    for (int i = 0; i < VOLLEY_PHASES; i++)
        figures->phase_name[i] = names[i];
    for (int t = 0; t < sim->layout->threads; t++) {
        const volley_worker *w = &sim->workers[t];
        figures->events_static += w->events;
        figures->events_plastic += (uint64_t)w->plastic_events;
        figures->weight_hash += w->weight_hash;
        figures->events_external += w->external_events;
        figures->updates += w->updates;
        figures->poisson_draws += w->stimuli.draws;
        figures->spike_hash += w->spike_hash;
        figures->deliver_s += w->phase_s[VOLLEY_PHASE_ARRIVE];
        figures->update_s += w->phase_s[VOLLEY_PHASE_UPDATE];
        for (int32_t p = 0; p < sim->network->n_populations; p++) {
            figures->population_spikes[p] += w->population_spikes[p];
            figures->population_spikes_recorded[p] += w->population_recorded[p];
        }
        for (int i = 0; i < VOLLEY_PHASES; i++)
            figures->phase_s[i] += w->phase_s[i] / sim->layout->threads;
    }
    figures->phase_s[VOLLEY_PHASE_EXCHANGE] = sim->workers[0].phase_s[VOLLEY_PHASE_EXCHANGE];
    figures->phase_s[VOLLEY_PHASE_WAIT_RANKS] = waited(sim);
    figures->phase_s[VOLLEY_PHASE_EXCHANGE] -= waited(sim);
    figures->phase_s[VOLLEY_PHASE_RECORD] = sim->workers[0].phase_s[VOLLEY_PHASE_RECORD];
    figures->phase_s[VOLLEY_PHASE_WAIT] = sim->workers[0].phase_s[VOLLEY_PHASE_WAIT];
    figures->carried = sim->carried;
    figures->first_step = sim->start;
    figures->write_during_s = sim->write_s;
    figures->stand_in_s = sim->stand_in.seconds;
    figures->stand_in_spikes = sim->stand_in.spikes;
    figures->finish_s = sim->finish_s;
}

volley_exchange_figures volley_sim_exchanged(const volley_sim *sim) {
    volley_exchange_figures now = volley_exchange_so_far(sim->exchange);
    return (volley_exchange_figures){.calls = sim->base.calls + now.calls,
                                     .overflows = sim->base.overflows + now.overflows,
                                     .messages = sim->base.messages + now.messages,
                                     .bytes = sim->base.bytes + now.bytes};
}
