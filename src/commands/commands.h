/* SPDX-License-Identifier: BSD-3-Clause */
/* The commands of volley; each begins in a file of its name. argv starts with the command's own name. They
 * return an exit code.
 */
#ifndef VOLLEY_COMMANDS_COMMANDS_H
#define VOLLEY_COMMANDS_COMMANDS_H

struct volley_run_options;

int volley_command_run(int argc, char **argv);
int volley_command_check(int argc, char **argv);
int volley_command_plan(int argc, char **argv);
int volley_command_job(int argc, char **argv);
int volley_command_info(int argc, char **argv);
int volley_command_diff(int argc, char **argv);
int volley_command_plot(int argc, char **argv);
int volley_command_export(int argc, char **argv);
int volley_command_describe(int argc, char **argv);
int volley_command_version(int argc, char **argv);

/* Reads the options of `volley run`, without what they name. VOLLEY_USAGE for what is none. */
int volley_run_parse(struct volley_run_options *options, int argc, char **argv);

/* `volley export` where its argument is a config and not a result directory, and its options. */
int volley_sonata_export(int argc, char **argv);
extern const struct volley_command_line volley_sonata_export_line;

#endif
