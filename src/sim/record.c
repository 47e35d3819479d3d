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

/* This rank's columns of one record: frames of the first, then of the second, ... */
static int collect(const volley_worker *workers, int threads, int32_t record, int bytes, int64_t frames,
                   uint64_t **columns, void **values, uint64_t *n) {
    *n = 0;
    for (int t = 0; t < threads; t++)
        *n += (uint64_t)workers[t].recorder.states[record].n;
    TRY(VOLLEY_NEW(*columns, *n));
    *values = volley_alloc(*n * (uint64_t)frames, (size_t)bytes);
    TRY(volley_alloc_status());
    uint64_t at = 0;
    for (int t = 0; t < threads; t++) {
        const volley_recorded_state *state = &workers[t].recorder.states[record];
        ASSERT((int64_t)state->n_values == state->n * frames);
        for (int64_t i = 0; i < state->n; i++) {
            uint64_t to = at * (uint64_t)frames;
            for (int64_t f = 0; f < frames; f++)
                if (bytes == 4)
                    ((float *)*values)[to + (uint64_t)f] = ((const float *)state->values)[f * state->n + i];
                else
                    ((double *)*values)[to + (uint64_t)f] = ((const double *)state->values)[f * state->n + i];
            (*columns)[at++] = state->column[i];
        }
    }
    return VOLLEY_OK;
}

static int flush_state(volley_comm *comm, const volley_worker *workers, int threads, int32_t record,
                       int64_t stamp, volley_state_writer *writer) {
    int64_t frames = volley_state_writer_pending(writer, record, stamp);
    if (frames == 0)
        return VOLLEY_OK;
    int bytes = workers[0].network->state_records[record].bytes;
    uint64_t *columns = NULL, n = 0;
    void *values = NULL;
    int code = collect(workers, threads, record, bytes, frames, &columns, &values, &n);
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
    for (int32_t i = 0; i < workers[0].network->n_state_records; i++)
        TRY(flush_state(comm, workers, threads, i, stamp, states));
    flush_rates(workers, threads, stamp, rates);
    for (int t = 0; t < threads; t++)
        volley_recorder_clear(&workers[t].recorder);
    return VOLLEY_OK;
}
