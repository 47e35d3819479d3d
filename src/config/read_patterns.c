/* SPDX-License-Identifier: BSD-3-Clause */
/* params of the stimulus patterns. */
#include "config/schema.h"
#include "config/sections.h"

#include "base/memory.h"
#include "base/status.h"

#include <math.h>
#include <stdlib.h>

/* One pattern: a number for each target neuron. */
static void read_pattern(volley_reader *r, const volley_node *list, int64_t n, double *value) {
    if (list->kind != VOLLEY_NODE_LIST) {
        volley_problem_add(&r->problems, list, NULL, "must be a list of numbers, one for each target neuron");
        return;
    }
    if ((int64_t)list->n != n) {
        volley_problem_add(&r->problems, list, NULL,
                           "wrong length: value %zu numbers; allowed %lld, one for each target neuron",
                           list->n, (long long)n);
        return;
    }
    for (int64_t i = 0; i < n; i++)
        volley_read_number(r, list->items[i], -INFINITY, INFINITY, &value[i]);
}

/* Numbers stand in the order in which the config names the targets; the stimulus has them ascending. */
static void order_pattern(const volley_stimulus *s, const double *named, double *value) {
    int64_t first = 0;
    for (int32_t t = 0; t < s->n_targets; first += s->targets[t++].count)
        for (int64_t i = 0; i < s->targets[t].count; i++)
            value[first + volley_subset_named(&s->targets[t], i)] = named[first + i];
}

void volley_read_patterns(volley_reader *r, const volley_node *node, volley_stimulus *s) {
    static const char *const orders[] = {"cycle", "random", NULL};
    const volley_node *params = volley_read_required(r, node, "params");
    if (!params || !volley_read_section(r, params, volley_keys_patterns))
        return;
    int order = 0;
    volley_read_choice(r, volley_node_find(params, "order"), orders, &order);
    s->patterns.random = order == 1;
    volley_read_time(r, volley_node_find(params, "interval"), 1, &s->interval_steps);
    const volley_node *values = volley_read_required(r, params, "values");
    if (!values || s->n_targets == 0)
        return;
    if (values->kind != VOLLEY_NODE_LIST || values->n == 0) {
        volley_problem_add(&r->problems, values, NULL, "must be a list of patterns, not empty");
        return;
    }
    volley_patterns *patterns = &s->patterns;
    for (int32_t i = 0; i < s->n_targets; i++)
        patterns->n_values += s->targets[i].count;
    patterns->n = (int64_t)values->n;
    /* no list is longer than its nodes: what is too long for memory has a wrong length */
    for (size_t i = 0; i < values->n; i++)
        if (values->items[i]->kind != VOLLEY_NODE_LIST ||
            (int64_t)values->items[i]->n != patterns->n_values) {
            read_pattern(r, values->items[i], patterns->n_values, NULL);
            return;
        }
    if (volley_reader_status(r, VOLLEY_NEW(patterns->value, patterns->n * patterns->n_values)) != VOLLEY_OK)
        return;
    double *named;
    if (volley_reader_status(r, VOLLEY_NEW(named, patterns->n_values)) != VOLLEY_OK)
        return;
    for (int64_t i = 0; i < patterns->n; i++) {
        read_pattern(r, values->items[i], patterns->n_values, named);
        order_pattern(s, named, patterns->value + i * patterns->n_values);
    }
    free(named);
}
