/* SPDX-License-Identifier: BSD-3-Clause */
/* Makes the list of neuron models from neuron.def, to which libraries add theirs, and finds one by name. */
#include "base/status.h"
#include "models/neuron/neuron.h"

#include <stddef.h>
#include <string.h>

#define VOLLEY_NEURON(name) extern const volley_neuron_model volley_neuron_##name;
#include "models/neuron/neuron.def"
#undef VOLLEY_NEURON

static const volley_neuron_model *models[VOLLEY_NEURON_MODELS_MAX + 1] = {
#define VOLLEY_NEURON(name) &volley_neuron_##name,
#include "models/neuron/neuron.def"
#undef VOLLEY_NEURON
    NULL,
};
const volley_neuron_model *const *const volley_neuron_models = models;

int volley_neuron_model_add(const volley_neuron_model *model) {
    int n = 0;
    while (models[n] != NULL)
        n++;
    CHECK(n < VOLLEY_NEURON_MODELS_MAX, VOLLEY_USAGE, "more than %d neuron models", VOLLEY_NEURON_MODELS_MAX);
    models[n] = model;
    return VOLLEY_OK;
}

const volley_neuron_model *volley_neuron_model_find(const char *name) {
    for (int i = 0; volley_neuron_models[i] != NULL; i++)
        if (strcmp(volley_neuron_models[i]->name, name) == 0)
            return volley_neuron_models[i];
    return NULL;
}

int volley_field_find(const volley_field *fields, int n, const char *name) {
    for (int i = 0; i < n; i++)
        if (strcmp(fields[i].name, name) == 0)
            return i;
    return -1;
}

int volley_neuron_membrane(const volley_neuron_model *model) {
    return model->membrane ? volley_field_find(model->states, model->n_states, model->membrane) : -1;
}
