/* SPDX-License-Identifier: BSD-3-Clause */
/* Refuses datasets of foreign files whose claimed size or layout their file cannot hold. */
#include "files/h5_foreign.h"

#include "files/h5_inside.h"

/* Deflate, the filter in use, makes at most 1032 bytes out of one. Small files may leave more unwritten, as
 * all zeros of an optional column. */
enum { LARGEST_RATIO = 1100, ALWAYS_FINE = 16 << 20, MAX_RANK = 32 };

/* Bytes of values that the file of an object can hold. */
static uint64_t room_of(hid_t object) {
    hid_t file = H5Iget_file_id(object);
    hsize_t size = 0;
    if (file < 0)
        return 0;
    herr_t got = H5Fget_filesize(file, &size);
    H5Fclose(file);
    uint64_t room;
    if (got < 0 || __builtin_mul_overflow((uint64_t)size, (uint64_t)LARGEST_RATIO, &room))
        return got < 0 ? 0 : UINT64_MAX;
    return room > UINT64_MAX - ALWAYS_FINE ? UINT64_MAX : room + ALWAYS_FINE;
}

/* Bytes of a box of items; UINT64_MAX when they are more than that. */
static uint64_t bytes_of(int rank, const hsize_t *dims, size_t item) {
    uint64_t bytes = item;
    for (int i = 0; i < rank; i++)
        if (dims[i] == 0)
            return 0;
    for (int i = 0; i < rank; i++)
        if (__builtin_mul_overflow(bytes, (uint64_t)dims[i], &bytes))
            return UINT64_MAX;
    return bytes;
}

static const char *doubt(hid_t dataset, hid_t space, hid_t type, hid_t create) {
    hsize_t dims[MAX_RANK], chunk[MAX_RANK];
    H5D_layout_t layout = H5Pget_layout(create);
    uint64_t room = room_of(dataset);
    size_t item = H5Tget_size(type);
    if (layout == H5D_VIRTUAL || H5Pget_external_count(create) > 0)
        return "keeps its values in other files; copy it into one file";
    int rank = H5Sget_simple_extent_dims(space, dims, NULL);
    if (rank < 0 || item == 0 || room == 0)
        return "cannot be read";
    int chunk_rank = layout == H5D_CHUNKED ? H5Pget_chunk(create, MAX_RANK, chunk) : 0;
    if (bytes_of(rank, dims, item) > room || bytes_of(chunk_rank, chunk, item) > room)
        return "has more items than a file of this size can hold; most of them were never written";
    return NULL;
}

const char *volley_h5_doubt(int64_t dataset) {
    hid_t space = H5Dget_space(dataset), type = H5Dget_type(dataset);
    hid_t create = H5Dget_create_plist(dataset);
    const char *what =
        space < 0 || type < 0 || create < 0 ? "cannot be read" : doubt(dataset, space, type, create);
    if (space >= 0)
        H5Sclose(space);
    if (type >= 0)
        H5Tclose(type);
    if (create >= 0)
        H5Pclose(create);
    return what;
}

bool volley_h5_doubts_text(int64_t object, size_t bytes) {
    return bytes > room_of(object);
}

static H5T_conv_ret_t refuse(H5T_conv_except_t what, hid_t from, hid_t to, void *source, void *destination,
                             void *changed) {
    (void)what;
    (void)from;
    (void)to;
    (void)source;
    (void)destination;
    *(bool *)changed = true;
    return H5T_CONV_ABORT;
}

int64_t volley_h5_exact_reading(bool *changed) {
    hid_t properties = H5Pcreate(H5P_DATASET_XFER);
    *changed = false;
    if (properties >= 0 && H5Pset_type_conv_cb(properties, refuse, changed) < 0) {
        H5Pclose(properties);
        return -1;
    }
    return properties;
}
