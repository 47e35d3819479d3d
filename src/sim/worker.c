/* SPDX-License-Identifier: BSD-3-Clause */
/* Carries out one step of one thread: arrivals, stimuli, updates, spikes, recording. */
#include "sim/worker.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/timer.h"

#include <stdlib.h>
#include <string.h>

static int create_trains(volley_worker *w) {
    TRY(VOLLEY_NEW(w->next_train, w->network->n_populations));
    for (int32_t p = 0; p < w->network->n_populations; p++) {
        const volley_population *population = &w->network->populations[p];
        if (population->model->takes_spike_times)
            TRY(VOLLEY_NEW(w->next_train[p], volley_layout_segment(w->layout, w->thread, p)->used));
    }
    return VOLLEY_OK;
}

/* How far back a checkpoint looks at spikes. */
static void find_log_span(volley_worker *w) {
    w->log_span = w->network->max_delay;
    for (int i = 0; i < w->n_plastic; i++) {
        int64_t span = volley_plastic_span(&w->plastic[i]), reward = volley_reward_span(&w->rewards[i]);
        span = span > reward ? span : reward;
        w->log_span = span > w->log_span ? span : w->log_span;
    }
}

int volley_worker_create(volley_worker *w, const volley_wiring *wiring, int thread, int64_t interval) {
    *w = (volley_worker){.wiring = wiring,
                         .layout = wiring->layout,
                         .network = wiring->layout->network,
                         .thread = thread,
                         .simd = wiring->simd};
    TRY(volley_neurons_create(w->layout, thread, &w->neurons));
    TRY(volley_stimuli_create(w->layout, thread, w->simd, &w->neurons, &w->stimuli));
    TRY(create_trains(w));
    TRY(volley_recorder_create(w->layout, &w->recorder));
    TRY(VOLLEY_NEW(w->step_end, interval));
    TRY(VOLLEY_NEW(w->population_spikes, w->network->n_populations));
    TRY(VOLLEY_NEW(w->population_recorded, w->network->n_populations));
    const volley_synapses *synapses = &wiring->synapses[thread];
    TRY(VOLLEY_NEW(w->calendars, synapses->n_blocks));
    for (int64_t b = 0; b < synapses->n_blocks; b++)
        TRY(volley_calendar_create(&synapses->blocks[b], w->layout->n_receptors, w->network->max_delay,
                                   &w->calendars[b]));
    TRY(VOLLEY_NEW(w->plastic, wiring->n_plastic));
    TRY(VOLLEY_NEW(w->rewards, wiring->n_plastic));
    for (int i = 0; i < wiring->n_plastic; i++) {
        w->n_plastic = i + 1;
        TRY(volley_plastic_create(wiring, thread, i, &w->plastic[i]));
        volley_reward_create(w->network, w->plastic[i].projection, &w->rewards[i]);
        w->plastic[i].signal = &w->rewards[i].signal;
    }
    find_log_span(w);
    return VOLLEY_OK;
}

void volley_worker_free(volley_worker *w) {
    if (w->wiring == NULL)
        return;
    if (w->calendars != NULL)
        for (int64_t b = 0; b < w->wiring->synapses[w->thread].n_blocks; b++)
            volley_calendar_free(&w->calendars[b]);
    if (w->next_train != NULL)
        for (int32_t p = 0; p < w->network->n_populations; p++)
            free(w->next_train[p]);
    volley_neurons_free(&w->neurons, w->network->n_populations);
    volley_stimuli_free(&w->stimuli);
    for (int i = 0; i < w->n_plastic; i++)
        volley_plastic_free(&w->plastic[i]);
    for (int i = 0; i < w->n_plastic; i++)
        volley_reward_free(&w->rewards[i]);
    free(w->plastic);
    free(w->rewards);
    free(w->calendars);
    free(w->next_train);
    free(w->gids);
    free(w->step_end);
    free(w->recorded);
    free(w->log);
    volley_recorder_free(&w->recorder);
    free(w->population_spikes);
    free(w->population_recorded);
    *w = (volley_worker){0};
}

