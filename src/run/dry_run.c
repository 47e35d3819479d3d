/* SPDX-License-Identifier: BSD-3-Clause */
/* A virtual rank: one of the ranks of a job, run alone. */
#include "base/memory.h"
#include "base/status.h"
#include "run/run_state.h"

#include <string.h>

int volley_run_job_ranks(const volley_run *r) {
    return r->options.virtual.ranks > 0 ? r->options.virtual.ranks : volley_comm_size(r->comm);
}

int volley_run_job_rank(const volley_run *r) {
    return r->options.virtual.ranks > 0 ? r->options.virtual.rank : volley_comm_rank(r->comm);
}

int volley_run_prepare_virtual(volley_run *r) {
    volley_network *network = r->network;
    if (r->options.virtual.ranks == 0)
        return VOLLEY_OK;
    CHECK(volley_comm_size(r->comm) == 1, VOLLEY_USAGE, "--virtual-rank runs one rank alone, not %d",
          volley_comm_size(r->comm));
    CHECK(!r->options.resume.wanted, VOLLEY_USAGE,
          "--virtual-rank and --resume exclude each other: a checkpoint holds a whole network");
    CHECK(!volley_partition_method_of(network)->by_graph, VOLLEY_USAGE,
          "--virtual-rank: the partition %s is made by all ranks together; give --set "
          "partition.method=balanced, or keep the parts in a file",
          network->partition);
    CHECK(network->exchange_method != VOLLEY_EXCHANGE_NEIGHBOUR, VOLLEY_USAGE,
          "--virtual-rank: which spikes neighbours send is not known to a rank alone; give --set "
          "exchange.method=allgather");
    for (int32_t p = 0; p < network->n_projections; p++)
        CHECK(!volley_connect_has_table(network->projections[p].rule) &&
                  network->projections[p].trained == NULL,
              VOLLEY_USAGE,
              "--virtual-rank: projection %s gets edges or weights from other ranks (rule %s), of which "
              "there are "
              "none",
              network->projections[p].name, network->projections[p].rule->name);
    for (int32_t p = 0; p < network->n_populations; p++)
        network->record_spikes[p] = false;
    network->n_state_records = network->n_weight_records = 0;
    network->rates_interval = 0;
    network->max_rate = 0.0;
    r->figures.virtual_rank = r->options.virtual.rank;
    r->figures.virtual_ranks = r->options.virtual.ranks;
    return VOLLEY_OK;
}

int volley_run_count_neurons(volley_run *r) {
    if (r->options.virtual.ranks == 0)
        return VOLLEY_OK;
    TRY(VOLLEY_NEW(r->population_neurons, r->network->n_populations));
    for (int32_t p = 0; p < r->network->n_populations; p++)
        r->population_neurons[p] = (uint64_t)r->layout->slices[p].count;
    r->figures.population_neurons = r->population_neurons;
    return VOLLEY_OK;
}
