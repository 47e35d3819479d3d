/* SPDX-License-Identifier: BSD-3-Clause */
/* YAML config -> validated network description. */
#ifndef VOLLEY_CONFIG_CONFIG_H
#define VOLLEY_CONFIG_CONFIG_H

#include "comm/comm.h"
#include "net/network.h"

/* Reads a config file, applies the --set texts ("KEY=VALUE", in order), checks everything against the schema
 * (which follows from the registries), applies `scale` and gives the description. All problems of the file
 * are reported together in one message (volley_fail), one a line:
 *   file:line: key.path: what is wrong: value X; allowed ...; did you mean "Y"?
 * For --set the place is `--set KEY=VALUE`. Models of other libraries are loaded first (module.h). Not
 * collective: call it on one rank and broadcast the text, or on all. The caller owns *network. The list of
 * inputs (base/inputs.h) begins anew with the file, which may be a pipe where it is read once. Returns
 * VOLLEY_USAGE on any problem, VOLLEY_EXHAUSTED without memory. */
int volley_config_load(const char *path, const char *const *sets, int n_sets, volley_network **network);

/* The same from text in memory; `name` stands for the file in messages. */
int volley_config_parse(const char *text, const char *name, const char *const *sets, int n_sets,
                        volley_network **network);

/* Collective. Reads all edge lists in files once, every rank its part, checks every edge, and completes the
 * network (volley_config_finish_lists). comm NULL: one process. Fails on all ranks when it fails on one; only
 * ranks with a failure of their own hold a message, which is VOLLEY_USAGE with file and row for a bad edge.
 */
int volley_config_read_lists(volley_comm *comm, volley_network *network);

/* Completes a description whose edge lists in files have been read through: list->count, list->rounded and
 * the bounds of columns are set, identical on all ranks. Sets receptors and the smallest and largest delay,
 * and checks what depends on them. Returns VOLLEY_USAGE with a message. Not collective. */
int volley_config_finish_lists(volley_network *network);

#endif
