/* SPDX-License-Identifier: BSD-3-Clause */
/* Saving. */
#include "sim/checkpoint/checkpoint.h"

#include "base/fault.h"
#include "base/memory.h"
#include "base/status.h"
#include "files/redistribute.h"
#include "files/together.h"
#include "sim/checkpoint/checkpoint_parts.h"

#include <stdlib.h>
#include <string.h>

/* ---- neurons ---- */

/* Items of batch->past that one neuron has in the file: the sums, and the inputs of the widest batch. */
static uint64_t past_width(const volley_checkpoint_state *s, int32_t p) {
    uint64_t width = 0;
    for (int t = 0; t < s->threads; t++) {
        uint64_t n = (uint64_t)s->workers[t].neurons.batches[p].n_past;
        width = n > width ? n : width;
    }
    volley_comm_max_u64(s->comm, &width, 1);
    return width;
}

/* One neuron's past: sums, then inputs from the newest on. */
static void copy_past(const volley_neuron_batch *batch, int64_t sums, int64_t slot, int64_t now, double *to) {
    int64_t room = batch->n_past - sums;
    for (int64_t k = 0; k < sums; k++)
        to[k] = batch->past[k * batch->count + slot];
    for (int64_t age = 1; age <= room && age <= now; age++)
        to[sums + age - 1] = batch->past[(sums + (now - age) % room) * batch->count + slot];
}

static int save_past(volley_checkpoint_state *s, int32_t p, int64_t now) {
    const volley_population *population = &s->network->populations[p];
    char name[VOLLEY_LIST_NAME];
    uint64_t width = past_width(s, p);
    volley_ranges ranges = {0};
    double *values = NULL;
    int code = volley_neuron_ranges(s, p, width, &ranges);
    if (code == VOLLEY_OK)
        code = VOLLEY_NEW(values, ranges.n * width);
    uint64_t at = 0;
    for (int t = 0; t < s->threads && code == VOLLEY_OK; t++) {
        const volley_neuron_batch *batch = &s->workers[t].neurons.batches[p];
        for (int64_t slot = 0; slot < batch->used; slot++, at += width)
            copy_past(batch, population->model->past_sums, slot, now, values + at);
    }
    code = volley_io_together(s->comm, code);
    if (code == VOLLEY_OK)
        code = volley_checkpoint_put_ranges(&s->writer, volley_list_of_population(name, population, "past"),
                                            VOLLEY_H5_FLOAT64, &ranges, values);
    free(values);
    volley_ranges_free(&ranges);
    return code;
}

/* All states and the refractory counters of a population. */
static int save_columns(volley_checkpoint_state *s, const volley_ranges *ranges, int32_t p, double *values) {
    const volley_population *population = &s->network->populations[p];
    char name[VOLLEY_LIST_NAME];
    for (int i = 0; i < population->model->n_states; i++) {
        uint64_t at = 0;
        for (int t = 0; t < s->threads; t++) {
            const volley_neuron_batch *batch = &s->workers[t].neurons.batches[p];
            if (batch->used > 0)
                memcpy(values + at, batch->state[i], (size_t)batch->used * sizeof *values);
            at += (uint64_t)batch->used;
        }
        volley_list_of_population(name, population, population->model->states[i].name);
        TRY(volley_checkpoint_put_ranges(&s->writer, name, VOLLEY_H5_FLOAT64, ranges, values));
    }
    int32_t *refractory = (int32_t *)(void *)values;
    uint64_t at = 0;
    for (int t = 0; t < s->threads; t++) {
        const volley_neuron_batch *batch = &s->workers[t].neurons.batches[p];
        if (batch->used > 0)
            memcpy(refractory + at, batch->refractory, (size_t)batch->used * sizeof *refractory);
        at += (uint64_t)batch->used;
    }
    volley_list_of_population(name, population, "refractory");
    return volley_checkpoint_put_ranges(&s->writer, name, VOLLEY_H5_UINT32, ranges, refractory);
}

