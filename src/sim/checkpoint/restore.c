/* SPDX-License-Identifier: BSD-3-Clause */
/* Going on from a checkpoint. */
#include "sim/checkpoint/checkpoint.h"

#include "base/memory.h"
#include "base/status.h"
#include "files/redistribute.h"
#include "files/together.h"
#include "sim/checkpoint/checkpoint_parts.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

/* ---- neurons ---- */

static void set_past(const volley_neuron_batch *batch, int64_t sums, int64_t slot, int64_t now, int64_t width,
                     const double *from) {
    int64_t room = batch->n_past - sums, known = width - sums;
    for (int64_t k = 0; k < sums; k++)
        batch->past[k * batch->count + slot] = from[k];
    for (int64_t age = 1; age <= room && age <= known && age <= now; age++)
        batch->past[(sums + (now - age) % room) * batch->count + slot] = from[sums + age - 1];
}

static int restore_past(volley_checkpoint_state *s, const volley_checkpoint *c, int32_t p) {
    const volley_population *population = &s->network->populations[p];
    char name[VOLLEY_LIST_NAME];
    volley_list_of_population(name, population, "past");
    uint64_t total, width, at = 0;
    double *values = NULL;
    volley_ranges ranges = {0};
    TRY(volley_checkpoint_length(c, name, &total));
    width = total / (uint64_t)population->size;
    CHECK(width >= (uint64_t)population->model->past_sums && width <= INT32_MAX, VOLLEY_USAGE,
          "%s: %s has %llu items for each neuron; allowed at least %lld", c->path, name,
          (unsigned long long)width, (long long)population->model->past_sums);
    int code = volley_neuron_ranges(s, p, width, &ranges);
    if (code == VOLLEY_OK)
        code = VOLLEY_NEW(values, ranges.n * width);
    if (code == VOLLEY_OK)
        code = volley_checkpoint_read_ranges(c, name, VOLLEY_H5_FLOAT64, &ranges, values);
    for (int t = 0; t < s->threads && code == VOLLEY_OK; t++) {
        const volley_neuron_batch *batch = &s->workers[t].neurons.batches[p];
        for (int64_t slot = 0; slot < batch->used; slot++, at += width)
            set_past(batch, population->model->past_sums, slot, c->step, (int64_t)width, values + at);
    }
    free(values);
    volley_ranges_free(&ranges);
    return code;
}

static int restore_columns(const volley_checkpoint_state *s, const volley_checkpoint *c,
                           const volley_ranges *ranges, int32_t p, double *values) {
    const volley_population *population = &s->network->populations[p];
    char name[VOLLEY_LIST_NAME];
    for (int i = 0; i < population->model->n_states; i++) {
        volley_list_of_population(name, population, population->model->states[i].name);
        TRY(volley_checkpoint_read_ranges(c, name, VOLLEY_H5_FLOAT64, ranges, values));
        uint64_t at = 0;
        for (int t = 0; t < s->threads; t++) {
            const volley_neuron_batch *batch = &s->workers[t].neurons.batches[p];
            if (batch->used > 0)
                memcpy(batch->state[i], values + at, (size_t)batch->used * sizeof *values);
            at += (uint64_t)batch->used;
        }
    }
    int32_t *refractory = (int32_t *)(void *)values;
    volley_list_of_population(name, population, "refractory");
    TRY(volley_checkpoint_read_ranges(c, name, VOLLEY_H5_UINT32, ranges, refractory));
    uint64_t at = 0;
    for (int t = 0; t < s->threads; t++) {
        const volley_neuron_batch *batch = &s->workers[t].neurons.batches[p];
        if (batch->used > 0)
            memcpy(batch->refractory, refractory + at, (size_t)batch->used * sizeof *refractory);
        at += (uint64_t)batch->used;
    }
    return VOLLEY_OK;
}

static int restore_population(volley_checkpoint_state *s, const volley_checkpoint *c, int32_t p) {
    const volley_neuron_model *model = s->network->populations[p].model;
    if (model->is_source)
        return VOLLEY_OK;
    volley_ranges ranges = {0};
    double *values = NULL;
    int code = volley_neuron_ranges(s, p, 1, &ranges);
    if (code == VOLLEY_OK)
        code = VOLLEY_NEW(values, ranges.n);
    if (code == VOLLEY_OK)
        code = restore_columns(s, c, &ranges, p, values);
    free(values);
    volley_ranges_free(&ranges);
    return code == VOLLEY_OK && model->past != NULL ? restore_past(s, c, p) : code;
}

/* ---- counts, rates ---- */

