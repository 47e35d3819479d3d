/* SPDX-License-Identifier: BSD-3-Clause */
/* Datasets: slabs of lists and tables. */
#include "base/status.h"
#include "comm/write_guard.h"
#include "files/h5_foreign.h"
#include "files/h5_inside.h"
#include "files/together.h"

#include <stdbool.h>

/* Below 1 GiB, since libraries below us count bytes of one call in an int. */
static uint64_t round_bytes = (uint64_t)512 << 20;

void volley_h5_set_round_bytes(uint64_t bytes) {
    round_bytes = bytes;
}

hid_t volley_h5_file_type(enum volley_h5_type type) {
    switch (type) {
    case VOLLEY_H5_FLOAT64:
        return H5T_IEEE_F64LE;
    case VOLLEY_H5_FLOAT32:
        return H5T_IEEE_F32LE;
    case VOLLEY_H5_UINT64:
        return H5T_STD_U64LE;
    case VOLLEY_H5_INT64:
        return H5T_STD_I64LE;
    default:
        return H5T_STD_U32LE;
    }
}

uint64_t volley_h5_type_bytes(enum volley_h5_type type) {
    return type == VOLLEY_H5_FLOAT32 || type == VOLLEY_H5_UINT32 ? 4 : 8;
}

static int create_contiguous(volley_h5 parent, const char *name, enum volley_h5_type type, int rank,
                             const hsize_t *dims, volley_h5 *dataset) {
    *dataset = 0;
    hid_t space = H5Screate_simple(rank, dims, NULL);
    hid_t create = H5Pcreate(H5P_DATASET_CREATE);
    hid_t made = -1;
    /* No time stamps of objects: each rank would have its own. Room at once: others may write the data. */
    if (space >= 0 && create >= 0 && H5Pset_layout(create, H5D_CONTIGUOUS) >= 0 &&
        H5Pset_alloc_time(create, H5D_ALLOC_TIME_EARLY) >= 0 &&
        H5Pset_fill_time(create, H5D_FILL_TIME_NEVER) >= 0 && H5Pset_obj_track_times(create, 0) >= 0)
        made = H5Dcreate2(parent, name, volley_h5_file_type(type), space, H5P_DEFAULT, create, H5P_DEFAULT);
    int code = made < 0 ? volley_h5_fail_in("create dataset", name, parent) : VOLLEY_OK;
    if (space >= 0)
        H5Sclose(space);
    if (create >= 0)
        H5Pclose(create);
    if (made >= 0)
        *dataset = made;
    return code;
}

int volley_h5_create_dataset(volley_h5 parent, const char *name, enum volley_h5_type type, uint64_t count,
                             volley_h5 *dataset) {
    hsize_t dims = count;
    return create_contiguous(parent, name, type, 1, &dims, dataset);
}

int volley_h5_create_table(volley_h5 parent, const char *name, enum volley_h5_type type, uint64_t rows,
                           uint64_t columns, volley_h5 *dataset) {
    hsize_t dims[2] = {rows, columns};
    return create_contiguous(parent, name, type, 2, dims, dataset);
}

/* Opens a dataset that must have `rank` dimensions, 1 or 2. */
static int open_extent(volley_h5 parent, const char *name, int rank, volley_h5 *dataset, hsize_t *dims) {
    *dataset = 0;
    hid_t opened = H5Dopen2(parent, name, H5P_DEFAULT);
    if (opened < 0)
        return volley_h5_fail_in("read dataset", name, parent);
    hid_t space = H5Dget_space(opened);
    int simple = space >= 0 && H5Sget_simple_extent_ndims(space) == rank &&
                 H5Sget_simple_extent_dims(space, dims, NULL) == rank;
    if (space >= 0)
        H5Sclose(space);
    const char *doubt = simple      ? volley_h5_doubt(opened)
                        : rank == 1 ? "does not have one dimension"
                                    : "does not have two dimensions";
    if (doubt != NULL) {
        char file[300];
        H5Dclose(opened);
        return volley_fail(VOLLEY_FAILED, "HDF5: dataset '%.60s' in %s %s", name,
                           volley_h5_name_of(parent, file, sizeof file), doubt);
    }
    *dataset = opened;
    return VOLLEY_OK;
}