static int save_population(volley_checkpoint_state *s, int32_t p, int64_t now) {
    const volley_neuron_model *model = s->network->populations[p].model;
    if (model->is_source)
        return VOLLEY_OK;
    volley_ranges ranges = {0};
    double *values = NULL;
    int code = volley_neuron_ranges(s, p, 1, &ranges);
    if (code == VOLLEY_OK)
        code = VOLLEY_NEW(values, ranges.n);
    code = volley_io_together(s->comm, code);
    if (code == VOLLEY_OK)
        code = save_columns(s, &ranges, p, values);
    free(values);
    volley_ranges_free(&ranges);
    return code == VOLLEY_OK && model->past != NULL ? save_past(s, p, now) : code;
}

/* ---- spikes, counts, rates ---- */

/* Spikes of the last `span` steps, rank by rank. */
static int save_spikes(volley_checkpoint_state *s, int64_t now) {
    uint64_t most = 0, n = 0, *step = NULL, *gid = NULL;
    for (int t = 0; t < s->threads; t++)
        most += s->workers[t].n_log;
    int code = VOLLEY_NEW(step, most);
    if (code == VOLLEY_OK)
        code = VOLLEY_NEW(gid, most);
    for (int t = 0; t < s->threads && code == VOLLEY_OK; t++)
        for (size_t i = 0; i < s->workers[t].n_log; i++) {
            const volley_recorded_spike *spike = &s->workers[t].log[i];
            if (spike->step + s->workers[t].log_span <= now)
                continue;
            step[n] = (uint64_t)spike->step;
            gid[n++] = spike->gid;
        }
    code = volley_io_together(s->comm, code);
    uint64_t first = volley_comm_exscan_u64(s->comm, n), total = n;
    volley_comm_sum_u64(s->comm, &total, 1);
    if (code == VOLLEY_OK)
        code = volley_checkpoint_put(&s->writer, "spikes.step", VOLLEY_H5_UINT64, total, first, n, step);
    if (code == VOLLEY_OK)
        code = volley_checkpoint_put(&s->writer, "spikes.gid", VOLLEY_H5_UINT64, total, first, n, gid);
    free(step);
    free(gid);
    return code;
}

/* A list that rank 0 has; every rank says how long it is. */
static int save_root(volley_checkpoint_state *s, const char *name, enum volley_h5_type type, uint64_t n,
                     const void *values) {
    uint64_t mine = volley_comm_rank(s->comm) == 0 ? n : 0;
    return volley_checkpoint_put(&s->writer, name, type, n, 0, mine, values);
}

static void count(const volley_checkpoint_state *s, uint64_t *c) {
    const volley_carried *carried = s->carried;
    c[VOLLEY_COUNT_STATIC] = carried->events_static;
    c[VOLLEY_COUNT_PLASTIC] = carried->events_plastic;
    c[VOLLEY_COUNT_EXTERNAL] = carried->events_external;
    c[VOLLEY_COUNT_UPDATES] = carried->updates;
    c[VOLLEY_COUNT_DRAWS] = carried->poisson_draws;
    c[VOLLEY_COUNT_MESSAGES] = s->exchanged.messages;
    c[VOLLEY_COUNT_BYTES] = s->exchanged.bytes;
    for (int t = 0; t < s->threads; t++) {
        const volley_worker *w = &s->workers[t];
        c[VOLLEY_COUNT_STATIC] += w->events;
        c[VOLLEY_COUNT_PLASTIC] += (uint64_t)w->plastic_events;
        c[VOLLEY_COUNT_EXTERNAL] += w->external_events;
        c[VOLLEY_COUNT_UPDATES] += w->updates;
        c[VOLLEY_COUNT_DRAWS] += w->stimuli.draws;
        c[VOLLEY_COUNT_SPIKE_HASH] += w->spike_hash;
        c[VOLLEY_COUNT_CONNECTION_HASH] += s->wiring->synapses[t].connection_hash;
    }
    if (volley_comm_rank(s->comm) == 0) {
        c[VOLLEY_COUNT_CALLS] = s->exchanged.calls;
        c[VOLLEY_COUNT_OVERFLOWS] = s->exchanged.overflows;
    }
}

