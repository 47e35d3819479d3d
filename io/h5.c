#include "io/h5.h"

#include "base/status.h"
#include "comm/write_guard.h"
#include "io/h5_foreign.h"
#include "io/open_together.h"
#include "io/publish.h"
#include "io/together.h"

#include <hdf5.h>
#include <mpi.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

_Static_assert(sizeof(hid_t) == sizeof(volley_h5), "handles of HDF5 1.10 and later have 64 bits");

/* Below 1 GiB, since libraries below us count bytes of one call in an int. */
static uint64_t round_bytes = (uint64_t)512 << 20;

void volley_h5_set_round_bytes(uint64_t bytes) {
    round_bytes = bytes;
}

static void prepare(void) {
    static int prepared;
    if (prepared)
        return;
    /* Some parallel file systems have no flock; a lock that cannot be had must not stop a run. */
    setenv("HDF5_USE_FILE_LOCKING", "BEST_EFFORT", 0);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    prepared = 1;
}

static herr_t take_innermost(unsigned n, const H5E_error2_t *error, void *text) {
    (void)n;
    snprintf(text, 512, "%s", error->desc ? error->desc : "");
    return 1;
}

enum { REASON_BYTES = 512 };

/* The innermost reason of a failure. Any other call of the library forgets it. */
static void take_reason(char reason[REASON_BYTES]) {
    snprintf(reason, REASON_BYTES, "unknown reason");
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take_innermost, reason);
    H5Eclear2(H5E_DEFAULT);
}

/* Stores "HDF5: <what> <name>: <reason>". */
static int fail_for(const char *what, const char *name, const char *reason) {
    int full =
        strstr(reason, "No space left") || strstr(reason, "Disk quota") || strstr(reason, "MPI_ERR_NO_SPACE");
    return volley_fail(full ? VOLLEY_EXHAUSTED : VOLLEY_FAILED, "HDF5: cannot %s %s: %s", what, name, reason);
}

static int h5_fail(const char *what, const char *name) {
    char reason[REASON_BYTES];
    take_reason(reason);
    return fail_for(what, name, reason);
}

/* The file of an object, for messages. */
static const char *name_of(volley_h5 object, char *buffer, size_t size) {
    char name[300];
    if (H5Fget_name(object, name, sizeof name) <= 0)
        snprintf(name, sizeof name, "a file");
    if (volley_open_path(name, buffer, size) == name)
        snprintf(buffer, size, "%s", name);
    return buffer;
}

static int h5_fail_in(const char *what, const char *name, volley_h5 object) {
    char file[300], place[400], reason[REASON_BYTES];
    take_reason(reason);
    snprintf(place, sizeof place, "'%.60s' in %s", name, name_of(object, file, sizeof file));
    return fail_for(what, place, reason);
}

/* Whether a write has failed, and whether a file will not be closed. */
static bool broken, stuck;

/* A write that has failed: MPI does not tell why, so that a full disk or quota is found by another try. */
static int fail_to_write(const char *path, const char *reason) {
    broken = true;
    TRY(volley_probe_room(path));
    return fail_for("write", path, reason);
}

static int fail_to_write_in(volley_h5 object) {
    char path[300], reason[REASON_BYTES];
    take_reason(reason);
    return fail_to_write(name_of(object, path, sizeof path), reason);
}

/* The ranks that write together, and the file they are flushing or closing. */
static volley_comm *writers;
static char flushed[300];

static int fail_to_flush(void) {
    return fail_to_write(flushed, "file write failed");
}

