/* SPDX-License-Identifier: BSD-3-Clause */
/* Prints the progress line of a run. */
#include "sim/progress.h"
#include "base/timer.h"

#include <stdio.h>

void volley_progress_start(volley_progress *progress, volley_progress_mode mode, int64_t step) {
    double now = volley_now();
    *progress =
        (volley_progress){.mode = mode, .start = now, .last = now, .first_step = step, .last_step = step};
}

static void print_left(double seconds) {
    int64_t s = (int64_t)(seconds + 0.5);
    if (s >= 3600)
        fprintf(stderr, "%lld:%02d:%02d left", (long long)(s / 3600), (int)(s / 60 % 60), (int)(s % 60));
    else
        fprintf(stderr, "%d:%02d left", (int)(s / 60), (int)(s % 60));
}

static void print(volley_progress *progress, const volley_network *network, int64_t step, double now) {
    double done = (double)step / (double)network->steps, simulated = (double)(step - progress->first_step);
    double left = (double)(network->steps - step);
    double model_s = simulated * network->dt_ms * 1e-3; /* as elapsed: since this process began */
    double since_s = (double)(step - progress->last_step) * network->dt_ms * 1e-3;
    double rate = since_s > 0 ? (double)(progress->spikes - progress->last_spikes) / since_s : 0;
    double elapsed = now - progress->start;
    fprintf(stderr, "%s%5.1f %%  %.1f of %.1f ms  real-time factor %.3g  %.3g spikes/s  %.2f Hz  ",
            progress->mode == VOLLEY_PROGRESS_LINE ? "\r\033[K" : "", 100 * done,
            (double)step * network->dt_ms, (double)network->steps * network->dt_ms,
            model_s > 0 ? elapsed / model_s : 0, rate,
            network->n_neurons > 0 ? rate / (double)network->n_neurons : 0);
    print_left(simulated > 0 ? elapsed * left / simulated : 0);
    if (progress->mode == VOLLEY_PROGRESS_PLAIN)
        fputc('\n', stderr);
    fflush(stderr);
    progress->last = now;
    progress->last_step = step;
    progress->last_spikes = progress->spikes;
}

void volley_progress_update(volley_progress *progress, const volley_network *network, int64_t step,
                            uint64_t spikes) {
    if (progress->mode == VOLLEY_PROGRESS_OFF)
        return;
    progress->spikes += spikes;
    double now = volley_now();
    if (now - progress->last >= (progress->mode == VOLLEY_PROGRESS_LINE ? 0.25 : 10.0))
        print(progress, network, step, now);
}

void volley_progress_end(volley_progress *progress, const volley_network *network, bool complete) {
    if (progress->mode != VOLLEY_PROGRESS_LINE)
        return;
    if (complete)
        print(progress, network, network->steps, volley_now());
    fputc('\n', stderr);
}