static int save_counts(volley_checkpoint_state *s) {
    int64_t n = s->network->n_populations;
    uint64_t counters[VOLLEY_COUNTERS] = {0}, *spikes = NULL;
    TRY(volley_io_together(s->comm, VOLLEY_NEW(spikes, 3 * n)));
    count(s, counters);
    volley_comm_sum_u64(s->comm, counters, VOLLEY_COUNTERS);
    for (int t = 0; t < s->threads; t++)
        for (int64_t p = 0; p < n; p++) {
            const volley_worker *w = &s->workers[t];
            spikes[p] += w->population_spikes[p];
            spikes[n + p] += w->population_recorded[p];
            spikes[2 * n + p] += w->population_spikes[p] - w->recorder.before[p];
        }
    volley_comm_sum_u64(s->comm, spikes, (int)(3 * n));
    uint64_t from = (uint64_t)s->network->record_start_step; /* later than in the config after a branch */
    int code = save_root(s, "counters", VOLLEY_H5_UINT64, VOLLEY_COUNTERS, counters);
    if (code == VOLLEY_OK)
        code = save_root(s, "recorded_from", VOLLEY_H5_UINT64, 1, &from);
    if (code == VOLLEY_OK)
        code = save_root(s, "population_spikes", VOLLEY_H5_UINT64, (uint64_t)n, spikes);
    if (code == VOLLEY_OK)
        code = save_root(s, "population_recorded", VOLLEY_H5_UINT64, (uint64_t)n, spikes + n);
    if (code == VOLLEY_OK)
        code = save_root(s, "population_bin", VOLLEY_H5_UINT64, (uint64_t)n, spikes + 2 * n);
    free(spikes);
    return code;
}

/* The rows of the window from the newest step on. */
static int save_limit(volley_checkpoint_state *s, int64_t now) {
    const volley_rate_limit *limit = s->limit;
    uint64_t n = (uint64_t)s->network->n_populations, *rows = NULL;
    if (limit->steps == NULL)
        return VOLLEY_OK;
    TRY(volley_io_together(s->comm, VOLLEY_NEW(rows, (uint64_t)limit->window * n)));
    for (int64_t age = 0; age < limit->window && age <= now; age++)
        memcpy(rows + (uint64_t)age * n, limit->steps + (uint64_t)((now - age) % limit->window) * n,
               n * sizeof *rows);
    int code = save_root(s, "rate_window", VOLLEY_H5_UINT64, (uint64_t)limit->window * n, rows);
    free(rows);
    return code;
}

static int save_segments(volley_checkpoint_state *s) {
    uint64_t n;
    const volley_spike_segment *segments = volley_spike_writer_segments(s->spikes, &n);
    return save_root(s, "segments", VOLLEY_H5_UINT64, n * VOLLEY_SEGMENT_WORDS, segments);
}

static int save_rates(volley_checkpoint_state *s) {
    if (s->network->rates_interval == 0 || s->rates == NULL)
        return VOLLEY_OK;
    uint64_t n;
    const uint64_t *counts = volley_rate_writer_counts(s->rates, &n);
    return save_root(s, "rates", VOLLEY_H5_UINT64, n, counts);
}

/* ---- plastic projections ---- */

enum { PIECE = 1 << 17, KEPT = 2, SOURCE_WORDS = 1 + KEPT };

/* Sources [first, first + n) of the projection as this rank knows them: step + 1 and the bits of the traces
 * of each, zeros for sources without synapses here or without a spike. */
static void list_sources(const volley_checkpoint_state *s, int index, int64_t after, uint64_t first,
                         uint64_t n, uint64_t *words) {
    const volley_projection *projection = s->workers[0].plastic[index].projection;
    int64_t base = s->network->populations[projection->source.population].first_gid;
    memset(words, 0, n * SOURCE_WORDS * sizeof *words);
    for (uint64_t i = 0; i < n; i++) {
        uint64_t gid = (uint64_t)(base + volley_subset_at(&projection->source, (int64_t)(first + i)));
        if (!volley_source_map_has(&s->wiring->sources, gid))
            continue;
        uint32_t source = volley_source_map_local(&s->wiring->sources, gid);
        for (int t = 0; t < s->threads; t++) {
            double traces[VOLLEY_RULE_VARIABLES];
            int64_t last = volley_plastic_source_at(&s->workers[t].plastic[index], source, after, traces);
            if (last == VOLLEY_NO_SPIKE)
                continue;
            words[i] = (uint64_t)last + 1;
            for (uint64_t j = 0; j < KEPT; j++)
                memcpy(&words[(j + 1) * n + i], &traces[j], sizeof traces[j]);
            break;
        }
    }
}

