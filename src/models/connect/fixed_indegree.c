/* SPDX-License-Identifier: BSD-3-Clause */
/* fixed_indegree: every target gets the same number of edges, sources uniform over the source subset. */
#include "models/connect/uniform.h"

#include <math.h>

static const volley_connect_param params[] = {
    {{"indegree", "1", NAN, 0, 1e12, "edges per target"}, .whole = true, .scaling = VOLLEY_SCALE_DEGREE}};

static double mean_indegree(const volley_connect_spec *spec) {
    return spec->params[0];
}

static int check(const volley_connect_spec *spec) {
    return volley_connect_check_degree(spec, spec->n_sources, &params[0].field, "sources a target");
}

const volley_connect_rule volley_connect_fixed_indegree = {
    .name = "fixed_indegree",
    .meaning = "every target gets `indegree` edges from sources drawn uniformly",
    .source = "NEST fixed_indegree",
    .params = params,
    .n_params = 1,
    .takes_autapses = true,
    .takes_multapses = true,
    .can_refuse_multapses = true,
    .mean_indegree = mean_indegree,
    .uniform = true,
    .check = check,
    .draw = volley_connect_degree,
};
