/* SPDX-License-Identifier: BSD-3-Clause */
/* one_to_one: the i-th neuron of the source subset to the i-th of the target subset, in the order of the
 * config. */
#include "models/connect/connect.h"
#include "base/status.h"

static double mean_indegree(const volley_connect_spec *spec) {
    (void)spec;
    return 1.0;
}

static int check(const volley_connect_spec *spec) {
    CHECK(spec->n_sources == spec->n_targets, VOLLEY_USAGE,
          "one_to_one needs equal sizes, got %lld sources and %lld targets", (long long)spec->n_sources,
          (long long)spec->n_targets);
    return VOLLEY_OK;
}

static int draw(const volley_connect_spec *spec, const volley_connect_target *target,
                volley_connect_sink sink, void *context) {
    int64_t source = spec->partner != NULL ? spec->partner[target->position] : target->position;
    return sink(context, 0, 1, &source);
}

const volley_connect_rule volley_connect_one_to_one = {
    .name = "one_to_one",
    .meaning = "source i to target i, equally many of both",
    .source = "NEST one_to_one",
    .can_refuse_multapses = true,
    .mean_indegree = mean_indegree,
    .pairs_positions = true,
    .check = check,
    .draw = draw,
};