/* All ranks that know a source say the same of it, so the largest word is what they say. This rank keeps its
 * block of the sources. */
static void join_sources(volley_checkpoint_state *s, int index, int64_t now, uint64_t total, uint64_t *words,
                         uint64_t *block) {
    int ranks = volley_comm_size(s->comm), rank = volley_comm_rank(s->comm);
    uint64_t low = volley_block_first(total, ranks, rank), high = volley_block_first(total, ranks, rank + 1);
    int64_t after = now - volley_plastic_span(&s->workers[0].plastic[index]);
    for (uint64_t first = 0; first < total; first += PIECE) {
        uint64_t n = total - first < PIECE ? total - first : PIECE;
        list_sources(s, index, after, first, n, words);
        volley_comm_max_u64(s->comm, words, (int)(n * SOURCE_WORDS));
        uint64_t from = first > low ? first : low, to = first + n < high ? first + n : high;
        for (uint64_t j = 0; j < SOURCE_WORDS && from < to; j++)
            memcpy(block + j * (high - low) + from - low, words + j * n + from - first,
                   (to - from) * sizeof *block);
    }
}

static int save_sources(volley_checkpoint_state *s, int index, int64_t now) {
    const volley_projection *projection = s->workers[0].plastic[index].projection;
    static const char *const items[SOURCE_WORDS] = {"source_last", "source_trace_0", "source_trace_1"};
    uint64_t total = (uint64_t)projection->source.count, *words = NULL, *block = NULL;
    int ranks = volley_comm_size(s->comm), rank = volley_comm_rank(s->comm);
    uint64_t first = volley_block_first(total, ranks, rank);
    uint64_t n = volley_block_first(total, ranks, rank + 1) - first;
    int code = VOLLEY_NEW(words, (total < PIECE ? total : PIECE) * SOURCE_WORDS);
    if (code == VOLLEY_OK)
        code = VOLLEY_NEW(block, n * SOURCE_WORDS);
    code = volley_io_together(s->comm, code);
    if (code == VOLLEY_OK)
        join_sources(s, index, now, total, words, block);
    for (uint64_t j = 0; j < SOURCE_WORDS && code == VOLLEY_OK; j++) {
        char name[VOLLEY_LIST_NAME];
        code = volley_checkpoint_put(&s->writer, volley_list_of_projection(name, projection, items[j]),
                                     j == 0 ? VOLLEY_H5_UINT64 : VOLLEY_H5_FLOAT64, total, first, n,
                                     n > 0 ? block + j * n : NULL);
    }
    free(words);
    free(block);
    return code;
}

/* The post spikes of this rank's targets, newest first. */
static int list_posts(volley_checkpoint_state *s, int index, const volley_target_list *targets,
                      volley_ranges *ranges, uint64_t **step, double *traces[KEPT]) {
    TRY(volley_ranges_create(targets->n, ranges));
    for (uint64_t i = 0; i < targets->n; i++) {
        int32_t number;
        const volley_kept_history *history = volley_plastic_history(
            &s->workers[targets->thread[i]].plastic[index], targets->target[i], &number);
        ranges->start[i + 1] = ranges->start[i] + (uint64_t)volley_history_needed(history, number);
    }
    TRY(VOLLEY_NEW(*step, ranges->start[targets->n]));
    for (int j = 0; j < KEPT; j++)
        TRY(VOLLEY_NEW(traces[j], ranges->start[targets->n]));
    for (uint64_t i = 0; i < targets->n; i++) {
        int32_t number;
        const volley_kept_history *history = volley_plastic_history(
            &s->workers[targets->thread[i]].plastic[index], targets->target[i], &number);
        for (uint64_t at = ranges->start[i]; at < ranges->start[i + 1]; at++) {
            volley_post post = volley_history_get(history, number, (int32_t)(at - ranges->start[i]));
            (*step)[at] = (uint64_t)post.step;
            for (int j = 0; j < KEPT; j++)
                traces[j][at] = post.trace[j];
        }
    }
    return VOLLEY_OK;
}

