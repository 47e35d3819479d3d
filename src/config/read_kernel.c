/* SPDX-License-Identifier: BSD-3-Clause */
/* What depends on distance in a projection: the kernel of its rule, and linear weights and delays. */
#include "config/schema.h"
#include "config/sections.h"

#include "base/status.h"
#include "models/space/expect.h"

#include <math.h>
#include <string.h>

bool volley_needs_positions(volley_reader *r, const volley_node *node, const char *key,
                            const volley_projection *p) {
    const volley_positions *s = p->source_positions, *t = p->target_positions;
    const volley_population *populations = r->network->populations;
    const char *wrong = NULL;
    if (p->source.population < 0 || p->target.population < 0)
        return false; /* reported where they are named */
    if (!s || !t) {
        volley_problem_add(&r->problems, node, key, "needs populations.%s.positions",
                           populations[s ? p->target.population : p->source.population].name);
        return false;
    }
    if (s->dimensions == 0 || t->dimensions == 0)
        return false; /* reported in the population */
    if (s->dimensions != t->dimensions)
        wrong = "dimensions";
    else if (s->edge_wrap != t->edge_wrap)
        wrong = "edge_wrap";
    else
        for (int axis = 0; s->edge_wrap && axis < s->dimensions; axis++)
            if (s->extent[axis] != t->extent[axis] || s->low[axis] != t->low[axis])
                wrong = "extent or center, as both wrap";
    if (wrong)
        volley_problem_add(&r->problems, node, key, "needs populations that agree: %s and %s differ in %s",
                           populations[p->source.population].name, populations[p->target.population].name,
                           wrong);
    return wrong == NULL;
}

void volley_read_kernel(volley_reader *r, const volley_node *connect, volley_projection *p) {
    static const volley_key *const keys[] = {volley_keys_gaussian, volley_keys_exponential, volley_keys_disc};
    const volley_node *node = volley_read_required(r, connect, "kernel");
    size_t before = volley_reader_problems(r);
    if (!node || !volley_read_section(r, node, volley_keys_kernel) || volley_reader_problems(r) > before)
        return;
    if (node->n != 1) {
        volley_problem_add(&r->problems, node, NULL,
                           "must be one of gaussian, exponential, disc: value has %zu keys", node->n);
        return;
    }
    const volley_node *shape = node->items[0];
    volley_kernel_kind kind = VOLLEY_KERNEL_DISC;
    if (strcmp(shape->key, "gaussian") == 0)
        kind = VOLLEY_KERNEL_GAUSSIAN;
    else if (strcmp(shape->key, "exponential") == 0)
        kind = VOLLEY_KERNEL_EXPONENTIAL;
    if (!volley_read_section(r, shape, keys[kind]))
        return;
    volley_kernel kernel = {.kind = kind, .width = 1.0};
    volley_read_quantity(r, volley_read_required(r, shape, keys[kind][0].name), VOLLEY_MIN_LENGTH,
                         VOLLEY_MAX_LENGTH, "mm", &kernel.width);
    kernel.cutoff = volley_kernel_reach(kind, kernel.width);
    double cutoff = kernel.cutoff;
    if (volley_read_quantity(r, volley_node_find(shape, "cutoff"), VOLLEY_MIN_LENGTH, VOLLEY_MAX_LENGTH, "mm",
                             &cutoff))
        kernel.cutoff = fmin(kernel.cutoff, cutoff);
    if (p->source_positions && p->target_positions)
        kernel.rim =
            volley_kernel_rim(kernel.cutoff, p->source_positions->error + p->target_positions->error);
    p->kernel = kernel;
    if (volley_needs_positions(r, connect, "kernel", p) && volley_reader_problems(r) == before)
        volley_find_kernel_sum(r, p);
}

void volley_find_kernel_sum(volley_reader *r, volley_projection *p) {
    const volley_population *populations = r->network->populations;
    volley_connect_spec spec = volley_projection_spec(p);
    bool whole = spec.n_sources == populations[p->source.population].size &&
                 spec.n_targets == populations[p->target.population].size;
    volley_reader_status(r, volley_expect_kernel(&spec, whole, &p->kernel_sum));
}

bool volley_read_linear(volley_reader *r, const volley_node *node, const volley_projection *p,
                        volley_distribution *d) {
    double low, high;
    const volley_node *linear = volley_node_find(node, "linear");
    if (!p) {
        volley_problem_add(&r->problems, linear, NULL,
                           "is possible for the weight and delay of a projection only");
        return false;
    }
    size_t before = volley_reader_problems(r);
    if (node->n != 1)
        volley_problem_add(&r->problems, node, NULL, "linear stands alone: value has %zu keys", node->n);
    if (!volley_read_section(r, linear, volley_keys_linear))
        return false;
    *d = (volley_distribution){.kind = VOLLEY_LINEAR};
    volley_read_number(r, volley_read_required(r, linear, "offset"), -INFINITY, INFINITY, &d->a);
    volley_read_number(r, volley_read_required(r, linear, "slope"), -INFINITY, INFINITY, &d->b);
    if (!volley_needs_positions(r, node, "linear", p) || volley_reader_problems(r) > before)
        return false;
    volley_distance_bounds(p->source_positions, p->target_positions, &low, &high);
    if (p->rule && p->rule->takes_kernel && p->kernel.cutoff > 0.0)
        high = fmin(high, p->kernel.cutoff);
    d->min = d->a + d->b * (d->b >= 0.0 ? low : high);
    d->max = d->a + d->b * (d->b >= 0.0 ? high : low);
    return true;
}
