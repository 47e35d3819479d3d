/* SPDX-License-Identifier: BSD-3-Clause */
/* A SONATA circuit and simulation config (JSON) as a config of volley: a tree with the same sections that a
 * YAML file has, so that everything behind it is the same. */
#ifndef VOLLEY_SONATA_SONATA_H
#define VOLLEY_SONATA_SONATA_H

#include "document/paths.h"
#include "document/problems.h"
#include "document/tree.h"

#include <stdbool.h>

/* True for the root of a SONATA config: of a circuit, a simulation, or a file that names both. */
bool volley_sonata_is(const volley_node *root);

/* True when a --set text changes a key of SONATA's and not one of volley's. */
bool volley_sonata_has_key(const char *set);

/* Replaces *root, read from `path`, which is borrowed as long as the tree lives. What is wrong becomes
 * problems; what is left out is told in includes->notes. Returns VOLLEY_OK or VOLLEY_EXHAUSTED. */
int volley_sonata_expand(volley_node **root, const char *path, volley_problems *problems,
                         volley_includes *includes);

#endif
