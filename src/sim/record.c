#include "sim/record.h"
#include "base/memory.h"
#include "base/status.h"

#include <stdlib.h>

size_t volley_record_bytes_kept(const volley_worker *workers, int threads) {
    size_t bytes = 0;
    for (int t = 0; t < threads; t++)
        bytes += workers[t].recorder.bytes;
    return bytes;
}

/* Copies the frames of a thread's columns of one record behind those that are there. */
static void append(const volley_recorded_state *state, int bytes, int64_t frames, uint64_t *columns,
                   void *values, uint64_t *at) {
    ASSERT((int64_t)state->n_values == state->n * frames);
    for (int64_t i = 0; i < state->n; i++) {
        uint64_t to = *at * (uint64_t)frames;
        for (int64_t f = 0; f < frames; f++)
            if (bytes == 4)
                ((float *)values)[to + (uint64_t)f] = ((const float *)state->values)[f * state->n + i];
            else
                ((double *)values)[to + (uint64_t)f] = ((const double *)state->values)[f * state->n + i];
        columns[(*at)++] = state->column[i];
    }
}

/* This rank's columns of one file, whose records begin with number `first`: frames of the first column, then
 * of the second, ... */
static int collect(const volley_worker *workers, int threads, int32_t first, int64_t frames,
                   uint64_t **columns, void **values, uint64_t *n) {
    const volley_state_record *record = &workers[0].network->state_records[first];
    uint64_t at = 0;
    *n = 0;
    for (int32_t k = first; k < first + record->members; k++)
        for (int t = 0; t < threads; t++)
            *n += (uint64_t)workers[t].recorder.states[k].n;
    TRY(VOLLEY_NEW(*columns, *n));
    *values = volley_alloc(*n * (uint64_t)frames, (size_t)record->bytes);
    TRY(volley_alloc_status());
    for (int32_t k = first; k < first + record->members; k++)
        for (int t = 0; t < threads; t++)
            append(&workers[t].recorder.states[k], record->bytes, frames, *columns, *values, &at);
    return VOLLEY_OK;
}

static int flush_state(volley_comm *comm, const volley_worker *workers, int threads, int32_t record,
                       int64_t stamp, volley_state_writer *writer) {
    int64_t frames = volley_state_writer_pending(writer, record, stamp);
    if (frames == 0)
        return VOLLEY_OK;
    uint64_t *columns = NULL, n = 0;
    void *values = NULL;
    int code = collect(workers, threads, record, frames, &columns, &values, &n);
    code = volley_comm_agree(comm, code);
    if (code == VOLLEY_OK) {
        code = volley_state_writer_write(writer, record, frames, columns, values, n);
        code = volley_comm_agree(comm, code);
    }
    free(columns);
    free(values);
    return code;
}

/* The counts of all threads go to those of the first, which then hold those of all ranks. */
static void flush_rates(volley_worker *workers, int threads, int64_t stamp, volley_rate_writer *writer) {
    int64_t bins = volley_rate_writer_pending(writer, stamp);
    volley_recorder *first = &workers[0].recorder;
    for (int t = 1; t < threads; t++)
        for (size_t i = 0; i < first->n_counts; i++)
            first->bins[i] += workers[t].recorder.bins[i];
    volley_rate_writer_add(writer, first->bins, bins);
}

int volley_record_flush(volley_comm *comm, volley_worker *workers, int threads, int64_t stamp,
                        volley_state_writer *states, volley_rate_writer *rates) {
    const volley_network *network = workers[0].network;
    for (int32_t i = 0; i < network->n_state_records; i += network->state_records[i].members)
        TRY(flush_state(comm, workers, threads, i, stamp, states));
    flush_rates(workers, threads, stamp, rates);
    for (int t = 0; t < threads; t++)
        volley_recorder_clear(&workers[t].recorder);
    return VOLLEY_OK;
}
