/* SPDX-License-Identifier: BSD-3-Clause */
/* The result directory of a run. */
#ifndef VOLLEY_RUN_RESULT_DIRECTORY_H
#define VOLLEY_RUN_RESULT_DIRECTORY_H

#include "net/network.h"

#include <stdbool.h>

/* Not collective (rank 0 calls it). Creates the directory with its parents. Refused with VOLLEY_USAGE: a path
 * that is not a directory or cannot be written to. */
int volley_results_make(const char *directory);

/* Not collective (rank 0 calls it, of a directory that the run has claimed). Refuses a directory that holds
 * results, unless they are to be replaced, and one in which a file that no run has left has the name of a
 * result (VOLLEY_USAGE). */
int volley_results_check(const volley_network *network, const char *directory, bool replace);

/* Not collective (rank 0 calls it). Removes the files that earlier runs have written, as they have written
 * them, and nothing else (files/manifest.h). Called when nothing but the run itself can fail any more. */
int volley_results_clear(const char *directory);

/* Not collective (rank 0 calls it). Gives files of a finished run the second names that the config asks for,
 * as symbolic links. make false: refuses names that stand for anything but such a link (VOLLEY_USAGE). */
int volley_results_name(const volley_network *network, const char *directory, bool make);

/* Not collective (rank 0 calls it). Removes what a run that goes on writes anew at its end, run.json and
 * rates.h5, and the half-written files of a run that was killed. */
int volley_results_reopen(const char *directory);

/* Not collective. For commands that read results: says on stderr when a run is under way in the directory,
 * and which files were changed since they were written. */
void volley_results_note(const char *directory);

#endif
