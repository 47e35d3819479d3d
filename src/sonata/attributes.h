/* SPDX-License-Identifier: BSD-3-Clause */
/* The attributes of nodes or edges in a SONATA file: datasets of the population's groups, row
 * <kind>_group_index of which belongs to an item in group <kind>_group_id. By this process alone. */
#ifndef VOLLEY_SONATA_ATTRIBUTES_H
#define VOLLEY_SONATA_ATTRIBUTES_H

#include "files/h5.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One group of attributes. Items of different kinds may have different attributes, and so different groups.
 */
typedef struct volley_sonata_place {
    uint64_t id;
    volley_h5 group, params, library; /* params: dynamics_params; 0: none */
} volley_sonata_place;

typedef struct volley_sonata_group {
    const char *path; /* borrowed, for messages */
    volley_h5 population;
    volley_h5 ids, index; /* datasets; 0: all items are in the one group, in its order */
    uint64_t count;       /* items */
    int n_places;
    volley_sonata_place *places; /* ascending by id, owned */
} volley_sonata_group;

/* An attribute: its datasets in the groups, with the number of their rows. */
typedef struct volley_sonata_attribute {
    bool any; /* a group has it */
    struct volley_sonata_column {
        volley_h5 dataset; /* 0: the group does not have it */
        uint64_t rows;
        char name[120];
    } * of; /* [n_places], owned */
} volley_sonata_attribute;

/* Where some items are. */
typedef struct volley_sonata_rows {
    bool in_order; /* of one group, rows first, first + 1, ...: row is not needed */
    uint64_t first;
    int only;      /* the group of all items, else -1 */
    uint64_t *row; /* owned as the others, grows */
    int *place;    /* group of each item, where they differ */
    uint64_t *scratch;
    size_t room;
} volley_sonata_rows;

/* A failure of files/h5.c to read a file that the user has named is a usage error. */
int volley_sonata_usage(int status);

/* Opens a file that the user has named, and lists it (base/inputs.h). Its failures are usage errors. */
int volley_sonata_input(const char *path, volley_h5 *file);

/* Opens the group /<kind>s/<name> of an open file and the groups of attributes in it, for `count` items.
 * kind: node or edge. Closed also after a failure. */
int volley_sonata_group_open(volley_h5 file, const char *path, const char *kind, const char *name,
                             volley_sonata_group *group);
void volley_sonata_group_close(volley_sonata_group *group);

/* Opens a column of the population itself; the first one opened sets the count, which all others must have.
 * required false: *dataset is 0 when there is none, as after a failure. */
int volley_sonata_column_open(volley_sonata_group *group, const char *name, bool required,
                              volley_h5 *dataset);

/* Opens an attribute in those groups that have it, or (params) whose dynamics_params have it, and in which
 * *attribute has none yet; it begins as {0}. Released with volley_sonata_attribute_close, also after a
 * failure. */
int volley_sonata_attribute_open(const volley_sonata_group *group, bool params, const char *name,
                                 volley_sonata_attribute *attribute);
void volley_sonata_attribute_close(const volley_sonata_group *group, volley_sonata_attribute *attribute);

/* Finds the groups and rows of items [first, first + n). */
int volley_sonata_rows_find(const volley_sonata_group *group, uint64_t first, uint64_t n,
                            volley_sonata_rows *rows);
void volley_sonata_rows_free(volley_sonata_rows *rows);

/* Reads an attribute of the n items whose rows were found; all must be finite numbers. NAN for items in
 * groups that do not have it. */
int volley_sonata_attribute_read(const volley_sonata_group *group, const volley_sonata_attribute *attribute,
                                 const volley_sonata_rows *rows, uint64_t n, double *values);

/* What the datasets in the groups, or (params) in their dynamics_params, hold. */
enum volley_sonata_content { VOLLEY_SONATA_NUMBERS, VOLLEY_SONATA_TEXTS };

/* Names of the attributes of a kind, in any of the groups; texts may be numbers of a @library. The caller
 * owns names and array, also after a failure. */
int volley_sonata_attribute_names(const volley_sonata_group *group, bool params,
                                  enum volley_sonata_content content, char ***names, int *n);

#endif
