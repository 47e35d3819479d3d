/* SPDX-License-Identifier: BSD-3-Clause */
/* The files that a run is made from, with what identifies them: path, size, and the XXH64 of their bytes.
 *
 * Whoever reads a file that a config names opens it here, so that the list is complete; a file is hashed when
 * it is opened first. Readers add under which key of the config they have read what: the hash of these values
 * is the identity of an input, wherever and in which form its file stands. One list in a process, not
 * thread-safe. Not collective. */
#ifndef VOLLEY_BASE_INPUTS_H
#define VOLLEY_BASE_INPUTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>

/* Larger files are not hashed, so that nothing large is read twice: their hash is that of what was read. */
enum { VOLLEY_INPUT_WHOLE = 64 << 20 };

typedef struct volley_input {
    char *path;    /* as it was opened, owned */
    uint64_t size; /* bytes */
    uint64_t hash; /* XXH64 of the bytes, or (not whole) of the contents that follow */
    bool whole;
    struct timespec changed; /* when it was opened first, as the next two */
    dev_t device;
    ino_t number;
} volley_input;

/* What was read for a key of the config: a hash of the values. */
typedef struct volley_input_content {
    char *key; /* owned */
    size_t file;
    uint64_t hash;
} volley_input_content;

/* Begins a list, and forgets the one before; until the first, files are opened without being listed.
 * Libraries of models, which stay loaded, are no part of it. */
void volley_inputs_begin(void);

/* Opens a regular file and lists it; the caller closes *handle or *file. Fails as volley_regular_open does,
 * and with VOLLEY_FAILED when it has changed since it was opened first. */
int volley_input_open(const char *path, int *handle);
int volley_input_fopen(const char *path, FILE **file);

/* The same for a file that is opened by others. */
int volley_input_list(const char *path);

/* The whole of a text file, as volley_text_read, and lists it. */
int volley_input_text(const char *path, char **text);

/* The same for one that may be a pipe (volley_text_read_from), whose text is all there is to hash. */
int volley_input_text_from(const char *path, bool pipe, char **text);

/* Adds what was read from `path` for a key; several hashes for one key and file, one after another, become
 * one. VOLLEY_FAILED when the file has changed since it was opened, VOLLEY_EXHAUSTED without memory. */
int volley_input_read(const char *key, const char *path, uint64_t hash);

/* The lists, borrowed until the next call. */
const volley_input *volley_inputs(size_t *n);
const volley_input_content *volley_input_contents(size_t *n);

/* XXH64 of n bytes. */
uint64_t volley_input_hash(const void *bytes, size_t n);

#endif
