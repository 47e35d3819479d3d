/* What two resolved configs differ in, key by key. */
#ifndef VOLLEY_CONFIG_COMPARE_H
#define VOLLEY_CONFIG_COMPARE_H

#include <stddef.h>

/* Lists the dotted keys in which the texts `old` and `new` differ, "a.b, c.d", cut to `size` bytes; empty
 * when there are none. Numbers are compared as numbers, other texts as texts, lists as a whole; the order of
 * keys counts only among populations, stimuli and projections, which are numbered by it. One of `may` (n of
 * them) and what is below it may differ, but for the rule of a plasticity. Returns VOLLEY_USAGE when a text
 * is no config, VOLLEY_EXHAUSTED without memory. Not collective. */
int volley_config_compare(const char *old, const char *new, const char *const *may, int n, char *keys,
                          size_t size);

#endif
