/* SPDX-License-Identifier: BSD-3-Clause */
/* What the readers of SONATA's HDF5 files find in them: node populations, texts of nodes, edge populations.
 */
#ifndef VOLLEY_SONATA_SONATA_FILES_H
#define VOLLEY_SONATA_SONATA_FILES_H

#include <stdbool.h>
#include <stdint.h>

/* An attribute of nodes that is a text. */
typedef struct volley_sonata_texts {
    char **library; /* [n] different ones, owned as the next */
    int32_t n;
    int32_t *index; /* [size] number of the node's; -1: the file has none for it */
} volley_sonata_texts;

/* A node population. */
typedef struct volley_sonata_nodes {
    int64_t size;
    int64_t *types; /* [size] node_type_id, owned */
    int n_attributes;
    char **attributes; /* names of numbers that nodes have of their own, owned */
    int n_params;
    char **params; /* the same for those of dynamics_params, owned */
    int n_texts;
    char **texts; /* names of texts that nodes have of their own, owned */
} volley_sonata_nodes;

/* An edge population. */
typedef struct volley_sonata_edges {
    char *source, *target; /* node populations, owned */
    int64_t count;
    bool has_weight, has_delay; /* edges have their own */
    int weight_bytes;           /* of those in the file, 4 or 8 */
    int n_params;
    char **params; /* other names in dynamics_params, owned */
    int n_texts;
    char **texts; /* names of texts that edges have of their own, owned */
} volley_sonata_edges;

/* Whether a name is one of n. */
bool volley_sonata_has_name(char *const *names, int n, const char *name);

void volley_sonata_nodes_free(volley_sonata_nodes *nodes);
void volley_sonata_texts_free(volley_sonata_texts *texts);
void volley_sonata_edges_free(volley_sonata_edges *edges);

#endif
