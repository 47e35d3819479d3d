/* SPDX-License-Identifier: BSD-3-Clause */
/* nodes.h5 and edges.h5 of an exported network. */
#include "io/sonata_export/sonata_export.h"

#include "base/memory.h"
#include "base/rng.h"
#include "base/status.h"
#include "wiring/edges.h"
#include "wiring/neurons.h"
#include "files/publish.h"
#include "files/redistribute.h"
#include "files/shared_file.h"
#include "io/sonata_export/sonata_write.h"
#include "files/together.h"
#include "net/part.h"

#include <stdlib.h>
#include <string.h>

enum { ROUND = 1 << 20 /* edges of a rank written at once */, METADATA_BYTES = 1 << 16 };

/* ---- nodes ---- */

static int write_param(const volley_network *network, int32_t p, bool state, int item,
                       const volley_sonata_node_group *group, double *values) {
    const volley_neuron_model *model = network->populations[p].model;
    int code = VOLLEY_OK;
    for (uint64_t i = 0; i < group->count && code == VOLLEY_OK; i++)
        code = volley_neurons_value(network, p, (int64_t)(group->first + i), state, item, &values[i]);
    TRY(volley_io_together(group->comm, code));
    return volley_sonata_param_write(group, state ? model->states[item].name : model->params[item].name,
                                     values);
}

/* Numbers that differ between the nodes; the others are in the type. */
static int write_params(const volley_network *network, int32_t p, const volley_sonata_node_group *group) {
    const volley_population *population = &network->populations[p];
    double *values;
    int code = volley_io_together(group->comm, VOLLEY_NEW(values, group->count));
    for (int i = 0; i < population->model->n_params && code == VOLLEY_OK; i++)
        if (population->params[i].kind != VOLLEY_CONSTANT)
            code = write_param(network, p, false, i, group, values);
    for (int i = 0; i < population->model->n_states && code == VOLLEY_OK; i++)
        if (population->init[i].kind != VOLLEY_CONSTANT)
            code = write_param(network, p, true, i, group, values);
    free(values);
    return code;
}

/* Where the nodes are, in mm: SONATA's x, y and z. */
static int write_positions(const volley_population *population, const volley_sonata_node_group *group) {
    static const char *const names[VOLLEY_AXES] = {"x", "y", "z"};
    double *values;
    int dimensions = population->positions != NULL ? population->positions->dimensions : 0;
    int code = volley_io_together(group->comm, VOLLEY_NEW(values, group->count));
    for (int axis = 0; axis < dimensions && axis < VOLLEY_AXES && code == VOLLEY_OK; axis++) {
        for (uint64_t i = 0; i < group->count; i++) {
            double at[VOLLEY_AXES];
            volley_position(population->positions, (int64_t)(group->first + i), at);
            values[i] = at[axis];
        }
        code = volley_sonata_attribute_write(group, names[axis], values);
    }
    free(values);
    return code;
}

/* Any rank knows the numbers of any neuron: each writes a block. */
static void find_block(volley_comm *comm, uint64_t total, uint64_t *first, uint64_t *count) {
    int ranks = volley_comm_size(comm), rank = volley_comm_rank(comm);
    *first = volley_block_first(total, ranks, rank);
    *count = volley_block_first(total, ranks, rank + 1) - *first;
}

/* The type, group and row of the nodes [first, first + count) of a whole, of which p is the first part. A
 * part has one group and one type. */
static void fill_columns(const volley_network *network, int32_t p, uint64_t first, uint64_t count,
                         uint64_t *type, uint64_t *group, uint64_t *index) {
    for (int32_t q = p; q < network->n_populations && volley_part_first(network, q) == p; q++) {
        const volley_population *population = &network->populations[q];
        int64_t k = volley_part_below(population, (int64_t)first);
        for (; k < population->size && volley_part_id(population, k) < (int64_t)(first + count); k++) {
            uint64_t at = (uint64_t)volley_part_id(population, k) - first;
            type[at] = VOLLEY_SONATA_FIRST_TYPE + (uint64_t)q;
            group[at] = (uint64_t)(q - p);
            index[at] = (uint64_t)k;
        }
    }
}

