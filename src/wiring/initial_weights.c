/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads initial weights from another run, and sends them to the ranks of their targets. */
#include "wiring/initial_weights.h"
#include "wiring/edge_lists.h"

#include "base/hash.h"
#include "base/memory.h"
#include "base/status.h"
#include "config/trained_weights.h"
#include "files/redistribute.h"
#include "net/part.h"

#include <math.h>
#include <stdlib.h>

/* Synapses read at once. */
enum { PIECE = 1 << 14 };

typedef struct piece {
    uint64_t source_ids[PIECE], target_ids[PIECE];
    int64_t sources[PIECE], targets[PIECE];
    double weights[PIECE], delays_ms[PIECE];
    uint16_t delays[PIECE];
} piece;

/* Position in the subset of a neuron by its number in files, or -1. */
static int64_t find_end(const volley_network *network, const volley_subset *subset, uint64_t id) {
    int64_t index = volley_part_find(&network->populations[subset->population], (int64_t)id);
    return index < 0 ? -1 : volley_subset_find(subset, index);
}

static int find_ends(const volley_network *network, const volley_projection *p, uint64_t n, piece *part) {
    for (uint64_t i = 0; i < n; i++) {
        part->sources[i] = find_end(network, &p->source, part->source_ids[i]);
        part->targets[i] = find_end(network, &p->target, part->target_ids[i]);
        CHECK(part->sources[i] >= 0 && part->targets[i] >= 0, VOLLEY_USAGE,
              "%s: different synapses: %s has one from neuron %llu to %llu, which the projection cannot have",
              p->trained->place, p->trained->directory, (unsigned long long)part->source_ids[i],
              (unsigned long long)part->target_ids[i]);
    }
    return VOLLEY_OK;
}

static int push_piece(const volley_network *network, const volley_projection *p,
                      const volley_weight_table *table, uint64_t first, uint64_t n, piece *part,
                      volley_router *router) {
    TRY(volley_h5_read(table->source, VOLLEY_H5_UINT64, first, n, part->source_ids));
    TRY(volley_h5_read(table->target, VOLLEY_H5_UINT64, first, n, part->target_ids));
    TRY(volley_h5_read(table->delay, VOLLEY_H5_FLOAT64, first, n, part->delays_ms));
    TRY(volley_h5_read_table(table->weight, VOLLEY_H5_FLOAT64, p->trained->snapshot, 1, first, n,
                             part->weights));
    TRY(find_ends(network, p, n, part));
    for (uint64_t i = 0; i < n; i++) {
        double steps = volley_nearest_step(volley_ms_to_steps(network, part->delays_ms[i]));
        part->delays[i] =
            steps >= 1.0 && steps <= VOLLEY_MAX_DELAY ? (uint16_t)steps : 0; /* 0: never the same */
        CHECK(part->weights[i] >= p->weight.min && part->weights[i] <= p->weight.max, VOLLEY_FAILED,
              "%s: %s has changed while it was read", p->trained->place, p->trained->directory);
    }
    return volley_router_push(router, (int64_t)n, part->sources, part->targets, part->weights, part->delays);
}

static int push_part(const volley_list_reader *reader, const volley_projection *p,
                     const volley_weight_table *table, piece *part, volley_router *router) {
    CHECK(table->synapses == p->trained->synapses && table->snapshots > p->trained->snapshot, VOLLEY_FAILED,
          "%s: %s has changed while it was read", p->trained->place, p->trained->directory);
    uint64_t end = volley_block_first(table->synapses, reader->ranks, reader->rank + 1);
    for (uint64_t first = volley_block_first(table->synapses, reader->ranks, reader->rank); first < end;
         first += PIECE)
        TRY(push_piece(reader->network, p, table, first, end - first < PIECE ? end - first : PIECE, part,
                       router));
    return VOLLEY_OK;
}

int volley_trained_feed(void *context, int32_t projection, volley_router *router) {
    const volley_list_reader *reader = context;
    const volley_projection *p = &reader->network->projections[projection];
    volley_weight_tables tables;
    volley_weight_table table = {0};
    piece *part = NULL;
    int status = volley_trained_open(p->trained->directory, p->trained->projection, &tables, &table);
    if (status == VOLLEY_OK)
        status = VOLLEY_NEW(part, 1);
    if (status == VOLLEY_OK)
        status = push_part(reader, p, &table, part, router);
    free(part);
    volley_weight_table_close(&table);
    volley_weight_tables_close(&tables);
    return status;
}
