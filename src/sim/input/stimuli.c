/* SPDX-License-Identifier: BSD-3-Clause */
/* Walking the stimuli of a thread. */
#include "sim/input/stimuli.h"

#include "base/memory.h"
#include "base/simd.h"
#include "base/status.h"
#include "net/stimulus_view.h"

#include <stdlib.h>
#include <string.h>

enum { PIECE = 512 }; /* counts added at a time: their sum is kept in 32 bits */

/* ---- counts ---- */

VOLLEY_INLINE int64_t add_counts_body(const uint16_t *restrict count, int64_t n, double weight,
                                      double *restrict input) {
    int32_t events = 0;
    for (int64_t i = 0; i < n; i++) {
        input[i] += (double)count[i] * weight;
        events += count[i];
    }
    return events;
}
VOLLEY_KERNEL(int64_t, add_counts,
              (const uint16_t *restrict count, int64_t n, double weight, double *restrict input),
              (count, n, weight, input))
typedef int64_t (*add_function)(const uint16_t *restrict, int64_t, double, double *restrict);
static const add_function add_counts[] = VOLLEY_KERNEL_TABLE(add_counts);

int64_t volley_stimuli_deliver(volley_stimuli *stimuli, int64_t update, double *const *input) {
    int64_t events = 0;
    for (int i = 0; i < stimuli->n_draws; i++) {
        volley_stimulus_feed *f = &stimuli->feeds[i];
        int64_t step = update + 1 - f->delay; /* stamp of the events that enter this update */
        if (step <= f->batch.given.start_step || step > f->batch.given.stop_step)
            continue;
        const uint16_t *count = f->model->draw(&f->batch, step);
        int64_t used = f->batch.used;
        double weight = f->weight, *restrict to = input[f->receptor] + f->first;
        stimuli->draws += (uint64_t)used;
        if (f->index == NULL)
            for (int64_t j = 0; j < used; j += PIECE)
                events +=
                    add_counts[stimuli->simd](count + j, used - j < PIECE ? used - j : PIECE, weight, to + j);
        else
            for (int64_t j = 0; j < used; j++) {
                to[f->index[j]] += (double)count[j] * weight;
                events += count[j];
            }
    }
    return events;
}

/* ---- currents ---- */

/* Brings the current of a feed to an update, and returns the next update at which it changes. */
static int64_t refresh(volley_stimulus_feed *f, int64_t update) {
    const volley_stimulus_given *given = &f->batch.given;
    if (update < f->next)
        return f->next;
    f->value = NULL;
    if (update < given->start_step)
        return f->next = given->start_step;
    if (update >= given->stop_step)
        return f->next = INT64_MAX;
    int64_t next;
    f->value = f->model->current(&f->batch, update + 1, &next);
    next = f->model->n_states > 0 ? update + 1 : next - 1; /* states want to see every step */
    return f->next = next < given->stop_step ? next : given->stop_step;
}

static void add_current(const volley_stimulus_feed *f, volley_neurons *neurons) {
    const volley_neuron_batch *batch = &neurons->batches[f->population];
    const double *value = f->value;
    double *current = (double *)batch->current;
    if (value == NULL || current == NULL)
        return;
    const int32_t *index = f->index;
    bool shared = f->model->shared;
    int64_t used = batch->uniform_current ? 1 : f->batch.used;
    for (int64_t i = 0; i < used; i++)
        current[index ? index[i] : i] += value[shared ? 0 : i];
}

/* Adds the currents of the feeds [first, end) and returns the next update at which one changes. */
static int64_t add_currents(volley_stimuli *stimuli, int first, int end, volley_neurons *neurons,
                            int64_t update) {
    int64_t next = INT64_MAX;
    for (int i = first; i < end; i++) {
        int64_t change = refresh(&stimuli->feeds[i], update);
        next = change < next ? change : next;
        add_current(&stimuli->feeds[i], neurons);
    }
    return next;
}

