/* SPDX-License-Identifier: BSD-3-Clause */
/* small_world: a ring with shortcuts (Watts and Strogatz 1998), drawn by targets.
 *
 * Sources lie on a ring in the order of their subset. A target at position t of n_targets stands beside
 * source c = floor(t n_sources / n_targets), which is the target itself where both are the same neurons. Its
 * edges come from the `indegree` sources nearest to c, without c: c + 1, c - 1, c + 2, c - 2, ... around the
 * ring. Each edge is rewired with probability `rewiring`: its source is drawn uniformly from all, without the
 * target itself when autapses are off. So in-degrees stay equal, and a rewired edge may double another one.
 * Edge k takes items 2 k (rewired or not) and 2 k + 1 (the new source) of the target's stream. */
#include "base/rng.h"
#include "base/status.h"
#include "models/connect/connect.h"

#include <math.h>

enum { INDEGREE, REWIRING };

static const volley_connect_param params[] = {
    [INDEGREE] = {{"indegree", "1", NAN, 0, 1e12, "edges per target, below the number of sources"},
                  .whole = true,
                  .scaling = VOLLEY_SCALE_DEGREE},
    [REWIRING] = {{"rewiring", "1", NAN, 0, 1, "probability that an edge takes any source instead"},
                  .scaling = VOLLEY_SCALE_KEPT},
};

static double mean_indegree(const volley_connect_spec *spec) {
    return spec->params[INDEGREE];
}

static int check(const volley_connect_spec *spec) {
    CHECK(spec->params[INDEGREE] < (double)spec->n_sources, VOLLEY_USAGE,
          "indegree %.0f needs as many sources beside a target's own place: value %lld sources; allowed at "
          "least %.0f",
          spec->params[INDEGREE], (long long)spec->n_sources, spec->params[INDEGREE] + 1.0);
    return VOLLEY_OK;
}

/* The source of edge k on the ring around `centre`. */
static int64_t neighbour(int64_t n_sources, int64_t centre, int64_t k) {
    int64_t offset = k / 2 + 1, source = centre + (k % 2 == 0 ? offset : -offset);
    return source < 0 ? source + n_sources : source >= n_sources ? source - n_sources : source;
}

static int draw(const volley_connect_spec *spec, const volley_connect_target *t, volley_connect_sink sink,
                void *context) {
    double u[2 * VOLLEY_CONNECT_PIECE];
    int64_t sources[VOLLEY_CONNECT_PIECE];
    int64_t self = volley_connect_forbidden(spec, t->position), indegree = (int64_t)spec->params[INDEGREE];
    int64_t centre = (int64_t)((__int128)t->position * spec->n_sources / spec->n_targets);
    double candidates = (double)(spec->n_sources - (self >= 0));
    for (int64_t first = 0; first < indegree; first += VOLLEY_CONNECT_PIECE) {
        int64_t n = indegree - first < VOLLEY_CONNECT_PIECE ? indegree - first : VOLLEY_CONNECT_PIECE;
        volley_rng_uniform_batch(t->simd, t->key, (uint64_t)t->gid, (uint64_t)(2 * first), 2 * n, u);
        for (int64_t i = 0; i < n; i++) {
            int64_t any = (int64_t)(u[2 * i + 1] * candidates);
            any += self >= 0 && any >= self;
            sources[i] =
                u[2 * i] < spec->params[REWIRING] ? any : neighbour(spec->n_sources, centre, first + i);
        }
        TRY(sink(context, first, n, sources));
    }
    return VOLLEY_OK;
}

const volley_connect_rule volley_connect_small_world = {
    .name = "small_world",
    .meaning =
        "every target gets `indegree` edges from its neighbours on a ring of the sources, each rewired to "
        "any source with probability `rewiring`",
    .source = "Watts and Strogatz (1998), PyNN SmallWorldConnector",
    .params = params,
    .n_params = 2,
    .takes_autapses = true,
    .mean_indegree = mean_indegree,
    .check = check,
    .draw = draw,
};