int volley_h5_open_dataset(volley_h5 parent, const char *name, volley_h5 *dataset, uint64_t *count) {
    hsize_t dims = 0;
    int code = open_extent(parent, name, 1, dataset, &dims);
    *count = code == VOLLEY_OK ? dims : 0;
    return code;
}

int volley_h5_open_table(volley_h5 parent, const char *name, volley_h5 *dataset, uint64_t *rows,
                         uint64_t *columns) {
    hsize_t dims[2] = {0, 0};
    int code = open_extent(parent, name, 2, dataset, dims);
    *rows = code == VOLLEY_OK ? dims[0] : 0;
    *columns = code == VOLLEY_OK ? dims[1] : 0;
    return code;
}

int volley_h5_float_bytes(volley_h5 dataset) {
    hid_t type = H5Dget_type(dataset);
    int bytes = type >= 0 && H5Tget_size(type) == 4 ? 4 : 8;
    if (type >= 0)
        H5Tclose(type);
    return bytes;
}

/* What one call reads or writes of a dataset. */
typedef struct slab {
    int rank; /* 1 or 2 */
    hsize_t first[2], count[2];
} slab;

static bool is_empty(const slab *s) {
    return s->count[0] == 0 || (s->rank == 2 && s->count[1] == 0);
}

/* The slab in memory and in the file; without items nothing is selected in either. */
static herr_t select_slab(hid_t dataset, const slab *s, hid_t *memory, hid_t *file) {
    static const hsize_t one[2] = {1, 1};
    *memory = H5Screate_simple(s->rank, is_empty(s) ? one : s->count, NULL);
    *file = H5Dget_space(dataset);
    if (*memory < 0 || *file < 0)
        return -1;
    if (is_empty(s))
        return H5Sselect_none(*memory) < 0 ? -1 : H5Sselect_none(*file);
    return H5Sselect_hyperslab(*file, H5S_SELECT_SET, s->first, NULL, s->count, NULL);
}

static void close_slab(hid_t memory, hid_t file) {
    if (memory >= 0)
        H5Sclose(memory);
    if (file >= 0)
        H5Sclose(file);
}

static int write_slab(hid_t dataset, enum volley_h5_type type, hid_t transfer, const slab *s,
                      const void *data) {
    static const uint64_t nothing = 0;
    hid_t memory = -1, file = -1;
    int failed = select_slab(dataset, s, &memory, &file) < 0 ||
                 H5Dwrite(dataset, volley_h5_file_type(type), memory, file, transfer,
                          is_empty(s) ? &nothing : data) < 0;
    int code = failed ? volley_h5_fail_to_write_in(dataset) : VOLLEY_OK;
    close_slab(memory, file);
    return code;
}

static int fail_to_read(hid_t dataset, bool changed) {
    char name[100] = "a dataset", path[300];
    if (!changed)
        return volley_h5_fail_to_read(dataset);
    H5Iget_name(dataset, name, sizeof name);
    return volley_fail(VOLLEY_FAILED,
                       "HDF5: dataset '%s' in %s holds numbers that are negative, fractions or too large for "
                       "what it stands for",
                       name, volley_h5_name_of(dataset, path, sizeof path));
}

static int read_slab(hid_t dataset, enum volley_h5_type type, const slab *s, void *data) {
    if (is_empty(s))
        return VOLLEY_OK;
    hid_t memory = -1, file = -1;
    bool whole = type != VOLLEY_H5_FLOAT64 && type != VOLLEY_H5_FLOAT32, changed = false;
    hid_t transfer = whole ? volley_h5_exact_reading(&changed) : H5P_DEFAULT;
    int failed = transfer < 0 || select_slab(dataset, s, &memory, &file) < 0 ||
                 H5Dread(dataset, volley_h5_file_type(type), memory, file, transfer, data) < 0;
    int code = failed ? fail_to_read(dataset, changed) : VOLLEY_OK;
    close_slab(memory, file);
    if (whole && transfer >= 0)
        H5Pclose(transfer);
    return code;
}

/* How data are written: by all ranks together, or, without a comm, by this one alone. Collective with a comm.
 */
static int make_transfer(volley_comm *comm, hid_t *transfer) {
    *transfer = H5Pcreate(H5P_DATASET_XFER);
    bool made = *transfer >= 0 && (comm == NULL || H5Pset_dxpl_mpio(*transfer, H5FD_MPIO_COLLECTIVE) >= 0);
    int code = made ? VOLLEY_OK : volley_h5_fail("write", "a dataset");
    return comm != NULL ? volley_io_together(comm, code) : code;
}

