/* SPDX-License-Identifier: BSD-3-Clause */
/* The index by source of an exported projection. Its edges are sorted by target, so a source has about as
 * many ranges as edges; they are sent to the ranks that write them in passes over the sources, so that memory
 * is bounded. */
#include "io/sonata_export/sonata_export.h"

#include "base/memory.h"
#include "base/status.h"
#include "wiring/edges.h"
#include "files/redistribute.h"
#include "files/together.h"
#include "net/part.h"

#include <stdbool.h>
#include <stdlib.h>

enum { SHARE = 1 << 22 /* ranges that a rank writes in a pass */, SUM_MOST = 1 << 20 };

/* Edges [first, end) of the file, all from one source to one target. */
typedef struct range {
    uint64_t source, first, end;
} range;

/* The ranges of this rank, in the order of the file. Where targets end, ranges do too: they do not depend on
 * which ranks have the targets. */
typedef struct walk {
    const volley_projection *projection;
    const volley_population *source;
    uint64_t edge;      /* number of the next one in the file */
    bool at_target;     /* a target has begun */
    range open;         /* the last one, to be kept when it is complete */
    uint64_t *counts;   /* [sources] ranges of each; NULL: ranges are kept */
    uint64_t low, high; /* of these sources */
    range *kept;        /* owned */
    uint64_t n;
    size_t room;
} walk;

static int close_range(walk *w) {
    if (w->open.first == w->open.end)
        return VOLLEY_OK;
    range done = w->open;
    w->open.first = w->open.end = w->edge;
    if (w->counts) {
        w->counts[done.source]++;
        return VOLLEY_OK;
    }
    if (done.source < w->low || done.source >= w->high)
        return VOLLEY_OK;
    TRY(VOLLEY_RESERVE(w->kept, &w->room, w->n + 1));
    w->kept[w->n++] = done;
    return VOLLEY_OK;
}

static int sink(void *context, int64_t first, int64_t n, const int64_t *sources) {
    walk *w = context;
    (void)first;
    if (w->at_target)
        TRY(close_range(w));
    w->at_target = false;
    for (int64_t i = 0; i < n; i++, w->edge++) {
        uint64_t source =
            (uint64_t)volley_part_id(w->source, volley_subset_at(&w->projection->source, sources[i]));
        if (w->open.first < w->open.end && w->open.source != source)
            TRY(close_range(w));
        if (w->open.first == w->open.end)
            w->open = (range){source, w->edge, w->edge};
        w->open.end = w->edge + 1;
    }
    return VOLLEY_OK;
}

static void begin(void *context, const volley_edge_target *target) {
    (void)target;
    ((walk *)context)->at_target = true;
}

/* Goes through all edges of this rank. */
static int go(const volley_wiring *wiring, int32_t p, uint64_t first, walk *w) {
    const volley_segment *segment =
        volley_layout_segment(wiring->layout, 0, wiring->layout->network->projections[p].target.population);
    w->edge = first;
    w->open = (range){0};
    w->n = 0;
    TRY(volley_edges_walk(wiring, p, 0, segment->first, segment->first + segment->used, begin, sink, w));
    return close_range(w);
}

/* Collective. starts[s]: ranges of sources before s, over all ranks; from the rank's own counts. */
static void find_starts(volley_comm *comm, uint64_t n, uint64_t *starts) {
    uint64_t before = 0;
    for (uint64_t done = 0; done < n; done += SUM_MOST)
        volley_comm_sum_u64(comm, starts + done, n - done < SUM_MOST ? (int)(n - done) : SUM_MOST);
    for (uint64_t s = 0; s <= n; s++) {
        uint64_t count = s < n ? starts[s] : 0;
        starts[s] = before;
        before += count;
    }
}

/* Collective. The first and last range of each source; those without have [0, 0). */
static int write_nodes(volley_comm *comm, uint64_t n, const uint64_t *starts, volley_sonata_index *index) {
    int ranks = volley_comm_size(comm), rank = volley_comm_rank(comm);
    uint64_t first = volley_block_first(n, ranks, rank),
             count = volley_block_first(n, ranks, rank + 1) - first;
    uint64_t *pairs;
    int code = volley_io_together(comm, VOLLEY_NEW(pairs, 2 * count));
    for (uint64_t i = 0; i < count && code == VOLLEY_OK; i++)
        if (starts[first + i] < starts[first + i + 1]) {
            pairs[2 * i] = starts[first + i];
            pairs[2 * i + 1] = starts[first + i + 1];
        }
    if (code == VOLLEY_OK)
        code = volley_sonata_index_nodes(index, first, count, pairs);
    free(pairs);
    return code;
}

