/* SPDX-License-Identifier: BSD-3-Clause */
/* All synapses that a rank has built, row by row, with the identities that the rows leave out. */
#ifndef VOLLEY_TESTS_EDGES_H
#define VOLLEY_TESTS_EDGES_H

#include "support/built.h"

typedef struct test_edge {
    int64_t source, target; /* gids */
    int delay;              /* steps */
    double weight;
    int64_t run; /* its number among all runs of the rank */
} test_edge;

typedef struct test_edges {
    int64_t n;
    test_edge *edge;
    int64_t *slot_gid;   /* target number of the thread under way -> gid */
    int64_t *source_gid; /* local source number -> gid */
    int64_t runs;
    bool sorted; /* the delays of every row ascend */
} test_edges;

static inline void test_name_targets(test_edges *all, const volley_layout *layout, int thread) {
    for (int32_t p = 0; p < layout->network->n_populations; p++) {
        const volley_segment *segment = volley_layout_segment(layout, thread, p);
        for (int64_t i = 0; i < segment->count; i++)
            all->slot_gid[segment->first + i] =
                i < segment->used
                    ? layout->network->populations[p].first_gid + volley_layout_index(layout, thread, p, i)
                    : -1;
    }
}

static inline double test_weight(const volley_wiring *wiring, const volley_rows *rows, int64_t run,
                                 int64_t at) {
    if (rows->weight32 != NULL)
        return (double)rows->weight32[at];
    return rows->weight64 != NULL ? rows->weight64[at] : wiring->weights[rows->run_weight[run]];
}

static inline void test_collect_rows(test_edges *all, const volley_wiring *wiring, const volley_block *block,
                                     const volley_rows *rows) {
    for (int64_t source = 0; rows->row_start != NULL && source < wiring->sources.n_sources; source++) {
        int64_t at = rows->row_start[source];
        for (int64_t run = rows->run_start[source]; run < rows->run_start[source + 1]; run++, all->runs++) {
            if (run > rows->run_start[source] && rows->run_delay[run] < rows->run_delay[run - 1])
                all->sorted = false;
            for (int64_t end = at + rows->run_length[run]; at < end; at++)
                all->edge[all->n++] = (test_edge){
                    all->source_gid[source], all->slot_gid[block->first_target + rows->target[at]],
                    rows->run_delay[run], test_weight(wiring, rows, run, at), all->runs};
        }
        if (at != rows->row_start[source + 1])
            all->sorted = false; /* runs do not fill the row */
    }
}

/* The caller frees edge, slot_gid and source_gid (test_edges_free). */
static inline test_edges test_collect(const test_built *b) {
    const volley_wiring *wiring = b->wiring;
    test_edges all = {.sorted = true};
    int64_t n = 0;
    for (int t = 0; t < b->layout->threads; t++)
        n += wiring->synapses[t].n_synapses;
    all.edge = malloc((size_t)(n + 1) * sizeof *all.edge);
    all.slot_gid = malloc((size_t)(b->network->n_neurons * 2 + 4096) * sizeof *all.slot_gid);
    all.source_gid = malloc((size_t)(b->network->n_neurons + 1) * sizeof *all.source_gid);
    for (int64_t gid = 0; gid < b->network->n_neurons; gid++)
        if (volley_source_map_has(&wiring->sources, (uint64_t)gid))
            all.source_gid[volley_source_map_local(&wiring->sources, (uint64_t)gid)] = gid;
    for (int t = 0; t < b->layout->threads; t++) {
        test_name_targets(&all, b->layout, t);
        for (int64_t k = 0; k < wiring->synapses[t].n_blocks; k++)
            for (int i = 0; i < wiring->n_static; i++)
                test_collect_rows(&all, wiring, &wiring->synapses[t].blocks[k],
                                  &wiring->synapses[t].blocks[k].tables[i]);
    }
    return all;
}

static inline void test_edges_free(test_edges *all) {
    free(all->edge);
    free(all->slot_gid);
    free(all->source_gid);
    *all = (test_edges){0};
}

#endif
