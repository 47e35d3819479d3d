/* SPDX-License-Identifier: BSD-3-Clause */
/* A plasticity rule outside volley's tree with states of every kind: three traces of the source, three of the
 * target and two columns, all of which change the weight. Written without the templates of the built-in
 * rules. */
#include "volley/base/status.h"
#include "volley/models/neuron/module.h"

#include <math.h>

enum { TRACES = 3, POSTS = 0, DRIFT = 1 };

static double get(const void *values, int64_t i, bool wide) {
    return wide ? ((const double *)values)[i] : (double)((const float *)values)[i];
}

static void set(void *values, int64_t i, bool wide, double value) {
    if (wide)
        ((double *)values)[i] = value;
    else
        ((float *)values)[i] = (float)value;
}

static double left(const volley_decay *decay, int64_t steps) {
    return steps < decay->cut ? decay->value64[steps] : 0.0;
}

/* The synapse's part at one spike: `change` goes into the drift, both into the weight. */
static void apply(const volley_visit *t, uint32_t i, bool wide, double change, double posts) {
    double seen = get(t->column[POSTS], i, wide) + posts;
    double drift = 0.5 * get(t->column[DRIFT], i, wide) + change;
    double w = get(t->weight, i, wide) + change + 0.01 * drift - 1e-5 * seen;
    set(t->column[POSTS], i, wide, seen);
    set(t->column[DRIFT], i, wide, drift);
    set(t->weight, i, wide, fmin(fmax(w, 0.0), t->constants[0]));
}

static void handle(const volley_visit *t, uint32_t i, bool wide) {
    const volley_history *h = t->history;
    int32_t slot = t->target[i] - h->first, k = 0;
    while (k < h->depth && h->step[(int64_t)k * h->count + slot] > t->from)
        k++;
    while (--k >= 0 && h->step[(int64_t)k * h->count + slot] <= t->to) {
        int32_t p = h->step[(int64_t)k * h->count + slot];
        double change = 0.0;
        for (int j = 0; j < TRACES; j++)
            change += 1e-3 * (j + 1) * t->plus_then[j] * left(&t->plus[j], (int64_t)p - t->met);
        apply(t, i, wide, change, 1.0);
    }
    if (!t->change)
        return;
    for (k = 0; k < h->depth && h->step[(int64_t)k * h->count + slot] > t->seen;)
        k++;
    double change = 0.0;
    for (int j = 0; j < TRACES && k < h->depth; j++) {
        int64_t at = (int64_t)k * h->count + slot;
        if (h->step[at] != VOLLEY_STEP_NEVER)
            change -= 1e-3 * (j + 1) * get(h->trace[j], at, wide) *
                      left(&t->minus[j], (int64_t)t->now - h->step[at]);
    }
    apply(t, i, wide, change, 0.0);
}

static void visit(const volley_visit *t, bool wide) {
    for (uint32_t i = 0; i < t->n; i++)
        handle(t, i, wide);
    for (uint32_t i = 0; i < t->n && t->input != NULL; i++)
        t->input[t->target[i]] += get(t->weight, i, wide);
}

static void visit_float(const volley_visit *t) {
    visit(t, false);
}

static void visit_double(const volley_visit *t) {
    visit(t, true);
}

static const volley_visit_function kernels[2][3] = {{visit_float, visit_float, visit_float},
                                                    {visit_double, visit_double, visit_double}};

static const volley_field params[] = {
    {"w_max", "weight", 1.0, 0.0, INFINITY, "upper bound of the weight"},
};

static int prepare(const double *p, const int *choices, double dt_ms, volley_rule_plan *plan) {
    (void)choices;
    (void)dt_ms;
    *plan = (volley_rule_plan){
        .constants = {p[0]},
        .source = {{.name = "pre_fast", .tau = 8.0},
                   {.name = "pre", .tau = 20.0},
                   {.name = "pre_slow", .tau = 70.0}},
        .target = {{.name = "post_fast", .tau = 9.0},
                   {.name = "post", .tau = 25.0},
                   {.name = "post_slow", .tau = 60.0}},
        .column = {{.name = "posts_seen"}, {.name = "drift"}},
        .coincidence = VOLLEY_PRE_FIRST,
        .w_high = p[0],
        .visit = kernels,
    };
    return VOLLEY_OK;
}

static void changes(const double *c, double w, double reward, double size[VOLLEY_CHANGES]) {
    (void)c;
    (void)w;
    (void)reward;
    size[VOLLEY_CHANGE_POST] = size[VOLLEY_CHANGE_PRE] = 6e-3;
    size[VOLLEY_CHANGE_STEP] = 0.0;
}

static const volley_rule outside_columns = {
    .name = "outside_columns",
    .meaning = "example of a rule outside the tree with three traces on each side and two columns",
    .source = "this file",
    .coincidence = "the pair potentiates",
    .n_params = 1,
    .params = params,
    .prepare = prepare,
    .changes = changes,
};

VOLLEY_RULE_MODULE(&outside_columns)
