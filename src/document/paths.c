/* SPDX-License-Identifier: BSD-3-Clause */
/* Files that a config names, and what is said of them. */
#define _GNU_SOURCE
#include "document/paths.h"

#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *volley_path_beside(const char *from, const char *name) {
    const char *slash = name[0] == '/' ? NULL : strrchr(from, '/');
    char *path;
    if (asprintf(&path, "%.*s%s", slash ? (int)(slash - from + 1) : 0, from, name) >= 0)
        return path;
    volley_fail(VOLLEY_EXHAUSTED, "no memory for the config");
    return NULL;
}

void volley_includes_note(volley_includes *includes, const char *format, ...) {
    char *line;
    va_list arguments;
    va_start(arguments, format);
    int made = vasprintf(&line, format, arguments);
    va_end(arguments);
    size_t most = made >= 0 ? 4 * strlen(line) + 2 : 0; /* escaped */
    if (made >= 0 && VOLLEY_RESERVE(includes->notes, &includes->notes_capacity,
                                    includes->notes_used + most) == VOLLEY_OK) {
        char *at = includes->notes + includes->notes_used;
        size_t length = volley_text_escape(line, "", at, most - 1);
        memcpy(at + length, "\n", 2);
        includes->notes_used += length + 1;
    } else {
        includes->lacking = true;
    }
    if (made >= 0)
        free(line);
}

void volley_includes_free(volley_includes *includes) {
    free(includes->notes);
    for (size_t i = 0; i < includes->n; i++)
        free(includes->paths[i]);
    free(includes->paths);
    *includes = (volley_includes){0};
}
