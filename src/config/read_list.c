/* SPDX-License-Identifier: BSD-3-Clause */
/* The rule `list`: edges given one by one. */
#include "config/files.h"
#include "config/sections.h"

#include "base/memory.h"
#include "base/status.h"
#include "net/part.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
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
    p->rule_value = p->list->count > 0 ? (double)p->list->count : 0.0;
    return ok;
}

static int finish_weight(volley_projection *p) {
    double low = p->weight.min, high = p->weight.max;
    CHECK(!p->list->has_weight || p->weight_bytes == 8 || fmax(fabs(low), fabs(high)) <= (double)FLT_MAX,
          VOLLEY_USAGE,
          "%s: weights beyond what float32 holds: value from %.10g to %.10g; allowed at most %.3g, or "
          "weight_precision: "
          "float64",
          p->list->place, low, high, (double)FLT_MAX);
    if (!p->list->has_weight)
        return VOLLEY_OK;
    CHECK(low >= 0.0 || high <= 0.0, VOLLEY_USAGE,
          "%s: %s: weights have both signs: value from %.10g to %.10g; allowed one sign in a projection",
          p->list->place, p->list->file, low, high);
    if (p->receptor < 0)
        p->receptor = low < 0.0;
    return VOLLEY_OK;
}

/* What the keys of plasticity ask of columns. */
static int check_plasticity(const volley_network *network, const volley_projection *p) {
    const volley_plasticity *plasticity = &p->plasticity;
    int64_t low, high;
    volley_delay_bounds(&p->delay, &low, &high);
    if (plasticity->rule == NULL || p->list->count == 0)
        return VOLLEY_OK;
    CHECK(p->trained || !p->list->has_weight || volley_plasticity_allows(p, p->weight.min, p->weight.max),
          VOLLEY_USAGE,
          "%s: initial weights can lie outside the bounds of %s: value from %.10g to %.10g; allowed %.10g to "
          "%.10g",
          p->list->place, plasticity->rule->name, p->weight.min, p->weight.max, plasticity->plan.w_low,
          plasticity->plan.w_high);
    CHECK(
        !p->list->has_delay || plasticity->dendritic <= low, VOLLEY_USAGE,
        "%s: dendritic_delay is longer than the smallest delay: value %.10g ms; allowed at most %.10g ms, or "
        "all",
        p->list->place, volley_step_to_ms(network, plasticity->dendritic), volley_step_to_ms(network, low));
    return VOLLEY_OK;
}

/* Adds a note to the network's, which are *used bytes long and have room for *capacity. */
static int note_rounding(volley_network *network, const volley_edge_list *list, size_t *used,
                         size_t *capacity) {
    size_t most = strlen(list->place) + 100;
    TRY(VOLLEY_RESERVE(network->notes, capacity, *used + most));
    *used += (size_t)snprintf(network->notes + *used, most, "%s: delays rounded to multiples of %.10g ms\n",
                              list->place, network->dt_ms);
    return VOLLEY_OK;
}

/* Removes projections that were made for one sign of weights or two parts of populations and have no edges.
 * Nothing but the recordings of weights refers to projections. */
static int remove_empty(volley_network *network) {
    int32_t kept = 0, *now; /* [projection] number that recordings of weights have to name; 0: none does */
    TRY(VOLLEY_NEW(now, network->n_projections));
    for (int32_t k = 0; k < network->n_weight_records; k++)
        now[network->weight_records[k].projection] = 1;
    for (int32_t i = 0; i < network->n_projections; i++) {
        volley_projection *p = &network->projections[i];
        bool recorded = now[i] != 0;
        if (p->list != NULL && p->list->selection != NULL &&
            (p->list->selection->sign != 0 || p->list->selection->pair) && p->list->count == 0 && !recorded) {
            volley_projection_free(p);
            continue;
        }
        now[i] = kept;
        if (kept < i) {
            network->projections[kept] = *p;
            *p = (volley_projection){0};
        }
        kept++;
    }
    for (int32_t k = 0; k < network->n_weight_records; k++)
        network->weight_records[k].projection = now[network->weight_records[k].projection];
    network->n_projections = kept;
    free(now);
    return VOLLEY_OK;
}

int volley_config_finish_lists(volley_network *network) {
    bool files = false;
    size_t used = strlen(network->notes), capacity = used + 1;
    TRY(remove_empty(network));
    double synapses = 0.0;
    for (int32_t i = 0; i < network->n_projections; i++) {
        volley_projection *p = &network->projections[i];
        if (p->list != NULL && p->list->file != NULL) {
            files = true;
            p->rule_value = (double)p->list->count;
            TRY(finish_weight(p));
            TRY(check_plasticity(network, p));
            if (p->list->rounded)
                TRY(note_rounding(network, p->list, &used, &capacity));
        }
        volley_connect_spec spec = volley_projection_spec(p);
        synapses += p->rule->mean_indegree(&spec) * (double)spec.n_targets;
    }
    if (!files)
        return VOLLEY_OK;
    CHECK(synapses <= VOLLEY_MAX_WHOLE, VOLLEY_USAGE, "too many synapses: value %.10g; allowed below 2^53",
          synapses);
    volley_network_bound_delays(network);
    CHECK(!network->exchange_place || network->exchange_interval <= network->min_delay, VOLLEY_USAGE,
          "%s: longer than the smallest delay: value %lld; allowed 1 to %lld steps", network->exchange_place,
          (long long)network->exchange_interval, (long long)network->min_delay);
    char message[512];
    int32_t late = volley_late_reward(network, message, sizeof message);
    CHECK(late < 0, VOLLEY_USAGE, "projections.%s.plasticity.reward: %s", network->projections[late].name,
          message);
    int32_t mixed;
    TRY(volley_mixed_conductance(network, &mixed, message, sizeof message));
    CHECK(mixed < 0, VOLLEY_USAGE, "projections.%s: %s", network->projections[mixed].name, message);
    return VOLLEY_OK;
}
