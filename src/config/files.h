/* Files of numbers that a config names. */
#ifndef VOLLEY_CONFIG_FILES_H
#define VOLLEY_CONFIG_FILES_H

#include "config/config.h"
#include "config/read.h"

/* All numbers of the file that `node` names, relative to the file it stands in. `column` and `dataset` may be
 * NULL. The caller owns *values (NULL without numbers), also when it is false. */
bool volley_file_values(volley_reader *r, const volley_node *node, const char *column, const char *dataset,
                        double **values, int64_t *count);

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

/* Reads the keys edges, file and group of `connect` into p->list and p->rule_value. ends: the subsets of p
 * are valid, so neurons can be checked. False when the list has a problem. */
bool volley_read_list(volley_reader *r, const volley_node *connect, bool ends, volley_projection *p);

#endif
