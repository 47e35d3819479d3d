/* SPDX-License-Identifier: BSD-3-Clause */
/* Initial weights from the weights.h5 of a result directory; what info, diff and export read of it. */
#include "fuzz/file.h"

#include "wiring/edge_lists.h"
#include "files/weight_reader.h"

static const char config[] =
    "simulation: {dt: 0.1, duration: 1}\n"
    "populations:\n"
    "  A: {model: iaf_psc_exp, size: 6, params: {}}\n"
    "  B: {model: iaf_psc_exp, size: 4, params: {}}\n"
    "projections:\n"
    "  AB: {source: {population: A, neurons: {first: 5}}, target: B, connect: {rule: all_to_all}, delay: "
    "1.5,\n"
    "       weight: {file: ., projection: AB, time: 10}, plasticity: {rule: stdp}}\n"
    "  BA: {source: B, target: A, connect: {rule: list, edges: [[3, 0], [2, 0], [1, 5]]}, delay: 1,\n"
    "       weight: {file: ., projection: BA}}\n";

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc;
    (void)argv;
    enum { N = 20, SNAPSHOTS = 3 };
    uint64_t source[N], target[N];
    double weight[SNAPSHOTS * N], delay[N];
    const double times[SNAPSHOTS] = {0.0, 10.0, 20.0};
    for (int i = 0; i < N; i++) {
        source[i] = (uint64_t)(i % 5);
        target[i] = (uint64_t)(i / 5);
        delay[i] = 1.5;
    }
    for (int i = 0; i < SNAPSHOTS * N; i++)
        weight[i] = 1.0 + i;
    file_begin("weights.h5");
    file_whole("weights/AB/source_node_id", N, source);
    file_whole("weights/AB/target_node_id", N, target);
    file_real("weights/AB/delay", N, delay);
    file_real("weights/AB/time", SNAPSHOTS, times);
    file_real_table("weights/AB/weight", SNAPSHOTS, N, weight);
    file_attribute("weights/AB/weight", "units", "pA");
    file_whole("weights/BA/source_node_id", 3, (uint64_t[]){3, 2, 1});
    file_whole("weights/BA/target_node_id", 3, (uint64_t[]){0, 0, 5});
    file_real("weights/BA/delay", 3, (double[]){1.0, 1.0, 1.0});
    file_real("weights/BA/time", 1, times);
    file_real_table("weights/BA/weight", 1, 3, weight);
    file_end();
    file_keep("weights.h5");
    file_text("net.yaml", config);
    return 0;
}

/* As the other commands read it. */
static int read_all(volley_weight_tables *tables) {
    TRY(volley_weight_tables_open(file_directory(), tables));
    for (int i = 0; i < tables->n; i++) {
        volley_weight_table table;
        int status = volley_weight_table_open(tables, i, &table);
        double row[64];
        uint64_t n = table.synapses < 64 ? table.synapses : 64;
        for (uint64_t s = 0; s < table.snapshots && s < 100 && status == VOLLEY_OK; s++)
            status = volley_h5_read_table(table.weight, VOLLEY_H5_FLOAT64, s, 1, 0, n, row);
        volley_weight_table_close(&table);
        TRY(status);
    }
    return VOLLEY_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    edit_bytes bytes = {data, size};
    volley_weight_tables tables;
    file_damage(&bytes);
    file_check_network(file_path("net.yaml"));
    int status = read_all(&tables);
    file_check(status, volley_error_message(), "weights.h5");
    volley_weight_tables_close(&tables);
    volley_error_clear();
    return 0;
}
