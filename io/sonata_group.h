/* The attributes of nodes or edges in a SONATA file: datasets of the population's one group, row
 * <kind>_group_index of which belongs to an item. By this process alone. */
#ifndef VOLLEY_IO_SONATA_GROUP_H
#define VOLLEY_IO_SONATA_GROUP_H

#include "io/h5.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct volley_sonata_group {
    const char *path;                    /* borrowed, for messages */
    volley_h5 population, group, params; /* params: dynamics_params; 0: none, as group */
    volley_h5 ids, index;                /* datasets; 0: all items are in the group, in its order */
    uint64_t id, count;                  /* of the group; items */
} volley_sonata_group;

/* A dataset of the group, with the number of its rows. */
typedef struct volley_sonata_attribute {
    volley_h5 dataset; /* 0: none */
    uint64_t rows;
    char name[120];
} volley_sonata_attribute;

/* The rows of some items. */
typedef struct volley_sonata_rows {
    bool in_order; /* first, first + 1, ...: row is not needed */
    uint64_t first;
    uint64_t *row; /* owned, grows */
    uint64_t *scratch;
    size_t room;
} volley_sonata_rows;

/* A failure of io/h5.c to read a file that the user has named is a usage error. */
int volley_sonata_usage(int status);

/* Opens the group /<kind>s/<name> of an open file and the group of attributes in it, for `count` items. kind:
 * node or edge. More than one group of attributes is refused. Closed also after a failure. */
int volley_sonata_group_open(volley_h5 file, const char *path, const char *kind, const char *name,
                             volley_sonata_group *group);
void volley_sonata_group_close(volley_sonata_group *group);

/* Opens a column of the population itself; the first one opened sets the count, which all others must have.
 * required false: *dataset is 0 when there is none, as after a failure. */
int volley_sonata_column_open(volley_sonata_group *group, const char *name, bool required,
                              volley_h5 *dataset);

/* Opens an attribute, of the group or (params) of its dynamics_params. */
int volley_sonata_attribute_open(const volley_sonata_group *group, bool params, const char *name,
                                 volley_sonata_attribute *attribute);

/* Finds the rows of items [first, first + n), and checks that they are in the group. */
int volley_sonata_rows_find(const volley_sonata_group *group, uint64_t first, uint64_t n,
                            volley_sonata_rows *rows);
void volley_sonata_rows_free(volley_sonata_rows *rows);

/* Reads an attribute of the n items whose rows were found; all must be finite numbers. */
int volley_sonata_attribute_read(const volley_sonata_group *group, const volley_sonata_attribute *attribute,
                                 const volley_sonata_rows *rows, uint64_t n, double *values);

/* Names of the datasets in the group, or in its dynamics_params; the caller owns names and array. */
int volley_sonata_attribute_names(const volley_sonata_group *group, bool params, char ***names, int *n);

#endif
