/* SPDX-License-Identifier: BSD-3-Clause */
/* What a run prints to stderr. */
#include "base/simd.h"
#include "base/status.h"
#include "base/text.h"
#include "run/binding.h"
#include "run/run_state.h"
#include "net/result_names.h"

#include <stdio.h>
#include <stdlib.h>

void volley_run_report_partition(const volley_run *r) {
    const volley_quality *q = &r->figures.quality;
    if (volley_comm_rank(r->comm) != 0 || r->options.quiet || volley_comm_size(r->comm) == 1)
        return;
    fprintf(
        stderr,
        "partition %s%s%s: largest rank over the mean: neurons %.2f, synapses %.2f, cost %.2f; %.1f %% of "
        "synapses between ranks; a spike is needed by %.2f of %d other ranks; exchange by %s\n",
        r->network->partition, r->graph != NULL ? " of " : "", r->graph != NULL ? r->graph : "", q->neurons,
        q->synapses, q->cost, 100.0 * q->cut, (double)q->messages / (double)r->network->n_neurons,
        volley_comm_size(r->comm) - 1, r->routes != NULL ? "neighbour" : "allgather");
}

void volley_run_report_start(const volley_run *r) {
    if (volley_comm_rank(r->comm) != 0 || r->options.quiet)
        return;
    double synapses = r->expected.synapses * r->expected.ranks;
    fprintf(stderr,
            "%s: %lld neurons, %.4g synapses, %d ranks x %d threads (by %s), %s vectors, %s partition\n",
            r->network->name, (long long)r->network->n_neurons, synapses, volley_comm_size(r->comm),
            r->threads, r->threads_source, volley_simd_name(r->simd), r->network->partition);
    fputs(r->network->notes, stderr);
    if (r->options.virtual.ranks > 0)
        fprintf(stderr,
                "virtual rank %d of %d, alone; the spikes of the others are drawn at the expected rates%s\n",
                r->options.virtual.rank, r->options.virtual.ranks,
                r->expected.assumed ? " (8 Hz where the config has none)" : "");
}

int volley_run_report_binding(volley_run *r) {
    volley_binding_options options = {r->threads, r->threads_source, r->oversubscribed};
    return r->options.quiet ? VOLLEY_OK : volley_binding_report(r->comm, &options);
}

void volley_run_report_beyond(const volley_run *r) {
    int32_t i = volley_sim_beyond(r->sim);
    char *name = i >= 0 ? volley_state_file_name(r->network, &r->network->state_records[i]) : NULL;
    if (i >= 0 && volley_comm_rank(r->comm) == 0)
        fprintf(stderr,
                "volley: warning: %s holds values beyond float32 as infinity; precision: float64 under "
                "record.state keeps them\n",
                name != NULL ? volley_text_shown(name) : "a file of states");
    free(name);
}

void volley_run_report_stop(const volley_run *r) {
    if (volley_comm_rank(r->comm) == 0 && !r->options.quiet)
        fprintf(stderr,
                "volley: stopped by a signal at %.10g ms of %.10g; `volley run %s --resume %s` goes on\n",
                volley_step_to_ms(r->network, volley_sim_step(r->sim)),
                volley_step_to_ms(r->network, r->network->steps), volley_text_shown(r->options.config),
                volley_text_shown(r->directory));
}
