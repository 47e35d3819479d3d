/* SPDX-License-Identifier: BSD-3-Clause */
/* fixed_outdegree: every source gets the same number of edges, targets uniform over the target subset. */
#include "models/connect/uniform.h"

#include <math.h>

static const volley_connect_param params[] = {
    {{"outdegree", "1", NAN, 0, 1e12, "edges per source"}, .whole = true, .scaling = VOLLEY_SCALE_DEGREE}};

static double mean_indegree(const volley_connect_spec *spec) {
    return spec->n_targets > 0 ? spec->params[0] * (double)spec->n_sources / (double)spec->n_targets : 0.0;
}

static int check(const volley_connect_spec *spec) {
    return volley_connect_check_degree(spec, spec->n_targets, &params[0].field, "targets a source");
}

const volley_connect_rule volley_connect_fixed_outdegree = {
    .name = "fixed_outdegree",
    .meaning = "every source gets `outdegree` edges to targets drawn uniformly",
    .source = "NEST fixed_outdegree",
    .params = params,
    .n_params = 1,
    .takes_autapses = true,
    .takes_multapses = true,
    .can_refuse_multapses = true,
    .mean_indegree = mean_indegree,
    .uniform = true,
    .check = check,
    .draw = volley_connect_replay,
    .draw_targets = volley_connect_degree,
};
