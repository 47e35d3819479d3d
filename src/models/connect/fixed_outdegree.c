/* fixed_outdegree: every source gets the same number of edges, targets uniform over the target subset. */
#include "models/connect/uniform.h"
#include "base/status.h"

#include <math.h>

static const volley_field value = {"outdegree", "1", NAN, 0, 1e12, "edges per source"};

static double mean_indegree(const volley_connect_spec *spec) {
    return spec->n_targets > 0 ? spec->value * (double)spec->n_sources / (double)spec->n_targets : 0.0;
}

static int check(const volley_connect_spec *spec) {
    int64_t needed = spec->value > 0;
    if (!spec->multapses)
        needed = (int64_t)spec->value;
    int64_t available = spec->n_targets - (spec->may_meet && !spec->autapses);
    CHECK(available >= needed, VOLLEY_USAGE,
          "outdegree %lld needs more than the %lld targets a source can take%s", (long long)spec->value,
          (long long)available, spec->multapses ? "" : " once each (multapses: false)");
    return VOLLEY_OK;
}

static int draw_targets(const volley_connect_spec *mirror, const volley_connect_target *source,
                        volley_connect_sink sink, void *context) {
    return (mirror->multapses ? volley_connect_with_replacement : volley_connect_without_replacement)(
        mirror, source, (int64_t)mirror->value, sink, context);
}

const volley_connect_rule volley_connect_fixed_outdegree = {
    .name = "fixed_outdegree",
    .meaning = "every source gets `outdegree` edges to targets drawn uniformly",
    .source = "NEST fixed_outdegree",
    .value = &value,
    .whole = true,
    .takes_autapses = true,
    .takes_multapses = true,
    .can_refuse_multapses = true,
    .mean_indegree = mean_indegree,
    .check = check,
    .draw = volley_connect_replay,
    .draw_targets = draw_targets,
};
