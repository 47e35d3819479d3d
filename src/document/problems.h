/* SPDX-License-Identifier: BSD-3-Clause */
/* The problems of a config, collected so that a user sees all of them at once. */
#ifndef VOLLEY_DOCUMENT_PROBLEMS_H
#define VOLLEY_DOCUMENT_PROBLEMS_H

#include "document/tree.h"

/* More problems than fit into a message. */
enum { VOLLEY_PROBLEMS_SHOWN = 1000 };

typedef struct volley_problem {
    const char *file; /* borrowed */
    int order;        /* line in the file; --set texts come after */
    int rank;         /* of the file: 0 the config, 1 an included one, 2 --set */
    size_t number;    /* in the order of finding */
    char *text;       /* owned */
} volley_problem;

typedef struct volley_problems {
    const char *file; /* as the user named it, borrowed; while it is read, an included one */
    volley_problem *items;
    size_t n, capacity;
    int status; /* VOLLEY_EXHAUSTED once memory did not suffice */
} volley_problems;

/* Adds "file:line: path: text" (or "--set KEY=VALUE: path: text"). The place is `node`, or its child `key`,
 * present or not, when key is not NULL; node NULL: the file as a whole. Where an alias stands for the node or
 * for something around it, the line at its other end is added. */
void volley_problem_add(volley_problems *problems, const volley_node *node, const char *key,
                        const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The same for a line of the file or a --set text (origin) without a path. */
void volley_problem_at(volley_problems *problems, int line, const char *origin, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* "file:line: path" of a node, for messages after the tree has gone. Owned by the caller, NULL without
 * memory. */
char *volley_problem_place(const volley_problems *problems, const volley_node *node);

/* Hands all problems to volley_fail as one message: those of the config in the order of their lines,
 * of each included file likewise, then of --set. Returns VOLLEY_OK when there
 * are none, else VOLLEY_USAGE or VOLLEY_EXHAUSTED. */
int volley_problems_report(volley_problems *problems);

void volley_problems_free(volley_problems *problems);

/* The name of a list (NULL at its end) with the smallest edit distance to `name`, NULL for an empty list. */
const char *volley_nearest(const char *name, const char *const *names);

/* "; allowed a, b, c; did you mean "b"?" into text; long lists are left out, the nearest name is not. */
void volley_allowed(const char *name, const char *const *names, char *text, size_t size);

#endif
