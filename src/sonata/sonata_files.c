/* SPDX-License-Identifier: BSD-3-Clause */
/* Frees what the readers of SONATA's files return. */
#include "sonata/sonata_files.h"

#include <stdlib.h>
#include <string.h>

static void free_names(char **names, int n) {
    for (int i = 0; i < n; i++)
        free(names[i]);
    free(names);
}

bool volley_sonata_has_name(char *const *names, int n, const char *name) {
    for (int i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

void volley_sonata_nodes_free(volley_sonata_nodes *nodes) {
    free(nodes->types);
    free_names(nodes->attributes, nodes->n_attributes);
    free_names(nodes->params, nodes->n_params);
    free_names(nodes->texts, nodes->n_texts);
    *nodes = (volley_sonata_nodes){0};
}

void volley_sonata_texts_free(volley_sonata_texts *texts) {
    free_names(texts->library, texts->n);
    free(texts->index);
    *texts = (volley_sonata_texts){0};
}

void volley_sonata_edges_free(volley_sonata_edges *edges) {
    free(edges->source);
    free(edges->target);
    free_names(edges->params, edges->n_params);
    free_names(edges->texts, edges->n_texts);
    *edges = (volley_sonata_edges){0};
}
