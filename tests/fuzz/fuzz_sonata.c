/* SPDX-License-Identifier: BSD-3-Clause */
/* The nodes, edges and spikes of a SONATA circuit. */
#include "fuzz/file.h"

#include "wiring/edge_lists.h"

enum { CELLS = 12, INPUTS = 5, EDGES = 40, SPIKES = 15 };

static const char circuit[] =
    "{\"components\": {\"point_neuron_models_dir\": \".\", \"synaptic_models_dir\": \".\"},\n"
    " \"networks\": {\n"
    "  \"nodes\": [{\"nodes_file\": \"nodes.h5\", \"node_types_file\": \"cell_types.csv\", \"populations\": "
    "{\"cells\": "
    "{}}},\n"
    "             {\"nodes_file\": \"nodes.h5\", \"node_types_file\": \"input_types.csv\", \"populations\": "
    "{\"input\": {}}}],\n"
    "  \"edges\": [{\"edges_file\": \"edges.h5\", \"edge_types_file\": \"edge_types.csv\"}]}}\n";

static const char simulation[] =
    "{\"network\": \"circuit.json\", \"run\": {\"tstop\": 20.0, \"dt\": 0.1},\n"
    " \"node_sets_file\": \"node_sets.json\",\n"
    " \"inputs\": {\"trains\": {\"input_type\": \"spikes\", \"module\": \"h5\", \"input_file\": "
    "\"spikes.h5\", "
    "\"node_set\": \"input\"},\n"
    "            \"clamp\": {\"input_type\": \"current_clamp\", \"module\": \"IClamp\", \"node_set\": "
    "\"near\",\n"
    "                      \"amp\": 300.0, \"delay\": 5.0, \"duration\": 8.0}},\n"
    " \"output\": {\"output_dir\": \"out\", \"spikes_file\": \"s.h5\"},\n"
    " \"reports\": {\"v\": {\"cells\": \"near\", \"variable_name\": \"V_m\"}}}\n";

static const char sets[] = "{\"near\": {\"population\": \"cells\", \"x\": {\"$lt\": 5}}}\n";

static void make_texts(void) {
    file_text("circuit.json", circuit);
    file_text("simulation.json", simulation);
    file_text("node_sets.json", sets);
    file_text("cell_types.csv", "node_type_id dynamics_params tau_syn_ex model_template model_type\n"
                                "7 NULL 1.25 nest:iaf_psc_alpha point_process\n"
                                "8 NULL NULL nest:iaf_psc_alpha point_process\n");
    file_text("input_types.csv", "model_type node_type_id model_template\nvirtual 3 NULL\n");
    file_text("edge_types.csv", "edge_type_id delay syn_weight model_template\n"
                                "100 1.5 600.0 static_synapse\n"
                                "101 0.8 -500.0 static_synapse\n");
}

static void make_nodes(void) {
    uint64_t types[CELLS], ids[CELLS], zeros[CELLS] = {0}, rows[CELLS], inputs[INPUTS];
    double x[CELLS], tau[CELLS], rest[CELLS];
    for (int i = 0; i < CELLS; i++) {
        types[i] = (uint64_t)(7 + i % 2);
        ids[i] = (uint64_t)i;
        rows[i] = (uint64_t)((5 * i + 3) % CELLS);
        x[i] = i;
        tau[i] = 10.0 + i;
        rest[i] = -70.0 + i;
    }
    for (int i = 0; i < INPUTS; i++)
        inputs[i] = 3;
    file_begin("nodes.h5");
    file_whole("nodes/cells/node_type_id", CELLS, types);
    file_whole("nodes/cells/node_id", CELLS, ids);
    file_whole("nodes/cells/node_group_id", CELLS, zeros);
    file_whole("nodes/cells/node_group_index", CELLS, rows);
    file_real("nodes/cells/0/x", CELLS, x);
    file_real("nodes/cells/0/tau_m", CELLS, tau);
    file_real("nodes/cells/0/dynamics_params/E_L", CELLS, rest);
    file_whole("nodes/input/node_type_id", INPUTS, inputs);
    file_end();
    file_keep("nodes.h5");
}

/* Edges in the order of their targets, with an index; those of some are in two ranges where `split`. */
static void make_edges(const char *name, const char *source, int sources, bool split) {
    uint64_t from[EDGES], to[EDGES], type[EDGES], zeros[EDGES] = {0}, rows[EDGES], nsyns[EDGES];
    uint64_t ranges[2 * (CELLS + 1) * 2], nodes[2 * CELLS];
    double weight[EDGES], delay[EDGES];
    char path[100];
    int n_ranges = 0, edge = 0;
    for (int i = 0; i < EDGES; i++) {
        from[i] = (uint64_t)(i * 7 % sources);
        to[i] = (uint64_t)(i * CELLS / EDGES);
        type[i] = (uint64_t)(100 + i % 2);
        rows[i] = (uint64_t)(split ? (11 * i + 1) % EDGES : i);
        weight[i] = i - 10.0;
        delay[i] = 0.1 * (i % 7 + 1);
        nsyns[i] = (uint64_t)(1 + i % 3);
    }
    for (int node = 0; node < CELLS; node++) {
        nodes[2 * node] = (uint64_t)n_ranges;
        int end = edge;
        while (end < EDGES && to[end] == (uint64_t)node)
            end++;
        if (split && end - edge > 1) {
            ranges[2 * n_ranges] = (uint64_t)edge;
            ranges[2 * n_ranges++ + 1] = (uint64_t)++edge;
        }
        ranges[2 * n_ranges] = (uint64_t)edge;
        ranges[2 * n_ranges++ + 1] = (uint64_t)end;
        nodes[2 * node + 1] = (uint64_t)n_ranges;
        edge = end;
    }
#define AT(column) (snprintf(path, sizeof path, "edges/%s/" column, name), path)
    file_whole(AT("source_node_id"), EDGES, from);
    file_attribute(path, "node_population", source);
    file_whole(AT("target_node_id"), EDGES, to);
    file_attribute(path, "node_population", "cells");
    file_whole(AT("edge_type_id"), EDGES, type);
    file_whole(AT("edge_group_id"), EDGES, zeros);
    file_whole(AT("edge_group_index"), EDGES, rows);
    file_real(AT("0/syn_weight"), EDGES, weight);
    file_real(AT("0/delay"), EDGES, delay);
    file_whole(AT("0/nsyns"), EDGES, nsyns);
    file_table(AT("indices/target_to_source/node_id_to_range"), CELLS, 2, nodes);
    file_table(AT("indices/target_to_source/range_to_edge_id"), n_ranges, 2, ranges);
#undef AT
}

static void make_spikes(void) {
    uint64_t ids[SPIKES];
    double times[SPIKES];
    for (int i = 0; i < SPIKES; i++) {
        ids[i] = (uint64_t)(i % INPUTS);
        times[i] = 1.03 * i;
    }
    file_begin("spikes.h5");
    file_whole("spikes/input/node_ids", SPIKES, ids);
    file_real("spikes/input/timestamps", SPIKES, times);
    file_attribute("spikes/input/timestamps", "units", "ms");
    file_end();
    file_keep("spikes.h5");
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc;
    (void)argv;
    make_texts();
    make_nodes();
    file_begin("edges.h5");
    make_edges("in", "input", INPUTS, false);
    make_edges("own", "cells", CELLS, true);
    file_end();
    file_keep("edges.h5");
    make_spikes();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    edit_bytes bytes = {data, size};
    file_damage(&bytes);
    file_check_network(file_path("simulation.json"));
    return 0;
}
