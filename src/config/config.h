/* SPDX-License-Identifier: BSD-3-Clause */
/* A config, YAML or SONATA, -> a checked description of a network. */
#ifndef VOLLEY_CONFIG_CONFIG_H
#define VOLLEY_CONFIG_CONFIG_H

#include "comm/comm.h"
#include "net/network.h"

/* A config that has been read, while its edge lists in files have not. */
typedef struct volley_config volley_config;

/* Reads a config file, applies the --set texts ("KEY=VALUE", in order), checks everything against the schema
 * (which follows from the registries), and applies `scale`. All problems of the file are reported together in
 * one message (volley_fail), one a line: file:line: key.path: what is wrong: value X; allowed ...; did you
 * mean "Y"? For --set the place is `--set KEY=VALUE`. Models of other libraries are loaded first (module.h).
 * Not collective: every rank reads the config. The list of inputs (base/inputs.h) begins anew with the file,
 * which may be a pipe where it is read once. The path and the texts are borrowed until the config is closed.
 * The caller owns *config, NULL after a failure. Returns VOLLEY_USAGE on any problem, VOLLEY_EXHAUSTED
 * without memory. */
int volley_config_open(const char *path, const char *const *sets, int n_sets, volley_config **config);
void volley_config_close(volley_config **config);

/* The network as far as it is known: counts of lists in files are -1, their columns have no bounds. Borrowed.
 */
const volley_network *volley_config_network(const volley_config *config);

/* Collective. Reads the edge lists in files, every rank its part, checks every edge and the whole network,
 * and gives it. comm NULL: one process. Closes the config. Fails on all ranks when it fails on one; only
 * ranks with a failure of their own hold a message. The caller owns *network, NULL after a failure. Codes as
 * above. */
int volley_config_complete(volley_comm *comm, volley_config **config, volley_network **network);

/* Reads a config and its lists by this process alone: volley_config_open and volley_config_complete. The
 * caller owns *network. */
int volley_config_load(const char *path, const char *const *sets, int n_sets, volley_network **network);

/* The same from text in memory; `name` stands for the file in messages. */
int volley_config_parse(const char *text, const char *name, const char *const *sets, int n_sets,
                        volley_network **network);

#endif
