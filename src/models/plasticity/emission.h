/* SPDX-License-Identifier: BSD-3-Clause */
/* What the rules by emission step share: plain loops over one synapse after another. Such rules change a
 * synapse once at every step at which its source or its target fires, however often; the change of a step is
 * computed in double and added at once, after which the weight is cut off at its bounds and rounded to its
 * type. */
#ifndef VOLLEY_MODELS_EMISSION_H
#define VOLLEY_MODELS_EMISSION_H

#include "base/simd.h"
#include "base/status.h"
#include "models/plasticity/plasticity.h"

#include <math.h>
#include <stddef.h>

/* The first constants of such a rule. */
enum { EMISSION_LOW, EMISSION_HIGH, EMISSION_CONSTANTS };

/* Parameters w_min and w_max, which are no bounds unless given. */
/* clang-format off */
#define EMISSION_BOUND_FIELDS \
    {"w_min", "weight", NAN, -INFINITY, INFINITY, "lower bound of the weight; none unless given"}, \
    {"w_max", "weight", NAN, -INFINITY, INFINITY, "upper bound of the weight; none unless given"}
/* clang-format on */

/* Puts the bounds into the plan; VOLLEY_USAGE when they leave nothing between them. */
static inline int emission_bounds(double w_min, double w_max, volley_rule_plan *plan) {
    CHECK(!(w_min > w_max), VOLLEY_USAGE, "w_min lies above w_max: value %g and %g", w_min, w_max);
    plan->w_low = isnan(w_min) ? -INFINITY : w_min;
    plan->w_high = isnan(w_max) ? INFINITY : w_max;
    plan->constants[EMISSION_LOW] = plan->w_low;
    plan->constants[EMISSION_HIGH] = plan->w_high;
    return VOLLEY_OK;
}

VOLLEY_INLINE double emission_change(const double *constants, double w, double dw, bool wide) {
    w += dw;
    w = w > constants[EMISSION_LOW] ? w : constants[EMISSION_LOW];
    w = w < constants[EMISSION_HIGH] ? w : constants[EMISSION_HIGH];
    return wide ? w : (double)(float)w;
}

/* The post spikes of one synapse, newest first: number k is at step[k * count], k < depth. */
typedef struct emission_posts {
    const int32_t *step;
    int64_t count;
    int32_t depth;
} emission_posts;

VOLLEY_INLINE emission_posts emission_posts_of(const volley_visit *visit, uint32_t i) {
    const volley_history *history = visit->history;
    return (emission_posts){history->step + (visit->target[i] - history->first), history->count,
                            history->depth};
}

VOLLEY_INLINE int32_t emission_step(emission_posts posts, int32_t k) {
    return k < posts.depth ? posts.step[k * posts.count] : VOLLEY_STEP_NEVER;
}

/* Number of the newest post spike that is not after `step`; at least `k`. */
VOLLEY_INLINE int32_t emission_find(emission_posts posts, int32_t k, int32_t step) {
    while (k < posts.depth && posts.step[k * posts.count] > step)
        k++;
    return k;
}

/* What a rule fills in: the change of the weight w at a post spike stamped `step` that meets no pre spike ...
 */
typedef double (*emission_post)(const volley_visit *visit, int32_t step);
/* ... and at the pre spike visit->now, `newest` being the number of the newest post spike up to then. */
typedef double (*emission_pre)(const volley_visit *visit, emission_posts posts, int32_t newest);

/* A visit. `skip_zero`: weights of exactly 0 are no synapses and stay. */
VOLLEY_INLINE void emission_visit(const volley_visit *visit, emission_post post, emission_pre pre,
                                  bool skip_zero, bool wide) {
    for (uint32_t i = 0; i < visit->n; i++) {
        double w = wide ? ((double *)visit->weight)[i] : (double)((float *)visit->weight)[i];
        bool fixed = skip_zero && w == 0.0;
        emission_posts posts = emission_posts_of(visit, i);
        int32_t done = emission_find(posts, 0, visit->to), next = emission_find(posts, done, visit->from);
        while (!fixed && next-- > done)
            w = emission_change(visit->constants, w, post(visit, emission_step(posts, next)), wide);
        if (visit->spike && visit->change && !fixed)
            w = emission_change(visit->constants, w, pre(visit, posts, emission_find(posts, 0, visit->now)),
                                wide);
        if (wide)
            ((double *)visit->weight)[i] = w;
        else
            ((float *)visit->weight)[i] = (float)w;
        if (visit->spike && visit->input != NULL)
            visit->input[visit->target[i]] += visit->scale * w;
    }
}

/* The table `name` for a plan. */
#define EMISSION_KERNELS(name, post, pre, skip_zero)                                                         \
    static void name##_float(const volley_visit *visit) {                                                    \
        emission_visit(visit, post, pre, skip_zero, false);                                                  \
    }                                                                                                        \
    static void name##_double(const volley_visit *visit) {                                                   \
        emission_visit(visit, post, pre, skip_zero, true);                                                   \
    }                                                                                                        \
    static const volley_visit_function name[2][3] = {{name##_float, name##_float, name##_float},             \
                                                     {name##_double, name##_double, name##_double}};

#endif
