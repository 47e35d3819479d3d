/* fixed_indegree: every target gets the same number of edges, sources uniform over the source subset. */
#include "models/connect/uniform.h"
#include "base/status.h"

#include <math.h>

static const volley_field value = {"indegree", "1", NAN, 0, 1e12, "edges per target"};

static double mean_indegree(const volley_connect_spec *spec) {
    return spec->value;
}

static int check(const volley_connect_spec *spec) {
    int64_t needed = spec->value > 0;
    if (!spec->multapses)
        needed = (int64_t)spec->value;
    int64_t available = spec->n_sources - (spec->may_meet && !spec->autapses);
    CHECK(available >= needed, VOLLEY_USAGE,
          "indegree %lld needs more than the %lld sources a target can take%s", (long long)spec->value,
          (long long)available, spec->multapses ? "" : " once each (multapses: false)");
    return VOLLEY_OK;
}

static int draw(const volley_connect_spec *spec, const volley_connect_target *target,
                volley_connect_sink sink, void *context) {
    return (spec->multapses ? volley_connect_with_replacement : volley_connect_without_replacement)(
        spec, target, (int64_t)spec->value, sink, context);
}

const volley_connect_rule volley_connect_fixed_indegree = {
    .name = "fixed_indegree",
    .meaning = "every target gets `indegree` edges from sources drawn uniformly",
    .source = "NEST fixed_indegree",
    .value = &value,
    .whole = true,
    .takes_autapses = true,
    .takes_multapses = true,
    .can_refuse_multapses = true,
    .mean_indegree = mean_indegree,
    .check = check,
    .draw = draw,
};
