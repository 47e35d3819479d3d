/* SPDX-License-Identifier: BSD-3-Clause */
/* Opening files that others made, and reading texts from them. Only regular files, or links to them, are
 * read: a device, a FIFO, a socket or a directory could block a run, or never end. Not collective. */
#ifndef VOLLEY_BASE_REGULAR_H
#define VOLLEY_BASE_REGULAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum {
    VOLLEY_TEXT_BYTES = 256 << 20, /* of a text that is read as a whole */
    VOLLEY_LINE_BYTES = 64 << 20,  /* of a line of one that is read line by line */
};

/* VOLLEY_USAGE with a message when `path` is there and no regular file; VOLLEY_OK for one that is not there.
 * Opens nothing. */
int volley_regular_check(const char *path);

/* Opens a regular file for reading; the caller closes *handle or *file. VOLLEY_USAGE with a message when it
 * cannot be opened or is not a regular file; *handle is -1, *file NULL then. */
int volley_regular_open(const char *path, int *handle);
int volley_regular_fopen(const char *path, FILE **file);

/* Takes the byte order mark of UTF-8 away from the beginning of a text. */
void volley_text_drop_mark(char *text);

/* The whole of a regular text file, ending in a zero, owned by the caller, also after a failure. VOLLEY_USAGE
 * for one that cannot be read, has a zero byte or is larger than VOLLEY_TEXT_BYTES; VOLLEY_EXHAUSTED. */
int volley_text_read(const char *path, char **text);

/* The same; and when `pipe` is true, from a pipe of this process, as a shell makes for <(command) and
 * | command. One that stays silent for 10 s is refused. */
int volley_text_read_from(const char *path, bool pipe, char **text);

/* The next line of a text without its end (LF or CR LF) into *line, which grows to *room bytes and is owned
 * by the caller. *bytes: those that were read, end of line included; 0 behind the last one. VOLLEY_USAGE for
 * a line with a zero byte or longer than VOLLEY_LINE_BYTES; VOLLEY_EXHAUSTED. `path` is for messages. */
int volley_text_line(FILE *file, const char *path, char **line, size_t *room, size_t *bytes);

#endif
