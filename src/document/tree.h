/* SPDX-License-Identifier: BSD-3-Clause */
/* A config as a tree of nodes that know where they stand. Anchors, aliases and merge keys are resolved
 * already. */
#ifndef VOLLEY_DOCUMENT_TREE_H
#define VOLLEY_DOCUMENT_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum volley_node_kind {
    VOLLEY_NODE_NULL,
    VOLLEY_NODE_SCALAR,
    VOLLEY_NODE_LIST,
    VOLLEY_NODE_MAP
} volley_node_kind;

typedef struct volley_node {
    volley_node_kind kind;
    bool quoted;        /* of a scalar: a text even when it looks like a number */
    int line;           /* in the file, from 1 */
    int use_line;       /* of the alias through which the path came here, 0: none */
    int anchor_line;    /* of what an alias stands for; 0: the node is not an alias */
    const char *origin; /* the --set text it came from (borrowed), NULL for the file */
    const char *file;   /* the included file it came from (borrowed), NULL for the config itself */
    char *key;          /* owned; NULL outside maps */
    char *text;         /* owned; of a scalar */
    struct volley_node *parent;
    struct volley_node **items; /* owned; of a list or a map, in the order of the file; NULL: moved away */
    size_t n, capacity;
    size_t position; /* in the parent's items */
    uint32_t *slots; /* [n_slots] of a map with many items: hash table of positions + 1, 0: free; owned */
    size_t n_slots;
} volley_node;

/* A new node, owned by the caller until volley_node_add gives it to a parent. key and text are copied, both
 * may be NULL. Returns NULL when memory does not suffice (volley_fail has been called). */
volley_node *volley_node_create(volley_node_kind kind, const char *key, const char *text);

/* Frees a node and everything below it. NULL is fine. */
void volley_node_destroy(volley_node *node);

/* Appends a child, which the parent owns from now on, also when it fails. Returns a volley_code. */
int volley_node_add(volley_node *parent, volley_node *child);

/* Takes a child out of its parent and destroys it. */
void volley_node_remove(volley_node *child);

/* The child of a map with this key, NULL when absent, null or when `map` is not a map. Takes the same time in
 * a map of any size. */
volley_node *volley_node_find(const volley_node *map, const char *key);

/* The same, but a null counts as present. */
volley_node *volley_node_find_any(const volley_node *map, const char *key);

/* Replaces the child with new_child's key, at its position, or appends. Ownership as volley_node_add. */
int volley_node_put(volley_node *map, volley_node *new_child);

/* "null", "a single value", "a list" or "a mapping". */
const char *volley_node_kind_name(const volley_node *node);

/* The path of a node, "populations.E.params.spike_times[2]", cut to `size` bytes; "" for the root. */
void volley_node_path(const volley_node *node, char *path, size_t size);

/* The tree as block YAML without anchors, owned by the caller. The same tree gives the same text. Returns a
 * volley_code. */
int volley_node_emit(const volley_node *root, char **text);

#endif
