/* SPDX-License-Identifier: BSD-3-Clause */
/* The only door to HDF5. Every call is checked; a failure carries the innermost reason that HDF5 gives, and
 * is VOLLEY_EXHAUSTED for a full disk where that can be told, else VOLLEY_FAILED. HDF5's own printing is off.
 *
 * In a file that is open on all ranks every function that creates or writes is collective, with equal
 * arguments (data and slab excepted), but for volley_h5_write_own. Reading is serial: a file opened with
 * volley_h5_open belongs to this process alone and needs no MPI.
 *
 * Raw data are written as ONE contiguous slab per rank. Open MPI 4.1.4 (and others before 5.0.6) corrupts
 * scattered collective writes when two aggregators sieve one gap without a lock; volley_comm_start turns
 * sieving off, and contiguous slabs leave no gaps. It also has each rank write its own slab: ranks that write
 * for others would keep a failure to themselves. All types in files are little-endian. */
#ifndef VOLLEY_FILES_H5_H
#define VOLLEY_FILES_H5_H

#include "comm/comm.h"

#include <stdbool.h>
#include <stdint.h>

/* A file, group or dataset; 0 is none. */
typedef int64_t volley_h5;

/* Their numbers stand in checkpoints, which have the first four. */
enum volley_h5_type {
    VOLLEY_H5_FLOAT64,
    VOLLEY_H5_FLOAT32,
    VOLLEY_H5_UINT64,
    VOLLEY_H5_UINT32,
    VOLLEY_H5_INT64,
};

/* The bytes of one item. */
uint64_t volley_h5_type_bytes(enum volley_h5_type type);

/* Creates (replaces) a file. Collective with a comm: when the file cannot be opened on one rank, as in a
 * directory that has just been renamed, it fails on all, and only ranks with a failure of their own hold a
 * message. A NULL comm makes a file of this process alone. */
int volley_h5_create(volley_comm *comm, const char *path, volley_h5 *file);

/* Collective. Opens a file that is there, with all its datasets, for volley_h5_write_own. Fails as
 * volley_h5_create does. */
int volley_h5_go_on(volley_comm *comm, const char *path, volley_h5 *file);

/* Opens a file for reading, by this process alone. */
int volley_h5_open(const char *path, volley_h5 *file);

/* Brings everything written so far to disk. Collective. */
int volley_h5_flush(volley_h5 file);

/* Closes a file, group or dataset and sets it to 0; 0 is fine. Collective for a file. */
int volley_h5_close(volley_h5 *object);

/* Whether a write of this process has failed. Closing a file that others write as well is then no longer
 * safe: the library tries to write again, and those with nothing to write wait for those that fail. */
bool volley_h5_broken(void);

/* Leaves a file open, for good. */
void volley_h5_abandon(volley_h5 *file);

/* Whether a file could not be closed or was abandoned. The library keeps such a file and fails on it when it
 * is ended, as it is by MPI_Finalize and at exit: the process has to leave by volley_comm_leave. */
bool volley_h5_stuck(void);

int volley_h5_create_group(volley_h5 parent, const char *name, volley_h5 *group);
int volley_h5_open_group(volley_h5 parent, const char *name, volley_h5 *group);

/* A contiguous one-dimensional dataset of `count` items, without fill values: all of it must be written. */
int volley_h5_create_dataset(volley_h5 parent, const char *name, enum volley_h5_type type, uint64_t count,
                             volley_h5 *dataset);

/* The same with rows x columns items, row after row. */
int volley_h5_create_table(volley_h5 parent, const char *name, enum volley_h5_type type, uint64_t rows,
                           uint64_t columns, volley_h5 *dataset);

/* Opens a one-dimensional dataset; *count gets its length. One that says it has more values than its file can
 * hold, or has them in other files, is VOLLEY_FAILED, so that readers can take memory for them; as for
 * tables. */
int volley_h5_open_dataset(volley_h5 parent, const char *name, volley_h5 *dataset, uint64_t *count);

/* Opens a dataset of rows x columns items. */
int volley_h5_open_table(volley_h5 parent, const char *name, volley_h5 *dataset, uint64_t *rows,
                         uint64_t *columns);

/* Collective. Writes this rank's items [first, first + count) (count may be 0), in rounds below 1 GiB,
 * equally many on all ranks. `type` is that of the file: with another one HDF5 would silently leave
 * collective mode. When it fails on one rank it fails on all; only ranks with a failure of their own hold a
 * message. comm NULL: this rank writes alone, in a file of its own or of all, and only it is told of a
 * failure.
 */
