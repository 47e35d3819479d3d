/* SPDX-License-Identifier: BSD-3-Clause */
/* Neurons of populations, and of those whose parts are populations. */
#include "config/reader.h"
#include "config/schema.h"

#include "base/memory.h"
#include "base/status.h"
#include "net/part.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char **volley_population_names(volley_reader *r) {
    const volley_network *network = r->network;
    const char **names;
    int32_t n = 0;
    if (volley_reader_status(r, VOLLEY_NEW(names, 2 * network->n_populations + 1)) != VOLLEY_OK)
        return NULL;
    for (int32_t i = 0; i < network->n_populations; i++)
        names[n++] = network->populations[i].name;
    for (int32_t i = 0; i < network->n_populations; i++) /* parts are populations, and their wholes */
        if (network->populations[i].part && network->populations[i].part->first == i)
            names[n++] = network->populations[i].part->of;
    return names;
}

/* The populations [*first, *first + *n) that a name stands for: parts of a whole stand one after another. */
static bool read_name(volley_reader *r, const volley_node *node, int32_t *first, int32_t *n) {
    const volley_network *network = r->network;
    const volley_node *whole = NULL;
    *n = 1;
    *first = volley_read_item(r, "populations", node);
    if (*first >= 0)
        return true;
    if (node->kind == VOLLEY_NODE_SCALAR)
        whole = volley_node_find_any(r->wholes, node->text);
    if (whole) {
        *first = whole->anchor_line;
        while (*first + *n < network->n_populations && volley_part_first(network, *first + *n) == *first)
            ++*n;
    } else if (!volley_unknown_briefly(r, node)) {
        const char **names = volley_population_names(r);
        int index;
        if (names)
            volley_read_choice(r, node, names, &index);
        free(names);
    }
    return whole != NULL;
}

/* The order of the neurons of a part, of which `subset` are, in that of a subset of its whole. */
static int take_order(const volley_population *p, const volley_subset *of_whole, volley_subset *subset) {
    int64_t n = 0;
    if (!of_whole->order)
        return VOLLEY_OK;
    TRY(VOLLEY_NEW(subset->order, subset->count));
    for (int64_t i = 0; i < of_whole->count; i++) {
        int64_t member = volley_part_find(p, volley_subset_at(of_whole, of_whole->order[i]));
        int64_t item = member < 0 ? -1 : volley_subset_find(subset, member);
        if (item >= 0)
            subset->order[n++] = item;
    }
    ASSERT(n == subset->count);
    return VOLLEY_OK;
}

/* The neurons of a part that are in a subset of its whole. */
static int take_part(const volley_population *p, const volley_subset *of_whole, volley_subset *subset) {
    int64_t n = 0;
    TRY(VOLLEY_NEW(subset->ids, p->size));
    for (int64_t i = 0; i < p->size; i++)
        if (volley_subset_find(of_whole, volley_part_id(p, i)) >= 0)
            subset->ids[n++] = i;
    subset->count = n;
    if (n == 0 || subset->ids[n - 1] - subset->ids[0] == n - 1) { /* a range */
        subset->start = n > 0 ? subset->ids[0] : 0;
        subset->stride = 1;
        free(subset->ids);
        subset->ids = NULL;
    }
    return take_order(p, of_whole, subset);
}

/* The neurons of one population, which may be none of a part. */
static bool read_of(volley_reader *r, int32_t population, const volley_node *neurons, volley_subset *subset) {
    const volley_population *p = &r->network->populations[population];
    *subset = (volley_subset){.population = population, .stride = 1, .count = p->size};
    if (!neurons)
        return true;
    /* A population without a valid size is reported at its own place. */
    int64_t size = volley_part_size(p);
    volley_subset chosen = {.population = population, .stride = 1, .count = size};
    bool ok = size > 0 && volley_read_selected(r, neurons, size, &chosen);
    if (ok && !p->part) {
        *subset = chosen;
        return true;
    }
    if (ok)
        ok = volley_reader_status(r, take_part(p, &chosen, subset)) == VOLLEY_OK;
    volley_subset_free(&chosen);
    return ok;
}

