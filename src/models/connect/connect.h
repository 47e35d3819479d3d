/* SPDX-License-Identifier: BSD-3-Clause */
/* Connection rules: the table each rule fills in, and the registry. One file a rule, one line in connect.def.
 *
 * Most rules are target-driven: the in-edges of a target are a pure function of (seed, projection, target),
 * so any rank can draw any target's edges in any order. The edges of the others (drawn by sources, or given
 * one by one) are brought to the ranks of their targets once (wiring/edge_store.h), and `draw` replays them
 * from there. */
#ifndef VOLLEY_MODELS_CONNECT_H
#define VOLLEY_MODELS_CONNECT_H

#include "base/field.h"
#include "models/space/kernel.h"
#include "models/space/positions.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One projection as its rule sees it: positions in the source and target subsets stand for neurons. */
typedef struct volley_connect_spec {
    const double *params; /* in the order of the rule's table, borrowed; scaled already */
    double n_edges;       /* of a list, else 0 */
    bool autapses, multapses;
    int64_t n_sources, n_targets;
    /* Position in the source subset of the neuron at a position of the target subset, or -1 when it is not in
     * it. */
    int64_t (*self)(const void *context, int64_t target_position);
    const void *context;
    bool may_meet;          /* source and target share neurons, so autapses can occur */
    const int64_t *partner; /* of rules that pair positions: see volley_projection */
    bool same; /* source and target are the same neurons: position i is the same neuron in both */
    /* Rules with a kernel, and what depends on distance; NULL without. */
    const volley_positions *source_positions, *target_positions;
    /* Number inside their populations of the neurons at a position of the subsets. */
    int64_t (*source_index)(const void *context, int64_t position);
    int64_t (*target_index)(const void *context, int64_t position);
    const volley_kernel *kernel;
    double kernel_sum; /* of the kernel over the sources of a target, on average: the in-degree at p = 1 */
    double near;       /* about the probability of a pair at distance 0, for the choice of cells */
    const struct volley_cells *cells; /* sources within reach of the rank's targets, once it builds */
} volley_connect_spec;

/* Position of the one source that a target may not take (itself, when autapses are off), or -1. */
static inline int64_t volley_connect_forbidden(const volley_connect_spec *spec, int64_t target_position) {
    return spec->may_meet && !spec->autapses ? spec->self(spec->context, target_position) : -1;
}

/* One target whose edges are drawn. */
typedef struct volley_connect_target {
    uint64_t key;     /* stream of the projection for sources (VOLLEY_RNG_SOURCE) */
    int64_t gid;      /* of the target */
    int64_t position; /* in the target subset */
    int64_t count;    /* edges of this target when the rule has a count function or a table, else -1 */
    int simd;         /* volley_simd level */
    /* Rules with a table: the sources of this target's edges, [count], borrowed; one of the two is not NULL.
     */
    const uint32_t *sources32;
    const uint64_t *sources64;
} volley_connect_target;

enum { VOLLEY_CONNECT_PIECE = 1024 };

/* Receives edges k = first .. first + n - 1 of the target, n <= VOLLEY_CONNECT_PIECE; all pieces but
 * the last are full. `sources` are positions
 * in the source subset. */
typedef int (*volley_connect_sink)(void *context, int64_t first, int64_t n, const int64_t *sources);

enum { VOLLEY_CONNECT_MAX_PARAMS = 8 };

/* What the config section `scale` does with a parameter of a rule. */
typedef enum volley_connect_scaling {
    VOLLEY_SCALE_REFUSED,     /* networks with the rule cannot be scaled */
    VOLLEY_SCALE_KEPT,        /* the parameter does not depend on the size of the network */
    VOLLEY_SCALE_DEGREE,      /* it is a number of edges of one neuron */
    VOLLEY_SCALE_TOTAL,       /* it is the number of all edges */
    VOLLEY_SCALE_PROBABILITY, /* it is the probability of a pair */
} volley_connect_scaling;

/* One parameter of a rule. The schema, its messages, `describe`, the reference and `scale` follow from it. */
typedef struct volley_connect_param {
    volley_field field; /* default NAN: the config must give it */
    bool whole;         /* it takes whole numbers alone */
    volley_connect_scaling scaling;
} volley_connect_param;

typedef struct volley_connect_rule {
    const char *name;
    const char *meaning;
    const char *source;
    const volley_connect_param *params;   /* [n_params] config keys of `connect` beside the following */
    int n_params;                         /* at most VOLLEY_CONNECT_MAX_PARAMS */
    bool scales_with_sizes;               /* without parameters: in-degrees follow the sizes of populations */
    bool takes_autapses, takes_multapses; /* config keys it takes */
    bool can_refuse_multapses;            /* multapses: false is possible */
    /* Expected in-degree of a target. */
    double (*mean_indegree)(const volley_connect_spec *spec);
    /* Refuses what cannot be drawn (an in-degree above the number of sources without multapses, ...) with
     * volley_fail(VOLLEY_USAGE). NULL: nothing to refuse. */
    int (*check)(const volley_connect_spec *spec);
    /* Of rules that walk through cells of a kernel: about the probability of a pair at distance 0, for the
     * choice of cells (spec->near). NULL without. */
    double (*near)(const volley_connect_spec *spec);
    /* Splits a total over targets: counts[i] for the target at positions[i] (ascending), i < n, a pure
     * function of `key` (VOLLEY_RNG_SPLIT) and the position. NULL when not needed. */
    int (*count)(const volley_connect_spec *spec, uint64_t key, const int64_t *positions, int64_t n,
                 int64_t *counts);
    /* Draws the edges of one target in pieces, in order of k. */
    int (*draw)(const volley_connect_spec *spec, const volley_connect_target *target,
                volley_connect_sink sink, void *context);
    /* Source-driven rules only: draws the out-edges of one source. `mirror` is the projection with sources
     * and targets exchanged, `source` has the source's gid and position, and the sink gets positions in the
     * target subset. Edges of a target are numbered by ascending (source, number of the edge). */
    int (*draw_targets)(const volley_connect_spec *mirror, const volley_connect_target *source,
                        volley_connect_sink sink, void *context);
    /* Every source is as likely as any other for every target, so a rank with several synapses per source has
     * nearly all of them. */
    bool uniform;
    bool all_pairs;       /* every source and every target are connected once */
    bool pairs_positions; /* the sources and targets at the same positions of their subsets are connected */
    bool takes_list;      /* its edges are given one by one: config keys edges, file and group */
    bool takes_kernel;    /* it needs positions: config key kernel */
} volley_connect_rule;

/* True when the edges of a rule are in a table by target before any is drawn. */
static inline bool volley_connect_has_table(const volley_connect_rule *rule) {
    return rule->draw_targets != NULL || rule->takes_list;
}

/* The `draw` of rules with a table: hands on target->sources32 or sources64. */
int volley_connect_replay(const volley_connect_spec *spec, const volley_connect_target *target,
                          volley_connect_sink sink, void *context);

extern const volley_connect_rule *const volley_connect_rules[];
const volley_connect_rule *volley_connect_rule_find(const char *name);

#endif
