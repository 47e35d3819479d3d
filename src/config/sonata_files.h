/* What a config needs to know of SONATA's HDF5 files, which this folder cannot read itself (io/sonata_*.h
 * do).
 */
#ifndef VOLLEY_CONFIG_SONATA_FILES_H
#define VOLLEY_CONFIG_SONATA_FILES_H

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

/* All functions: VOLLEY_USAGE with file and dataset for what cannot be used. Not collective. */
typedef struct volley_sonata_reader {
    /* Names of the populations below the group `kind`: nodes, edges or spikes; files of spikes may have none.
     * The caller owns the names and the array. */
    int (*populations)(const char *path, const char *kind, char ***names, int *n);
    /* The caller frees with volley_sonata_nodes_free, also after a failure. */
    int (*nodes)(const char *path, const char *population, volley_sonata_nodes *nodes);
    /* values[size]: an attribute of every node, else its parameter of this name; NAN for nodes in groups that
     * have neither. *found: the file has it. */
    int (*node_values)(const char *path, const char *population, const char *attribute, int64_t size,
                       double *values, bool *found);
    /* A text of every node. The caller frees with volley_sonata_texts_free, also after a failure. */
    int (*node_texts)(const char *path, const char *population, const char *attribute,
                      volley_sonata_texts *texts);
    /* The caller frees with volley_sonata_edges_free, also after a failure. */
    int (*edges)(const char *path, const char *population, volley_sonata_edges *edges);
    /* All spikes of a population (population NULL, or a file without populations: of the file), in the order
     * of the file; times in ms. trial: of an NWB file; NULL: the only one. The caller owns the arrays. */
    int (*spikes)(const char *path, const char *population, const char *trial, int64_t **ids, double **times,
                  int64_t *n);
} volley_sonata_reader;

/* Whether a name is one of n. */
bool volley_sonata_has_name(char *const *names, int n, const char *name);

void volley_sonata_nodes_free(volley_sonata_nodes *nodes);
void volley_sonata_texts_free(volley_sonata_texts *texts);
void volley_sonata_edges_free(volley_sonata_edges *edges);

#endif
