/* SPDX-License-Identifier: BSD-3-Clause */
/* The key receptor of projections and stimuli. */
#include "config/reader.h"
#include "config/sections.h"

/* The receptor of one model; -1: none is named, and the model leaves no choice open. */
static bool find_receptor(volley_reader *r, const volley_node *node, const volley_neuron_model *model,
                          bool negative, int *receptor) {
    const char *names[VOLLEY_RECEPTORS_MAX + 2] = {0};
    bool is_signed = volley_neuron_model_is_signed(model);
    for (int i = 0; i < model->n_receptors; i++)
        names[i] = model->receptors[i];
    if (is_signed || model->n_receptors == 1)
        names[model->n_receptors] = "auto";
    *receptor = names[model->n_receptors] ? model->n_receptors : -1;
    if (node && !volley_read_choice(r, node, names, receptor))
        return false;
    if (*receptor == model->n_receptors)
        *receptor = is_signed && negative;
    return true;
}

bool volley_read_receptor(volley_reader *r, const volley_node *parent, const volley_neuron_model *model,
                          bool negative, int *receptor) {
    const volley_node *node = volley_node_find(parent, "receptor");
    *receptor = 0;
    if (!model) /* has been reported */
        return false;
    int found;
    if (!find_receptor(r, node, model, negative, &found))
        return false;
    if (found < 0) {
        volley_problem_add(&r->problems, parent, "receptor",
                           "must be given: a target of the model %s has %d receptors; allowed %s to %s",
                           model->name, model->n_receptors, model->receptors[0],
                           model->receptors[model->n_receptors - 1]);
        return false;
    }
    *receptor = found;
    return true;
}
