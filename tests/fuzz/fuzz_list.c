/* SPDX-License-Identifier: BSD-3-Clause */
/* Edge lists, values, positions and partitions from an HDF5 file. */
#include "fuzz/file.h"

static const char config[] =
    "simulation: {dt: 0.1, duration: 1}\n"
    "partition: {method: file, file: all.h5, dataset: parts}\n"
    "populations:\n"
    "  A: {model: iaf_psc_exp, size: 12, params: {I_e: {file: all.h5, dataset: cells/I_e}},\n"
    "      positions: {file: all.h5, group: cells}}\n"
    "  B: {model: iaf_psc_exp, size: 8, params: {}}\n"
    "projections:\n"
    "  AB: {source: A, target: B, connect: {rule: list, file: all.h5, group: edges}}\n"
    "  BB: {source: B, target: B, connect: {rule: list, edges: [[0, 1], [1, 2], [7, 0]]},\n"
    "       weight: {file: all.h5, dataset: more/weight}, delay: 1}\n";

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc;
    (void)argv;
    enum { N = 30, A = 12, B = 8 };
    uint64_t source[N], target[N], parts[A + B];
    double weight[N], delay[N], current[A], x[A], y[A];
    for (int i = 0; i < N; i++) {
        source[i] = (uint64_t)(7 * i % A);
        target[i] = (uint64_t)(i * i % B);
        weight[i] = 1.0 + i;
        delay[i] = 0.1 * (i % 5 + 1);
    }
    for (int i = 0; i < A; i++) {
        current[i] = 100.0 + i;
        x[i] = 0.1 * i;
        y[i] = 1.0 - 0.05 * i;
    }
    for (int i = 0; i < A + B; i++)
        parts[i] = (uint64_t)(i % 3);
    file_begin("all.h5");
    file_whole("edges/source", N, source);
    file_whole("edges/target", N, target);
    file_real("edges/weight", N, weight);
    file_real("edges/delay", N, delay);
    file_real("cells/I_e", A, current);
    file_real("cells/x", A, x);
    file_real("cells/y", A, y);
    file_real("more/weight", 3, weight);
    file_whole("parts", A + B, parts);
    file_end();
    file_keep("all.h5");
    file_text("net.yaml", config);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    edit_bytes bytes = {data, size};
    file_damage(&bytes);
    file_check_network(file_path("net.yaml"));
    return 0;
}
