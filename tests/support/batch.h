/* SPDX-License-Identifier: BSD-3-Clause */
/* A batch of neurons that owns its memory, for tests of the models. */
#ifndef VOLLEY_TESTS_BATCH_H
#define VOLLEY_TESTS_BATCH_H

#include "base/memory.h"
#include "base/simd.h"
#include "base/status.h"
#include "models/neuron/module.h"

#include <stdlib.h>

enum { TEST_MAX_PARAMS = 64, TEST_MAX_CONSTANTS = 64, TEST_MAX_STATES = 16 };

/* The model with three receptors, if it takes any number of them. */
static inline const volley_neuron_model *test_sized(const volley_neuron_model *model) {
    const volley_neuron_model *sized = NULL;
    volley_neuron_model_sized(model, 3, &sized);
    return sized;
}

typedef struct test_batch {
    volley_neuron_batch columns;
    const volley_neuron_model *model;
    double *memory, *constants, *current, **places;
    int32_t *integers;
    double *past;
    uint64_t *gid;
} test_batch;

static inline void test_batch_free(test_batch *b) {
    free(b->memory);
    free(b->places);
    free(b->constants);
    free(b->current);
    free(b->integers);
    free(b->past);
    free(b->gid);
    *b = (test_batch){0};
}

static inline void test_defaults(const volley_neuron_model *model, double *params) {
    for (int k = 0; k < model->n_params; k++)
        params[k] = model->params[k].standard;
}

/* Sets a parameter when the model has it; returns its index or -1. */
static inline int test_set(const volley_neuron_model *model, double *params, const char *name, double value) {
    int k = volley_field_find(model->params, model->n_params, name);
    if (k >= 0)
        params[k] = value;
    return k;
}

/* `used` neurons that all have these parameters; states at their defaults, V_m at E_L where the model says
 * so. The gids are 0, 1, ..., the lag is one step. Constants are stored once when uniform, else for each
 * neuron; likewise the current, which is 0. */
static inline int test_batch_init(test_batch *b, const volley_neuron_model *model, const double *params,
                                  double dt_ms, int64_t used, bool uniform, bool uniform_current) {
    int64_t count = (used + VOLLEY_BATCH_WIDTH - 1) / VOLLEY_BATCH_WIDTH * VOLLEY_BATCH_WIDTH;
    double one[TEST_MAX_CONSTANTS];
    TRY(volley_neuron_model_derive(model, params, dt_ms, one));
    int64_t repeat = uniform ? 1 : count;
    *b = (test_batch){.model = model};
    TRY(VOLLEY_NEW(b->memory, (model->n_states + model->n_receptors + 1) * count));
    TRY(VOLLEY_NEW(b->constants, model->n_constants * repeat));
    TRY(VOLLEY_NEW(b->current, uniform_current ? 1 : count));
    TRY(VOLLEY_NEW(b->integers, 2 * count));
    volley_neuron_batch *c = &b->columns;
    *c = (volley_neuron_batch){
        .count = count, .used = used, .uniform = uniform, .uniform_current = uniform_current};
    c->current = b->current;
    TRY(VOLLEY_NEW(b->places, model->n_states + model->n_receptors + model->n_constants));
    c->n_receptors = model->n_receptors;
    c->state = b->places;
    c->input = c->state + model->n_states;
    c->constant = (const double **)(c->input + model->n_receptors);
    c->refractory = b->integers;
    c->fired = b->integers + count;
    for (int k = 0; k < model->n_receptors; k++)
        c->input[k] = b->memory + (model->n_states + k) * count;
    if (volley_neuron_model_counts(model))
        c->repeats = b->memory + (model->n_states + model->n_receptors) * count;
    c->lag = 1;
    c->n_past = model->past ? model->past(params, dt_ms) : 0;
    TRY(VOLLEY_NEW(b->past, c->n_past * count));
    c->past = b->past;
    TRY(VOLLEY_NEW(b->gid, count));
    for (int64_t i = 0; i < count; i++)
        b->gid[i] = (uint64_t)(i < used ? i : used - 1);
    c->gid = b->gid;
    int rest = model->starts_at ? volley_field_find(model->params, model->n_params, model->starts_at) : -1;
    for (int k = 0; k < model->n_states; k++) {
        c->state[k] = b->memory + k * count;
        bool at_rest = rest >= 0 && k == volley_neuron_membrane(model);
        for (int64_t i = 0; i < count; i++)
            c->state[k][i] = at_rest ? params[rest] : model->states[k].standard;
    }
    for (int k = 0; k < model->n_constants; k++) {
        c->constant[k] = b->constants + k * repeat;
        for (int64_t i = 0; i < repeat; i++)
            b->constants[k * repeat + i] = one[k];
    }
    return VOLLEY_OK;
}

/* Uniform in [0, 1): splitmix64 of an index, so that tests need no generator state. */
static inline double test_uniform(uint64_t x) {
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return (double)((x ^ (x >> 31)) >> 11) * 0x1p-53;
}

#endif
