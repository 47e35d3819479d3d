/* SPDX-License-Identifier: BSD-3-Clause */
/* all_to_all: every source to every target, k in order of the sources. */
#include "models/connect/connect.h"
#include "base/status.h"

static double mean_indegree(const volley_connect_spec *spec) {
    return (double)spec->n_sources;
}

static int draw(const volley_connect_spec *spec, const volley_connect_target *t, volley_connect_sink sink,
                void *context) {
    int64_t sources[VOLLEY_CONNECT_PIECE];
    int64_t self = volley_connect_forbidden(spec, t->position);
    int64_t edges = 0, n = 0;
    for (int64_t source = 0; source < spec->n_sources; source++) {
        if (source != self)
            sources[n++] = source;
        if (n == VOLLEY_CONNECT_PIECE || (source == spec->n_sources - 1 && n > 0)) {
            TRY(sink(context, edges, n, sources));
            edges += n;
            n = 0;
        }
    }
    return VOLLEY_OK;
}

const volley_connect_rule volley_connect_all_to_all = {
    .name = "all_to_all",
    .meaning = "every source to every target",
    .source = "NEST all_to_all",
    .scales_with_sizes = true,
    .all_pairs = true,
    .takes_autapses = true,
    .can_refuse_multapses = true,
    .mean_indegree = mean_indegree,
    .uniform = true,
    .draw = draw,
};
