/* What the files of io/h5.h share. */
#ifndef VOLLEY_IO_H5_INNER_H
#define VOLLEY_IO_H5_INNER_H

#include "io/h5.h"

#include <stdint.h>

/* The library's innermost reason, as the message of a failure: "HDF5: cannot <what> '<name>' in <file>:
 * <reason>". Returns VOLLEY_FAILED, or VOLLEY_EXHAUSTED for a full disk. */
int volley_h5_fail_in(const char *what, const char *name, volley_h5 object);

/* The library's own number for a type, as it is in files. */
int64_t volley_h5_file_type(enum volley_h5_type type);

#endif
