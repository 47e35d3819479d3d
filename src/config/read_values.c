/* SPDX-License-Identifier: BSD-3-Clause */
/* Distributions and subsets in the config. */
#include "config/files.h"
#include "config/reader.h"
#include "config/schema.h"
#include "config/sections.h"

#include "base/memory.h"
#include "base/status.h"
#include "base/special.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Draws are repeated at most VOLLEY_RNG_ATTEMPTS times; with this share 2^40 draws of a run need more with a
 * probability of 2e-13. */
static const double min_acceptance = 0.2;

/* Whether a list of values may stand here, and has the right length; else that is reported. */
static bool check_list(volley_reader *r, const volley_node *node, bool allowed) {
    if (!allowed)
        volley_problem_add(
            &r->problems, node, NULL,
            "a list of values is not possible here; allowed a number, normal, lognormal, uniform");
    return allowed;
}

static bool check_length(volley_reader *r, const volley_node *node, int64_t n, int64_t count) {
    if (count < 0 || n == count) /* -1: the size is wrong itself */
        return true;
    volley_problem_add(&r->problems, node, NULL, "wrong length: value %lld numbers; allowed %lld",
                       (long long)n, (long long)count);
    return false;
}

static bool read_values(volley_reader *r, const volley_node *node, bool allowed, int64_t count,
                        volley_distribution *d) {
    if (!check_list(r, node, allowed))
        return false;
    if (node->kind != VOLLEY_NODE_LIST) {
        volley_wrong_type(r, node, "a list of numbers");
        return false;
    }
    if (!check_length(r, node, (int64_t)node->n, count))
        return false;
    if (node->n == 0) { /* of no neuron or synapse: nothing is ever drawn */
        *d = volley_constant(1.0);
        return true;
    }
    if (volley_reader_status(r, VOLLEY_NEW(d->values, node->n)) != VOLLEY_OK)
        return false;
    d->kind = VOLLEY_VALUES;
    d->count = (int64_t)node->n;
    bool ok = true;
    for (size_t i = 0; i < node->n; i++)
        ok &= volley_read_number(r, node->items[i], -INFINITY, INFINITY, &d->values[i]);
    return ok;
}

/* {file: PATH}, with the name of a column or the path of a dataset. */
static bool read_file(volley_reader *r, const volley_node *node, bool allowed, int64_t count,
                      volley_distribution *d) {
    const char *column = NULL, *dataset = NULL;
    size_t before = volley_reader_problems(r);
    volley_read_section(r, node, volley_keys_file);
    volley_read_text(r, volley_node_find(node, "column"), &column);
    volley_read_text(r, volley_node_find(node, "dataset"), &dataset);
    if (column && dataset)
        volley_problem_add(&r->problems, node, NULL, "must have one of column and dataset: value both");
    if (!check_list(r, node, allowed) || volley_reader_problems(r) != before)
        return false;
    const volley_node *file = volley_node_find(node, "file");
    if (!volley_file_values(r, file, column, dataset, &d->values, &d->count) ||
        !check_length(r, file, d->count, count))
        return false;
    if (d->count == 0)
        *d = volley_constant(1.0);
    else
        d->kind = VOLLEY_VALUES;
    return true;
}

static bool read_uniform(volley_reader *r, const volley_node *node, volley_distribution *d) {
    if (!volley_read_section(r, node, volley_keys_uniform))
        return false;
    const volley_node *low = volley_read_required(r, node, "low"),
                      *high = volley_read_required(r, node, "high");
    bool ok = volley_read_number(r, low, -INFINITY, INFINITY, &d->a);
    ok &= volley_read_number(r, high, -INFINITY, INFINITY, &d->b);
    d->kind = VOLLEY_UNIFORM;
    if (ok && !(d->a < d->b)) {
        volley_problem_add(&r->problems, node, NULL, "low must be below high: value low %.10g, high %.10g",
                           d->a, d->b);
        return false;
    }
    return ok;
}

