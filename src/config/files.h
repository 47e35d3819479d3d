/* SPDX-License-Identifier: BSD-3-Clause */
/* Files of numbers that a config names. */
#ifndef VOLLEY_CONFIG_FILES_H
#define VOLLEY_CONFIG_FILES_H

#include "config/config.h"
#include "config/reader.h"

/* All numbers of the file that `node` names, relative to the file it stands in. `column` and `dataset` may be
 * NULL. The caller owns *values (NULL without numbers), also when it is false. */
bool volley_file_values(volley_reader *r, const volley_node *node, const char *column, const char *dataset,
                        double **values, int64_t *count);

/* The path that `node` names, relative to the file it stands in; owned by the caller, NULL after a report. */
char *volley_file_path(volley_reader *r, const volley_node *node);

/* Adds n bytes that were read from `path` for `node`, a mapping, to the list of inputs. False after a report.
 */
bool volley_file_content(volley_reader *r, const volley_node *node, const char *path, const void *bytes,
                         size_t n);

/* True when a file could be read; else what the reader says becomes a problem at `node`. */
bool volley_file_is_read(volley_reader *r, const volley_node *node, int status);

/* Takes the keys file, column and dataset of the section partition into *parts. False when they cannot be
 * used.
 */
bool volley_file_parts(volley_reader *r, const volley_node *partition, volley_parts_file *parts);

/* Takes the file of an edge list, its group (NULL: none) and which columns it has into *list, whose count is
 * not known yet (-1). False when the file cannot be used. */
bool volley_file_list(volley_reader *r, const volley_node *file, const volley_node *group,
                      volley_edge_list *list);

/* Reads weight: {file: DIR, projection: NAME, time: last} into p->trained and the bounds of p->weight. False
 * when there is a problem. */
bool volley_read_trained(volley_reader *r, const volley_node *weight, volley_projection *p);

/* Reads the keys edges, file and group of `connect` into p->list. ends: the subsets of p
 * are valid, so neurons can be checked. False when the list has a problem. */
bool volley_read_list(volley_reader *r, const volley_node *connect, bool ends, volley_projection *p);

/* Reads {nodes: FILE.h5, population: NAME, attribute: NAME, types: FILE.csv, models: DIR, default: x}: a
 * number for each node of a SONATA file, which is the node's own, else that of its type, else the default.
 * The owner of *d frees its values. */
bool volley_read_node_values(volley_reader *r, const volley_node *node, volley_distribution *d);

/* Reads {file: FILE.h5, population: NAME} or a list of them: the spikes of SONATA files, brought to steps as
 * NEST does. */
void volley_read_spike_files(volley_reader *r, const volley_node *node, volley_population *p);

/* Takes the edges of a SONATA file: the keys file, population, types, models, edge_types and weights of
 * `connect`, into p->list. ends: the subsets of p are valid. False when there is a problem. */
bool volley_read_selection(volley_reader *r, const volley_node *connect, bool ends, volley_projection *p);

#endif
