#include "sim/recorder.h"
#include "base/memory.h"
#include "base/status.h"

#include <stdlib.h>
#include <string.h>

/* The thread's neurons among those of the record. */
static int find_columns(const volley_layout *layout, int thread, const volley_state_record *record,
                        volley_recorded_state *state) {
    int32_t p = record->neurons.population;
    int64_t used = volley_layout_segment(layout, thread, p)->used;
    for (int64_t slot = 0; slot < used; slot++)
        state->n += volley_subset_find(&record->neurons, volley_layout_index(layout, thread, p, slot)) >= 0;
    TRY(VOLLEY_NEW(state->slots, state->n));
    TRY(VOLLEY_NEW(state->column, state->n));
    int64_t n = 0;
    for (int64_t slot = 0; slot < used; slot++) {
        int64_t column = volley_subset_find(&record->neurons, volley_layout_index(layout, thread, p, slot));
        if (column < 0)
            continue;
        state->slots[n] = slot;
        state->column[n++] = record->column ? record->column[column] : (uint64_t)column;
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
        TRY(find_columns(layout, thread, &network->state_records[i], &recorder->states[i]));
    return VOLLEY_NEW(recorder->before, network->n_populations);
}

void volley_recorder_free(volley_recorder *recorder) {
    if (recorder->network == NULL)
        return;
    for (int32_t i = 0; recorder->states != NULL && i < recorder->network->n_state_records; i++) {
        free(recorder->states[i].slots);
        free(recorder->states[i].column);
        free(recorder->states[i].values);
    }
    free(recorder->states);
    free(recorder->before);
    free(recorder->bins);
    *recorder = (volley_recorder){0};
}

static int keep_frame(volley_recorder *recorder, const volley_state_record *record,
                      volley_recorded_state *state, const double *values) {
    size_t bytes = (size_t)record->bytes, end = state->n_values + (size_t)state->n;
    if (end * bytes > state->capacity) {
        state->values = volley_reserve(state->values, &state->capacity, end * bytes, 1);
        TRY(volley_alloc_status());
    }
    if (record->bytes == 4) {
        float *frame = (float *)state->values + state->n_values;
        for (int64_t i = 0; i < state->n; i++)
            frame[i] = (float)values[state->slots[i]];
    } else {
        double *frame = (double *)state->values + state->n_values;
        for (int64_t i = 0; i < state->n; i++)
            frame[i] = values[state->slots[i]];
    }
    state->n_values = end;
    recorder->bytes += (size_t)state->n * bytes;
    return VOLLEY_OK;
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
        volley_recorded_state *state = &recorder->states[i];
        int64_t frame = stamp / record->interval - record->first_frame;
        if (state->n > 0 && stamp % record->interval == 0 && frame >= 0 && frame < record->frames)
            TRY(keep_frame(recorder, record, state,
                           neurons->batches[record->neurons.population].state[record->variable]));
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
        recorder->states[i].n_values = 0;
    recorder->n_counts = 0;
    recorder->bytes = 0;
}