static bool read_normal(volley_reader *r, const volley_node *node, volley_distribution_kind kind,
                        volley_distribution *d) {
    if (!volley_read_section(r, node, volley_keys_normal))
        return false;
    size_t before = volley_reader_problems(r);
    d->kind = kind;
    volley_read_number(r, volley_read_required(r, node, "mean"), -INFINITY, INFINITY, &d->a);
    volley_read_number(r, volley_read_required(r, node, "std"), 0.0, INFINITY, &d->b);
    volley_read_number(r, volley_node_find(node, "min"), -INFINITY, INFINITY, &d->min);
    volley_read_number(r, volley_node_find(node, "max"), -INFINITY, INFINITY, &d->max);
    if (volley_reader_problems(r) != before)
        return false;
    if (!(d->min < d->max)) {
        volley_problem_add(&r->problems, node, NULL, "min must be below max: value min %.10g, max %.10g",
                           d->min, d->max);
        return false;
    }
    double share = volley_distribution_acceptance(d);
    if (share < min_acceptance) {
        volley_problem_add(&r->problems, node, NULL,
                           "min and max leave too little: value %.3g of all draws; allowed at least %.1g",
                           share, min_acceptance);
        return false;
    }
    /* Without spread there is nothing to draw, and constants are stored in less room. */
    if (d->b == 0.0)
        *d = volley_constant(kind == VOLLEY_NORMAL ? d->a : volley_exp(d->a));
    return true;
}

bool volley_read_distribution(volley_reader *r, const volley_node *node, bool lists, int64_t count,
                              volley_distribution *d) {
    if (!node)
        return false;
    volley_distribution found = volley_constant(0.0);
    bool ok = false;
    if (node->kind != VOLLEY_NODE_MAP) {
        ok = volley_read_number(r, node, -INFINITY, INFINITY, &found.a);
    } else if (volley_node_find(node, "file")) {
        ok = read_file(r, node, lists, count, &found);
    } else if (volley_node_find(node, "linear")) {
        ok = volley_read_linear(r, node, NULL, &found);
    } else if (volley_node_find(node, "nodes")) {
        ok = check_list(r, node, lists) && volley_read_node_values(r, node, &found) &&
             (found.kind == VOLLEY_CONSTANT || check_length(r, node, found.count, count));
    } else if (volley_read_section(r, node, volley_keys_distribution) && node->n != 1) {
        volley_problem_add(
            &r->problems, node, NULL,
            "must be one number or one of normal, lognormal, uniform, values, file: value has %zu keys",
            node->n);
    } else {
        const volley_node *inner = node->items[0];
        if (strcmp(inner->key, "normal") == 0)
            ok = read_normal(r, inner, VOLLEY_NORMAL, &found);
        else if (strcmp(inner->key, "lognormal") == 0)
            ok = read_normal(r, inner, VOLLEY_LOGNORMAL, &found);
        else if (strcmp(inner->key, "uniform") == 0)
            ok = read_uniform(r, inner, &found);
        else if (strcmp(inner->key, "values") == 0)
            ok = read_values(r, inner, lists, count, &found);
    }
    if (ok)
        *d = found;
    else
        free(found.values);
    return ok;
}

bool volley_check_range(volley_reader *r, const volley_node *node, const volley_distribution *d,
                        const volley_field *field) {
    double low = volley_distribution_low(d), high = volley_distribution_high(d);
    if (low >= field->low && high <= field->high)
        return true;
    char range[100], unit[40];
    volley_unit_text(field->unit, unit, sizeof unit);
    volley_range_text(field->low, field->high, range, sizeof range);
    if (d->kind == VOLLEY_CONSTANT && node->kind == VOLLEY_NODE_SCALAR)
        volley_problem_add(&r->problems, node, NULL, "out of range: value %s%s; allowed %s%s", node->text,
                           unit, range, unit);
    else
        volley_problem_add(
            &r->problems, node, NULL, "out of range: value from %.10g to %.10g%s; allowed %s%s%s", low, high,
            unit, range, unit,
            d->kind == VOLLEY_NORMAL || d->kind == VOLLEY_LOGNORMAL ? "; give min or max" : "");
    return false;
}

