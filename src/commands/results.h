/* The result directory of a run. */
#ifndef VOLLEY_COMMANDS_RESULTS_H
#define VOLLEY_COMMANDS_RESULTS_H

#include <stdbool.h>

/* Not collective (rank 0 calls it). Creates the directory with its parents. One that holds results is refused
 * with VOLLEY_USAGE unless `overwrite` is set: then its results, and nothing else, are removed. Also refused:
 * a path that is no directory or cannot be written to. */
int volley_results_prepare(const char *directory, bool overwrite);

#endif
