/* SPDX-License-Identifier: BSD-3-Clause */
/* What two resolved configs differ in, key by key. */
#ifndef VOLLEY_DOCUMENT_COMPARE_H
#define VOLLEY_DOCUMENT_COMPARE_H

#include <stdbool.h>
#include <stddef.h>

/* What the two texts may differ in. */
typedef struct volley_config_may {
    const char *const *keys; /* [n]; with what is below them */
    int n;
    /* Whether both have read the same numbers from files for the mapping `key`, NULL: no. */
    bool (*same_content)(const void *context, const char *key);
    const void *context;
} volley_config_may;

/* Whether a key may differ, by may->keys alone. The rule of a plasticity never may. */
bool volley_config_may_differ(const volley_config_may *may, const char *key);

/* Lists the dotted keys in which the texts `old` and `new` differ, "a.b, c.d", cut to `size` bytes; empty
 * when there are none. Numbers are compared as numbers, other texts as texts, lists as a whole; the order of
 * keys counts only among populations, stimuli and projections, which are numbered by it. Where the same
 * numbers were read, names of files, and where in them the numbers stand, may differ. Returns VOLLEY_USAGE
 * when a text is not a config, VOLLEY_EXHAUSTED without memory. Not collective. */
int volley_config_compare(const char *old, const char *new, const volley_config_may *may, char *keys,
                          size_t size);

#endif
