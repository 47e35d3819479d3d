/* SPDX-License-Identifier: BSD-3-Clause */
/* The paths of a config's files, and the notes that are made while they are read. */
#ifndef VOLLEY_DOCUMENT_PATHS_H
#define VOLLEY_DOCUMENT_PATHS_H

#include <stdbool.h>
#include <stddef.h>

/* The files a config has included. Nodes and problems borrow their names from here. Zero-initialised. */
typedef struct volley_includes {
    char **paths; /* owned */
    size_t n, capacity;
    char *notes; /* for the user, one line each, owned; NULL: none */
    size_t notes_used, notes_capacity;
    bool lacking; /* a note that found no memory */
} volley_includes;

/* Adds a line to the notes, or sets `lacking`. */
void volley_includes_note(volley_includes *includes, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void volley_includes_free(volley_includes *includes);

/* The path of a file that is named relative to the file `from`. Owned by the caller, NULL without memory
 * (with a message). */
char *volley_path_beside(const char *from, const char *name);

#endif
