/* SPDX-License-Identifier: BSD-3-Clause */
/* Walks through built rows target by target, so that edges come in the order in which they were drawn. */
#include "wiring/edge_replay.h"
#include "base/memory.h"
#include "base/rng.h"
#include "base/status.h"

#include <stdlib.h>

enum { PIECE = VOLLEY_CONNECT_PIECE };

typedef struct replay {
    const volley_wiring *wiring;
    const volley_rows *rows;
    uint32_t
        *cursor; /* [n_runs] place of the next synapse of a run: it holds them in the order (target, k) */
    volley_edge_target target;
    uint64_t delay_key;
    volley_replay_sink sink;
    void *context;
    int64_t gid[PIECE];
    uint16_t delay[PIECE];
    uint32_t position[PIECE];
} replay;

static void begin(void *context, const volley_edge_target *target) {
    ((replay *)context)->target = *target;
}

/* The first run of a row with this delay; delays ascend. Runs of one delay that were split lie next to one
 * another, so the cursor of the first one serves all. */
static uint32_t find_run(const volley_rows *rows, uint32_t source, uint16_t delay) {
    uint32_t low = rows->run_start[source], high = rows->run_start[source + 1];
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (rows->run_delay[middle] < delay)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int edge_sink(void *context, int64_t first, int64_t n, const int64_t *sources) {
    replay *r = context;
    volley_edges_gids(r->wiring, r->target.projection, n, sources, r->gid);
    TRY(volley_edges_delays(r->wiring, &r->target, r->delay_key, first, n, sources, r->delay));
    for (int64_t i = 0; i < n; i++) {
        uint32_t source = volley_source_map_local(&r->wiring->sources, (uint64_t)r->gid[i]);
        uint32_t at = r->cursor[find_run(r->rows, source, r->delay[i])]++;
        r->position[i] = at;
        if (r->rows->weight32 != NULL) /* the sinks read it: rows lie far apart in memory */
            __builtin_prefetch(r->rows->weight32 + at);
        else
            __builtin_prefetch(r->rows->weight64 + at);
    }
    return r->sink(r->context, &r->target, first, n, r->gid, r->delay, r->position);
}

int volley_replay_walk(const volley_wiring *wiring, int thread, int64_t block_index, int index,
                       volley_replay_sink sink, void *context) {
    const volley_block *block = &wiring->synapses[thread].blocks[block_index];
    const volley_rows *rows = &block->plastic[index];
    if (rows->n_synapses == 0)
        return VOLLEY_OK;
    int32_t p = wiring->plastic[index];
    replay *r;
    TRY(VOLLEY_NEW(r, 1));
    *r = (replay){.wiring = wiring, .rows = rows, .sink = sink, .context = context};
    r->delay_key = volley_rng_key(wiring->layout->network->seed, VOLLEY_RNG_DELAY, (uint32_t)p);
    int status = VOLLEY_NEW(r->cursor, rows->n_runs);
    if (status == VOLLEY_OK) {
        uint32_t position = 0;
        for (int64_t run = 0; run < rows->n_runs; run++) {
            r->cursor[run] = position;
            position += rows->run_length[run];
        }
        status = volley_edges_walk(wiring, p, thread, block->first_target,
                                   block->first_target + block->n_targets, begin, edge_sink, r);
    }
    free(r->cursor);
    free(r);
    return status;
}
