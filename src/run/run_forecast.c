/* SPDX-License-Identifier: BSD-3-Clause */
/* What a run is expected to need: memory, and time where the machine was calibrated. */
#include "base/memory.h"
#include "base/status.h"
#include "forecast/time_forecast.h"
#include "forecast/machine_costs.h"
#include "run/run_state.h"
#include "io/recordings/state_output.h"

#include <stdlib.h>

/* Forecasts memory. The process as it is now knows the libraries of this machine; what they take later, when
 * files are written, was measured. */
static int forecast(volley_run *r) {
    const double later_bytes = 5.8e6, thread_bytes = 0.3e6;
    volley_forecast_options options = {.record_buffer = r->options.record_buffer,
                                       .state_buffer = VOLLEY_STATE_BUFFER,
                                       .process_bytes = (double)volley_current_rss() + later_bytes,
                                       .thread_bytes = thread_bytes};
    options.reading_bytes = (double)volley_peak_rss() - options.process_bytes;
    TRY(volley_expect(r->network, NULL, volley_run_job_ranks(r), r->threads, &r->expected));
    return volley_forecast_make(r->network, &r->expected, &options, &r->forecast);
}

void volley_run_predict_times(volley_run *r) {
    volley_machine *machine;
    if (volley_comm_rank(r->comm) != 0 || r->options.virtual.ranks > 0 || VOLLEY_NEW(machine, 1) != VOLLEY_OK)
        return;
    if (volley_machine_read(NULL, machine) == VOLLEY_OK && machine->calibrated) {
        volley_times times;
        volley_predict_times(r->network, &r->expected, r->forecast.slot, volley_comm_node_size(r->comm),
                             machine, &times);
        r->figures.time_predicted = true;
        r->figures.predicted_build_s = times.build;
        double left = (double)(r->network->steps - r->options.resume.checkpoint.step);
        r->figures.predicted_simulate_s = times.simulate * left / (double)r->network->steps;
        r->figures.predicted_write_s = times.write;
    }
    volley_error_clear();
    free(machine);
}

int volley_run_check_memory(volley_run *r) {
    TRY(forecast(r));
    double own = volley_forecast_rank_bytes(&r->forecast);
    double root = volley_comm_rank(r->comm) == 0 ? r->forecast.root : 0;
    double on_node = own * volley_comm_node_size(r->comm) + root,
           available = (double)volley_memory_available();
    CHECK(available == 0 || on_node <= available, VOLLEY_EXHAUSTED,
          "the network needs about %.2f GB on this machine and %.2f GB are available; use more machines or a "
          "smaller scale",
          on_node / 1e9, available / 1e9);
    r->figures.predicted_bytes = (uint64_t)(own + root);
    r->figures.forecast = &r->forecast;
    return VOLLEY_OK;
}