/* The sources from `low` on that a rank takes: about SHARE ranges, at least one source while there are any.
 */
static uint64_t share_end(uint64_t n, const uint64_t *starts, uint64_t low) {
    uint64_t high = low;
    while (high < n && (high == low || starts[high + 1] - starts[low] <= SHARE))
        high++;
    return high;
}

/* The rank that takes a source: the last one whose sources begin up to it. */
static int32_t find_rank(const uint64_t *cuts, int ranks, uint64_t source) {
    int32_t low = 0, high = ranks;
    while (high - low > 1) {
        int32_t middle = low + (high - low) / 2;
        if (cuts[middle] <= source)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* Collective. Sends the kept ranges to the ranks of their sources, cuts[r] to cuts[r + 1], and writes them:
 * those of a source come in the order of the file. */
static int write_pass(volley_comm *comm, const walk *w, const uint64_t *cuts, const uint64_t *starts,
                      volley_sonata_index *index) {
    int rank = volley_comm_rank(comm), ranks = volley_comm_size(comm);
    uint64_t low = cuts[rank], high = cuts[rank + 1], first = starts[low], n = starts[high] - first,
             received = 0;
    uint64_t *pairs = NULL, *next = NULL;
    int32_t *to = NULL;
    void *items = NULL;
    int code = volley_io_together(comm, VOLLEY_NEW(to, w->n));
    for (uint64_t i = 0; i < w->n && code == VOLLEY_OK; i++)
        to[i] = find_rank(cuts, ranks, w->kept[i].source);
    if (code == VOLLEY_OK)
        code = volley_redistribute(comm, w->kept, w->n, sizeof *w->kept, to, &items, &received);
    if (code == VOLLEY_OK) {
        code = VOLLEY_NEW(pairs, 2 * n);
        if (code == VOLLEY_OK)
            code = VOLLEY_NEW(next, high - low + 1);
        if (code == VOLLEY_OK && received != n)
            code = volley_fail(VOLLEY_FAILED, "index by source: %llu ranges came; there are %llu",
                               (unsigned long long)received, (unsigned long long)n);
        code = volley_io_together(comm, code);
    }
    const range *came = items;
    for (uint64_t i = 0; i < received && code == VOLLEY_OK; i++) {
        uint64_t s = came[i].source, at = starts[s] - first + next[s - low]++;
        pairs[2 * at] = came[i].first;
        pairs[2 * at + 1] = came[i].end;
    }
    if (code == VOLLEY_OK)
        code = volley_sonata_index_ranges(index, first, n, pairs);
    free(to);
    free(items);
    free(pairs);
    free(next);
    return code;
}

/* Collective. */
static int write_passes(volley_comm *comm, const volley_wiring *wiring, int32_t p, uint64_t first, uint64_t n,
                        const uint64_t *starts, walk *w, volley_sonata_index *index) {
    int ranks = volley_comm_size(comm);
    uint64_t *cuts = NULL, low = 0;
    int code = volley_io_together(comm, VOLLEY_NEW(cuts, ranks + 1));
    while (code == VOLLEY_OK && low < n) {
        cuts[0] = low;
        for (int r = 0; r < ranks; r++)
            cuts[r + 1] = share_end(n, starts, cuts[r]);
        w->low = low;
        w->high = low = cuts[ranks];
        code = volley_io_together(comm, go(wiring, p, first, w));
        if (code == VOLLEY_OK)
            code = write_pass(comm, w, cuts, starts, index);
    }
    free(cuts);
    return code;
}

int volley_sonata_export_sources(volley_comm *comm, const volley_wiring *wiring, int32_t projection,
                                 uint64_t first, volley_sonata_edge_writer *writer) {
    const volley_network *network = wiring->layout->network;
    walk w = {.projection = &network->projections[projection]};
    w.source = &network->populations[w.projection->source.population];
    uint64_t n = (uint64_t)volley_part_size(w.source), *starts = NULL;
    int code = VOLLEY_NEW(starts, n + 1);
    w.counts = starts;
    if (code == VOLLEY_OK)
        code = go(wiring, projection, first, &w);
    code = volley_io_together(comm, code);
    if (code == VOLLEY_OK) {
        volley_sonata_index index;
        find_starts(comm, n, starts);
        w.counts = NULL;
        code = volley_sonata_index_create(writer, n, starts[n], &index);
        if (code == VOLLEY_OK)
            code = write_nodes(comm, n, starts, &index);
        if (code == VOLLEY_OK)
            code = write_passes(comm, wiring, projection, first, n, starts, &w, &index);
        int closed = volley_sonata_index_close(&index);
        code = code != VOLLEY_OK ? code : closed;
    }
    free(w.kept);
    free(starts);
    return code;
}