/* The sums of all ranks go to the first worker of rank 0; what counts the work done goes to `carried`. */
static int restore_counts(volley_checkpoint_state *s, const volley_checkpoint *c, bool elsewhere) {
    uint64_t n = (uint64_t)s->network->n_populations, counters[VOLLEY_COUNTERS], *spikes = NULL;
    TRY(volley_checkpoint_read(c, "counters", VOLLEY_H5_UINT64, VOLLEY_COUNTERS, counters));
    s->exchanged = (volley_exchange_figures){.calls = counters[VOLLEY_COUNT_CALLS],
                                             .overflows = counters[VOLLEY_COUNT_OVERFLOWS]};
    if (volley_comm_rank(s->comm) != 0)
        return VOLLEY_OK;
    s->exchanged.messages = counters[VOLLEY_COUNT_MESSAGES];
    s->exchanged.bytes = counters[VOLLEY_COUNT_BYTES];
    *s->carried = (volley_carried){.events_static = counters[VOLLEY_COUNT_STATIC],
                                   .events_plastic = counters[VOLLEY_COUNT_PLASTIC],
                                   .events_external = counters[VOLLEY_COUNT_EXTERNAL],
                                   .updates = counters[VOLLEY_COUNT_UPDATES],
                                   .poisson_draws = counters[VOLLEY_COUNT_DRAWS]};
    volley_worker *w = &s->workers[0];
    w->spike_hash = counters[VOLLEY_COUNT_SPIKE_HASH];
    TRY(VOLLEY_NEW(spikes, n));
    int code = volley_checkpoint_read(c, "population_spikes", VOLLEY_H5_UINT64, n, w->population_spikes);
    if (code == VOLLEY_OK && !elsewhere)
        code = volley_checkpoint_read(c, "population_recorded", VOLLEY_H5_UINT64, n, w->population_recorded);
    if (code == VOLLEY_OK)
        code = volley_checkpoint_read(c, "population_bin", VOLLEY_H5_UINT64, n, spikes);
    for (uint64_t p = 0; p < n && code == VOLLEY_OK; p++)
        if (spikes[p] > w->population_spikes[p])
            code = volley_fail(VOLLEY_USAGE, "%s: population_bin has more spikes than population_spikes",
                               c->path);
    for (uint64_t p = 0; p < n && code == VOLLEY_OK; p++)
        w->recorder.before[p] = w->population_spikes[p] - spikes[p];
    free(spikes);
    return code;
}

/* A limit that was not there before counts what was before as silence. */
static int restore_limit(volley_checkpoint_state *s, const volley_checkpoint *c) {
    volley_rate_limit *limit = s->limit;
    uint64_t n = (uint64_t)s->network->n_populations, *rows = NULL;
    if (limit->steps == NULL || !volley_checkpoint_has(c, "rate_window"))
        return VOLLEY_OK;
    TRY(VOLLEY_NEW(rows, (uint64_t)limit->window * n));
    int code = volley_checkpoint_read(c, "rate_window", VOLLEY_H5_UINT64, (uint64_t)limit->window * n, rows);
    for (int64_t age = 0; age < limit->window && age <= c->step && code == VOLLEY_OK; age++) {
        uint64_t *row = limit->steps + (uint64_t)((c->step - age) % limit->window) * n;
        memcpy(row, rows + (uint64_t)age * n, n * sizeof *rows);
        for (uint64_t p = 0; p < n; p++)
            limit->spikes[p] += row[p];
    }
    free(rows);
    return code;
}

static int restore_rates(volley_checkpoint_state *s, const volley_checkpoint *c) {
    if (s->network->rates_interval == 0 || s->rates == NULL)
        return VOLLEY_OK;
    void *counts;
    uint64_t n;
    int code = volley_checkpoint_get(c, "rates", VOLLEY_H5_UINT64, &counts, &n);
    if (code == VOLLEY_OK)
        code = volley_rate_writer_go_on(s->rates, counts, n);
    free(counts);
    return code;
}

/* They have been compared with what is on disk. */
static int restore_segments(volley_checkpoint_state *s, const volley_checkpoint *c) {
    void *segments;
    uint64_t n;
    if (!volley_checkpoint_has(c, "segments"))
        return VOLLEY_OK;
    int code = volley_checkpoint_get(c, "segments", VOLLEY_H5_UINT64, &segments, &n);
    if (code == VOLLEY_OK)
        code = volley_spike_writer_take(s->spikes, segments, n / VOLLEY_SEGMENT_WORDS);
    free(segments);
    return code;
}

/* ---- spikes ---- */

static int in_order(const void *a, const void *b) {
    const volley_recorded_spike *left = a, *right = b;
    if (left->step != right->step)
        return left->step < right->step ? -1 : 1;
    return (left->gid > right->gid) - (left->gid < right->gid);
}

