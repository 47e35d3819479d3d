/* SPDX-License-Identifier: BSD-3-Clause */
/* The making of a config from SONATA's files; shared by the files sonata*.c of this folder. */
#ifndef VOLLEY_SONATA_SONATA_TREE_H
#define VOLLEY_SONATA_SONATA_TREE_H

#include "document/paths.h"
#include "document/problems.h"
#include "sonata/sonata_files.h"
#include "sonata/sonata_kinds.h"
#include "sonata/sonata_types.h"
#include "document/tree.h"
#include "models/neuron/neuron.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A JSON file. */
typedef struct volley_sonata_document {
    const char *path;  /* as it is opened; borrowed */
    volley_node *root; /* NULL: there is none */
} volley_sonata_document;

/* The nodes of one model in a node population: a population of the config. */
typedef struct volley_sonata_part {
    const volley_neuron_model *model;
    char *name; /* in the config, owned */
    int64_t size;
} volley_sonata_part;

/* A node population of the circuit. */
typedef struct volley_sonata_population {
    char *name;              /* owned */
    char *path;              /* of the nodes file, to be opened; owned */
    const volley_node *file; /* nodes_file in the circuit */
    volley_sonata_nodes nodes;
    volley_sonata_types types;
    volley_sonata_kinds kinds;
    int32_t *part_of;          /* [kinds.n] number of the kind's part, owned as the next */
    volley_sonata_part *parts; /* [n_parts] in the order of their first types; none after a problem */
    int32_t n_parts;
    bool split; /* the config's populations are parts of it: they are several, or their name is another one */
} volley_sonata_population;

typedef struct volley_sonata_maker {
    volley_problems *problems;
    volley_includes *includes;
    int status; /* VOLLEY_EXHAUSTED once memory did not suffice */
    volley_sonata_document circuit, simulation, node_sets;
    volley_node *out; /* the config */
    volley_sonata_population *populations;
    size_t n_populations, room;
    char *unknown; /* keys that nothing is made of, "a, b"; owned */
    size_t unknown_used, unknown_capacity;
} volley_sonata_maker;

/* New nodes of the config, which stand where `origin` does in the JSON. They return NULL when memory does not
 * suffice, and take a NULL parent. Texts are quoted. */
volley_node *volley_sonata_map(volley_sonata_maker *m, volley_node *parent, const volley_node *origin,
                               const char *key);
volley_node *volley_sonata_list(volley_sonata_maker *m, volley_node *parent, const volley_node *origin,
                                const char *key);
void volley_sonata_text(volley_sonata_maker *m, volley_node *parent, const volley_node *origin,
                        const char *key, const char *text);
void volley_sonata_word(volley_sonata_maker *m, volley_node *parent, const volley_node *origin,
                        const char *key, const char *text);
void volley_sonata_number(volley_sonata_maker *m, volley_node *parent, const volley_node *origin,
                          const char *key, double value);

/* A copy of a number, text or list of the JSON under another key; nothing when there is none. */
void volley_sonata_copy(volley_sonata_maker *m, volley_node *parent, const volley_node *from,
                        const char *key);

/* The section of the config, made when missing. */
volley_node *volley_sonata_section(volley_sonata_maker *m, const volley_node *origin, const char *key);

/* A name with what a config does not allow replaced by _; owned by the caller. */
char *volley_sonata_name(volley_sonata_maker *m, const char *name);

/* The text of a path with the manifest's variables replaced, relative to the directory of its document; NULL
 * after a problem, or for a node that is NULL. And the path to open. Both owned by the caller. */
char *volley_sonata_relative(volley_sonata_maker *m, const volley_sonata_document *document,
                             const volley_node *node);
char *volley_sonata_path(volley_sonata_maker *m, const volley_sonata_document *document,
                         const volley_node *node);

/* Puts the path that `node` names under a key, and its text as it stands in the config. */
void volley_sonata_put_path(volley_sonata_maker *m, volley_node *parent,
                            const volley_sonata_document *document, const volley_node *node, const char *key);

/* Remembers the keys of a map that are not in the NULL-terminated list. */
void volley_sonata_unknown(volley_sonata_maker *m, const volley_node *map, const char *const *known);

/* True when files could be read; else the message of the status becomes a problem at `node`. */
bool volley_sonata_ok(volley_sonata_maker *m, const volley_node *node, int status);

/* Child that must be there; a problem when not. And text of a scalar, NULL for anything else. */
const volley_node *volley_sonata_required(volley_sonata_maker *m, const volley_node *map, const char *key);
const char *volley_sonata_string(const volley_node *node);

/* Child that may be missing; null is as good as that. */
const volley_node *volley_sonata_child(const volley_node *map, const char *key);

/* The stages. */
void volley_sonata_make_nodes(volley_sonata_maker *m);
void volley_sonata_make_edges(volley_sonata_maker *m);
void volley_sonata_make_simulation(volley_sonata_maker *m);

const volley_sonata_population *volley_sonata_find(const volley_sonata_maker *m, const char *name);

/* A node set: of each population the neurons that are in it. */
typedef struct volley_sonata_set {
    bool **in;            /* [n_populations][size]; NULL: none of the population; owned */
    unsigned char *state; /* [sets in node_sets_file] whether each has been added; owned */
} volley_sonata_set;

/* Finds the neurons of the set that `node` names; false after a problem. Freed also then. */
bool volley_sonata_set_find(volley_sonata_maker *m, const volley_node *node, volley_sonata_set *set);
void volley_sonata_set_free(const volley_sonata_maker *m, volley_sonata_set *set);

/* Neurons of a population that are in it. */
int64_t volley_sonata_set_count(const volley_sonata_maker *m, const volley_sonata_set *set,
                                size_t population);

/* Whether all nodes of a population are virtual. */
bool volley_sonata_is_virtual(const volley_sonata_population *population);

/* Returns whether an input or a report that names the set concerns this population: the set holds neurons of
 * it. Virtual populations are left out of a set that also holds neurons which are not virtual. */
bool volley_sonata_set_uses(const volley_sonata_maker *m, const volley_sonata_set *set, size_t population);

/* Puts {population: ..., neurons: ...} into a map; neurons only for a part of the population. */
void volley_sonata_put_subset(volley_sonata_maker *m, volley_node *map, const volley_node *origin,
                              const volley_sonata_set *set, size_t population);

#endif