/* A neuron, and its place in the list. */
typedef struct named {
    int64_t id, place;
} named;

static int compare_ids(const void *a, const void *b) {
    const named *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

/* Sorts neurons that are named in another order than ascending, and remembers that order. */
static int sort_ids(volley_subset *subset) {
    int64_t n = subset->count, sorted = 1;
    while (sorted < n && subset->ids[sorted - 1] < subset->ids[sorted])
        sorted++;
    if (sorted >= n)
        return VOLLEY_OK;
    named *names;
    TRY(VOLLEY_NEW(subset->order, n));
    TRY(VOLLEY_NEW(names, n));
    for (int64_t i = 0; i < n; i++)
        names[i] = (named){subset->ids[i], i};
    qsort(names, (size_t)n, sizeof *names, compare_ids);
    for (int64_t i = 0; i < n; i++) {
        subset->ids[i] = names[i].id;
        subset->order[names[i].place] = i;
    }
    free(names);
    return VOLLEY_OK;
}

static bool read_ids(volley_reader *r, const volley_node *node, int64_t size, volley_subset *subset) {
    if (node->kind != VOLLEY_NODE_LIST || node->n == 0) {
        volley_problem_add(&r->problems, node, NULL, "must be a list of neuron numbers, not empty");
        return false;
    }
    if (volley_reader_status(r, VOLLEY_NEW(subset->ids, node->n)) != VOLLEY_OK)
        return false;
    bool ok = true;
    for (size_t i = 0; i < node->n; i++)
        ok &= volley_read_whole(r, node->items[i], 0, size - 1, &subset->ids[i]);
    subset->count = (int64_t)node->n;
    if (ok && volley_reader_status(r, sort_ids(subset)) != VOLLEY_OK)
        return false;
    for (size_t i = 1; ok && i < node->n; i++)
        if (subset->ids[i] == subset->ids[i - 1]) {
            volley_problem_add(&r->problems, node, NULL, "the same neuron twice: value %lld",
                               (long long)subset->ids[i]);
            ok = false;
        }
    return ok;
}

/* range: [a, b] is a <= i < b. */
static bool read_range(volley_reader *r, const volley_node *node, int64_t size, volley_subset *subset) {
    if (node->kind != VOLLEY_NODE_LIST || node->n != 2) {
        volley_problem_add(&r->problems, node, NULL, "must be two numbers [a, b], for neurons a <= i < b");
        return false;
    }
    int64_t end = 0;
    if (!volley_read_whole(r, node->items[0], 0, size - 1, &subset->start) ||
        !volley_read_whole(r, node->items[1], subset->start + 1, size, &end))
        return false;
    subset->count = end - subset->start;
    return true;
}

bool volley_read_selected(volley_reader *r, const volley_node *node, int64_t size, volley_subset *subset) {
    if (!volley_read_section(r, node, volley_keys_neurons))
        return false;
    if (node->n != 1) {
        volley_problem_add(&r->problems, node, NULL,
                           "must be one of first, ids, range, every: value has %zu keys", node->n);
        return false;
    }
    const volley_node *inner = node->items[0];
    if (strcmp(inner->key, "first") == 0)
        return volley_read_whole(r, inner, 1, size, &subset->count);
    if (strcmp(inner->key, "ids") == 0)
        return read_ids(r, inner, size, subset);
    if (strcmp(inner->key, "range") == 0)
        return read_range(r, inner, size, subset);
    if (strcmp(inner->key, "every") != 0 || !volley_read_whole(r, inner, 1, size, &subset->stride))
        return false;
    subset->count = (size + subset->stride - 1) / subset->stride;
    return true;
}