static int put_posts(volley_checkpoint_state *s, int index, const volley_target_list *targets,
                     const volley_ranges *posts, const uint64_t *step, double *const traces[KEPT]) {
    const volley_projection *projection = s->workers[0].plastic[index].projection;
    static const char *const items[KEPT] = {"post_trace_0", "post_trace_1"};
    char name[VOLLEY_LIST_NAME];
    volley_ranges ranges = {0};
    uint64_t *counts = NULL;
    int code = volley_target_ranges(s, index, targets, &ranges);
    if (code == VOLLEY_OK)
        code = VOLLEY_NEW(counts, targets->n);
    for (uint64_t i = 0; i < targets->n && code == VOLLEY_OK; i++)
        counts[i] = posts->start[i + 1] - posts->start[i];
    code = volley_io_together(s->comm, code);
    if (code == VOLLEY_OK)
        code = volley_checkpoint_put_ranges(&s->writer, volley_list_of_projection(name, projection, "posts"),
                                            VOLLEY_H5_UINT64, &ranges, counts);
    if (code == VOLLEY_OK)
        code =
            volley_checkpoint_put_ranges(&s->writer, volley_list_of_projection(name, projection, "post_step"),
                                         VOLLEY_H5_UINT64, posts, step);
    for (int j = 0; j < KEPT && code == VOLLEY_OK; j++)
        code = volley_checkpoint_put_ranges(&s->writer, volley_list_of_projection(name, projection, items[j]),
                                            VOLLEY_H5_FLOAT64, posts, traces[j]);
    free(counts);
    volley_ranges_free(&ranges);
    return code;
}

static int save_posts(volley_checkpoint_state *s, int index) {
    const volley_projection *projection = s->workers[0].plastic[index].projection;
    volley_target_list targets;
    volley_ranges posts = {0};
    uint64_t *step = NULL;
    double *traces[KEPT] = {NULL};
    int code = volley_target_list_make(s, index, &targets);
    if (code == VOLLEY_OK)
        code = list_posts(s, index, &targets, &posts, &step, traces);
    code = volley_io_together(s->comm, code);
    if (code == VOLLEY_OK)
        code = volley_ranges_place(s->comm, targets.position, (uint64_t)projection->target.count, &posts);
    if (code == VOLLEY_OK)
        code = put_posts(s, index, &targets, &posts, step, traces);
    free(step);
    for (int j = 0; j < KEPT; j++)
        free(traces[j]);
    volley_ranges_free(&posts);
    volley_target_list_free(&targets);
    return code;
}

/* The signal up to `now`. */
static int save_reward(volley_checkpoint_state *s, int index, int64_t now) {
    const volley_reward_track *track = &s->workers[0].rewards[index];
    const volley_projection *projection = s->workers[0].plastic[index].projection;
    char name[VOLLEY_LIST_NAME];
    if (track->network == NULL)
        return VOLLEY_OK;
    uint64_t first = (uint64_t)track->signal.first, n = (uint64_t)track->signal.count;
    if (track->signal.first + track->signal.count > now + 1)
        n = (uint64_t)(now + 1 - track->signal.first);
    TRY(save_root(s, volley_list_of_projection(name, projection, "reward_first"), VOLLEY_H5_UINT64, 1,
                  &first));
    TRY(save_root(s, volley_list_of_projection(name, projection, "reward_value"), VOLLEY_H5_FLOAT64, n,
                  track->value));
    if (track->has_level)
        TRY(save_root(s, volley_list_of_projection(name, projection, "reward_level"), VOLLEY_H5_FLOAT64, n,
                      track->level));
    return VOLLEY_OK;
}

static int save_plastic(volley_checkpoint_state *s, int index, int64_t now) {
    const volley_plastic *plastic = &s->workers[0].plastic[index];
    char name[VOLLEY_LIST_NAME];
    uint64_t swept = plastic->swept == VOLLEY_NO_SPIKE ? 0 : (uint64_t)plastic->swept + 1;
    TRY(save_root(s, volley_list_of_projection(name, plastic->projection, "swept"), VOLLEY_H5_UINT64, 1,
                  &swept));
    TRY(save_sources(s, index, now));
    TRY(save_posts(s, index));
    return save_reward(s, index, now);
}

/* ---- all of it ---- */