static hid_t file_type(enum volley_h5_type type) {
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

/* `name` is how the file is opened, `path` what a message calls it. */
static int create_file(volley_comm *comm, const char *name, const char *path, volley_h5 *file) {
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    herr_t set = access < 0 ? -1 : 0;
    if (set >= 0 && comm != NULL)
        set = H5Pset_fapl_mpio(access, *(MPI_Comm *)volley_comm_mpi(comm), MPI_INFO_NULL);
    if (comm != NULL)
        writers = comm;
    hid_t made = set < 0 ? -1 : H5Fcreate(name, H5F_ACC_TRUNC, H5P_DEFAULT, access);
    int code = made < 0 ? h5_fail("create", path) : VOLLEY_OK;
    if (access >= 0)
        H5Pclose(access);
    if (made >= 0)
        *file = made;
    return code;
}

int volley_h5_create(volley_comm *comm, const char *path, volley_h5 *file) {
    prepare();
    *file = 0;
    if (comm == NULL)
        return create_file(NULL, path, path, file);
    char name[VOLLEY_OPEN_NAME];
    int handle;
    TRY(volley_open_together(comm, path, &handle, name));
    int code = create_file(comm, name, path, file);
    if (code != VOLLEY_OK || volley_open_handle(name) < 0) /* else volley_h5_close closes it */
        close(handle);
    return code;
}

int volley_h5_open(const char *path, volley_h5 *file) {
    prepare();
    *file = 0;
    hid_t opened = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    if (opened < 0)
        return h5_fail("read", path);
    *file = opened;
    return VOLLEY_OK;
}

int volley_h5_flush(volley_h5 file) {
    name_of(file, flushed, sizeof flushed);
    volley_write_guard(writers, fail_to_flush);
    herr_t done = H5Fflush(file, H5F_SCOPE_GLOBAL);
    volley_write_guard(writers, NULL);
    return done < 0 ? fail_to_write_in(file) : VOLLEY_OK;
}

int volley_h5_close(volley_h5 *object) {
    hid_t closing = *object;
    if (closing == 0)
        return VOLLEY_OK;
    *object = 0;
    char name[300] = "", path[300];
    name_of(closing, path, sizeof path);
    herr_t closed;
    switch (H5Iget_type(closing)) {
    case H5I_FILE:
        H5Fget_name(closing, name, sizeof name);
        memcpy(flushed, path, sizeof flushed);
        volley_write_guard(writers, fail_to_flush);
        closed = H5Fclose(closing);
        volley_write_guard(writers, NULL);
        stuck |= closed < 0;
        if (volley_open_handle(name) >= 0)
            close(volley_open_handle(name));
        break;
    case H5I_GROUP:
        closed = H5Gclose(closing);
        break;
    default:
        closed = H5Dclose(closing);
    }
    if (closed >= 0)
        return VOLLEY_OK;
    char reason[REASON_BYTES];
    take_reason(reason);
    return fail_to_write(path, reason);
}

bool volley_h5_broken(void) {
    return broken;
}

void volley_h5_abandon(volley_h5 *file) {
    stuck |= *file != 0;
    *file = 0;
}

bool volley_h5_stuck(void) {
    return stuck;
}

int volley_h5_create_group(volley_h5 parent, const char *name, volley_h5 *group) {
    *group = 0;
    hid_t made = H5Gcreate2(parent, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    if (made < 0)
        return h5_fail_in("create group", name, parent);
    *group = made;
    return VOLLEY_OK;
}

int volley_h5_open_group(volley_h5 parent, const char *name, volley_h5 *group) {
    *group = 0;
    hid_t opened = H5Gopen2(parent, name, H5P_DEFAULT);
    if (opened < 0)
        return h5_fail_in("read group", name, parent);
    *group = opened;
    return VOLLEY_OK;
}

static int create_contiguous(volley_h5 parent, const char *name, enum volley_h5_type type, int rank,
                             const hsize_t *dims, volley_h5 *dataset) {
    *dataset = 0;
    hid_t space = H5Screate_simple(rank, dims, NULL);
    hid_t create = H5Pcreate(H5P_DATASET_CREATE);
    hid_t made = -1;
    /* No time stamps of objects: each rank would have its own. */
    if (space >= 0 && create >= 0 && H5Pset_layout(create, H5D_CONTIGUOUS) >= 0 &&
        H5Pset_fill_time(create, H5D_FILL_TIME_NEVER) >= 0 && H5Pset_obj_track_times(create, 0) >= 0)
        made = H5Dcreate2(parent, name, file_type(type), space, H5P_DEFAULT, create, H5P_DEFAULT);
    int code = made < 0 ? h5_fail_in("create dataset", name, parent) : VOLLEY_OK;
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
        return h5_fail_in("read dataset", name, parent);
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
                           name_of(parent, file, sizeof file), doubt);
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
    int failed =
        select_slab(dataset, s, &memory, &file) < 0 ||
        H5Dwrite(dataset, file_type(type), memory, file, transfer, is_empty(s) ? &nothing : data) < 0;
    int code = failed ? fail_to_write_in(dataset) : VOLLEY_OK;
    close_slab(memory, file);
    return code;
}

static int fail_to_read(hid_t dataset, bool changed) {
    char name[100] = "a dataset", path[300], reason[REASON_BYTES];
    take_reason(reason);
    H5Iget_name(dataset, name, sizeof name);
    name_of(dataset, path, sizeof path);
    if (changed)
        return volley_fail(VOLLEY_FAILED,
                           "HDF5: dataset '%s' in %s holds numbers that are negative, fractions "
                           "or too large for what it stands for",
                           name, path);
    char place[450];
    snprintf(place, sizeof place, "'%s' in %s", name, path);
    return fail_for("read", place, reason);
}

static int read_slab(hid_t dataset, enum volley_h5_type type, const slab *s, void *data) {
    if (is_empty(s))
        return VOLLEY_OK;
    hid_t memory = -1, file = -1;
    bool whole = type != VOLLEY_H5_FLOAT64 && type != VOLLEY_H5_FLOAT32, changed = false;
    hid_t transfer = whole ? volley_h5_exact_reading(&changed) : H5P_DEFAULT;
    int failed = transfer < 0 || select_slab(dataset, s, &memory, &file) < 0 ||
                 H5Dread(dataset, file_type(type), memory, file, transfer, data) < 0;
    int code = failed ? fail_to_read(dataset, changed) : VOLLEY_OK;
    close_slab(memory, file);
    if (whole)
        volley_h5_close_properties(transfer);
    return code;
}

/* Rows of a list (columns 0) or a table, in rounds. */
static int write_rows(volley_comm *comm, volley_h5 dataset, enum volley_h5_type type, uint64_t first,
                      uint64_t count, uint64_t columns, const void *data) {
    uint64_t most = count, item = volley_h5_type_bytes(type) * (columns > 0 ? columns : 1);
    uint64_t round = round_bytes / item;
    hid_t transfer = H5Pcreate(H5P_DATASET_XFER);
    int code = transfer < 0 ? h5_fail("write", "a dataset") : VOLLEY_OK;
    if (comm != NULL) {
        volley_comm_max_u64(comm, &most, 1);
        if (code == VOLLEY_OK && H5Pset_dxpl_mpio(transfer, H5FD_MPIO_COLLECTIVE) < 0)
            code = h5_fail("write", "a dataset");
        code = volley_io_together(comm, code);
    }
    for (uint64_t done = 0; done < most && code == VOLLEY_OK; done += round) {
        uint64_t left = done < count ? count - done : 0;
        uint64_t now = left < round ? left : round;
        const char *from = now > 0 ? (const char *)data + done * item : NULL;
        slab part = {columns > 0 ? 2 : 1, {first + done, 0}, {now, columns}};
        code = write_slab(dataset, type, transfer, &part, from);
        if (comm != NULL)
            code = volley_io_together(comm, code);
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

int volley_h5_write_table(volley_comm *comm, volley_h5 dataset, enum volley_h5_type type, uint64_t first_row,
                          uint64_t rows, uint64_t first_column, uint64_t columns, const void *data) {
    uint64_t widest = columns, item = volley_h5_type_bytes(type);
    volley_comm_max_u64(comm, &widest, 1);
    uint64_t round = widest > 0 ? round_bytes / (widest * item) : rows;
    if (round == 0)
        round = 1;
    hid_t transfer = H5Pcreate(H5P_DATASET_XFER);
    int code = transfer < 0 || H5Pset_dxpl_mpio(transfer, H5FD_MPIO_COLLECTIVE) < 0
                   ? h5_fail("write", "a dataset")
                   : VOLLEY_OK;
    code = volley_io_together(comm, code);
    for (uint64_t done = 0; done < rows && code == VOLLEY_OK; done += round) {
        uint64_t now = rows - done < round ? rows - done : round;
        slab part = {2, {first_row + done, first_column}, {now, columns}};
        const char *from = columns > 0 ? (const char *)data + done * columns * item : NULL;
        code = volley_io_together(comm, write_slab(dataset, type, transfer, &part, from));
    }
    if (transfer >= 0)
        H5Pclose(transfer);
    return code;
}

int volley_h5_link(volley_h5 group, const char *name, const char *second_name) {
    return H5Lcreate_hard(group, name, group, second_name, H5P_DEFAULT, H5P_DEFAULT) < 0
               ? h5_fail_in("link", second_name, group)
               : VOLLEY_OK;
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

static herr_t add_name(hid_t group, const char *name, const H5L_info_t *info, void *list) {
    (void)group;
    (void)info;
    char ***next = list;
    *(*next)++ = strdup(name);
    return (*next)[-1] == NULL ? -1 : 0;
}

int volley_h5_children(volley_h5 group, char ***names, int *n) {
    *names = NULL;
    *n = 0;
    H5G_info_t info;
    if (H5Gget_info(group, &info) < 0)
        return h5_fail_in("read", "a group", group);
    if (info.nlinks == 0)
        return VOLLEY_OK;
    *names = calloc(info.nlinks, sizeof **names);
    CHECK(*names != NULL, VOLLEY_EXHAUSTED, "out of memory: names in a group");
    char **next = *names;
    int code = VOLLEY_OK;
    if (H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, NULL, add_name, &next) < 0)
        code = h5_fail_in("read", "a group", group);
    *n = (int)(next - *names);
    return code;
}

int volley_h5_has(volley_h5 group, const char *name) {
    return H5Lexists(group, name, H5P_DEFAULT) > 0;
}

/* Creates an attribute, writes it and closes it. */
static herr_t put_attribute(hid_t object, const char *name, hid_t type, hid_t space, const void *value) {
    hid_t attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    if (attribute < 0)
        return -1;
    herr_t written = H5Awrite(attribute, type, value);
    herr_t closed = H5Aclose(attribute);
    return written < 0 || closed < 0 ? -1 : 0;
}

/* A string of variable length in UTF-8, the kind that every reader takes for text. */
static hid_t text_type(void) {
    hid_t type = H5Tcopy(H5T_C_S1);
    if (type >= 0 && (H5Tset_size(type, H5T_VARIABLE) < 0 || H5Tset_cset(type, H5T_CSET_UTF8) < 0)) {
        H5Tclose(type);
        return -1;
    }
    return type;
}

int volley_h5_put_string(volley_h5 object, const char *name, const char *text) {
    const char *value = text ? text : "";
    hid_t type = text_type();
    hid_t space = H5Screate(H5S_SCALAR);
    herr_t put = type < 0 || space < 0 ? -1 : put_attribute(object, name, type, space, &value);
    int code = put < 0 ? h5_fail_in("write attribute", name, object) : VOLLEY_OK;
    if (type >= 0)
        H5Tclose(type);
    if (space >= 0)
        H5Sclose(space);
    return code;
}

int volley_h5_put(volley_h5 object, const char *name, enum volley_h5_type type, const void *values,
                  uint64_t n) {
    hsize_t dims = n;
    hid_t space = n == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &dims, NULL);
    herr_t put = space < 0 ? -1 : put_attribute(object, name, file_type(type), space, values);
    int code = put < 0 ? h5_fail_in("write attribute", name, object) : VOLLEY_OK;
    if (space >= 0)
        H5Sclose(space);
    return code;
}

int volley_h5_put_enum(volley_h5 object, const char *name, const char *const *names, int n_names, int value) {
    hid_t type = H5Tenum_create(H5T_STD_U8LE);
    hid_t space = H5Screate(H5S_SCALAR);
    herr_t done = type < 0 || space < 0 ? -1 : 0;
    for (int i = 0; i < n_names && done >= 0; i++) {
        uint8_t member = (uint8_t)i;
        done = H5Tenum_insert(type, names[i], &member);
    }
    uint8_t byte = (uint8_t)value;
    if (done >= 0)
        done = put_attribute(object, name, type, space, &byte);
    int code = done < 0 ? h5_fail_in("write attribute", name, object) : VOLLEY_OK;
    if (type >= 0)
        H5Tclose(type);
    if (space >= 0)
        H5Sclose(space);
    return code;
}

/* A string of an attribute, in the form in which the file has it: HDF5 converts neither between fixed and
 * variable length nor between ASCII and UTF-8. Owned by the caller; NULL after a failure. */
static char *read_string(hid_t attribute, hid_t type) {
    char *text = NULL, *held = NULL;
    if (H5Tget_class(type) != H5T_STRING)
        return NULL;
    if (H5Tis_variable_str(type) > 0) {
        if (H5Aread(attribute, type, &held) < 0)
            return NULL;
        text = strdup(held ? held : "");
        H5free_memory(held);
        return text;
    }
    if (volley_h5_doubts_text(attribute, H5Tget_size(type)))
        return NULL;
    text = calloc(H5Tget_size(type) + 1, 1);
    if (text != NULL && H5Aread(attribute, type, text) < 0) {
        free(text);
        return NULL;
    }
    return text;
}

int volley_h5_get_string(volley_h5 object, const char *name, char **text) {
    if (H5Aexists(object, name) <= 0)
        return VOLLEY_OK;
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    hid_t type = attribute < 0 ? -1 : H5Aget_type(attribute);
    hid_t space = attribute < 0 ? -1 : H5Aget_space(attribute);
    char *read = type < 0 || space < 0 || H5Sget_simple_extent_npoints(space) != 1
                     ? NULL
                     : read_string(attribute, type);
    int code = read == NULL ? h5_fail_in("read attribute", name, object) : VOLLEY_OK;
    if (read != NULL)
        *text = read;
    if (space >= 0)
        H5Sclose(space);
    if (type >= 0)
        H5Tclose(type);
    if (attribute >= 0)
        H5Aclose(attribute);
    return code;
}

int volley_h5_get(volley_h5 object, const char *name, enum volley_h5_type type, void *value) {
    if (H5Aexists(object, name) <= 0)
        return VOLLEY_OK;
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    hid_t space = attribute < 0 ? -1 : H5Aget_space(attribute);
    herr_t got = space < 0 || H5Sget_simple_extent_npoints(space) != 1
                     ? -1
                     : H5Aread(attribute, file_type(type), value);
    int code = got < 0 ? h5_fail_in("read attribute", name, object) : VOLLEY_OK;
    if (space >= 0)
        H5Sclose(space);
    if (attribute >= 0)
        H5Aclose(attribute);
    return code;
}
