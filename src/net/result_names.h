/* SPDX-License-Identifier: BSD-3-Clause */
/* The names of the files that a run of a network writes into its directory. */
#ifndef VOLLEY_NET_RESULT_NAMES_H
#define VOLLEY_NET_RESULT_NAMES_H

#include "net/network.h"

#include <stdbool.h>

typedef struct volley_result_name {
    char *name;         /* in the directory, owned */
    const char *target; /* the file that it is a second name of, a symbolic link; NULL: a file. Borrowed */
    const char *whose;  /* what it holds, for messages; borrowed */
} volley_result_name;

/* Not collective. All names that do not depend on the course of the run, in a list that the caller owns
 * (volley_result_names_free). The segments of spikes and the checkpoints are not among them: see
 * volley_is_numbered_result. VOLLEY_EXHAUSTED without memory. */
int volley_result_names(const volley_network *network, volley_result_name **names, int *n);
void volley_result_names_free(volley_result_name *names, int n);

/* Not collective. Whether a name is one of those with a step in them, spikes-<step>.part.h5 or
 * checkpoint-<step>.h5. */
bool volley_is_numbered_result(const char *name);

/* Not collective. The name of the file of a record of states, owned by the caller; NULL without memory. */
char *volley_state_file_name(const volley_network *network, const volley_state_record *record);

#endif
