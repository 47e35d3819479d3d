/* SPDX-License-Identifier: BSD-3-Clause */
/* The registry of stimulus models. */
#include "models/stimulus/stimulus.h"

#include "base/status.h"

#include <stddef.h>
#include <string.h>

#define VOLLEY_STIMULUS(name) extern const volley_stimulus_model volley_stimulus_##name;
#include "models/stimulus/stimulus.def"
#undef VOLLEY_STIMULUS

static const volley_stimulus_model *models[VOLLEY_STIMULUS_MODELS_MAX + 1] = {
#define VOLLEY_STIMULUS(name) &volley_stimulus_##name,
#include "models/stimulus/stimulus.def"
#undef VOLLEY_STIMULUS
    NULL,
};
const volley_stimulus_model *const *const volley_stimulus_models = models;

int volley_stimulus_model_add(const volley_stimulus_model *model) {
    int n = 0;
    while (models[n] != NULL)
        n++;
    CHECK(n < VOLLEY_STIMULUS_MODELS_MAX, VOLLEY_USAGE, "more than %d stimulus models",
          VOLLEY_STIMULUS_MODELS_MAX);
    models[n] = model;
    return VOLLEY_OK;
}

const volley_stimulus_model *volley_stimulus_model_find(const char *name) {
    for (int i = 0; volley_stimulus_models[i] != NULL; i++)
        if (strcmp(volley_stimulus_models[i]->name, name) == 0)
            return volley_stimulus_models[i];
    return NULL;
}

int64_t volley_stimulus_change_at(const volley_stimulus_given *given, int64_t step) {
    int64_t low = 0, high = given->n_changes;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (given->change_steps[middle] < step)
            low = middle + 1;
        else
            high = middle;
    }
    return low - 1;
}
