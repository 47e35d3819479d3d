/* `include` in a config: other files, merged under the one that names them. */
#ifndef VOLLEY_CONFIG_INCLUDE_H
#define VOLLEY_CONFIG_INCLUDE_H

#include "config/problems.h"
#include "config/tree.h"

#include <stdbool.h>

/* The files a config has included. Nodes and problems borrow their names from here. Zero-initialised. */
typedef struct volley_includes {
    char **paths; /* owned */
    size_t n, capacity;
    char *notes; /* for the user, one line each, owned; NULL: none */
    size_t notes_used, notes_capacity;
    bool lacking; /* a note that found no memory */
} volley_includes;

/* Replaces *root, the mapping read from problems->file, by what it and its included files give together:
 * mappings are merged key by key, anything else is replaced; later files win over earlier ones, and a file
 * over those it includes. New keys follow those of the files before. The key `include` is gone then. What
 * cannot be read, and files that include themselves, are added to `problems`. Returns VOLLEY_OK or
 * VOLLEY_EXHAUSTED. */
int volley_include(volley_node **root, volley_problems *problems, volley_includes *includes);
/* Adds a line to the notes, or sets `lacking`. */
void volley_includes_note(volley_includes *includes, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void volley_includes_free(volley_includes *includes);

/* The path of a file that is named relative to the file `from`. Owned by the caller, NULL without memory
 * (with a message). */
char *volley_path_beside(const char *from, const char *name);

#endif