/* Makes room in the log by forgetting what is old; it grows when that leaves little. */
static int log_room(volley_worker *w, int64_t stamp) {
    size_t old = 0;
    while (old < w->n_log && w->log[old].step + w->log_span <= stamp)
        old++;
    if (old > 0)
        memmove(w->log, w->log + old, (w->n_log - old) * sizeof *w->log);
    w->n_log -= old;
    return w->n_log > w->log_capacity / 2 || w->log_capacity == 0
               ? VOLLEY_RESERVE(w->log, &w->log_capacity, 2 * w->n_log + 64)
               : VOLLEY_OK;
}

/* Books one spike: for the exchange, the hash, the counts, the log and the recording. */
static int emit(volley_worker *w, int32_t p, int64_t slot, int64_t stamp) {
    const volley_population *population = &w->network->populations[p];
    int64_t index = volley_layout_index(w->layout, w->thread, p, slot);
    uint64_t gid = (uint64_t)(population->first_gid + index);
    if (w->n_gids == w->gids_capacity)
        TRY(VOLLEY_RESERVE(w->gids, &w->gids_capacity, w->n_gids + 1));
    w->gids[w->n_gids++] = gid;
    if (w->n_log == w->log_capacity)
        TRY(log_room(w, stamp));
    w->log[w->n_log++] = (volley_recorded_spike){stamp, gid};
    for (int i = 0; i < w->n_plastic; i++)
        if (w->plastic[i].projection->target.population == p)
            TRY(volley_plastic_post(&w->plastic[i],
                                    volley_layout_segment(w->layout, w->thread, p)->first + slot, stamp));
    w->spike_hash += volley_hash_add(volley_hash_add(0, gid), (uint64_t)stamp);
    w->population_spikes[p]++;
    if (!volley_records_step(w->network, stamp))
        return VOLLEY_OK;
    w->population_recorded[p]++;
    const volley_subset *subset = &w->network->record_subset[p];
    if (!w->network->record_spikes[p] ||
        (subset->count < population->size && volley_subset_find(subset, index) < 0))
        return VOLLEY_OK;
    if (w->n_recorded == w->recorded_capacity)
        TRY(VOLLEY_RESERVE(w->recorded, &w->recorded_capacity, w->n_recorded + 1));
    w->recorded[w->n_recorded++] = (volley_recorded_spike){stamp, gid};
    return VOLLEY_OK;
}

/* A prescribed spike: emitted as it is, or handed to the neuron, which fires in the update that ends with it.
 * Step 0 has no such update. */
static int prescribe(volley_worker *w, int32_t p, int64_t slot, int64_t stamp) {
    volley_neuron_batch *batch = &w->neurons.batches[p];
    bool source = w->network->populations[p].model->is_source;
    if (!source)
        batch->forced[slot] |= stamp == 0 ? VOLLEY_FORCED_AT_START : VOLLEY_FORCED_NOW;
    return source || stamp == 0 ? emit(w, p, slot, stamp) : VOLLEY_OK;
}

/* Hands out the prescribed spikes of one step. */
static int play(volley_worker *w, int32_t p, int64_t stamp) {
    const volley_population *population = &w->network->populations[p];
    const volley_segment *segment = volley_layout_segment(w->layout, w->thread, p);
    for (int64_t slot = 0; slot < segment->used; slot++) {
        int64_t train = volley_layout_index(w->layout, w->thread, p, slot);
        if (train >= population->n_trains)
            continue;
        int64_t n = population->spike_start[train + 1] - population->spike_start[train];
        const int64_t *steps = population->spike_steps + population->spike_start[train];
        int64_t *next = &w->next_train[p][slot];
        for (; *next < n && steps[*next] == stamp; ++*next)
            TRY(prescribe(w, p, slot, stamp));
    }
    return VOLLEY_OK;
}

