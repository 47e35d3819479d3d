/* SPDX-License-Identifier: BSD-3-Clause */
/* fixed_total: a fixed number of edges, each a pair drawn uniformly with replacement from all allowed pairs.
 *
 * The total is split over the targets by binomials along a fixed binary tree of target positions, so every
 * rank finds the in-degrees of its own targets alone and they always add up to the total. */
#include "models/connect/uniform.h"
#include "base/memory.h"
#include "base/rng.h"
#include "base/special.h"
#include "base/status.h"

#include <math.h>
#include <stdlib.h>

static const volley_connect_param params[] = {
    {{"number", "1", NAN, 0, 1e12, "edges in all"}, .whole = true, .scaling = VOLLEY_SCALE_TOTAL}};

static double mean_indegree(const volley_connect_spec *spec) {
    return spec->n_targets > 0 ? spec->params[0] / (double)spec->n_targets : 0.0;
}

static int check(const volley_connect_spec *spec) {
    bool one_pair = spec->may_meet && !spec->autapses && spec->n_sources == 1 && spec->n_targets == 1;
    CHECK(spec->params[0] == 0 || !one_pair, VOLLEY_USAGE,
          "a neuron alone cannot be connected without autapses");
    return VOLLEY_OK;
}

/* Binomial(n, p) from one uniform number: inversion that starts at the mode and walks outward, about 1.6
 * standard deviations of steps. */
static int64_t binomial(int64_t n, double p, double u) {
    if (p <= 0 || n == 0)
        return 0;
    if (p >= 1)
        return n;
    double odds = p / (1 - p);
    int64_t mode = (int64_t)((double)(n + 1) * p);
    if (mode > n)
        mode = n;
    double f = volley_exp(volley_log_factorial((double)n) - volley_log_factorial((double)mode) -
                          volley_log_factorial((double)(n - mode)) + (double)mode * volley_log(p) +
                          (double)(n - mode) * volley_log(1 - p));
    int64_t low = mode, high = mode;
    double f_low = f, f_high = f;
    u -= f;
    while (u >= 0 && (low > 0 || high < n) && (f_low > 0 || f_high > 0)) {
        if (high < n) {
            f_high *= (double)(n - high) / (double)(high + 1) * odds;
            high++;
            if ((u -= f_high) < 0)
                return high;
        }
        if (low > 0) {
            f_low *= (double)low / (double)(n - low + 1) / odds;
            low--;
            if ((u -= f_low) < 0)
                return low;
        }
    }
    return mode;
}

/* The walk over the tree: positions [low, high) carry `total` edges; wanted positions are [first, last) of
 * the list. */
typedef struct split {
    const volley_connect_spec *spec;
    uint64_t key;
    const int64_t *positions;
    int64_t *counts;
    int64_t *meets; /* targets before a position that are sources too; NULL when all or none are */
} split;

static double pairs(const split *s, int64_t low, int64_t high) {
    double all = (double)(high - low) * (double)s->spec->n_sources;
    if (s->spec->same && !s->spec->autapses)
        return all - (double)(high - low);
    return s->meets == NULL ? all : all - (double)(s->meets[high] - s->meets[low]);
}

static void walk(const split *s, uint64_t node, int64_t low, int64_t high, int64_t total, int64_t first,
                 int64_t last) {
    if (first == last)
        return;
    if (high - low == 1) {
        s->counts[first] = total;
        return;
    }
    int64_t middle = low + (high - low) / 2;
    volley_rng_block block = volley_rng(s->key, node, 0);
    double share = pairs(s, low, middle) / pairs(s, low, high);
    int64_t left = binomial(total, share, volley_uniform53(block.word[0], block.word[1]));
    int64_t cut = first;
    for (int64_t step = last - first; step > 0;) {
        int64_t half = step / 2;
        if (s->positions[cut + half] < middle) {
            cut += half + 1;
            step -= half + 1;
        } else {
            step = half;
        }
    }
    walk(s, 2 * node, low, middle, left, first, cut);
    walk(s, 2 * node + 1, middle, high, total - left, cut, last);
}

static int count(const volley_connect_spec *spec, uint64_t key, const int64_t *positions, int64_t n,
                 int64_t *counts) {
    split s = {spec, key, positions, counts, NULL};
    if (spec->may_meet && !spec->autapses && !spec->same) {
        TRY(VOLLEY_NEW(s.meets, spec->n_targets + 1));
        for (int64_t i = 0; i < spec->n_targets; i++)
            s.meets[i + 1] = s.meets[i] + (spec->self(spec->context, i) >= 0);
    }
    walk(&s, 1, 0, spec->n_targets, (int64_t)spec->params[0], 0, n);
    free(s.meets);
    return VOLLEY_OK;
}

static int draw(const volley_connect_spec *spec, const volley_connect_target *target,
                volley_connect_sink sink, void *context) {
    return volley_connect_with_replacement(spec, target, target->count, sink, context);
}

const volley_connect_rule volley_connect_fixed_total = {
    .name = "fixed_total",
    .meaning = "`number` edges in all, each pair drawn uniformly with replacement",
    .source = "NEST fixed_total_number",
    .params = params,
    .n_params = 1,
    .takes_autapses = true,
    .takes_multapses = true,
    .can_refuse_multapses = false,
    .mean_indegree = mean_indegree,
    .uniform = true,
    .check = check,
    .count = count,
    .draw = draw,
};