static int write_columns(volley_comm *comm, const volley_network *network, int32_t p, volley_h5 nodes,
                         volley_h5 *population) {
    volley_sonata_node_part part = {.total = (uint64_t)volley_part_size(&network->populations[p])};
    uint64_t *type = NULL, *group = NULL, *index = NULL;
    find_block(comm, part.total, &part.first, &part.count);
    int code = VOLLEY_NEW(type, part.count);
    if (code == VOLLEY_OK)
        code = VOLLEY_NEW(group, part.count);
    if (code == VOLLEY_OK)
        code = VOLLEY_NEW(index, part.count);
    code = volley_io_together(comm, code);
    if (code == VOLLEY_OK) {
        fill_columns(network, p, part.first, part.count, type, group, index);
        part.type = type;
        part.group = group;
        part.index = index;
        code = volley_sonata_nodes_write(comm, nodes, volley_part_name(&network->populations[p]), &part,
                                         population);
    }
    free(type);
    free(group);
    free(index);
    return code;
}

static int write_group(volley_comm *comm, const volley_network *network, int32_t p, int number,
                       volley_h5 population) {
    volley_sonata_node_group group = {.comm = comm, .total = (uint64_t)network->populations[p].size};
    find_block(comm, group.total, &group.first, &group.count);
    int code = volley_sonata_node_group_create(population, number, &group);
    if (code == VOLLEY_OK)
        code = write_params(network, p, &group);
    if (code == VOLLEY_OK)
        code = write_positions(&network->populations[p], &group);
    int closed = volley_sonata_node_group_close(&group);
    return code != VOLLEY_OK ? code : closed;
}

static int write_populations(volley_comm *comm, const volley_network *network, volley_h5 nodes) {
    for (int32_t p = 0; p < network->n_populations; p++) {
        volley_h5 population = 0;
        if (!volley_part_is_first(network, p))
            continue;
        int code = write_columns(comm, network, p, nodes, &population);
        for (int32_t q = p;
             q < network->n_populations && volley_part_first(network, q) == p && code == VOLLEY_OK; q++)
            code = write_group(comm, network, q, (int)(q - p), population);
        volley_h5_close(&population);
        TRY(code);
    }
    return VOLLEY_OK;
}

/* Creates the file and its one group at the root. */
static int open_file(volley_comm *comm, const char *directory, const char *name, const char *group,
                     uint64_t bytes, const volley_provenance *provenance, volley_shared_file *file,
                     volley_h5 *root) {
    *root = 0;
    TRY(volley_shared_file_create(comm, volley_path(directory, "%s", name), "",
                                  METADATA_BYTES + strlen(provenance->config) + bytes, VOLLEY_OK, file));
    int code = volley_provenance_put(file->file, provenance);
    if (code == VOLLEY_OK)
        code = volley_h5_create_group(file->file, group, root);
    return volley_io_together(comm, code);
}

int volley_sonata_export_nodes(volley_comm *comm, const volley_layout *layout,
                               const volley_provenance *provenance, const char *directory) {
    volley_shared_file file;
    volley_h5 nodes;
    enum { NODE_BYTES = (4 + VOLLEY_AXES) * 8 };
    int code = open_file(comm, directory, "nodes.h5", "nodes",
                         NODE_BYTES * (uint64_t)layout->network->n_neurons, provenance, &file, &nodes);
    if (code == VOLLEY_OK)
        code = write_populations(comm, layout->network, nodes);
    int closed = volley_h5_close(&nodes);
    return volley_shared_file_finish(&file, code != VOLLEY_OK ? code : closed);
}

/* ---- edges ---- */

/* The edges of some targets, in order. */
typedef struct edge_list {
    const volley_wiring *wiring;
    const volley_projection *projection;
    uint64_t weight_key, delay_key;
    uint64_t *counts; /* [own targets], while they are counted */
    uint64_t n;
    uint64_t *source, *target; /* NULL: edges are counted */
    double *delay, *weight;
    float *narrow; /* weights of 4 bytes, in place of weight */
    volley_edge_target at;
} edge_list;

static void begin(void *context, const volley_edge_target *target) {
    ((edge_list *)context)->at = *target;
}

