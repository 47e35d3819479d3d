/* SPDX-License-Identifier: BSD-3-Clause */
/* Signals that ask a run for a checkpoint: SIGUSR1 to go on after it; SIGUSR2, SIGTERM, SIGINT, SIGHUP and
 * SIGXCPU (the time of `ulimit -S -t` is over) to stop. Those that were ignored when the process started, as
 * nohup does with SIGHUP, stay so. */
#ifndef VOLLEY_BASE_SIGNALS_H
#define VOLLEY_BASE_SIGNALS_H

#include <stdbool.h>

/* Which signals are told to the user. Launchers send SIGTERM to the other ranks when one has failed, and has
 * said so. */
typedef enum volley_signals_told {
    VOLLEY_SIGNALS_SILENT,
    VOLLEY_SIGNALS_BUT_TERM,
    VOLLEY_SIGNALS_SPEAK,
} volley_signals_told;

/* Handles the signals from now on. To be called once, as early as possible. While files are read there is
 * nothing to save: a signal to stop ends the process by itself, after a message. */
void volley_signals_catch(volley_signals_told told);

/* From now on signals are remembered, and the loop looks at them where it talks to the other ranks anyway. A
 * second one to stop, no sooner than 0.3 s after the first (launchers may send one twice), ends the process
 * while the network is built; so does a second SIGINT at any time. */
void volley_signals_keep(void);

/* From now on the loop answers: a second signal other than SIGINT does not disturb the checkpoint. */
void volley_signals_answer(void);

/* What has been asked for since the last call: whether a checkpoint, and (set as well) whether to stop after
 * it. One thread calls it. */
void volley_signals_take(bool *checkpoint, bool *stop);

#endif
