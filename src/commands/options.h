/* SPDX-License-Identifier: BSD-3-Clause */
/* The options of a command as one table, from which parsing, --help and messages follow. */
#ifndef VOLLEY_COMMANDS_OPTIONS_H
#define VOLLEY_COMMANDS_OPTIONS_H

#include "run/run_options.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

typedef struct volley_option volley_option;

struct volley_option {
    const char *name;     /* "--threads" */
    const char *argument; /* what its value is called in the help; NULL: a switch without one */
    const char *meaning;  /* for the help; lines after a \n stand below the first */

    /* Stores a value (NULL for a switch) in `member`. VOLLEY_USAGE with a message for what is not allowed. */
    int (*take)(const volley_option *option, const char *value, void *member);
    size_t member; /* where it is stored: bytes from the beginning of the command's options */
};

typedef struct volley_command_line {
    const char *command; /* "run" */
    const char *usage;   /* stands before the options in the help, and `after` behind them */
    const char *after;
    const volley_option *options; /* [n_options] */
    int n_options;

    /* An option whose value may be left out (NULL: none has one): whether the next word is its value. A word
     * too many right behind the option is refused with `refusal`, since it was hardly meant for the command.
     */
    const char *lenient;
    bool (*takes)(const char *word);
    const char *refusal;

    const char *word; /* what the words that are no options are called: "config" */
    int most;         /* how many of them there may be */
    size_t words;     /* where they are stored: const char *[most] */
    size_t help;      /* a bool, true after -h or --help, which end the reading */
} volley_command_line;

/* Reads the arguments of a command into its options, which hold the defaults before. Not collective. Returns
 * VOLLEY_USAGE with a message for an unknown option, a missing value, one that its option refuses, or a word
 * too many. */
int volley_options_read(const volley_command_line *line, int argc, char **argv, void *options);

/* Prints usage, options and what stands behind them. */
void volley_options_help(const volley_command_line *line, FILE *out);

/* The option of a name; NULL: the command has none. */
const volley_option *volley_option_find(const volley_command_line *line, const char *name);

/* What options store: a switch in a bool, a text in a const char *, a number from 1 on in an int, a number
 * above 0 in a double, a --set in volley_sets, of which half the room may be filled. */
int volley_take_switch(const volley_option *option, const char *value, void *member);
int volley_take_text(const volley_option *option, const char *value, void *member);
int volley_take_count(const volley_option *option, const char *value, void *member);
int volley_take_positive(const volley_option *option, const char *value, void *member);
int volley_take_set(const volley_option *option, const char *value, void *member);

#endif
