/* SPDX-License-Identifier: BSD-3-Clause */
/* `include` in a config: other files, merged under the one that names them. */
#ifndef VOLLEY_CONFIG_INCLUDE_H
#define VOLLEY_CONFIG_INCLUDE_H

#include "document/paths.h"
#include "document/problems.h"
#include "document/tree.h"

/* Replaces *root, the mapping read from problems->file, by what it and its included files give together:
 * mappings are merged key by key, anything else is replaced; later files win over earlier ones, and a file
 * over those it includes. New keys follow those of the files before. The key `include` is gone then. What
 * cannot be read, and files that include themselves, are added to `problems`. Returns VOLLEY_OK or
 * VOLLEY_EXHAUSTED. */
int volley_include(volley_node **root, volley_problems *problems, volley_includes *includes);

#endif