static int count_sink(void *context, int64_t first, int64_t n, const int64_t *sources) {
    edge_list *list = context;
    (void)first;
    (void)sources;
    list->counts[list->at.slot - list->n] += (uint64_t)n; /* n: the first slot, while edges are counted */
    return VOLLEY_OK;
}

static int list_sink(void *context, int64_t first, int64_t n, const int64_t *sources) {
    edge_list *list = context;
    const volley_network *network = list->wiring->layout->network;
    const volley_projection *p = list->projection;
    uint16_t steps[VOLLEY_CONNECT_PIECE];
    double weight[VOLLEY_CONNECT_PIECE];
    const volley_population *source = &network->populations[p->source.population],
                            *into = &network->populations[p->target.population];
    uint64_t target = (uint64_t)volley_part_id(into, list->at.gid - into->first_gid);
    TRY(volley_edges_delays(list->wiring, &list->at, list->delay_key, first, n, sources, steps));
    TRY(volley_edges_weights(list->wiring, &list->at, list->weight_key, first, n, sources, weight));
    for (int64_t i = 0; i < n; i++) {
        uint64_t at = list->n++;
        list->source[at] = (uint64_t)volley_part_id(source, volley_subset_at(&p->source, sources[i]));
        list->target[at] = target;
        list->delay[at] = volley_step_to_ms(network, steps[i]);
        if (list->narrow != NULL)
            list->narrow[at] = (float)weight[i];
        else
            list->weight[at] = weight[i];
    }
    return VOLLEY_OK;
}

static void free_list(edge_list *list) {
    free(list->source);
    free(list->target);
    free(list->delay);
    free(list->weight);
    free(list->narrow);
}

static int allocate(edge_list *list, uint64_t n) {
    TRY(VOLLEY_NEW(list->source, n));
    TRY(VOLLEY_NEW(list->target, n));
    TRY(VOLLEY_NEW(list->delay, n));
    return list->projection->weight_bytes == 4 ? VOLLEY_NEW(list->narrow, n) : VOLLEY_NEW(list->weight, n);
}

/* Collects the edges of own targets [low, high) of projection p. */
static int collect(edge_list *list, int32_t p, int64_t low, int64_t high, uint64_t edges) {
    const volley_segment *segment =
        volley_layout_segment(list->wiring->layout, 0, list->projection->target.population);
    TRY(allocate(list, edges));
    return volley_edges_walk(list->wiring, p, 0, segment->first + low, segment->first + high, begin,
                             list_sink, list);
}

/* One projection in rounds; each rank writes one slab in each, as long as any rank has edges left. */
static int write_rounds(volley_comm *comm, const volley_wiring *wiring, int32_t p, const uint64_t *counts,
                        uint64_t first, volley_sonata_edge_writer *writer) {
    const volley_network *network = wiring->layout->network;
    int64_t low = 0, targets = wiring->layout->slices[network->projections[p].target.population].count;
    for (;;) {
        edge_list list = {.wiring = wiring,
                          .projection = &network->projections[p],
                          .weight_key = volley_rng_key(network->seed, VOLLEY_RNG_WEIGHT, (uint32_t)p),
                          .delay_key = volley_rng_key(network->seed, VOLLEY_RNG_DELAY, (uint32_t)p)};
        uint64_t edges = 0, most;
        int64_t high = low;
        while (high < targets && (high == low || edges + counts[high] <= ROUND))
            edges += counts[high++];
        most = (uint64_t)(high - low);
        volley_comm_max_u64(comm, &most, 1);
        if (most == 0)
            return VOLLEY_OK;
        int code = volley_io_together(comm, collect(&list, p, low, high, edges));
        if (code == VOLLEY_OK)
            code = volley_sonata_edge_writer_put(
                writer, first, edges, list.source, list.target,
                list.narrow != NULL ? (const void *)list.narrow : list.weight, list.delay);
        free_list(&list);
        TRY(code);
        first += edges;
        low = high;
    }
}

/* In-degrees of the rank's targets. */
static int count_edges(const volley_wiring *wiring, int32_t p, uint64_t *counts, uint64_t *total) {
    const volley_layout *layout = wiring->layout;
    const volley_projection *projection = &layout->network->projections[p];
    const volley_segment *segment = volley_layout_segment(layout, 0, projection->target.population);
    edge_list list = {.counts = counts, .n = (uint64_t)segment->first};
    TRY(volley_edges_walk(wiring, p, 0, segment->first, segment->first + segment->used, begin, count_sink,
                          &list));
    *total = 0;
    for (int64_t i = 0; i < segment->used; i++)
        *total += counts[i];
    return VOLLEY_OK;
}

