/* SPDX-License-Identifier: BSD-3-Clause */
/* A network of four populations whose spikes are a known function of (gid, step), spread unevenly over ranks.
 * The rule is repeated in test_h5py.py. */
#ifndef VOLLEY_TESTS_IO_SPIKE_FIXTURE_H
#define VOLLEY_TESTS_IO_SPIKE_FIXTURE_H

#include "comm/require.h"

#include "io/spikes/spikes.h"

#include <stdlib.h>
#include <string.h>

enum { E, SILENT, I, HIDDEN, N_POPULATIONS, STEPS = 1500, PAUSE_FROM = 1000, PAUSE_UNTIL = 1200 };

static const int64_t fixture_size[N_POPULATIONS] = {300, 10, 101, 50};

/* Neurons of `silent` never fire, nobody fires during the pause, and at step 250 all others do. */
static inline int fixture_fires(int64_t gid, int64_t step) {
    if (gid >= 300 && gid < 310)
        return 0;
    if (step > PAUSE_FROM && step <= PAUSE_UNTIL)
        return 0;
    return step == 250 || (gid * 7919 + step * 104729 + (gid * step) % 31) % 97 == 0;
}

static inline volley_network *fixture_network(void) {
    static char *const names[N_POPULATIONS] = {"E", "silent", "I", "hidden"};
    static volley_population populations[N_POPULATIONS];
    static bool record[N_POPULATIONS] = {true, true, true, false};
    static volley_network network;
    int64_t first = 0;
    for (int p = 0; p < N_POPULATIONS; p++) {
        populations[p] = (volley_population){.name = names[p], .first_gid = first, .size = fixture_size[p]};
        first += fixture_size[p];
    }
    network = (volley_network){.dt_ms = 0.1,
                               .inverse_dt = 10.0,
                               .steps = STEPS,
                               .n_populations = N_POPULATIONS,
                               .populations = populations,
                               .record_spikes = record,
                               .n_neurons = first};
    return &network;
}

/* The last of several ranks owns nothing, the others more and more. */
static inline int fixture_owner(int64_t gid, int ranks) {
    if (ranks == 1)
        return 0;
    int64_t owners = ranks - 1, place = gid * gid % (owners * (owners + 1) / 2);
    int owner = 0;
    while (place > owner) {
        place -= owner + 1;
        owner++;
    }
    return owner;
}

/* This rank's spikes of the steps (from, until], in an order that is not that of files. Owned by the caller.
 */
static inline volley_recorded_spike *fixture_spikes(const volley_network *network, int rank, int ranks,
                                                    int64_t from, int64_t until, int64_t *n) {
    volley_recorded_spike *spikes =
        malloc((size_t)(network->n_neurons * (until - from) + 1) * sizeof *spikes);
    REQUIRE(spikes != NULL);
    *n = 0;
    for (int64_t gid = network->n_neurons - 1; gid >= 0; gid--)
        for (int64_t step = from + 1; step <= until; step++)
            if (fixture_owner(gid, ranks) == rank && fixture_fires(gid, step))
                spikes[(*n)++] = (volley_recorded_spike){step, (uint64_t)gid};
    return spikes;
}

#endif
