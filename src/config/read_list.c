/* SPDX-License-Identifier: BSD-3-Clause */
/* The rule `list`: edges given one by one. */
#include "config/files.h"
#include "config/sections.h"

#include "base/memory.h"
#include "base/status.h"
#include "net/part.h"

#include <stdlib.h>
#include <string.h>

/* Position in the subset of the neuron that `node` names by its number inside the population. */
static bool read_end(volley_reader *r, const volley_node *node, const volley_subset *subset,
                     int64_t *position) {
    const volley_population *population = &r->network->populations[subset->population];
    int64_t id;
    if (!volley_read_whole(r, node, 0, volley_part_size(population) - 1, &id))
        return false;
    int64_t index = volley_part_find(population, id);
    *position = index < 0 ? -1 : volley_subset_find(subset, index);
    if (*position < 0)
        volley_problem_add(&r->problems, node, NULL, "neuron %lld of %s is not in the subset", (long long)id,
                           population->name);
    return *position >= 0;
}

static bool read_edges(volley_reader *r, const volley_node *node, bool ends, volley_projection *p) {
    volley_edge_list *list = p->list;
    if (node->kind != VOLLEY_NODE_LIST) {
        volley_problem_add(&r->problems, node, NULL, "must be a list of pairs [source, target]");
        return false;
    }
    if (volley_reader_status(r, VOLLEY_NEW(list->source, node->n)) != VOLLEY_OK ||
        volley_reader_status(r, VOLLEY_NEW(list->target, node->n)) != VOLLEY_OK)
        return false;
    list->count = (int64_t)node->n;
    bool ok = true;
    for (size_t i = 0; i < node->n; i++) {
        const volley_node *pair = node->items[i];
        if (pair->kind != VOLLEY_NODE_LIST || pair->n != 2) {
            volley_problem_add(&r->problems, pair, NULL, "must be a pair [source, target]");
            ok = false;
        } else if (ends) {
            ok &= read_end(r, pair->items[0], &p->source, &list->source[i]);
            ok &= read_end(r, pair->items[1], &p->target, &list->target[i]);
        }
    }
    return ok;
}

bool volley_read_list(volley_reader *r, const volley_node *connect, bool ends, volley_projection *p) {
    if (volley_reader_status(r, VOLLEY_NEW(p->list, 1)) != VOLLEY_OK)
        return false;
    const volley_node *edges = volley_node_find(connect, "edges"), *file = volley_node_find(connect, "file");
    const volley_node *group = volley_node_find(connect, "group");
    if (!edges == !file) {
        volley_problem_add(&r->problems, connect, NULL, "must have one of edges and file: value %s",
                           edges ? "both" : "none");
        return false;
    }
    if (edges && group) {
        volley_problem_add(&r->problems, group, NULL, "a group needs a file");
        return false;
    }
    const volley_node *population = volley_node_find(connect, "population");
    bool ok = edges        ? read_edges(r, edges, ends, p)
              : population ? volley_read_selection(r, connect, ends, p)
                           : volley_file_list(r, file, group, p->list);
    if (file && !ok) { /* keys that are not there may be columns of the file */
        p->list->has_weight = !volley_node_find(connect->parent, "weight");
        p->list->has_delay = !volley_node_find(connect->parent, "delay");
    }
    return ok;
}
