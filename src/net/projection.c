/* SPDX-License-Identifier: BSD-3-Clause */
/* Describes a projection to its connection rule, and computes its expected synapses. */
#include "net/network.h"

static int64_t self_position(const void *context, int64_t target_position) {
    const volley_projection *p = context;
    return volley_subset_find(&p->source, volley_subset_at(&p->target, target_position));
}

static int64_t image_position(const void *context, int64_t source_position) {
    const volley_projection *p = context;
    return volley_subset_find(&p->target, volley_subset_at(&p->source, source_position));
}

static int64_t source_index(const void *context, int64_t position) {
    return volley_subset_at(&((const volley_projection *)context)->source, position);
}

static int64_t target_index(const void *context, int64_t position) {
    return volley_subset_at(&((const volley_projection *)context)->target, position);
}

static bool same_progression(const volley_subset *a, const volley_subset *b) {
    return a->population == b->population && !a->ids && !b->ids && a->start == b->start &&
           a->stride == b->stride && a->count == b->count;
}

volley_connect_spec volley_projection_spec(const volley_projection *projection) {
    const volley_connect_rule *rule = projection->rule;
    const volley_edge_list *list = projection->list;
    volley_connect_spec spec = {
        .params = projection->rule_params,
        .n_edges = list && list->count > 0 ? (double)list->count : 0.0,
        .autapses = projection->autapses,
        .multapses = projection->multapses,
        .n_sources = projection->source.count,
        .n_targets = projection->target.count,
        .self = self_position,
        .context = projection,
        .partner = projection->partner,
        .may_meet = volley_subset_overlap(&projection->source, &projection->target),
        .same = same_progression(&projection->source, &projection->target),
        .source_positions = projection->source_positions,
        .target_positions = projection->target_positions,
        .source_index = source_index,
        .target_index = target_index,
        .kernel = &projection->kernel,
        .kernel_sum = projection->kernel_sum,
    };
    spec.near = rule && rule->near ? rule->near(&spec) : 0.0;
    return spec;
}

volley_connect_spec volley_projection_mirror(const volley_projection *projection) {
    volley_connect_spec spec = volley_projection_spec(projection);
    int64_t n_sources = spec.n_sources;
    spec.n_sources = spec.n_targets;
    spec.n_targets = n_sources;
    spec.self = image_position;
    return spec;
}

double volley_expected_synapses(const volley_projection *projection) {
    volley_connect_spec spec = volley_projection_spec(projection);
    return projection->rule->mean_indegree(&spec) * (double)spec.n_targets;
}