static void set_steady(volley_stimuli *stimuli, volley_neurons *neurons, int64_t update) {
    for (int32_t p = 0; p < stimuli->n_populations; p++) {
        volley_neuron_batch *batch = &neurons->batches[p];
        int64_t n = batch->uniform_current ? 1 : batch->count;
        if (batch->current != NULL)
            memcpy((double *)batch->current, neurons->base_current[p], (size_t)n * sizeof(double));
    }
    int first = stimuli->n_draws;
    stimuli->next_steady = add_currents(stimuli, first, first + stimuli->n_steady, neurons, update);
}

void volley_stimuli_set_currents(volley_stimuli *stimuli, volley_neurons *neurons, int64_t update) {
    bool fresh = update >= stimuli->next_steady;
    if (fresh)
        set_steady(stimuli, neurons, update);
    for (int32_t p = 0; p < stimuli->n_populations; p++) {
        size_t bytes = (size_t)neurons->batches[p].count * sizeof(double);
        double *current = (double *)neurons->batches[p].current, *steady = stimuli->steady[p];
        if (steady != NULL)
            memcpy(fresh ? steady : current, fresh ? current : steady, bytes);
    }
    stimuli->next_top =
        add_currents(stimuli, stimuli->n_draws + stimuli->n_steady, stimuli->n, neurons, update);
}

/* ---- making ---- */

/* Which targets of a subset the thread has, and where. */
static int find_targets(volley_stimulus_feed *f, const volley_layout *layout, int thread,
                        const volley_subset *subset, int64_t before) {
    const volley_segment *segment = volley_layout_segment(layout, thread, subset->population);
    const volley_population *population = &layout->network->populations[subset->population];
    bool whole = subset->count == population->size;
    volley_stimulus_batch *batch = &f->batch;
    int64_t width = VOLLEY_STIMULUS_WIDTH, room = (segment->used + width - 1) / width * width;
    uint64_t *gid = NULL;
    int64_t *position = NULL;
    if (f->model->stream != 0)
        TRY(VOLLEY_NEW(gid, room));
    batch->gid = gid;
    if (f->model->takes_patterns || f->model->n_states > 0)
        TRY(VOLLEY_NEW(position, room));
    batch->position = position;
    if (!whole)
        TRY(VOLLEY_NEW(f->index, room));
    for (int64_t slot = 0; slot < segment->used; slot++) {
        int64_t index = volley_layout_index(layout, thread, subset->population, slot);
        int64_t at = whole && position == NULL ? 0 : volley_subset_find(subset, index);
        if (at < 0)
            continue;
        if (gid != NULL)
            gid[batch->used] = (uint64_t)(population->first_gid + index);
        if (position != NULL)
            position[batch->used] = before + at;
        if (f->index != NULL)
            f->index[batch->used] = (int32_t)slot;
        batch->used++;
    }
    batch->count = (batch->used + width - 1) / width * width;
    return VOLLEY_OK;
}

static int check_rate(const volley_stimulus *stimulus, const volley_stimulus_given *given) {
    if (stimulus->model->highest_rate == NULL)
        return VOLLEY_OK;
    double rate = stimulus->model->highest_rate(given), mean = rate * given->dt_ms * 1e-3;
    CHECK(mean <= VOLLEY_POISSON_MEAN_MAX, VOLLEY_USAGE,
          "stimulus %s: %g events per step (rate %g Hz); at most %d are possible", stimulus->name, mean, rate,
          VOLLEY_POISSON_MEAN_MAX);
    return VOLLEY_OK;
}

