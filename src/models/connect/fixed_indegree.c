/* SPDX-License-Identifier: BSD-3-Clause */
/* fixed_indegree: every target gets the same number of edges, sources uniform over the source subset. */
#include "models/connect/uniform.h"

#include <math.h>

static const volley_field value = {"indegree", "1", NAN, 0, 1e12, "edges per target"};

static double mean_indegree(const volley_connect_spec *spec) {
    return spec->value;
}

static int check(const volley_connect_spec *spec) {
    return volley_connect_check_degree(spec, spec->n_sources, &value, "sources a target");
}

const volley_connect_rule volley_connect_fixed_indegree = {
    .name = "fixed_indegree",
    .meaning = "every target gets `indegree` edges from sources drawn uniformly",
    .source = "NEST fixed_indegree",
    .value = &value,
    .scaling = VOLLEY_SCALE_DEGREE,
    .whole = true,
    .takes_autapses = true,
    .takes_multapses = true,
    .can_refuse_multapses = true,
    .mean_indegree = mean_indegree,
    .uniform = true,
    .check = check,
    .draw = volley_connect_degree,
};