static int update_population(volley_worker *w, int32_t p, int64_t stamp) {
    const volley_neuron_model *model = w->network->populations[p].model;
    volley_neuron_batch *batch = &w->neurons.batches[p];
    if (batch->count == 0)
        return VOLLEY_OK;
    if (model->is_source) {
        const volley_segment *segment = volley_layout_segment(w->layout, w->thread, p);
        for (int r = 0; r < model->n_receptors; r++)
            memset(w->neurons.input[r] + segment->first, 0, (size_t)segment->count * sizeof(double));
        return play(w, p, stamp);
    }
    if (batch->forced != NULL)
        TRY(play(w, p, stamp));
    batch->update = stamp - 1;
    int64_t fired = model->update[w->simd](batch);
    for (int64_t i = 0; i < fired; i++) {
        int64_t times = batch->repeats == NULL ? 1 : (int64_t)batch->repeats[batch->fired[i]];
        for (; times > 0; times--)
            TRY(emit(w, p, batch->fired[i], stamp));
    }
    w->updates += (uint64_t)batch->used;
    return VOLLEY_OK;
}

/* States and rates that are due at this step. */
static void record(volley_worker *w, int64_t stamp) {
    if (stamp != w->recorder.due)
        return;
    double start = volley_now();
    volley_status_share(&w->status,
                        volley_recorder_keep(&w->recorder, &w->neurons, w->population_spikes, stamp));
    w->phase_s[VOLLEY_PHASE_RECORD] += volley_now() - start;
}

void volley_worker_step(volley_worker *w, int64_t update, int64_t in_interval) {
    double start = volley_now();
    const volley_synapses *synapses = &w->wiring->synapses[w->thread];
    for (int64_t b = 0; b < synapses->n_blocks; b++)
        w->events +=
            (uint64_t)volley_calendar_deliver(&w->calendars[b], update, w->wiring->weights, w->neurons.input);
    double static_arrived = w->n_plastic > 0 ? volley_now() : 0.0;
    for (int i = 0; i < w->n_plastic; i++)
        volley_status_share(
            &w->status, volley_plastic_deliver(&w->plastic[i], update, w->neurons.input, &w->plastic_events));
    double arrived = volley_now();
    w->external_events += (uint64_t)volley_stimuli_deliver(&w->stimuli, update, w->neurons.input);
    double stimulated = volley_now();
    volley_stimuli_currents(&w->stimuli, &w->neurons, update);
    for (int32_t p = 0; p < w->network->n_populations; p++)
        volley_status_share(&w->status, update_population(w, p, update + 1));
    w->step_end[in_interval] = (int64_t)w->n_gids;
    double updated = volley_now();
    if (w->n_plastic == 0)
        static_arrived = arrived;
    w->phase_s[VOLLEY_PHASE_ARRIVE] += arrived - start;
    w->phase_s[VOLLEY_PHASE_ARRIVE_STATIC] += static_arrived - start;
    w->phase_s[VOLLEY_PHASE_ARRIVE_PLASTIC] += arrived - static_arrived;
    w->phase_s[VOLLEY_PHASE_UPDATE] += updated - arrived;
    w->phase_s[VOLLEY_PHASE_UPDATE_POISSON] += stimulated - arrived;
    record(w, update + 1);
}

/* Fetches what later spikes of a list will read, so that pushing them need not wait. */
static void look_ahead(const volley_worker *w, const uint64_t *gids, int64_t n, int64_t i) {
    enum { FAR = 8, NEAR = 4 };
    const volley_source_map *map = &w->wiring->sources;
    const volley_synapses *synapses = &w->wiring->synapses[w->thread];
    for (int64_t b = 0; b < synapses->n_blocks; b++) {
        if (i + FAR < n && volley_source_map_has(map, gids[i + FAR]))
            volley_calendar_expect(&w->calendars[b], volley_source_map_local(map, gids[i + FAR]), false);
        if (i + NEAR < n && volley_source_map_has(map, gids[i + NEAR]))
            volley_calendar_expect(&w->calendars[b], volley_source_map_local(map, gids[i + NEAR]), true);
    }
}

