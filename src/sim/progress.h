/* SPDX-License-Identifier: BSD-3-Clause */
/* The progress line of a run, by wall time. */
#ifndef VOLLEY_SIM_PROGRESS_H
#define VOLLEY_SIM_PROGRESS_H

#include "net/network.h"

typedef enum volley_progress_mode {
    VOLLEY_PROGRESS_OFF,
    VOLLEY_PROGRESS_LINE,  /* one line rewritten in place, a few times a second: a terminal */
    VOLLEY_PROGRESS_PLAIN, /* a new line every 10 s */
} volley_progress_mode;

typedef struct volley_progress {
    volley_progress_mode mode;
    double start, last; /* wall time, s */
    int64_t first_step, last_step;
    uint64_t spikes, last_spikes;
} volley_progress;

/* The run goes on from `step`, 0 unless it was resumed. */
void volley_progress_start(volley_progress *progress, volley_progress_mode mode, int64_t step);

/* Counts the network's spikes up to `step` and prints on stderr when it is time: percent and model time of
 * the whole run; real-time factor since this process began; spikes per second of model time and mean rate
 * since the last line; time left, at the pace of this process. */
void volley_progress_update(volley_progress *progress, const volley_network *network, int64_t step,
                            uint64_t spikes);

/* Ends the line of a terminal; a run that is complete is shown at 100 %. */
void volley_progress_end(volley_progress *progress, const volley_network *network, bool complete);

#endif
