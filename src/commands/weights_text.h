/* SPDX-License-Identifier: BSD-3-Clause */
/* The weights of result directories in info, diff and export. */
#ifndef VOLLEY_COMMANDS_WEIGHTS_TEXT_H
#define VOLLEY_COMMANDS_WEIGHTS_TEXT_H

#include <stdbool.h>
#include <stdio.h>

/* Prints a summary of the recorded weights: for each projection the first and the last snapshot. Nothing
 * without weights.h5. VOLLEY_FAILED: unreadable. */
int volley_weights_info(const char *directory, FILE *out);

/* Compares the recorded weights of two directories bit by bit; sets *different and prints the first
 * difference of each projection. Adds the projections that both hold to *compared. */
int volley_weights_diff(const char *const directories[2], bool *different, int *compared);

/* Writes the last snapshot of a projection as CSV with the columns source, target, weight, delay.
 * VOLLEY_USAGE: the directory holds no such weights; with out NULL that is all that is found out.
 * name: of the file, for messages. */
int volley_weights_export(const char *directory, const char *projection, FILE *out, const char *name);

/* The shortest text (at most 25 characters) that reads as the same double: 0.3, not 0.29999999999999999; for
 * a float the shortest that reads as the same float. */
void volley_number_text(double value, int bytes, char text[32]);

#endif
