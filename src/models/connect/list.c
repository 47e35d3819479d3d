/* SPDX-License-Identifier: BSD-3-Clause */
/* list: edges given one by one, in the config or in a file; k in the order in which they are given. */
#include "models/connect/connect.h"

static double mean_indegree(const volley_connect_spec *spec) {
    return spec->n_targets > 0 ? spec->n_edges / (double)spec->n_targets : 0.0;
}

const volley_connect_rule volley_connect_list = {
    .name = "list",
    .meaning = "edges given one by one, in the config or in a file",
    .source = "SONATA edges",
    .can_refuse_multapses = true,
    .mean_indegree = mean_indegree,
    .draw = volley_connect_replay,
    .takes_list = true,
};
