#include "sim/recorder.h"
#include "base/memory.h"
#include "base/status.h"

#include <stdlib.h>
#include <string.h>

/* Column of the neuron `local` of the rank's share of a population; -1 when it is not recorded. */
static int64_t column_of(const volley_layout *layout, const volley_state_record *record, int64_t local) {
    return volley_subset_find(&record->neurons,
                              volley_slice_at(&layout->slices[record->neurons.population], local));
}

int volley_state_table_create(const volley_layout *layout, const volley_state_record *record, size_t buffer,
                              int64_t steps, volley_state_table *table) {
    int64_t count = layout->slices[record->neurons.population].count;
    *table = (volley_state_table){.capacity = record->frames};
    for (int64_t local = 0; local < count; local++)
        table->n += column_of(layout, record, local) >= 0;
    TRY(VOLLEY_NEW(table->columns, table->n));
    int64_t n = 0;
    for (int64_t local = 0; local < count; local++) {
        int64_t column = column_of(layout, record, local);
        if (column >= 0)
            table->columns[n++] = (uint64_t)column;
    }
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

/* The thread's neurons among those of the record. A thread's slots ascend with the neurons of the rank, of
 * which it walks all up to its last one. */
static int find_runs(const volley_layout *layout, int thread, const volley_state_record *record,
                     volley_recorded_state *state) {
    int64_t used = volley_layout_segment(layout, thread, record->neurons.population)->used, at = 0, local = 0;
    for (int64_t slot = 0; slot < used; slot++) {
        int64_t own = volley_layout_local(layout, thread, slot);
        for (; local < own; local++)
            at += column_of(layout, record, local) >= 0;
        if (column_of(layout, record, own) >= 0)
            TRY(add_to_runs(state, slot, at));
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

int volley_recorder_create(const volley_layout *layout, int thread, volley_recorder *recorder) {
    const volley_network *network = layout->network;
    *recorder = (volley_recorder){.network = network, .due = next_due(network, 0)};
    TRY(VOLLEY_NEW(recorder->states, network->n_state_records));
    for (int32_t i = 0; i < network->n_state_records; i++)
        TRY(find_runs(layout, thread, &network->state_records[i], &recorder->states[i]));
    return VOLLEY_NEW(recorder->before, network->n_populations);
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
    const volley_state_table *table = &recorder->tables[index];
    volley_recorded_state *state = &recorder->states[index];
    ASSERT(state->frames < table->capacity);
    int64_t start = state->frames++ * table->n;
    for (size_t r = 0; r < state->n_runs; r++) {
        const volley_recorded_run *run = &state->runs[r];
        const double *from = values + run->slot;
        if (record->bytes == 4) {
            float *to = (float *)table->values + start + run->at;
            for (int64_t i = 0; i < run->n; i++)
                to[i] = (float)from[i];
        } else {
            memcpy((double *)table->values + start + run->at, from, (size_t)run->n * sizeof *from);
        }
    }
    recorder->bytes += (size_t)state->n * (size_t)record->bytes;
}

/* The bin that ends here; at record.start there is none, and counting begins. */
static int keep_bin(volley_recorder *recorder, const uint64_t *spikes, int64_t stamp) {
    const volley_network *network = recorder->network;
    size_t n = (size_t)network->n_populations;
    if (stamp > network->record_start_step) {
        TRY(VOLLEY_RESERVE(recorder->bins, &recorder->counts_capacity, recorder->n_counts + n));
        for (size_t p = 0; p < n; p++)
            recorder->bins[recorder->n_counts++] = spikes[p] - recorder->before[p];
        recorder->bytes += n * sizeof *recorder->bins;
    }
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
