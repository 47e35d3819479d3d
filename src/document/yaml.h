/* SPDX-License-Identifier: BSD-3-Clause */
/* YAML text -> tree. The only place that knows libfyaml. */
#ifndef VOLLEY_DOCUMENT_YAML_H
#define VOLLEY_DOCUMENT_YAML_H

#include "document/problems.h"
#include "document/tree.h"

/* Reads one YAML document and resolves anchors, aliases and merge keys. Syntax errors, duplicate keys,
 * unknown anchors and bytes that are not UTF-8 are added to `problems`; then *root may be NULL. origin: the
 * --set text that `text` is the value of, else NULL. Returns VOLLEY_OK or VOLLEY_EXHAUSTED; the caller owns
 * *root. */
int volley_yaml_read(const char *text, const char *origin, volley_problems *problems, volley_node **root);

/* Applies one --set text "a.b.c=VALUE" to the tree: VALUE is YAML, missing parents are made. `set` must live
 * as long as the tree. */
int volley_yaml_set(volley_node *root, const char *set, volley_problems *problems);

#endif
