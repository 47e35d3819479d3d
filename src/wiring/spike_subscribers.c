/* SPDX-License-Identifier: BSD-3-Clause */
/* Lists the neurons whose spikes a rank needs, and chooses the exchange that moves fewer bytes. */
#include "wiring/spike_subscribers.h"
#include "base/memory.h"
#include "base/status.h"

#include <stdlib.h>
#include <string.h>

typedef struct needs {
    const volley_network *network;
    const volley_partition *partition;
    int rank, ranks;
    uint64_t *bits;   /* [n_neurons / 64 + 1]: a spike of this neuron is needed here */
    uint64_t *counts; /* [ranks]: how many of each rank */
} needs;

static void mark(needs *n, const volley_subset *neurons) {
    uint64_t first = (uint64_t)n->network->populations[neurons->population].first_gid;
    for (int64_t i = 0; i < neurons->count; i++) {
        uint64_t gid = first + (uint64_t)volley_subset_at(neurons, i);
        n->bits[gid >> 6] |= UINT64_C(1) << (gid & 63);
    }
}

/* Sources of the rank's synapses, and the neurons whose spikes make up a signal. */
static int find(needs *n, const volley_wiring *wiring) {
    uint64_t words = wiring->sources.n_neurons / 64 + 1;
    TRY(VOLLEY_NEW(n->counts, n->ranks));
    TRY(VOLLEY_NEW(n->bits, words));
    memcpy(n->bits, wiring->sources.bits, words * sizeof *n->bits);
    for (int i = 0; i < wiring->n_plastic; i++) {
        const volley_plasticity *plasticity = &n->network->projections[wiring->plastic[i]].plasticity;
        if (!plasticity->plan.has_reward)
            continue;
        const volley_signal_input *signal = &n->network->signals[plasticity->signals[0]];
        if (volley_signal_has_neurons(signal))
            mark(n, &signal->neurons);
    }
    return VOLLEY_OK;
}

typedef void (*visit)(needs *n, uint64_t gid, int owner, void *context);

/* All needed neurons of other ranks, ascending. */
static void visit_remote(needs *n, visit found, void *context) {
    ASSERT(n->bits && n->counts);
    for (uint64_t w = 0; w <= (uint64_t)n->network->n_neurons / 64; w++)
        for (uint64_t bits = n->bits[w]; bits != 0; bits &= bits - 1) {
            uint64_t gid = w * 64 + (uint64_t)__builtin_ctzll(bits);
            int owner = volley_partition_owner(n->partition, (int64_t)gid);
            if (owner != n->rank)
                found(n, gid, owner, context);
        }
}

/* The population of ascending gids and its expected spikes in one interval. */
typedef struct expected {
    int32_t population;
    double spikes; /* of all needed neurons */
} expected;

static double spikes_of(const volley_network *network, int32_t population) {
    int64_t interval = network->exchange_interval > 0 ? network->exchange_interval : network->min_delay;
    return volley_partition_expected_rate(network, population) * network->dt_ms * 1e-3 * (double)interval;
}

static void count(needs *n, uint64_t gid, int owner, void *context) {
    expected *e = context;
    const volley_network *network = n->network;
    n->counts[owner]++;
    while ((int64_t)gid >=
           network->populations[e->population].first_gid + network->populations[e->population].size)
        e->population++;
    e->spikes += spikes_of(network, e->population);
}

/* Collective. Whether neighbours would move fewer bytes in an interval; a message counts as MESSAGE bytes
 * more than it has. */
static bool is_less(volley_comm *comm, const needs *n, double needed) {
    enum { MESSAGE = 64 };
    const volley_network *network = n->network;
    double gid = network->n_neurons < INT64_C(1) << 32 ? 4.0 : 8.0, ranks = n->ranks, all = 0.0,
           doublings = 0.0;
    int64_t interval = network->exchange_interval > 0 ? network->exchange_interval : network->min_delay;
    double steps = 4.0 * (double)interval;
    uint64_t pairs = 0, parts = (uint64_t)(needed * 1e3);
    for (int r = 0; r < n->ranks; r++)
        pairs += n->counts[r] > 0;
    volley_comm_sum_u64(comm, &pairs, 1);
    volley_comm_sum_u64(comm, &parts, 1);
    for (int r = 1; r < n->ranks; r *= 2)
        doublings++;
    for (int32_t p = 0; p < network->n_populations; p++)
        all += spikes_of(network, p) * (double)network->populations[p].size;
    double gather = ranks * (doublings * MESSAGE + (ranks - 1.0) * (8.0 + steps)) + (ranks - 1.0) * all * gid;
    double neighbour =
        ranks * doublings * (MESSAGE + 24.0) + (double)pairs * (MESSAGE + steps) + (double)parts * 1e-3 * gid;
    return neighbour < gather;
}

typedef struct list {
    uint64_t *gid;
    uint64_t *next; /* [ranks] */
} list;

static void store(needs *n, uint64_t gid, int owner, void *context) {
    const list *l = context;
    (void)n;
    l->gid[l->next[owner]++] = gid;
}

/* The needed neurons by owner. */
static int make_list(needs *n, list *l) {
    uint64_t total = 0;
    TRY(VOLLEY_NEW(l->next, n->ranks));
    for (int r = 0; r < n->ranks; r++) {
        l->next[r] = total;
        total += n->counts[r];
    }
    TRY(VOLLEY_NEW(l->gid, total));
    visit_remote(n, store, l);
    return VOLLEY_OK;
}

static int route(volley_comm *comm, needs *n, const volley_wiring *wiring, volley_routes **routes) {
    TRY(volley_comm_worst(comm, find(n, wiring)));
    expected e = {0};
    visit_remote(n, count, &e);
    if (n->network->exchange_method == VOLLEY_EXCHANGE_AUTO && !is_less(comm, n, e.spikes))
        return VOLLEY_OK;
    list l = {0};
    int status = volley_comm_worst(comm, make_list(n, &l));
    if (status == VOLLEY_OK)
        status = volley_routes_create(comm, l.gid, n->counts, routes);
    free(l.gid);
    free(l.next);
    return status;
}

int volley_needs_route(volley_comm *comm, const volley_partition *partition, const volley_wiring *wiring,
                       volley_routes **routes) {
    const volley_network *network = wiring->layout->network;
    *routes = NULL;
    if (network->exchange_method == VOLLEY_EXCHANGE_ALLGATHER || volley_comm_size(comm) == 1)
        return VOLLEY_OK;
    needs n = {.network = network,
               .partition = partition,
               .rank = volley_comm_rank(comm),
               .ranks = volley_comm_size(comm)};
    int status = route(comm, &n, wiring, routes);
    free(n.bits);
    free(n.counts);
    return status;
}