/* What the file will take, generously. */
static uint64_t estimate_bytes(volley_checkpoint_state *s, const volley_checkpoint_options *options) {
    enum { HEADER = 1 << 18, LISTS = 1 << 14, NEURON = 16, POST = 96, SPIKE = 16 };
    uint64_t bytes = 0;
    for (int32_t p = 0; p < s->network->n_populations; p++)
        for (int t = 0; t < s->threads; t++) {
            const volley_neuron_batch *batch = &s->workers[t].neurons.batches[p];
            uint64_t columns = (uint64_t)s->network->populations[p].model->n_states + (uint64_t)batch->n_past;
            bytes += (uint64_t)batch->used * (8 * columns + NEURON);
        }
    for (int t = 0; t < s->threads; t++) {
        bytes += s->workers[t].n_log * SPIKE;
        const volley_stimuli *stimuli = &s->workers[t].stimuli;
        for (int i = 0; i < stimuli->n; i++)
            bytes += 8 * (uint64_t)stimuli->feeds[i].batch.used * (uint64_t)stimuli->feeds[i].model->n_states;
    }
    for (int i = 0; i < s->wiring->n_plastic; i++) {
        const volley_projection *projection = s->workers[0].plastic[i].projection;
        uint64_t columns = 1 + (uint64_t)volley_rule_count_columns(&projection->plasticity.plan);
        bytes += s->synapses[i].first[s->threads] * columns * (uint64_t)projection->weight_bytes +
                 s->synapses[i].ranges.n * POST;
    }
    volley_comm_sum_u64(s->comm, &bytes, 1);
    for (int i = 0; i < s->wiring->n_plastic; i++)
        bytes += (uint64_t)s->workers[0].plastic[i].projection->source.count * 8 * SOURCE_WORDS + LISTS;
    uint64_t segments;
    volley_spike_writer_segments(s->spikes, &segments);
    return bytes + HEADER + segments * sizeof(volley_spike_segment) + strlen(options->provenance->config) +
           strlen(options->restarts) + (uint64_t)s->network->n_populations * LISTS;
}

int volley_checkpoint_save(volley_checkpoint_state *s, const volley_checkpoint_options *options,
                           int64_t now) {
    TRY(volley_synapse_ranges_make(s));
    TRY(volley_checkpoint_begin(s->comm, options->directory, now, estimate_bytes(s, options),
                                options->provenance, options->restarts, &s->writer));
    TRY(save_counts(s));
    for (int32_t p = 0; p < s->network->n_populations; p++)
        TRY(save_population(s, p, now));
    for (int32_t i = 0; i < s->network->n_stimuli; i++)
        TRY(volley_stimulus_states_save(s, i));
    TRY(save_spikes(s, now));
    TRY(save_limit(s, now));
    TRY(save_rates(s));
    TRY(save_segments(s));
    for (int i = 0; i < s->wiring->n_plastic; i++)
        TRY(save_plastic(s, i, now));
    return volley_io_together(s->comm, volley_fault(VOLLEY_FAULT_CHECKPOINT_DATA, now));
}

void volley_checkpoint_collect(volley_checkpoint_state *s, int thread, int index, enum volley_stored which) {
    volley_worker *worker = &s->workers[thread];
    const uint64_t *first = s->synapses[index].first;
    if (first[thread] == first[thread + 1])
        return;
    void *mine = s->values + first[thread] * (uint64_t)worker->plastic[index].projection->weight_bytes;
    volley_status_share(&worker->status, volley_weights_get_stored(worker, index, which, mine));
}

int volley_checkpoint_write(volley_checkpoint_state *s, int index, enum volley_stored which, int status) {
    const volley_projection *projection = s->workers[0].plastic[index].projection;
    char name[VOLLEY_LIST_NAME];
    TRY(volley_io_together(s->comm, status));
    volley_list_of_projection(name, projection, which == VOLLEY_STORED_WEIGHT ? "weight" : "column");
    return volley_checkpoint_put_ranges(&s->writer, name, volley_weight_type(projection),
                                        &s->synapses[index].ranges, s->values);
}

int volley_checkpoint_end(volley_checkpoint_state *s, const volley_checkpoint_options *options, int status) {
    free(s->values); /* as much as the synapses: not kept while the run goes on */
    s->values = NULL;
    return volley_checkpoint_finish(&s->writer, options->keep, status);
}
