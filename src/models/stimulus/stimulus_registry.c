/* SPDX-License-Identifier: BSD-3-Clause */
/* Makes the list of stimuli from stimulus.def, and finds one by name. */
#include "models/stimulus/stimulus.h"

#include <stddef.h>
#include <string.h>

#define VOLLEY_STIMULUS(name) extern const volley_stimulus_model volley_stimulus_##name;
#include "models/stimulus/stimulus.def"
#undef VOLLEY_STIMULUS

const volley_stimulus_model *const volley_stimulus_models[] = {
#define VOLLEY_STIMULUS(name) &volley_stimulus_##name,
#include "models/stimulus/stimulus.def"
#undef VOLLEY_STIMULUS
    NULL,
};

const volley_stimulus_model *volley_stimulus_model_find(const char *name) {
    for (int i = 0; volley_stimulus_models[i] != NULL; i++)
        if (strcmp(volley_stimulus_models[i]->name, name) == 0)
            return volley_stimulus_models[i];
    return NULL;
}
