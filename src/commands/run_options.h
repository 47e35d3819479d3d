/* The options of `volley run` and its environment. */
#ifndef VOLLEY_COMMANDS_RUN_OPTIONS_H
#define VOLLEY_COMMANDS_RUN_OPTIONS_H

#include "commands/resume.h"

#include <stdbool.h>
#include <stddef.h>

enum { VOLLEY_RUN_MAX_SETS = 256, VOLLEY_RECORD_BUFFER = 1 << 20, VOLLEY_STATE_BUFFER = 3 << 20 };

typedef struct volley_run_options {
    const char *config, *directory;
    const char *sets[VOLLEY_RUN_MAX_SETS];
    int n_sets, threads;
    int virtual_rank, virtual_ranks; /* 0 ranks: a whole job */
    size_t record_buffer;
    bool overwrite, quiet, help;
    const char *progress;
    volley_resume resume; /* --resume and --branch */
} volley_run_options;

void volley_run_help(void);

/* Reads the arguments, argv[0] being the command's name. */
int volley_run_parse(volley_run_options *options, int argc, char **argv);

/* Spikes that a rank keeps before they are written (VOLLEY_RECORD_BUFFER). How often segments are written is
 * no matter of the config: it changes no result. */
int volley_run_record_buffer(size_t *spikes);

#endif
