/* SPDX-License-Identifier: BSD-3-Clause */
/* bernoulli: every pair is connected with probability p, at most once. The gaps between chosen sources are
 * geometric, so the cost grows with the edges and not with the pairs. */
#include "models/connect/connect.h"
#include "base/rng.h"
#include "base/special.h"
#include "base/status.h"

#include <math.h>

static const volley_connect_param params[] = {
    {{"p", "1", NAN, 0, 1, "probability of each pair"}, .whole = false, .scaling = VOLLEY_SCALE_PROBABILITY}};

static double mean_indegree(const volley_connect_spec *spec) {
    return spec->params[0] * (double)spec->n_sources;
}

static int draw(const volley_connect_spec *spec, const volley_connect_target *t, volley_connect_sink sink,
                void *context) {
    if (spec->params[0] <= 0)
        return VOLLEY_OK;
    double e[VOLLEY_CONNECT_PIECE];
    int64_t sources[VOLLEY_CONNECT_PIECE];
    int64_t self = volley_connect_forbidden(spec, t->position);
    double rate = spec->params[0] < 1 ? -volley_log1p(-spec->params[0]) : INFINITY;
    int64_t next = 0, edges = 0, n = 0;
    for (uint64_t drawn = 0;; drawn += VOLLEY_CONNECT_PIECE) {
        volley_rng_exponential_batch(t->simd, t->key, (uint64_t)t->gid, drawn, VOLLEY_CONNECT_PIECE, e);
        for (int i = 0; i < VOLLEY_CONNECT_PIECE; i++) {
            double gap = floor(e[i] / rate);
            if (gap >= (double)(spec->n_sources - next))
                return n > 0 ? sink(context, edges, n, sources) : VOLLEY_OK;
            int64_t source = next + (int64_t)gap;
            next = source + 1;
            if (source == self)
                continue;
            sources[n++] = source;
            if (n == VOLLEY_CONNECT_PIECE) { /* only full pieces: they begin at an even edge */
                TRY(sink(context, edges, n, sources));
                edges += n;
                n = 0;
            }
        }
    }
}

const volley_connect_rule volley_connect_bernoulli = {
    .name = "bernoulli",
    .meaning = "every pair is connected with probability `p`, at most once",
    .source = "NEST pairwise_bernoulli",
    .params = params,
    .n_params = 1,
    .takes_autapses = true,
    .can_refuse_multapses = true,
    .mean_indegree = mean_indegree,
    .uniform = true,
    .draw = draw,
};
