/* SPDX-License-Identifier: BSD-3-Clause */
/* Text that goes to standard output or into a file, which is there when it is complete. */
#ifndef VOLLEY_FILES_OUTPUT_H
#define VOLLEY_FILES_OUTPUT_H

#include <stdio.h>

typedef struct volley_output {
    FILE *file;
    const char *name;       /* for messages; borrowed from the caller of volley_output_open */
    char *path, *temporary; /* owned; NULL: written in place */
} volley_output;

/* Opens standard output for NULL and "-", else the file `path`, which is borrowed until the end: under a
 * temporary name beside it, unless it is a device or a pipe. Not collective. */
int volley_output_open(const char *path, volley_output *out);

/* Ends what was opened (also after a failure to open), with the status of what was written into it: brings
 * it to disk under its name, or removes it. Returns the first failure. */
int volley_output_close(volley_output *out, int status);

#endif
