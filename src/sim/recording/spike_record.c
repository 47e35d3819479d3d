/* SPDX-License-Identifier: BSD-3-Clause */
/* Hands the frames and bins of all threads to the writers of states and rates. */
#include "sim/recording/spike_record.h"
#include "base/memory.h"
#include "base/status.h"

#include <stdlib.h>

int volley_record_create(volley_worker *workers, int threads, size_t buffer, int64_t interval,
                         volley_state_table **tables) {
    const volley_layout *layout = workers[0].layout;
    const volley_network *network = layout->network;
    TRY(VOLLEY_NEW(*tables, network->n_state_records));
    for (int32_t i = 0; i < network->n_state_records; i += network->state_records[i].members) {
        TRY(volley_state_table_create(layout, &network->state_records[i], buffer, interval, &(*tables)[i]));
        for (int t = 0; t < threads; t++)
            TRY(volley_recorder_use(layout, t, i, &(*tables)[i], &workers[t].recorder));
    }
    return VOLLEY_OK;
}

void volley_record_free(const volley_network *network, volley_state_table **tables) {
    for (int32_t i = 0; *tables != NULL && i < network->n_state_records; i++)
        volley_state_table_free(&(*tables)[i]);
    free(*tables);
    *tables = NULL;
}

size_t volley_record_bytes_kept(const volley_worker *workers, int threads) {
    size_t bytes = 0;
    for (int t = 0; t < threads; t++)
        bytes += workers[t].recorder.bytes;
    return bytes;
}

static int flush_state(volley_comm *comm, const volley_worker *workers, int threads, int32_t record,
                       int64_t stamp, volley_state_writer *writer) {
    int64_t frames = volley_state_writer_pending(writer, record, stamp);
    if (frames == 0)
        return VOLLEY_OK;
    const volley_state_record *of_file = &workers[0].network->state_records[record];
    for (int t = 0; t < threads; t++)
        for (int32_t k = record; k < record + of_file->members; k++)
            ASSERT(workers[t].recorder.states[k].frames == frames);
    const volley_state_table *table = workers[0].recorder.states[record].table;
    int code =
        volley_state_writer_write(writer, record, frames, table->columns, table->values, (uint64_t)table->n);
    return volley_comm_agree(comm, code);
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
