/* SPDX-License-Identifier: BSD-3-Clause */
/* What volley diff finds in recorded states and rates. */
#ifndef VOLLEY_COMMANDS_DIFF_RECORDED_H
#define VOLLEY_COMMANDS_DIFF_RECORDED_H

#include <stdbool.h>
#include <stdint.h>

/* First of n items that differs in its bits, n when none does. */
uint64_t volley_first_difference(const double *a, const double *b, uint64_t n);

/* Compares the files state_*.h5 and rates.h5 of two directories bit by bit and prints the first difference of
 * each; a file that only one side has is one. *different is set then, and else left as it is; *n_files gets
 * the number of files. VOLLEY_FAILED when a file cannot be read. */
int volley_diff_recorded(const char *const directories[2], bool *different, int *n_files);

#endif
