/* SPDX-License-Identifier: BSD-3-Clause */
/* Makes the tables of models with any number of receptors for one number of them. */
#include "base/memory.h"
#include "base/status.h"
#include "models/neuron/neuron.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_BYTES = 64 };

/* A model and the texts and fields it names. The copies are kept in a list until the program ends. */
typedef struct sized_model {
    volley_neuron_model model;
    volley_field *params, *states;
    char (*names)[NAME_BYTES]; /* of the receptors, then of the fields of the receptors */
    const char **receptors;
    struct sized_model *next;
} sized_model;

static sized_model *all;

static void destroy(sized_model *sized) {
    free(sized->params);
    free(sized->states);
    free(sized->names);
    free((void *)sized->receptors);
    free(sized);
}

/* The fields of the neuron, and for each field of the receptors one named after each receptor. */
static void expand(const volley_field *own, int n_own, const volley_field *each, int n_each, int receptors,
                   char (*names)[NAME_BYTES], volley_field *fields) {
    if (n_own > 0)
        memcpy(fields, own, (size_t)n_own * sizeof *own);
    for (int j = 0; j < n_each; j++)
        for (int r = 0; r < receptors; r++) {
            char *name = names[j * receptors + r];
            snprintf(name, NAME_BYTES, "%.*s_%d", NAME_BYTES - 16, each[j].name, r + 1);
            fields[n_own + j * receptors + r] = each[j];
            fields[n_own + j * receptors + r].name = name;
        }
}

static int fill(const volley_neuron_model *model, int receptors, sized_model *sized) {
    const volley_receptor_fields *each = model->each_receptor;
    int n_params = model->n_params + each->n_params * receptors;
    int n_states = model->n_states + each->n_states * receptors;
    TRY(VOLLEY_NEW(sized->params, n_params));
    TRY(VOLLEY_NEW(sized->states, n_states));
    TRY(VOLLEY_NEW(sized->names, (1 + each->n_params + each->n_states) * receptors));
    TRY(VOLLEY_NEW(sized->receptors, receptors));
    for (int r = 0; r < receptors; r++) {
        snprintf(sized->names[r], NAME_BYTES, "%d", r + 1);
        sized->receptors[r] = sized->names[r];
    }
    int64_t of_states = (int64_t)(1 + each->n_params) * receptors;
    expand(model->params, model->n_params, each->params, each->n_params, receptors, sized->names + receptors,
           sized->params);
    expand(model->states, model->n_states, each->states, each->n_states, receptors, sized->names + of_states,
           sized->states);
    sized->model = *model;
    sized->model.of_any_size = model;
    sized->model.n_receptors = receptors;
    sized->model.receptors = sized->receptors;
    sized->model.n_params = n_params;
    sized->model.params = sized->params;
    sized->model.n_states = n_states;
    sized->model.states = sized->states;
    sized->model.n_constants = model->n_constants + each->n_constants * receptors;
    sized->model.relative_cost = model->relative_cost + each->relative_cost * receptors;
    return VOLLEY_OK;
}

int volley_neuron_model_sized(const volley_neuron_model *model, int receptors,
                              const volley_neuron_model **result) {
    *result = model;
    if (model->of_any_size != NULL)
        model = model->of_any_size;
    if (model->each_receptor == NULL)
        return VOLLEY_OK;
    for (sized_model *known = all; known != NULL; known = known->next)
        if (known->model.of_any_size == model && known->model.n_receptors == receptors) {
            *result = &known->model;
            return VOLLEY_OK;
        }
    sized_model *sized;
    TRY(VOLLEY_NEW(sized, 1));
    int status = fill(model, receptors, sized);
    if (status != VOLLEY_OK) {
        destroy(sized);
        return status;
    }
    sized->next = all;
    all = sized;
    *result = &sized->model;
    return VOLLEY_OK;
}

int volley_neuron_model_derive(const volley_neuron_model *model, const double *params, double dt_ms,
                               double *constants) {
    TRY(model->derive(params, dt_ms, constants));
    if (model->of_any_size == NULL)
        return VOLLEY_OK;
    const volley_neuron_model *neuron = model->of_any_size;
    const volley_receptor_fields *each = model->each_receptor;
    double *own;
    TRY(VOLLEY_NEW(own, each->n_params + each->n_constants));
    double *derived = own + each->n_params;
    int n = model->n_receptors, status = VOLLEY_OK;
    for (int r = 0; r < n && status == VOLLEY_OK; r++) {
        for (int j = 0; j < each->n_params; j++)
            own[j] = params[neuron->n_params + j * n + r];
        status = each->derive(params, own, dt_ms, derived);
        for (int j = 0; j < each->n_constants; j++)
            constants[neuron->n_constants + j * n + r] = derived[j];
    }
    free(own);
    return status;
}

bool volley_neuron_model_is_signed(const volley_neuron_model *model) {
    return model->n_receptors == 2 && strcmp(model->receptors[0], "excitatory") == 0 &&
           strcmp(model->receptors[1], "inhibitory") == 0;
}

int volley_neuron_model_receptor(const volley_neuron_model *model, const char *name) {
    for (int r = 0; r < model->n_receptors; r++)
        if (strcmp(model->receptors[r], name) == 0)
            return r;
    return -1;
}
