/* SPDX-License-Identifier: BSD-3-Clause */
/* Datasets of other types, shapes and layouts. */
#include "fuzz/edit_inside.h"

#include <stdio.h>
#include <stdlib.h>

static hid_t text_type(bool variable, edit_bytes *b) {
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, variable ? H5T_VARIABLE : 1 + edit_number(b, 1));
    H5Tset_strpad(type, edit_byte(b) & 1 ? H5T_STR_NULLPAD : H5T_STR_NULLTERM);
    return type;
}

/* A type that the caller closes. */
hid_t edit_choose_type(edit_bytes *b) {
    hid_t made = -1;
    hsize_t three = 3;
    switch (edit_byte(b) % 22) {
    case 0:
        return H5Tcopy(H5T_STD_I8LE);
    case 1:
        return H5Tcopy(H5T_STD_U8BE);
    case 2:
        return H5Tcopy(H5T_STD_I16BE);
    case 3:
        return H5Tcopy(H5T_STD_I32LE);
    case 4:
        return H5Tcopy(H5T_STD_U32BE);
    case 5:
        return H5Tcopy(H5T_STD_I64LE);
    case 6:
        return H5Tcopy(H5T_STD_U64BE);
    case 7:
        return H5Tcopy(H5T_IEEE_F32BE);
    case 8:
        return H5Tcopy(H5T_IEEE_F64LE);
    case 9:
        return H5Tcopy(H5T_NATIVE_LDOUBLE);
    case 10:
        return text_type(false, b);
    case 11:
        return text_type(true, b);
    case 12:
        made = H5Tcreate(H5T_COMPOUND, 16);
        H5Tinsert(made, "a", 0, H5T_STD_I64LE);
        H5Tinsert(made, "b", 8, H5T_IEEE_F64LE);
        return made;
    case 13:
        return H5Tvlen_create(H5T_STD_I64LE);
    case 14:
        return H5Tarray_create2(H5T_IEEE_F64LE, 1, &three);
    case 15:
        return H5Tcreate(H5T_OPAQUE, 8);
    case 16:
        return H5Tcopy(H5T_STD_REF_OBJ);
    case 17:
        return H5Tcopy(H5T_STD_B64LE);
    case 18:
        made = H5Tenum_create(H5T_STD_I8LE);
        H5Tenum_insert(made, "one", &(int8_t){1});
        return made;
    case 19: /* half precision */
        made = H5Tcopy(H5T_IEEE_F32LE);
        H5Tset_fields(made, 15, 10, 5, 0, 10);
        H5Tset_ebias(made, 15);
        H5Tset_precision(made, 16);
        H5Tset_size(made, 2);
        return made;
    case 20: /* 13 bits of 64 */
        made = H5Tcopy(H5T_STD_I64LE);
        H5Tset_precision(made, 13);
        H5Tset_offset(made, edit_byte(b) % 50);
        return made;
    default:
        return H5Tcopy(H5T_UNIX_D32LE);
    }
}

/* A shape near that of a dataset of n elements. */
hid_t edit_choose_space(edit_bytes *b, size_t n, int *rank, hsize_t *dims) {
    uint8_t how = edit_byte(b);
    *rank = how % 5;
    if (*rank == 0)
        return H5Screate(how & 0x80 ? H5S_NULL : H5S_SCALAR);
    if (*rank == 4)
        *rank = how & 0x80 ? 1 : 2;
    for (int i = 0; i < *rank; i++)
        dims[i] = edit_special(b, i == 0 ? n : 2);
    return H5Screate_simple(*rank, dims, NULL);
}