int volley_h5_write(volley_comm *comm, volley_h5 dataset, enum volley_h5_type type, uint64_t first,
                    uint64_t count, const void *data);

/* Not collective. Writes items [first, first + count) of a dataset of an open file of all ranks, `name` in
 * `parent`, by this rank alone. The number of its calls may differ between ranks: where there are very many
 * datasets, this is far cheaper than a collective call for each. A failure is told to this rank alone, which
 * keeps it until the next volley_io_together. */
int volley_h5_write_own(volley_h5 parent, const char *name, enum volley_h5_type type, uint64_t first,
                        uint64_t count, const void *data);

/* Collective. Writes whole rows [first, first + rows) of a table, those of this rank (rows may be 0), row
 * after row in `data`. Rounds and failures as above. */
int volley_h5_write_rows(volley_comm *comm, volley_h5 dataset, enum volley_h5_type type, uint64_t first,
                         uint64_t rows, uint64_t columns, const void *data);

/* Collective. Writes this rank's rectangle of a table: rows [first_row, first_row + rows) and columns
 * [first_column, first_column + columns), row after row in `data`; rows and columns may be 0. When the
 * rectangles of all ranks together fill whole rows, the bytes written have no gap. Rounds and failures as
 * above. */
int volley_h5_write_table(volley_comm *comm, volley_h5 dataset, enum volley_h5_type type, uint64_t first_row,
                          uint64_t rows, uint64_t first_column, uint64_t columns, const void *data);

/* The bytes of one item of a dataset of floating-point numbers: 4 or 8. */
int volley_h5_float_bytes(volley_h5 dataset);

/* Not collective. Reads items [first, first + count), converted to `type`. A number that a type of whole
 * numbers does not hold is VOLLEY_FAILED. */
int volley_h5_read(volley_h5 dataset, enum volley_h5_type type, uint64_t first, uint64_t count, void *data);

/* Not collective. Reads a rectangle of a table, row after row, converted to `type`. */
int volley_h5_read_table(volley_h5 dataset, enum volley_h5_type type, uint64_t first_row, uint64_t rows,
                         uint64_t first_column, uint64_t columns, void *data);

/* Attributes. Collective, with the same value on all ranks. n = 0 writes a scalar. Strings are of variable
 * length, UTF-8; NULL is written as an empty string. */
int volley_h5_put_string(volley_h5 object, const char *name, const char *text);
int volley_h5_put(volley_h5 object, const char *name, enum volley_h5_type type, const void *values,
                  uint64_t n);

/* An HDF5 ENUM of unsigned bytes with members names[0] = 0, names[1] = 1, ... */
int volley_h5_put_enum(volley_h5 object, const char *name, const char *const *names, int n_names, int value);

/* Attributes of a file being read. A missing one leaves the value as it is and is not an error. A string is
 * owned by the caller (free()). */
int volley_h5_get_string(volley_h5 object, const char *name, char **text);
int volley_h5_get(volley_h5 object, const char *name, enum volley_h5_type type, void *value);

/* Names of the groups and datasets in a group, ascending; owned by the caller, each name and the array. */
int volley_h5_children(volley_h5 group, char ***names, int *n);

/* A second name for an object of the group. Collective. */
int volley_h5_link(volley_h5 group, const char *name, const char *second_name);

/* 1 when the group has a link of that name. */
int volley_h5_has(volley_h5 group, const char *name);

/* What a name in a group stands for. */
enum volley_h5_kind {
    VOLLEY_H5_NOTHING,
    VOLLEY_H5_GROUP,
    VOLLEY_H5_NUMBER, /* a dataset of numbers, as the next one of text */
    VOLLEY_H5_TEXT,
    VOLLEY_H5_OTHER,
};
enum volley_h5_kind volley_h5_kind_of(volley_h5 parent, const char *name);

/* Not collective. Reads items [first, first + count) of a dataset of text, of fixed or variable length, in
 * ASCII or UTF-8; each is owned by the caller (free()), also after a failure, then some are NULL as they
 * were. */
int volley_h5_read_texts(volley_h5 dataset, uint64_t first, uint64_t count, char **texts);

/* For tests: bytes that one rank writes in one round. */
void volley_h5_set_round_bytes(uint64_t bytes);

#endif
