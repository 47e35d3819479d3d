/* SPDX-License-Identifier: BSD-3-Clause */
/* Nanoseconds per neuron update, for each model and vector level. Run: bench_update [neurons] [updates].
 * The input is refilled by a cheap generator outside the clock every few updates, so that neurons fire now
 * and then. */
#include "base/memory.h"
#include "base/simd.h"
#include "base/status.h"
#include "models/neuron/neuron.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

typedef struct arena {
    double *values;
    int32_t *integers;
    double constants[64], *columns[128];
    double zero;
} arena;

/* Columns on cache lines, `shift` doubles apart from them. */
static int fill(const volley_neuron_model *model, int64_t count, int64_t shift, bool uniform, arena *a,
                volley_neuron_batch *batch) {
    double params[64];
    for (int k = 0; k < model->n_params; k++)
        params[k] = model->params[k].standard;
    int current = volley_field_find(model->params, model->n_params, "I_e");
    if (current >= 0)
        params[current] = 380.0;
    TRY(volley_neuron_model_derive(model, params, 0.1, a->constants));
    int columns = model->n_states + model->n_receptors + (uniform ? 0 : model->n_constants);
    int64_t step = (count + 15) / 8 * 8;
    TRY(VOLLEY_NEW(a->values, columns * step + 16));
    TRY(VOLLEY_NEW(a->integers, 2 * count + 32));
    double *column = (double *)(((uintptr_t)a->values + 63) & ~(uintptr_t)63) + shift;
    *batch =
        (volley_neuron_batch){.count = count, .used = count, .uniform = uniform, .uniform_current = true};
    batch->current = &a->zero;
    batch->n_receptors = model->n_receptors;
    batch->state = a->columns;
    batch->input = batch->state + model->n_states;
    batch->constant = (const double **)(batch->input + model->n_receptors);
    batch->refractory = (int32_t *)(((uintptr_t)a->integers + 63) & ~(uintptr_t)63) + 2 * shift;
    batch->fired = batch->refractory + count;
    for (int k = 0; k < model->n_states; k++, column += step)
        batch->state[k] = column;
    for (int k = 0; k < model->n_receptors; k++, column += step)
        batch->input[k] = column;
    for (int k = 0; k < model->n_constants; k++) {
        batch->constant[k] = uniform ? &a->constants[k] : column;
        for (int64_t i = 0; !uniform && i < count; i++)
            column[i] = a->constants[k];
        column += uniform ? 0 : step;
    }
    for (int64_t i = 0; i < count; i++)
        batch->state[0][i] = -70.0 + 15.0 * (double)(i * 7919 % count) / (double)count;
    return VOLLEY_OK;
}

static int measure(const volley_neuron_model *model, int level, int64_t count, int64_t updates, int64_t shift,
                   bool uniform) {
    arena a = {0};
    volley_neuron_batch batch;
    TRY(fill(model, count, shift, uniform, &a, &batch));
    double best = 1e300;
    int64_t fired = 0;
    for (int64_t round = 0; round < 10; round++) {
        for (int64_t i = 0; i < count; i++)
            batch.input[i % 2][i] = i % 2 ? -1.0 : 3.0;
        double start = seconds();
        for (int64_t k = 0; k < updates / 10; k++)
            fired += model->update[level](&batch);
        double elapsed = seconds() - start;
        best = elapsed < best ? elapsed : best;
    }
    printf("%-14s %-7s %-8s offset %d  %.3f ns per update, %.1f Hz\n", model->name, volley_simd_name(level),
           uniform ? "uniform" : "each", (int)shift * 8, best * 1e9 / (double)(count * (updates / 10)),
           (double)fired / (double)count / (double)updates * 1e4);
    free(a.values);
    free(a.integers);
    return VOLLEY_OK;
}

static int measure_all(int64_t count, int64_t updates) {
    int best;
    TRY(volley_simd_level(&best));
    for (int m = 0; volley_neuron_models[m] != NULL; m++) {
        const volley_neuron_model *model;
        TRY(volley_neuron_model_sized(volley_neuron_models[m], 2, &model));
        if (model->is_source)
            continue;
        for (int level = 0; level <= best; level++) {
            TRY(measure(model, level, count, updates, 0, true));
            TRY(measure(model, level, count, updates, 2, true));
            TRY(measure(model, level, count, updates, 0, false));
        }
    }
    return VOLLEY_OK;
}

int main(int argc, char **argv) {
    int64_t count = argc > 1 ? atoll(argv[1]) : 38592;
    int64_t updates = argc > 2 ? atoll(argv[2]) : 5000;
    count = (count + VOLLEY_BATCH_WIDTH - 1) / VOLLEY_BATCH_WIDTH * VOLLEY_BATCH_WIDTH;
    int status = measure_all(count, updates);
    if (status != VOLLEY_OK)
        fprintf(stderr, "bench_update: %s\n", volley_error_message());
    return status;
}