static int create_feed(volley_stimulus_feed *f, const volley_layout *layout, int thread, int simd, int32_t s,
                       const volley_subset *subset, int64_t before) {
    const volley_stimulus *stimulus = &layout->network->stimuli[s];
    int weight = volley_stimulus_weight(stimulus->model);
    *f = (volley_stimulus_feed){.stimulus = s,
                                .population = subset->population,
                                .model = stimulus->model,
                                .batch = {.given = volley_stimulus_view(layout->network, s), .simd = simd},
                                .first = volley_layout_segment(layout, thread, subset->population)->first,
                                .delay = stimulus->delay_steps,
                                .weight = weight >= 0 ? stimulus->params[weight] : 0.0,
                                .receptor = stimulus->receptor};
    TRY(check_rate(stimulus, &f->batch.given));
    TRY(find_targets(f, layout, thread, subset, before));
    for (int k = 0; k < f->model->n_states; k++) {
        TRY(VOLLEY_NEW(f->batch.state[k], f->batch.count));
        for (int64_t i = 0; i < f->batch.count; i++)
            f->batch.state[k][i] = f->model->states[k].standard;
    }
    return f->model->prepare != NULL ? f->model->prepare(&f->batch) : VOLLEY_OK;
}

/* The groups of feeds, in their order. */
enum group { DRAWS, STEADY, TOP };

static enum group group_of(const volley_stimulus_model *model) {
    if (model->draw != NULL)
        return DRAWS;
    return model->changes_often ? TOP : STEADY;
}

static int create_group(volley_stimuli *stimuli, const volley_layout *layout, int thread, enum group group) {
    const volley_network *network = layout->network;
    for (int32_t s = 0; s < network->n_stimuli; s++) {
        const volley_stimulus *stimulus = &network->stimuli[s];
        int64_t before = 0;
        if (stimulus->model->is_signal || group_of(stimulus->model) != group)
            continue;
        for (int32_t i = 0; i < stimulus->n_targets; before += stimulus->targets[i++].count)
            TRY(create_feed(&stimuli->feeds[stimuli->n++], layout, thread, stimuli->simd, s,
                            &stimulus->targets[i], before));
    }
    return VOLLEY_OK;
}

int volley_stimuli_create(const volley_layout *layout, int thread, int simd, const volley_neurons *neurons,
                          volley_stimuli *stimuli) {
    const volley_network *network = layout->network;
    int n = 0;
    for (int32_t s = 0; s < network->n_stimuli; s++)
        n += network->stimuli[s].n_targets;
    *stimuli = (volley_stimuli){.simd = simd, .n_populations = network->n_populations};
    TRY(VOLLEY_NEW(stimuli->feeds, n));
    TRY(VOLLEY_NEW(stimuli->steady, network->n_populations));
    TRY(create_group(stimuli, layout, thread, DRAWS));
    stimuli->n_draws = stimuli->n;
    TRY(create_group(stimuli, layout, thread, STEADY));
    stimuli->n_steady = stimuli->n - stimuli->n_draws;
    TRY(create_group(stimuli, layout, thread, TOP));
    for (int i = stimuli->n_draws + stimuli->n_steady; i < stimuli->n; i++) {
        int32_t p = stimuli->feeds[i].population;
        if (stimuli->steady[p] == NULL)
            TRY(VOLLEY_NEW(stimuli->steady[p], neurons->batches[p].count));
    }
    return VOLLEY_OK;
}

static void free_feed(volley_stimulus_feed *f) {
    if (f->model != NULL && f->model->release != NULL)
        f->model->release(&f->batch);
    for (int k = 0; k < VOLLEY_STIMULUS_MAX_STATES; k++)
        free(f->batch.state[k]);
    free((uint64_t *)f->batch.gid);
    free((int64_t *)f->batch.position);
    free(f->index);
}

void volley_stimuli_free(volley_stimuli *stimuli) {
    for (int i = 0; i < stimuli->n; i++)
        free_feed(&stimuli->feeds[i]);
    for (int32_t p = 0; stimuli->steady != NULL && p < stimuli->n_populations; p++)
        free(stimuli->steady[p]);
    free(stimuli->feeds);
    free(stimuli->steady);
    *stimuli = (volley_stimuli){0};
}
