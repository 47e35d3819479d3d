/* SPDX-License-Identifier: BSD-3-Clause */
/* spatial_bernoulli: every pair is connected with a probability that falls with distance, at most once.
 *
 * A target walks through the cells within its reach. In a cell of n sources the probability is at most q,
 * that at the smallest distance between two such cells. Candidates are sources chosen with probability q: the
 * time to the next one is exponential in units of hazard, -log(1 - q) for every source that is passed, across
 * cells of different q. A candidate at distance d is kept with probability p(d) / q = exp(exponent of the
 * cell - exponent(d)), that is when another exponential number is at least their difference. So cost grows
 * with the edges and the cells within reach, not with the pairs. Candidate j takes items 2 j (way) and 2 j +
 * 1 (kept or not) of the target's stream, the two halves of one block. */
#include "base/rng.h"
#include "base/status.h"
#include "models/space/cells.h"

#include <math.h>

static const volley_connect_param params[] = {{{"p", "1", NAN, 0, 1, "probability at distance 0"},
                                               .whole = false,
                                               .scaling = VOLLEY_SCALE_PROBABILITY}};

enum { ITEMS = 256, WAITING = 64 };

static double mean_indegree(const volley_connect_spec *spec) {
    return spec->params[0] * spec->kernel_sum;
}

static double near(const volley_connect_spec *spec) {
    return spec->params[0];
}

/* A target while it walks through the cells. */
typedef struct walk {
    const volley_connect_spec *spec;
    const volley_cells *cells;
    const volley_connect_target *target;
    double at[3];
    double left; /* hazard on the way to the next candidate */
    int64_t self;
    uint64_t drawn; /* items */
    int next;       /* of them in e */
    double *e;
    int waiting; /* candidates */
    uint32_t slot[WAITING];
    double limit[WAITING]; /* largest exponent with which one is kept */
    int64_t edges, n;      /* handed on, and in this piece */
    int64_t *sources;
    volley_connect_sink sink;
    void *context;
} walk;

static double next_exponential(walk *w) {
    if (w->next == ITEMS) {
        volley_rng_exponential_batch(w->target->simd, w->target->key, (uint64_t)w->target->gid, w->drawn,
                                     ITEMS, w->e);
        w->drawn += ITEMS;
        w->next = 0;
    }
    return w->e[w->next++];
}

static int hand_on(walk *w) {
    int64_t first = w->edges, n = w->n;
    w->edges += n;
    w->n = 0;
    return w->sink(w->context, first, n, w->sources);
}

/* Keeps or drops the candidates that wait. */
static int try_candidates(walk *w) {
    const volley_cells *cells = w->cells;
    const volley_kernel *kernel = w->spec->kernel;
    int axes = cells->dimensions, n = w->waiting;
    w->waiting = 0;
    for (int i = 0; i < n; i++) {
        uint32_t slot = w->slot[i];
        const double *at = cells->at + (int64_t)slot * axes;
        double place[VOLLEY_AXES] = {at[0], axes > 1 ? at[1] : 0.0, axes > 2 ? at[2] : 0.0};
        double squared = volley_distance_squared(w->spec->source_positions, place, w->at);
        if (squared > kernel->rim || volley_kernel_exponent(kernel, squared) > w->limit[i] ||
            cells->id[slot] == w->self)
            continue;
        w->sources[w->n++] = cells->id[slot];
        if (w->n == VOLLEY_CONNECT_PIECE)
            TRY(hand_on(w));
    }
    return VOLLEY_OK;
}

static int visit(void *context, int64_t cell, int64_t n, const volley_cell_segment *segment) {
    walk *w = context;
    const volley_cells *cells = w->cells;
    uint32_t slot = cells->start[cell], end = cells->start[cell + n];
    while (slot < end && w->left < (double)(end - slot) * segment->hazard) {
        double passed = w->left / segment->hazard, most = (double)(end - slot - 1);
        slot += (uint32_t)(passed < most ? passed : most);
        w->limit[w->waiting] = next_exponential(w) + segment->exponent;
        w->slot[w->waiting++] = slot;
        /* Candidates lie far apart in memory. */
        __builtin_prefetch(cells->at + (int64_t)slot * cells->dimensions);
        __builtin_prefetch(cells->id + slot);
        if (w->waiting == WAITING)
            TRY(try_candidates(w));
        w->left = next_exponential(w);
        slot++;
    }
    if (slot < end)
        w->left -= (double)(end - slot) * segment->hazard;
    return VOLLEY_OK;
}

static int draw(const volley_connect_spec *spec, const volley_connect_target *t, volley_connect_sink sink,
                void *context) {
    double e[ITEMS];
    int64_t sources[VOLLEY_CONNECT_PIECE];
    walk w = {.spec = spec,
              .cells = spec->cells,
              .target = t,
              .self = volley_connect_forbidden(spec, t->position),
              .next = ITEMS,
              .e = e,
              .sources = sources,
              .sink = sink,
              .context = context};
    volley_position(spec->target_positions, spec->target_index(spec->context, t->position), w.at);
    w.left = next_exponential(&w);
    TRY(volley_cells_walk(w.cells, w.at, visit, &w));
    TRY(try_candidates(&w));
    return w.n > 0 ? hand_on(&w) : VOLLEY_OK;
}

const volley_connect_rule volley_connect_spatial_bernoulli = {
    .name = "spatial_bernoulli",
    .meaning = "every pair is connected with probability `p` x `kernel` of its distance, at most once",
    .source = "NEST pairwise_bernoulli with a spatial p",
    .params = params,
    .n_params = 1,
    .takes_autapses = true,
    .can_refuse_multapses = true,
    .takes_kernel = true,
    .mean_indegree = mean_indegree,
    .near = near,
    .draw = draw,
};
