/* SPDX-License-Identifier: BSD-3-Clause */
/* From what the threads of all ranks have kept to the files of states and rates. */
#ifndef VOLLEY_SIM_RECORDING_SPIKE_RECORD_H
#define VOLLEY_SIM_RECORDING_SPIKE_RECORD_H

#include "comm/comm.h"
#include "io/recordings/rates.h"
#include "io/recordings/state_output.h"
#include "sim/worker.h"

/* Not collective. Gives the workers what they keep states in, with room for what they can keep until a write
 * that is called for by `buffer` bytes at an exchange, of which there is one in `interval` steps.
 * *tables: [n_state_records], owned by the caller, to be freed also after a failure. */
int volley_record_create(volley_worker *workers, int threads, size_t buffer, int64_t interval,
                         volley_state_table **tables);
void volley_record_free(const volley_network *network, volley_state_table **tables);

/* Bytes that the threads of this rank have kept. */
size_t volley_record_bytes_kept(const volley_worker *workers, int threads);

/* Collective. Hands everything kept up to step `stamp`, at which all threads of all ranks stand, to the
 * writers. Returns the same code on all ranks, with the message printed. */
int volley_record_flush(volley_comm *comm, volley_worker *workers, int threads, int64_t stamp,
                        volley_state_writer *states, volley_rate_writer *rates);

#endif
