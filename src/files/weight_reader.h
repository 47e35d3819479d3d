/* SPDX-License-Identifier: BSD-3-Clause */
/* Serial reader of weights.h5, for info, diff and export. Needs neither MPI nor other ranks. */
#ifndef VOLLEY_FILES_WEIGHT_READER_H
#define VOLLEY_FILES_WEIGHT_READER_H

#include "files/h5.h"

#include <stdint.h>

/* The recorded projections of a directory, ascending by name. */
typedef struct volley_weight_tables {
    char *path; /* owned, as the names; of weights.h5 */
    volley_h5 file, group;
    int n;
    char **name; /* [n] */
} volley_weight_tables;

/* One projection. */
typedef struct volley_weight_table {
    const char *path, *name;                 /* of the file and the projection; borrowed from the tables */
    volley_h5 source, target, delay, weight; /* datasets */
    uint64_t snapshots, synapses;
    int weight_bytes; /* 4 (float32) or 8 (float64) */
    double *time;     /* [snapshots] ms, owned */
    char *unit;       /* of the weights, owned; NULL: the file does not say */
} volley_weight_table;

/* Opens the weights of a directory; without weights.h5 n is 0, which is not an error. A damaged file is
 * VOLLEY_FAILED. The caller closes *tables, also after a failure. */
int volley_weight_tables_open(const char *directory, volley_weight_tables *tables);
void volley_weight_tables_close(volley_weight_tables *tables);

/* Index of a projection by name, or -1. */
int volley_weight_tables_find(const volley_weight_tables *tables, const char *name);

/* Opens one projection; datasets of different lengths, and times that are none, are VOLLEY_FAILED. The caller
 * closes *table, also after a failure. */
int volley_weight_table_open(const volley_weight_tables *tables, int index, volley_weight_table *table);
/* Weights of a snapshot, and delays in ms, of synapses [first, first + n). One that is not a finite number,
 * or a negative delay, is VOLLEY_FAILED with its place. */
int volley_weight_table_weights(const volley_weight_table *table, uint64_t snapshot, uint64_t first,
                                uint64_t n, double *weights);
int volley_weight_table_delays(const volley_weight_table *table, uint64_t first, uint64_t n, double *delays);

void volley_weight_table_close(volley_weight_table *table);

#endif