/* The index by target has a row for each node of the target's whole. A rank has the rows from its first
 * target on up to that of the next rank, where there are targets of both. */
static int write_target_index(const volley_wiring *wiring, int32_t p, const uint64_t *counts, uint64_t first,
                              volley_sonata_edge_writer *writer) {
    const volley_projection *projection = &wiring->layout->network->projections[p];
    const volley_slice *own = &wiring->layout->slices[projection->target.population];
    const volley_population *target = &wiring->layout->network->populations[projection->target.population];
    int64_t row = 0, end = 0;
    uint64_t *wide = NULL;
    if (own->count > 0) {
        row = own->start == 0 ? 0 : volley_part_id(target, own->start);
        end = own->start + own->count == target->size ? volley_part_size(target)
                                                      : volley_part_id(target, own->start + own->count);
    }
    int code = volley_io_together(writer->comm, VOLLEY_NEW(wide, end - row));
    for (int64_t i = 0; i < own->count && code == VOLLEY_OK; i++)
        wide[volley_part_id(target, own->start + i) - row] = counts[i];
    if (code == VOLLEY_OK)
        code = volley_sonata_edge_writer_index(writer, (uint64_t)volley_part_size(target), (uint64_t)row,
                                               (uint64_t)(end - row), wide, first);
    free(wide);
    return code;
}

static int write_projection(volley_comm *comm, const volley_wiring *wiring, int32_t p, volley_h5 edges) {
    const volley_network *network = wiring->layout->network;
    const volley_projection *projection = &network->projections[p];
    const volley_slice *own = &wiring->layout->slices[projection->target.population];
    volley_sonata_edge_writer writer = {.comm = comm};
    uint64_t *counts, mine = 0;
    int code = VOLLEY_NEW(counts, own->count);
    if (code == VOLLEY_OK)
        code = count_edges(wiring, p, counts, &mine);
    code = volley_io_together(comm, code);
    if (code == VOLLEY_OK) {
        uint64_t first = volley_comm_exscan_u64(comm, mine), total = mine;
        bool weight = projection->weight.kind != VOLLEY_CONSTANT;
        volley_comm_sum_u64(comm, &total, 1);
        code = volley_sonata_edge_writer_create(
            comm, edges, projection->name,
            volley_part_name(&network->populations[projection->source.population]),
            volley_part_name(&network->populations[projection->target.population]),
            VOLLEY_SONATA_FIRST_TYPE + (uint64_t)p, total, weight ? projection->weight_bytes : 0,
            projection->delay.kind != VOLLEY_CONSTANT, &writer);
        if (code == VOLLEY_OK)
            code = write_rounds(comm, wiring, p, counts, first, &writer);
        if (code == VOLLEY_OK)
            code = write_target_index(wiring, p, counts, first, &writer);
        if (code == VOLLEY_OK)
            code = volley_sonata_export_sources(comm, wiring, p, first, &writer);
        int closed = volley_sonata_edge_writer_close(&writer);
        code = code != VOLLEY_OK ? code : closed;
    }
    free(counts);
    return code;
}

int volley_sonata_export_edges(volley_comm *comm, const volley_wiring *wiring,
                               const volley_provenance *provenance, const char *directory) {
    enum { EDGE_BYTES = 9 * 8 };
    volley_shared_file file;
    volley_h5 edges;
    uint64_t n = (uint64_t)wiring->synapses[0].n_synapses;
    volley_comm_sum_u64(comm, &n, 1);
    int code = open_file(comm, directory, "edges.h5", "edges", EDGE_BYTES * n, provenance, &file, &edges);
    for (int32_t p = 0; p < wiring->layout->network->n_projections && code == VOLLEY_OK; p++)
        code = write_projection(comm, wiring, p, edges);
    int closed = volley_h5_close(&edges);
    return volley_shared_file_finish(&file, code != VOLLEY_OK ? code : closed);
}