/* How values are kept: contiguous, in chunks, compact, in another file, or as a view of another dataset. */
static hid_t choose_layout(edit_bytes *b, const char *path, hid_t space, int rank, const hsize_t *dims) {
    hid_t create = H5Pcreate(H5P_DATASET_CREATE);
    hsize_t chunk[4];
    uint8_t how = edit_byte(b);
    for (int i = 0; i < rank; i++)
        chunk[i] = dims[i] < 16 ? (dims[i] > 0 ? dims[i] : 1) : 1U + edit_byte(b);
    switch (how % 8) {
    case 0:
    case 1:
        break;
    case 2:
        H5Pset_layout(create, H5D_COMPACT);
        break;
    case 3:
    case 4:
    case 5:
        if (rank == 0 || H5Pset_chunk(create, rank, chunk) < 0)
            break;
        if (how & 0x20)
            H5Pset_shuffle(create);
        if (how & 0x40)
            H5Pset_deflate(create, 9);
        if (how & 0x80)
            H5Pset_fletcher32(create);
        break;
    case 6:
        H5Pset_external(create, how & 0x80 ? "/dev/zero" : path, 0, how & 0x40 ? H5F_UNLIMITED : 4096);
        break;
    default:
        H5Pset_virtual(create, space, how & 0x80 ? "/nowhere.h5" : ".", how & 0x40 ? "/x" : "/0", space);
    }
    if (how & 8)
        H5Pset_fill_value(create, H5T_NATIVE_INT, &(int){3});
    return create;
}

/* Gives a dataset the attributes of another one, values that are kept elsewhere in the file excepted. */
static void copy_attributes(hid_t from, hid_t to) {
    H5O_info_t info;
    if (H5Oget_info(from, &info) < 0)
        return;
    for (hsize_t i = 0; i < info.num_attrs && i < 20; i++) {
        char name[NAME];
        uint8_t value[4096];
        hid_t old = H5Aopen_by_idx(from, ".", H5_INDEX_NAME, H5_ITER_INC, i, H5P_DEFAULT, H5P_DEFAULT);
        hid_t type = H5Aget_type(old), space = H5Aget_space(old);
        hssize_t n = H5Sget_simple_extent_npoints(space);
        bool held = n > 0 && n < 64 && H5Tget_size(type) < sizeof value / 64 &&
                    H5Aget_name(old, NAME, name) > 0 && H5Aread(old, type, value) >= 0;
        hid_t made = held ? H5Acreate2(to, name, type, space, H5P_DEFAULT, H5P_DEFAULT) : -1;
        if (made >= 0) {
            H5Awrite(made, type, value);
            H5Aclose(made);
        }
        if (held)
            H5Dvlen_reclaim(type, space, H5P_DEFAULT, value);
        H5Sclose(space);
        H5Tclose(type);
        H5Aclose(old);
    }
}

/* Makes a dataset in place of one that is there, with the same numbers where there is room for them. */
void edit_remake(hid_t file, const char *path, edit_bytes *b, bool type_too, bool shape_too) {
    const char *chosen = edit_choose(file, b);
    hid_t old = edit_open_dataset(file, chosen);
    if (old < 0)
        return;
    char name[NAME];
    snprintf(name, sizeof name, "%s", chosen);
    size_t n = edit_elements(old);
    double *values = calloc(n + 1, sizeof *values);
    bool held = n > 0 && H5Dread(old, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0;
    hsize_t dims[4] = {0};
    hid_t type = type_too ? edit_choose_type(b) : H5Dget_type(old), space = H5Dget_space(old);
    int rank = H5Sget_simple_extent_dims(space, dims, NULL);
    if (shape_too) {
        H5Sclose(space);
        space = edit_choose_space(b, n, &rank, dims);
    }
    hid_t create = shape_too ? choose_layout(b, path, space, rank, dims) : H5Pcreate(H5P_DATASET_CREATE);
    H5Ldelete(file, name, H5P_DEFAULT);
    hid_t made = H5Dcreate2(file, name, type, space, H5P_DEFAULT, create, H5P_DEFAULT);
    hssize_t room = made >= 0 ? H5Sget_simple_extent_npoints(space) : 0;
    if (made >= 0 && held && room > 0 && (uint64_t)room <= n)
        H5Dwrite(made, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
    if (made >= 0) {
        copy_attributes(old, made);
        H5Dclose(made);
    }
    H5Dclose(old);
    H5Pclose(create);
    if (space >= 0)
        H5Sclose(space);
    if (type >= 0)
        H5Tclose(type);
    free(values);
}
