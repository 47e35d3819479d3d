/* SPDX-License-Identifier: BSD-3-Clause */
/* How a file of results is told from others (files/manifest.h). Not collective. */
#ifndef VOLLEY_FILES_MANIFEST_INSIDE_H
#define VOLLEY_FILES_MANIFEST_INSIDE_H

#include <stdbool.h>

struct json_t;

/* The line of a file that is there: its name, inode, size and hash, or where a link leads. NULL: it cannot be
 * read, or no memory. The caller owns it. `at` is the directory's descriptor. */
struct json_t *volley_describe_file(int at, const char *name);

/* Whether the file is the one that the line describes. */
bool volley_is_own_file(int at, const char *name, const struct json_t *line);

/* Whether it is a file, and not a link or anything else. */
bool volley_is_plain_file(int at, const char *name);

/* Whether the file is a result of a version that kept no list: by its name and by what is inside. `at` is the
 * descriptor of `directory`. */
bool volley_is_old_result(int at, const char *directory, const char *name);

#endif
