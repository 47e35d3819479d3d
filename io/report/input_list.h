/* SPDX-License-Identifier: BSD-3-Clause */
/* The inputs of a run as text, for run.json and checkpoints: every file that was read (base/inputs.h), and
 * the libraries of models. */
#ifndef VOLLEY_IO_REPORT_INPUT_LIST_H
#define VOLLEY_IO_REPORT_INPUT_LIST_H

#include "net/network.h"

#include <stdbool.h>
#include <stddef.h>

/* Makes the list, owned by the caller: a JSON array of {"path", "size", "hash", "keys"}, in the order of
 * reading. path: absolute, links not followed. hash: XXH64 of the bytes, 16 hex digits; with "hash_of":
 * "values" that of what was read from a large file. keys: what was read for which key of the config, as
 * hashes of the values. Not collective. VOLLEY_EXHAUSTED without memory. */
int volley_input_list_text(const volley_network *network, char **text);

/* Two such lists. */
typedef struct volley_input_lists {
    struct json_t *old, *new;           /* owned, as all */
    struct json_t *old_keys, *new_keys; /* {key: {"hash", "path"}} */
    struct json_t *old_hashes;          /* {hash of a file: true} */
} volley_input_lists;

/* Not collective. old NULL, or no list: as an empty one. Released by the next function, also after a failure.
 * VOLLEY_EXHAUSTED without memory. */
int volley_input_lists_open(const char *old, const char *new, volley_input_lists *lists);
void volley_input_lists_close(volley_input_lists *lists);

/* Whether the same values were read for a key both times; false when one has read none. */
bool volley_input_lists_same(const volley_input_lists *lists, const char *key);

/* The first key after number *at for which both have read values, but others; NULL: none. *path: the file
 * that is to blame, now; *at moves on. Borrowed. */
const char *volley_input_lists_next(const volley_input_lists *lists, size_t *at, const char **path);

#endif
