/* SPDX-License-Identifier: BSD-3-Clause */
/* Frees rows, and completes tables whose synapses all have one delay and one weight. */
#include "wiring/synapse_table.h"
#include "base/memory.h"
#include "base/pages.h"
#include "base/status.h"

#include <stdlib.h>

void volley_rows_free(volley_rows *rows) {
    free(rows->row_start);
    free(rows->run_start);
    free(rows->run_delay);
    free(rows->run_length);
    free(rows->run_weight);
    size_t n = (size_t)rows->n_synapses;
    volley_pages_free(rows->target, n * sizeof *rows->target);
    volley_pages_free(rows->weight32, n * sizeof *rows->weight32);
    volley_pages_free(rows->weight64, n * sizeof *rows->weight64);
    *rows = (volley_rows){.class = rows->class, .receptor = rows->receptor};
}

void volley_synapses_free(volley_synapses *synapses) {
    for (int64_t b = 0; b < synapses->n_blocks; b++) {
        volley_block *block = &synapses->blocks[b];
        for (int t = 0; t < block->n_tables; t++)
            volley_rows_free(&block->tables[t]);
        free(block->tables);
    }
    free(synapses->blocks);
    *synapses = (volley_synapses){0};
}

static int flat_weights(volley_rows *rows, double weight) {
    void *values;
    if (rows->class == VOLLEY_CLASS_FLOAT32) {
        TRY(volley_pages_alloc((size_t)rows->n_synapses * sizeof(float), &values));
        rows->weight32 = values;
        for (int64_t i = 0; i < rows->n_synapses; i++)
            rows->weight32[i] = (float)weight;
    } else if (rows->class == VOLLEY_CLASS_FLOAT64) {
        TRY(volley_pages_alloc((size_t)rows->n_synapses * sizeof(double), &values));
        rows->weight64 = values;
        for (int64_t i = 0; i < rows->n_synapses; i++)
            rows->weight64[i] = weight;
    }
    return VOLLEY_OK;
}

int volley_rows_flat(volley_rows *rows, int64_t n_sources, uint16_t delay, uint16_t constant, double weight) {
    int64_t n_runs = 0;
    for (int64_t i = 0; i < n_sources; i++)
        n_runs += (rows->row_start[i + 1] - rows->row_start[i] + VOLLEY_RUN_MAX - 1) / VOLLEY_RUN_MAX;
    TRY(VOLLEY_NEW(rows->run_start, n_sources + 1));
    TRY(VOLLEY_NEW(rows->run_delay, n_runs));
    TRY(VOLLEY_NEW(rows->run_length, n_runs));
    if (rows->class == VOLLEY_CLASS_CONSTANT)
        TRY(VOLLEY_NEW(rows->run_weight, n_runs));
    for (int64_t i = 0; i < n_sources; i++) {
        rows->run_start[i] = (uint32_t)rows->n_runs;
        for (uint32_t left = rows->row_start[i + 1] - rows->row_start[i], n; left > 0; left -= n) {
            n = left < VOLLEY_RUN_MAX ? left : VOLLEY_RUN_MAX;
            rows->run_delay[rows->n_runs] = delay;
            rows->run_length[rows->n_runs] = (uint16_t)n;
            if (rows->run_weight != NULL)
                rows->run_weight[rows->n_runs] = constant;
            rows->n_runs++;
        }
    }
    rows->run_start[n_sources] = (uint32_t)rows->n_runs;
    return flat_weights(rows, weight);
}
