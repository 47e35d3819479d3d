/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files behind h5.h share. Nobody else includes it, nor hdf5.h. */
#ifndef VOLLEY_FILES_H5_INSIDE_H
#define VOLLEY_FILES_H5_INSIDE_H

#include "files/h5.h"

#include <hdf5.h>
#include <stddef.h>

/* The type of items in a file. */
hid_t volley_h5_file_type(enum volley_h5_type type);

/* The file of an object, for messages: in `buffer`. */
const char *volley_h5_name_of(volley_h5 object, char *buffer, size_t size);

/* Stores "HDF5: cannot <what> <name>: <reason>", with the innermost reason of the failure that has just been
 * returned, and returns its status. */
int volley_h5_fail(const char *what, const char *name);

/* The same for what is called `name` in the file of an object. */
int volley_h5_fail_in(const char *what, const char *name, volley_h5 object);

/* The same for reading a dataset, with its name. */
int volley_h5_fail_to_read(volley_h5 dataset);

/* A write that has failed. MPI does not tell why, so that a full disk or quota is found by another try. From
 * now on volley_h5_broken() is true. */
int volley_h5_fail_to_write(const char *path, const char *reason);

/* The same with HDF5's reason: for a file's path, or the file of an object. */
int volley_h5_fail_to_write_at(const char *path);
int volley_h5_fail_to_write_in(volley_h5 object);

#endif
