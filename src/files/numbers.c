/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads one column of numbers whole. */
#include "files/numbers.h"

#include "base/memory.h"
#include "base/status.h"

#include <stdlib.h>

int volley_numbers_open(const char *path, const char *column, const char *dataset, int part, int parts,
                        volley_table **table) {
    TRY(volley_table_open(path, NULL, column != NULL, table));
    bool is_h5 = volley_table_is_h5(*table);
    CHECK(!is_h5 || dataset, VOLLEY_USAGE, "%s: is an HDF5 file; give dataset, the path of a dataset", path);
    CHECK(is_h5 || column || !dataset, VOLLEY_USAGE,
          "%s: is not an HDF5 file; give column, the name of a column", path);
    return volley_table_choose(*table, is_h5 ? &dataset : &column, 1, part, parts);
}

static int read_all(volley_table *table, double **values, int64_t *count) {
    size_t capacity = 0;
    for (;;) {
        double value;
        bool more;
        TRY(volley_table_next(table, &value, &more));
        if (!more)
            return VOLLEY_OK;
        TRY(VOLLEY_RESERVE(*values, &capacity, *count + 1));
        (*values)[(*count)++] = value;
    }
}

int volley_numbers_read(const char *path, const char *column, const char *dataset, double **values,
                        int64_t *count) {
    volley_table *table = NULL;
    *values = NULL;
    *count = 0;
    int status = volley_numbers_open(path, column, dataset, 0, 1, &table);
    if (status == VOLLEY_OK)
        status = read_all(table, values, count);
    volley_table_close(&table);
    return status;
}