void volley_worker_receive(volley_worker *w, const uint64_t *gids, int64_t n, int64_t stamp) {
    const volley_source_map *map = &w->wiring->sources;
    const volley_synapses *synapses = &w->wiring->synapses[w->thread];
    for (int p = 0; p < w->n_plastic; p++)
        volley_status_share(&w->status, volley_reward_receive(&w->rewards[p], gids, n, stamp));
    for (int64_t i = 0; i < n; i++) {
        look_ahead(w, gids, n, i);
        if (!volley_source_map_has(map, gids[i]))
            continue;
        uint32_t source = volley_source_map_local(map, gids[i]);
        for (int64_t b = 0; b < synapses->n_blocks; b++)
            volley_status_share(&w->status, volley_calendar_push(&w->calendars[b], source, stamp));
        for (int p = 0; p < w->n_plastic; p++)
            volley_status_share(&w->status, volley_plastic_push(&w->plastic[p], source, stamp));
    }
}

void volley_worker_receive_again(volley_worker *w, const uint64_t *gids, int64_t n, int64_t stamp,
                                 int64_t now) {
    const volley_source_map *map = &w->wiring->sources;
    const volley_synapses *synapses = &w->wiring->synapses[w->thread];
    for (int p = 0; p < w->n_plastic; p++)
        volley_status_share(&w->status, volley_reward_receive_again(&w->rewards[p], gids, n, stamp, now));
    for (int64_t i = 0; i < n; i++) {
        if (!volley_source_map_has(map, gids[i]))
            continue;
        uint32_t source = volley_source_map_local(map, gids[i]);
        for (int64_t b = 0; b < synapses->n_blocks && stamp + w->network->max_delay > now; b++)
            volley_status_share(&w->status, volley_calendar_push_rest(&w->calendars[b], source, stamp, now));
        for (int p = 0; p < w->n_plastic; p++)
            if (stamp + volley_plastic_span(&w->plastic[p]) > now)
                volley_status_share(&w->status, volley_plastic_push_rest(&w->plastic[p], source, stamp, now));
    }
}

/* The first prescribed spike after step `now`. */
static int64_t next_prescribed(const volley_population *population, int64_t train, int64_t now) {
    if (train >= population->n_trains)
        return 0;
    const int64_t *steps = population->spike_steps + population->spike_start[train];
    int64_t low = 0, high = population->spike_start[train + 1] - population->spike_start[train];
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (steps[middle] <= now)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void volley_worker_go_on(volley_worker *w, int64_t now) {
    for (int32_t p = 0; p < w->network->n_populations; p++) {
        int64_t used = w->next_train[p] != NULL ? volley_layout_segment(w->layout, w->thread, p)->used : 0;
        for (int64_t slot = 0; slot < used; slot++)
            w->next_train[p][slot] = next_prescribed(&w->network->populations[p],
                                                     volley_layout_index(w->layout, w->thread, p, slot), now);
    }
    volley_recorder_go_on(&w->recorder, now);
}

void volley_worker_record_start(volley_worker *w, int64_t stamp) {
    w->recorder.due = stamp;
    record(w, stamp);
}

void volley_worker_sweep(volley_worker *w, int64_t stamp) {
    if (w->n_plastic == 0)
        return;
    double start = volley_now();
    for (int p = 0; p < w->n_plastic; p++) {
        volley_status_share(&w->status, volley_plastic_sweep(&w->plastic[p], stamp));
        /* spikes under way may hold a synapse back by as much as they look at */
        volley_reward_forget(&w->rewards[p], w->plastic[p].swept - 2 * w->network->max_delay - 2);
    }
    w->phase_s[VOLLEY_PHASE_ARRIVE_PLASTIC] += volley_now() - start;
}

void volley_worker_initial(volley_worker *w) {
    volley_worker_receive(w, NULL, 0, 0); /* the reward of step 0, spikes or not */
    for (int32_t p = 0; p < w->network->n_populations; p++) {
        const volley_population *population = &w->network->populations[p];
        if (!population->model->takes_spike_times)
            continue;
        if (w->neurons.batches[p].count > 0)
            volley_status_share(&w->status, play(w, p, 0));
        for (int64_t i = 0; i < population->n_trains && i < population->size; i++) {
            uint64_t gid = (uint64_t)(population->first_gid + i);
            for (int64_t at = population->spike_start[i];
                 at < population->spike_start[i + 1] && population->spike_steps[at] == 0; at++)
                volley_worker_receive(w, &gid, 1, 0);
        }
    }
    w->n_gids = 0;
    record(w, 0);
}