static int check_spikes(const volley_checkpoint *c, const uint64_t *steps, const uint64_t *gids, uint64_t n,
                        uint64_t neurons) {
    for (uint64_t i = 0; i < n; i++)
        CHECK(steps[i] <= (uint64_t)c->step && gids[i] < neurons, VOLLEY_USAGE,
              "%s: spikes: item %llu is one of neuron %llu at step %llu; allowed neurons below %llu, steps "
              "up to "
              "%lld",
              c->path, (unsigned long long)i, (unsigned long long)gids[i], (unsigned long long)steps[i],
              (unsigned long long)neurons, (long long)c->step);
    return VOLLEY_OK;
}

static int read_spikes(const volley_checkpoint *c, uint64_t neurons, volley_recorded_spike **spikes,
                       uint64_t *n) {
    void *step, *gid = NULL;
    uint64_t n_gids = 0;
    int code = volley_checkpoint_get(c, "spikes.step", VOLLEY_H5_UINT64, &step, n);
    if (code == VOLLEY_OK)
        code = volley_checkpoint_get(c, "spikes.gid", VOLLEY_H5_UINT64, &gid, &n_gids);
    if (code == VOLLEY_OK && n_gids != *n)
        code = volley_fail(VOLLEY_FAILED, "%s: spikes.gid and spikes.step differ in length", c->path);
    if (code == VOLLEY_OK)
        code = check_spikes(c, step, gid, *n, neurons);
    if (code == VOLLEY_OK)
        code = VOLLEY_NEW(*spikes, *n);
    for (uint64_t i = 0; i < *n && code == VOLLEY_OK; i++)
        (*spikes)[i] = (volley_recorded_spike){(int64_t)((uint64_t *)step)[i], ((uint64_t *)gid)[i]};
    if (code == VOLLEY_OK && *n > 0)
        qsort(*spikes, *n, sizeof **spikes, in_order);
    free(step);
    free(gid);
    return code;
}

/* A thread gets the spikes again, step by step; they go back into the log, each once. */
static int replay(volley_checkpoint_state *s, volley_worker *w, const volley_recorded_spike *spikes,
                  uint64_t n, int64_t now) {
    uint64_t *gids = NULL, i = 0;
    TRY(VOLLEY_NEW(gids, n));
    int64_t first = now - w->log_span + 1;
    while (i < n && spikes[i].step < first) /* of a plasticity that looked further back */
        i++;
    for (int64_t stamp = first > 0 ? first : 0; stamp <= now; stamp++) {
        uint64_t begin = i;
        for (; i < n && spikes[i].step <= stamp; i++)
            gids[i - begin] = spikes[i].gid;
        volley_worker_receive_again(w, gids, (int64_t)(i - begin), stamp, now);
    }
    free(gids);
    int ranks = volley_comm_size(s->comm), rank = volley_comm_rank(s->comm);
    TRY(VOLLEY_RESERVE(w->log, &w->log_capacity, w->thread == 0 ? n : 0));
    /* which rank has which of them in the log does not matter */
    uint64_t kept = volley_block_first(n, ranks, rank), end = volley_block_first(n, ranks, rank + 1);
    for (; kept < end && w->thread == 0; kept++)
        w->log[w->n_log++] = spikes[kept];
    return VOLLEY_OK;
}

static int restore_spikes(volley_checkpoint_state *s, const volley_checkpoint *c) {
    volley_recorded_spike *spikes = NULL;
    uint64_t n = 0;
    int code = read_spikes(c, (uint64_t)s->network->n_neurons, &spikes, &n);
    if (code == VOLLEY_OK) {
        volley_shared_status shared = {0};
#pragma omp parallel num_threads(s->threads)
        {
            volley_worker *w = &s->workers[omp_get_thread_num()];
            volley_worker_go_on(w, c->step);
            volley_status_share(&shared, replay(s, w, spikes, n, c->step));
        }
        code = volley_status_result(&shared);
    }
    free(spikes);
    return code;
}

int volley_checkpoint_restore(volley_checkpoint_state *s, const volley_checkpoint *c, bool elsewhere) {
    int code = restore_counts(s, c, elsewhere);
    for (int32_t p = 0; p < s->network->n_populations && code == VOLLEY_OK; p++)
        code = restore_population(s, c, p);
    for (int32_t i = 0; i < s->network->n_stimuli && code == VOLLEY_OK; i++)
        code = volley_stimulus_states_restore(s, c, i);
    if (code == VOLLEY_OK)
        code = restore_limit(s, c);
    if (code == VOLLEY_OK && !elsewhere)
        code = restore_rates(s, c);
    if (code == VOLLEY_OK && !elsewhere)
        code = restore_segments(s, c);
    TRY(volley_io_together(s->comm, code));
    if (s->wiring->n_plastic > 0)
        TRY(volley_synapse_ranges_make(s));
    for (int i = 0; i < s->wiring->n_plastic; i++)
        TRY(volley_restore_plastic(s, c, i));
    free(s->values);
    s->values = NULL;
    return volley_io_together(s->comm, restore_spikes(s, c));
}
