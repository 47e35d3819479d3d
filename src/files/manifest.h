/* SPDX-License-Identifier: BSD-3-Clause */
/* The list of the files that runs of volley have written into a directory, manifest.json: one line of JSON
 * for each fact, added before a file is made, so that a crash leaves a list that is good enough. A later line
 * about a name counts.
 *
 * A file is a run's own while it is the same file (inode), or has the size and the hash of its first and last
 * 64 kB that it had when the run ended: a copy of the directory keeps them, and a file that somebody has put
 * in its place does not. Results without a list, of version 0.1.0, are known by what is inside them. Nothing
 * here is collective: rank 0 calls it, of a directory that the run has claimed (io/report/claim.h). */
#ifndef VOLLEY_FILES_MANIFEST_H
#define VOLLEY_FILES_MANIFEST_H

#include <stdbool.h>

/* Begins the list of a directory, or goes on with it (`keep`). From now on the functions of files/publish.h
 * that make files there add to it. Fails as volley_fail_errno does. One directory at a time. */
int volley_manifest_begin(const char *directory, bool keep);

/* Ends it: sizes and hashes of all files that are there now. Does nothing when no list has begun. */
int volley_manifest_end(void);

/* A file of this path is about to be made (inode 0), or has been made. Paths in other directories do nothing.
 */
int volley_manifest_add(const char *path, unsigned long inode);

/* A symbolic link `name` to `target` is about to be made in the directory. */
int volley_manifest_add_link(const char *path, const char *target);

/* Adds a complete file to the list of a directory in which no run is under way, as pictures are. */
int volley_manifest_add_to(const char *directory, const char *name);

/* Whether the list that this process writes has a file of this path, and it is that file. `inside` tells
 * whether the path is in the directory of the list at all. */
bool volley_manifest_made(const char *path, bool *inside);

/* What a directory holds of runs. */
typedef struct volley_manifest volley_manifest;

/* Reads the list. The caller owns *manifest, NULL after a failure (VOLLEY_USAGE: cannot be read,
 * VOLLEY_EXHAUSTED). */
int volley_manifest_read(const char *directory, volley_manifest **manifest);
void volley_manifest_free(volley_manifest **manifest);

/* Whether a file of the directory is one that a run of volley wrote, as it wrote it. */
bool volley_manifest_owns(const volley_manifest *manifest, const char *name);

/* For commands that read results: says on stderr which files of a directory are no longer as the run left
 * them, by their size and the hash of their ends. A list that cannot be read says nothing. */
void volley_manifest_note_changes(const char *directory);

#endif