/* Collective with a comm. */
static int write_part(volley_comm *comm, volley_h5 dataset, enum volley_h5_type type, hid_t transfer,
                      const slab *part, const void *data) {
    volley_write_guard_own(comm == NULL);
    int code = write_slab(dataset, type, transfer, part, data);
    volley_write_guard_own(false);
    return comm != NULL ? volley_io_together(comm, code) : code;
}

/* Rows of a list (columns 0) or a table, in rounds. */
static int write_rows(volley_comm *comm, volley_h5 dataset, enum volley_h5_type type, uint64_t first,
                      uint64_t count, uint64_t columns, const void *data) {
    uint64_t most = count, item = volley_h5_type_bytes(type) * (columns > 0 ? columns : 1);
    uint64_t round = round_bytes / item;
    hid_t transfer;
    if (comm != NULL)
        volley_comm_max_u64(comm, &most, 1);
    int code = make_transfer(comm, &transfer);
    for (uint64_t done = 0; done < most && code == VOLLEY_OK; done += round) {
        uint64_t left = done < count ? count - done : 0;
        uint64_t now = left < round ? left : round;
        const char *from = now > 0 ? (const char *)data + done * item : NULL;
        slab part = {columns > 0 ? 2 : 1, {first + done, 0}, {now, columns}};
        code = write_part(comm, dataset, type, transfer, &part, from);
    }
    if (transfer >= 0)
        H5Pclose(transfer);
    return code;
}

int volley_h5_write(volley_comm *comm, volley_h5 dataset, enum volley_h5_type type, uint64_t first,
                    uint64_t count, const void *data) {
    return write_rows(comm, dataset, type, first, count, 0, data);
}

int volley_h5_write_rows(volley_comm *comm, volley_h5 dataset, enum volley_h5_type type, uint64_t first,
                         uint64_t rows, uint64_t columns, const void *data) {
    return write_rows(comm, dataset, type, first, rows, columns, data);
}

int volley_h5_write_own(volley_h5 parent, const char *name, enum volley_h5_type type, uint64_t first,
                        uint64_t count, const void *data) {
    if (count == 0)
        return VOLLEY_OK;
    hid_t dataset = H5Dopen2(parent, name, H5P_DEFAULT);
    if (dataset < 0)
        return volley_h5_fail_in("open dataset", name, parent);
    int code = write_rows(NULL, dataset, type, first, count, 0, data);
    if (H5Dclose(dataset) < 0 && code == VOLLEY_OK)
        code = volley_h5_fail_in("close dataset", name, parent);
    return code;
}

int volley_h5_write_table(volley_comm *comm, volley_h5 dataset, enum volley_h5_type type, uint64_t first_row,
                          uint64_t rows, uint64_t first_column, uint64_t columns, const void *data) {
    uint64_t item = volley_h5_type_bytes(type), most[2] = {rows, columns};
    if (rows == 0 || columns == 0)
        rows = columns = 0;
    if (comm != NULL)
        volley_comm_max_u64(comm, most, 2);
    uint64_t round = most[1] > 0 ? round_bytes / (most[1] * item) : most[0];
    if (round == 0)
        round = 1;
    hid_t transfer;
    int code = make_transfer(comm, &transfer);
    for (uint64_t done = 0; done < most[0] && code == VOLLEY_OK; done += round) {
        uint64_t left = done < rows ? rows - done : 0;
        uint64_t now = left < round ? left : round;
        slab part = {2, {first_row + done, first_column}, {now, columns}};
        const char *from = now > 0 ? (const char *)data + done * columns * item : NULL;
        code = write_part(comm, dataset, type, transfer, &part, from);
    }
    if (transfer >= 0)
        H5Pclose(transfer);
    return code;
}

int volley_h5_read(volley_h5 dataset, enum volley_h5_type type, uint64_t first, uint64_t count, void *data) {
    slab all = {1, {first}, {count}};
    return read_slab(dataset, type, &all, data);
}

int volley_h5_read_table(volley_h5 dataset, enum volley_h5_type type, uint64_t first_row, uint64_t rows,
                         uint64_t first_column, uint64_t columns, void *data) {
    slab all = {2, {first_row, first_column}, {rows, columns}};
    return read_slab(dataset, type, &all, data);
}
