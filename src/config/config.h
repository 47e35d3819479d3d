/* YAML config -> validated network description. */
#ifndef VOLLEY_CONFIG_CONFIG_H
#define VOLLEY_CONFIG_CONFIG_H

#include "net/network.h"

/* Reads a config file, applies the --set texts ("KEY=VALUE", in order), checks everything against the schema
 * (which follows from the registries), applies `scale` and gives the description. All problems of the file
 * are reported together in one message (volley_fail), one a line:
 *   file:line: key.path: what is wrong: value X; allowed ...; did you mean "Y"?
 * For --set the place is `--set KEY=VALUE`. Not collective: call it on one rank and broadcast the text, or on
 * all. The caller owns *network. Returns VOLLEY_USAGE on any problem, VOLLEY_EXHAUSTED without memory. */
int volley_config_load(const char *path, const char *const *sets, int n_sets, volley_network **network);

/* The same from text in memory; `name` stands for the file in messages. */
int volley_config_parse(const char *text, const char *name, const char *const *sets, int n_sets,
                        volley_network **network);

#endif
