/* SPDX-License-Identifier: BSD-3-Clause */
/* SONATA's node files, and the names of the populations in any of its files. Not collective. All functions
 * return VOLLEY_USAGE with file and dataset for what cannot be used. */
#ifndef VOLLEY_SONATA_NODE_FILE_H
#define VOLLEY_SONATA_NODE_FILE_H

#include "sonata/sonata_files.h"

/* Names of the populations below the group `kind`: nodes, edges or spikes; files of spikes may have none. The
 * caller owns the names and the array, also after a failure. */
int volley_sonata_populations(const char *path, const char *kind, char ***names, int *n);

/* Reads a node population. The caller frees with volley_sonata_nodes_free, also after a failure. */
int volley_sonata_nodes_read(const char *path, const char *population, volley_sonata_nodes *nodes);

/* values[size]: an attribute of every node, else its parameter of this name; NAN for nodes in groups that
 * have neither. *found: the file has it. */
int volley_sonata_node_values(const char *path, const char *population, const char *attribute, int64_t size,
                              double *values, bool *found);

/* Reads a text of every node. The caller frees with volley_sonata_texts_free, also after a failure. */
int volley_sonata_node_texts(const char *path, const char *population, const char *attribute,
                             volley_sonata_texts *texts);

#endif
