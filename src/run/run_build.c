/* SPDX-License-Identifier: BSD-3-Clause */
/* From the description to partition, synapses and routes. */
#include "base/fault.h"
#include "base/status.h"
#include "base/text.h"
#include "base/timer.h"
#include "wiring/spike_subscribers.h"
#include "wiring/neuron_graph.h"
#include "wiring/edge_lists.h"
#include "partition/partition_file.h"
#include "run/run_state.h"
#include "wiring/initial_weights.h"

#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The loop's barriers wait for every thread, so all must exist. */
static int check_threads(const volley_run *r) {
    int started = 0;
    omp_set_dynamic(0);
#pragma omp parallel num_threads(r->threads) reduction(+ : started)
    started++;
    CHECK(started == r->threads, VOLLEY_USAGE,
          "%d of %d threads could be started (OMP_THREAD_LIMIT, ulimit -u)", started, r->threads);
    return VOLLEY_OK;
}

static int divide(volley_run *r) {
    TRY(check_threads(r));
    int rank = volley_run_job_rank(r);
    TRY(volley_fault(VOLLEY_FAULT_PARTITION, 0));
    if (r->partition == NULL)
        TRY(volley_partition_create(r->network, volley_run_job_ranks(r), &r->partition));
    r->figures.neurons = (uint64_t)volley_partition_local_count(r->partition, rank);
    return volley_layout_create(r->network, r->partition, rank, r->threads, &r->layout);
}

static int wire(volley_run *r) {
    TRY(volley_fault(VOLLEY_FAULT_BUILD, 0));
    TRY(volley_wiring_create(r->layout, r->tables, r->simd, &r->wiring));
    for (int t = 0; t < r->threads; t++) {
        r->figures.synapses += (uint64_t)r->wiring->synapses[t].n_synapses;
        r->figures.plastic_synapses += (uint64_t)r->wiring->synapses[t].n_plastic;
        r->figures.connection_hash += r->wiring->synapses[t].connection_hash;
    }
    return VOLLEY_OK;
}

/* Collective. The partition from the part of each neuron. */
static int take_parts(volley_run *r) {
    uint32_t *parts = NULL, n_parts = 0;
    int ranks = volley_run_job_ranks(r);
    TRY(volley_partition_file_read(r->comm, r->network, &parts, &n_parts));
    if (n_parts != (uint32_t)ranks && volley_comm_rank(r->comm) == 0)
        volley_text_print(
            stderr, "%s: %u parts on %d ranks: %s\n", r->network->parts_file.place, n_parts, ranks,
            n_parts > (uint32_t)ranks ? "neighbouring parts share a rank" : "some ranks have no neurons");
    int status =
        volley_partition_from_parts(r->network, ranks, volley_run_job_rank(r), parts, n_parts, &r->partition);
    free(parts);
    return status;
}

int volley_run_build(volley_run *r) {
    double start = volley_now();
    volley_list_reader lists = {r->network, volley_comm_rank(r->comm), volley_comm_size(r->comm)};
    const volley_partition_method *method = volley_partition_method_of(r->network);
    if (method->from_file)
        TRY(volley_comm_agree(r->comm, take_parts(r)));
    if (method->by_graph)
        TRY(volley_comm_agree(r->comm,
                              volley_scotch_partition(r->comm, r->network, r->simd, volley_lists_feed, &lists,
                                                      &r->partition, &r->graph)));
    TRY(volley_comm_agree(r->comm, divide(r)));
    TRY(volley_comm_agree(r->comm, volley_tables_create(r->comm, r->partition, r->layout, r->simd,
                                                        volley_lists_feed, &lists, &r->tables)));
    TRY(volley_comm_agree(r->comm, volley_lists_check(r->comm, r->layout, r->tables)));
    TRY(volley_comm_agree(r->comm, volley_tables_trained(r->comm, r->partition, r->layout,
                                                         volley_trained_feed, &lists, r->tables)));
    TRY(volley_comm_agree(r->comm, wire(r)));
    TRY(volley_comm_agree(r->comm, volley_needs_route(r->comm, r->partition, r->wiring, &r->routes)));
    if (r->options.virtual.ranks == 0) {
        TRY(volley_comm_agree(r->comm,
                              volley_quality_find(r->comm, r->partition, r->wiring, &r->figures.quality)));
        volley_run_report_partition(r);
    }
    r->provenance.exchange_method = r->routes != NULL ? "neighbour" : "allgather";
    volley_tables_forget_trained(r->tables);
    r->figures.build_s = volley_now() - start;
    return VOLLEY_OK;
}
