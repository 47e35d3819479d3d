/* SPDX-License-Identifier: BSD-3-Clause */
/* What a run is asked for. */
#ifndef VOLLEY_RUN_RUN_OPTIONS_H
#define VOLLEY_RUN_RUN_OPTIONS_H

#include "run/resume.h"

#include <stdbool.h>
#include <stddef.h>

enum { VOLLEY_MAX_SETS = 512, VOLLEY_RECORD_BUFFER = 1 << 20, VOLLEY_STATE_BUFFER = 3 << 20 };

/* The texts of all --set, in their order; borrowed from argv. Those of a user fill half of the room at most.
 */
typedef struct volley_sets {
    const char *text[VOLLEY_MAX_SETS];
    int n;
} volley_sets;

/* A rank of a job of so many ranks; 0 ranks: a whole job. */
typedef struct volley_virtual_rank {
    int rank, ranks;
} volley_virtual_rank;

typedef struct volley_run_options {
    const char *config, *directory;
    volley_sets sets;
    int threads;
    volley_virtual_rank virtual;
    size_t record_buffer;
    bool overwrite, quiet, help;
    const char *progress;
    volley_resume resume; /* --resume and --branch */
} volley_run_options;

/* Spikes that a rank keeps before they are written (VOLLEY_RECORD_BUFFER). The config has no key for it,
 * since how often segments are written changes no result. VOLLEY_USAGE for what is not a number. */
int volley_run_record_buffer(size_t *spikes);

#endif