/* The keys of a subset. */
static const volley_node *read_keys(volley_reader *r, const volley_node *node, const volley_node **neurons) {
    *neurons = NULL;
    if (!node || node->kind != VOLLEY_NODE_MAP)
        return node;
    volley_read_section(r, node, volley_keys_subset);
    *neurons = volley_node_find(node, "neurons");
    return volley_read_required(r, node, "population");
}

static bool read_one(volley_reader *r, const volley_node *name, const volley_node *neurons,
                     volley_subset *subset) {
    int32_t first, n;
    if (!name || !read_name(r, name, &first, &n))
        return false;
    if (n > 1) {
        volley_problem_add(
            &r->problems, name, NULL,
            "is %d populations here, one for each model: value %s; allowed one of them: %s, ...", n,
            name->text, r->network->populations[first].name);
        return false;
    }
    if (!read_of(r, first, neurons, subset))
        return false;
    if (subset->count == 0 && r->network->populations[first].size > 0) {
        volley_problem_add(&r->problems, neurons, NULL, "none of these neurons is in %s, a part of %s",
                           r->network->populations[first].name,
                           volley_part_name(&r->network->populations[first]));
        return false;
    }
    return true;
}

bool volley_read_subset(volley_reader *r, const volley_node *node, volley_subset *subset) {
    const volley_node *neurons, *name = read_keys(r, node, &neurons);
    *subset = (volley_subset){.stride = 1, .population = -1};
    return read_one(r, name, neurons, subset);
}

/* Whether a part of a whole of n populations takes part where spikes, states and input of neurons are named.
 */
static bool takes_part(const volley_reader *r, int32_t first, int32_t n, int32_t population) {
    bool all_sources = true;
    for (int32_t p = first; p < first + n; p++)
        all_sources &= r->network->populations[p].model && r->network->populations[p].model->is_source;
    const volley_neuron_model *model = r->network->populations[population].model;
    return all_sources || !model || !model->is_source;
}

static bool read_several(volley_reader *r, const volley_node *name, const volley_node *neurons, int32_t first,
                         int32_t n, volley_subset **subsets, int32_t *count) {
    if (volley_reader_status(r, VOLLEY_NEW(*subsets, n)) != VOLLEY_OK)
        return false;
    for (int32_t p = first; p < first + n; p++) {
        volley_subset subset;
        if (!takes_part(r, first, n, p))
            continue;
        if (!read_of(r, p, neurons, &subset))
            return false;
        if (subset.count > 0)
            (*subsets)[(*count)++] = subset;
    }
    if (*count == 0)
        volley_problem_add(&r->problems, neurons ? neurons : name, NULL,
                           "all of these neurons are sources of spikes");
    return *count > 0;
}

bool volley_read_subsets(volley_reader *r, const volley_node *node, volley_subset **subsets, int32_t *n) {
    const volley_node *neurons, *name = read_keys(r, node, &neurons);
    return volley_read_neurons(r, name, neurons, subsets, n);
}

bool volley_read_neurons(volley_reader *r, const volley_node *name, const volley_node *neurons,
                         volley_subset **subsets, int32_t *n) {
    int32_t first, populations;
    *subsets = NULL;
    *n = 0;
    if (!name || !read_name(r, name, &first, &populations))
        return false;
    bool ok;
    if (populations > 1) {
        ok = read_several(r, name, neurons, first, populations, subsets, n);
    } else {
        ok = volley_reader_status(r, VOLLEY_NEW(*subsets, 1)) == VOLLEY_OK &&
             read_one(r, name, neurons, *subsets);
        *n = ok;
    }
    if (ok)
        return true;
    for (int32_t i = 0; i < *n; i++)
        volley_subset_free(&(*subsets)[i]);
    free(*subsets);
    *subsets = NULL;
    *n = 0;
    return false;
}
