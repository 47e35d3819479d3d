/* SPDX-License-Identifier: BSD-3-Clause */
/* Copies the recorded states of a thread into frames, and counts the spikes of bins. */
#include "sim/recording/recorder.h"

#include <float.h>
#include <math.h>
#include "base/memory.h"
#include "base/status.h"

#include <stdlib.h>
#include <string.h>

/* Column in the file of neuron `index` of the population; -1 when it is not recorded. */
static int64_t column_of(const volley_state_record *record, int64_t index) {
    int64_t i = volley_subset_find(&record->neurons, index);
    return i >= 0 && record->column != NULL ? (int64_t)record->column[i] : i;
}

/* Lists this rank's columns of one record behind those that are there, or only counts them. */
static void list_columns(const volley_layout *layout, const volley_state_record *record,
                         volley_state_table *table) {
    const volley_slice *slice = &layout->slices[record->neurons.population];
    for (int64_t local = 0; local < slice->count; local++) {
        int64_t column = column_of(record, volley_slice_at(slice, local));
        if (column >= 0 && table->columns != NULL)
            table->columns[table->n] = (uint64_t)column;
        table->n += column >= 0;
    }
}

static int compare_columns(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

int volley_state_table_create(const volley_layout *layout, const volley_state_record *record, size_t buffer,
                              int64_t steps, volley_state_table *table) {
    *table = (volley_state_table){.capacity = record->frames};
    for (int32_t k = 0; k < record->members; k++)
        list_columns(layout, &record[k], table);
    TRY(VOLLEY_NEW(table->columns, table->n));
    int64_t n = table->n;
    table->n = 0;
    for (int32_t k = 0; k < record->members && n > 0; k++)
        list_columns(layout, &record[k], table);
    if (record->members > 1 && n > 0)
        qsort(table->columns, (size_t)n, sizeof *table->columns, compare_columns);
    if (n > 0) {
        /* the frame before the first step is one of those beside the buffer */
        size_t most = buffer / ((size_t)n * (size_t)record->bytes) + (size_t)(steps / record->interval) + 2;
        table->capacity = most < (size_t)record->frames ? (int64_t)most : record->frames;
    }
    table->values = volley_alloc((size_t)table->capacity * (size_t)n, (size_t)record->bytes);
    return volley_alloc_status();
}

void volley_state_table_free(volley_state_table *table) {
    free(table->columns);
    free(table->values);
    *table = (volley_state_table){0};
}

static int add_to_runs(volley_recorded_state *state, int64_t slot, int64_t at) {
    volley_recorded_run *last = state->n_runs > 0 ? &state->runs[state->n_runs - 1] : NULL;
    state->n++;
    if (last != NULL && last->slot + last->n == slot && last->at + last->n == at) {
        last->n++;
        return VOLLEY_OK;
    }
    TRY(VOLLEY_RESERVE(state->runs, &state->runs_capacity, state->n_runs + 1));
    state->runs[state->n_runs++] = (volley_recorded_run){slot, at, 1};
    return VOLLEY_OK;
}

/* The thread's neurons among those of the record. */
static int find_runs(const volley_layout *layout, int thread, const volley_state_record *record,
                     volley_recorded_state *state) {
    int32_t p = record->neurons.population;
    const volley_state_table *table = state->table;
    int64_t used = volley_layout_segment(layout, thread, p)->used;
    for (int64_t slot = 0; slot < used; slot++) {
        int64_t column = column_of(record, volley_layout_index(layout, thread, p, slot));
        if (column < 0)
            continue;
        uint64_t key = (uint64_t)column;
        const uint64_t *found = bsearch(&key, table->columns, (size_t)table->n, sizeof key, compare_columns);
        ASSERT(found != NULL);
        TRY(add_to_runs(state, slot, found - table->columns));
    }
    return VOLLEY_OK;
}

/* First step from `from` on at which there is something to keep. */
static int64_t next_due(const volley_network *network, int64_t from) {
    int64_t due = INT64_MAX;
    for (int32_t i = 0; i < network->n_state_records; i++) {
        const volley_state_record *record = &network->state_records[i];
        int64_t frame = from / record->interval + (from % record->interval != 0);
        if (frame < record->first_frame)
            frame = record->first_frame;
        if (frame - record->first_frame < record->frames && frame * record->interval < due)
            due = frame * record->interval;
    }
    if (network->rates_interval > 0) {
        int64_t start = network->record_start_step, interval = network->rates_interval;
        int64_t bin = from <= start ? 0 : (from - start - 1) / interval + 1;
        if (bin <= network->rates_bins && start + bin * interval < due)
            due = start + bin * interval;
    }
    return due;
}

int volley_recorder_create(const volley_layout *layout, volley_recorder *recorder) {
    const volley_network *network = layout->network;
    *recorder = (volley_recorder){.network = network, .due = next_due(network, 0)};
    TRY(VOLLEY_NEW(recorder->states, network->n_state_records));
    return VOLLEY_NEW(recorder->before, network->n_populations);
}

int volley_recorder_use(const volley_layout *layout, int thread, int32_t first,
                        const volley_state_table *table, volley_recorder *recorder) {
    const volley_state_record *records = layout->network->state_records;
    for (int32_t k = first; k < first + records[first].members; k++) {
        recorder->states[k].table = table;
        TRY(find_runs(layout, thread, &records[k], &recorder->states[k]));
    }
    return VOLLEY_OK;
}

void volley_recorder_free(volley_recorder *recorder) {
    if (recorder->network == NULL)
        return;
    for (int32_t i = 0; recorder->states != NULL && i < recorder->network->n_state_records; i++)
        free(recorder->states[i].runs);
    free(recorder->states);
    free(recorder->before);
    free(recorder->bins);
    *recorder = (volley_recorder){0};
}

static void keep_frame(volley_recorder *recorder, int32_t index, const double *values) {
    const volley_state_record *record = &recorder->network->state_records[index];
    volley_recorded_state *state = &recorder->states[index];
    const volley_state_table *table = state->table;
    ASSERT(state->frames < table->capacity);
    int64_t start = state->frames++ * table->n;
    for (size_t r = 0; r < state->n_runs; r++) {
        const volley_recorded_run *run = &state->runs[r];
        const double *from = values + run->slot;
        if (record->bytes == 4) {
            float *to = (float *)table->values + start + run->at;
            int beyond = 0;
            for (int64_t i = 0; i < run->n; i++) {
                to[i] = (float)from[i];
                beyond |= fabs(from[i]) > FLT_MAX && fabs(from[i]) <= DBL_MAX;
            }
            state->beyond |= beyond != 0;
        } else {
            memcpy((double *)table->values + start + run->at, from, (size_t)run->n * sizeof *from);
        }
    }
    recorder->bytes += (size_t)state->n * (size_t)record->bytes;
}

/* The bin that ends here; at record.start there is none, and counting begins, from 0 on with step 0. */
static int keep_bin(volley_recorder *recorder, const uint64_t *spikes, int64_t stamp) {
    const volley_network *network = recorder->network;
    size_t n = (size_t)network->n_populations;
    if (stamp > network->record_start_step) {
        TRY(VOLLEY_RESERVE(recorder->bins, &recorder->counts_capacity, recorder->n_counts + n));
        for (size_t p = 0; p < n; p++)
            recorder->bins[recorder->n_counts++] = spikes[p] - recorder->before[p];
        recorder->bytes += n * sizeof *recorder->bins;
    }
    if (stamp > 0)
        memcpy(recorder->before, spikes, n * sizeof *spikes);
    return VOLLEY_OK;
}

int volley_recorder_keep(volley_recorder *recorder, const volley_neurons *neurons, const uint64_t *spikes,
                         int64_t stamp) {
    const volley_network *network = recorder->network;
    for (int32_t i = 0; i < network->n_state_records; i++) {
        const volley_state_record *record = &network->state_records[i];
        int64_t frame = stamp / record->interval - record->first_frame;
        if (stamp % record->interval == 0 && frame >= 0 && frame < record->frames)
            keep_frame(recorder, i, neurons->batches[record->neurons.population].state[record->variable]);
    }
    int64_t since = stamp - network->record_start_step;
    if (network->rates_interval > 0 && since >= 0 && since % network->rates_interval == 0)
        TRY(keep_bin(recorder, spikes, stamp));
    recorder->due = next_due(network, stamp + 1);
    return VOLLEY_OK;
}

void volley_recorder_go_on(volley_recorder *recorder, int64_t now) {
    recorder->due = next_due(recorder->network, now + 1);
}

void volley_recorder_clear(volley_recorder *recorder) {
    for (int32_t i = 0; i < recorder->network->n_state_records; i++)
        recorder->states[i].frames = 0;
    recorder->n_counts = 0;
    recorder->bytes = 0;
}
