#include "fuzz/edit_h5.h"

#include <hdf5.h>

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_EDITS = 16, MAX_OBJECTS = 200, MAX_COPIED = 1 << 16, NAME = 300 };

uint8_t edit_byte(edit_bytes *b) {
    if (b->left == 0)
        return 0;
    b->left--;
    return *b->at++;
}

static uint64_t number(edit_bytes *b, int bytes) {
    uint64_t value = 0;
    for (int i = 0; i < bytes; i++)
        value |= (uint64_t)edit_byte(b) << (8 * i);
    return value;
}

/* ---- the objects of a file ---- */

typedef struct objects {
    int n;
    char name[MAX_OBJECTS][NAME];
} objects;

static herr_t add_object(hid_t file, const char *name, const H5L_info_t *info, void *list) {
    objects *all = list;
    (void)file;
    (void)info;
    if (all->n < MAX_OBJECTS && strlen(name) < NAME)
        snprintf(all->name[all->n++], NAME, "%s", name);
    return 0;
}

/* One of the objects that are there now; NULL in an empty file. */
static const char *choose(hid_t file, edit_bytes *b) {
    static objects all;
    all.n = 0;
    H5Lvisit(file, H5_INDEX_NAME, H5_ITER_INC, add_object, &all);
    int which = edit_byte(b);
    return all.n > 0 ? all.name[which % all.n] : NULL;
}

/* A name that readers ask for, or one that is made to disturb. */
static const char *new_name(edit_bytes *b) {
    static const char *const names[] = {"0",
                                        "1",
                                        "18446744073709551616",
                                        "source",
                                        "target",
                                        "weight",
                                        "delay",
                                        "syn_weight",
                                        "nsyns",
                                        "dynamics_params",
                                        "indices",
                                        "indicies",
                                        "target_to_source",
                                        "node_id_to_range",
                                        "node_id_to_ranges",
                                        "range_to_edge_id",
                                        "edge_group_id",
                                        "edge_group_index",
                                        "node_group_id",
                                        "node_group_index",
                                        "node_id",
                                        "node_ids",
                                        "gids",
                                        "timestamps",
                                        "tau_m",
                                        "a\nb\x1b[2J",
                                        "%s%n%s%n",
                                        "rate_window",
                                        "\xff\xfe",
                                        "x"};
    static char longest[2000];
    size_t which = edit_byte(b), n = sizeof names / sizeof *names;
    memset(longest, 'n', sizeof longest - 1);
    return which % (n + 1) == n ? longest : names[which % (n + 1)];
}

/* Whole numbers at the edges of types, and near `size`. */
static uint64_t special(edit_bytes *b, uint64_t size) {
    static const uint64_t values[] = {0,
                                      1,
                                      2,
                                      3,
                                      7,
                                      0x7f,
                                      0xff,
                                      0xffff,
                                      0x10000,
                                      INT32_MAX,
                                      1ULL << 31,
                                      UINT32_MAX,
                                      1ULL << 32,
                                      1ULL << 40,
                                      (1ULL << 53) + 1,
                                      1ULL << 60,
                                      INT64_MAX,
                                      1ULL << 63,
                                      UINT64_MAX,
                                      UINT64_MAX - 1,
                                      (1ULL << 61),
                                      1ULL << 62,
                                      UINT64_MAX / 3};
    enum { VALUES = sizeof values / sizeof *values };
    uint8_t which = edit_byte(b);
    if (which < VALUES)
        return values[which];
    if (which < VALUES + 8)
        return size + (uint64_t)(which - VALUES) - 4;
    return which < 128 ? number(b, 2) : number(b, 8);
}

static double special_real(edit_bytes *b) {
    static const double values[] = {NAN,
                                    INFINITY,
                                    -INFINITY,
                                    0.0,
                                    -0.0,
                                    1.0,
                                    -1.0,
                                    0.5,
                                    1e-300,
                                    5e-324,
                                    1e308,
                                    -1e308,
                                    1e19,
                                    -1e19,
                                    1e15,
                                    1e6,
                                    -1e6,
                                    1e-9,
                                    65535.5,
                                    0.05,
                                    2147483648.0,
                                    9223372036854775808.0,
                                    18446744073709551616.0,
                                    -70.0};
    enum { VALUES = sizeof values / sizeof *values };
    uint8_t which = edit_byte(b);
    if (which < VALUES)
        return values[which];
    uint64_t bits = number(b, 8);
    double value;
    memcpy(&value, &bits, sizeof value);
    return which < 128 ? (double)(int16_t)bits / 16.0 : value;
}

/* ---- values ---- */

static bool is_real(hid_t dataset) {
    hid_t type = H5Dget_type(dataset);
    bool real = H5Tget_class(type) == H5T_FLOAT;
    H5Tclose(type);
    return real;
}

/* Elements of a dataset, without dimensions one after another; 0 when it is too large to be copied. */
static size_t elements(hid_t dataset) {
    hid_t space = H5Dget_space(dataset);
    hssize_t n = H5Sget_simple_extent_npoints(space);
    H5Sclose(space);
    return n > 0 && n <= MAX_COPIED ? (size_t)n : 0;
}

static hid_t open_dataset(hid_t file, const char *name) {
    H5O_info_t info;
    if (name == NULL || H5Oget_info_by_name(file, name, &info, H5P_DEFAULT) < 0 ||
        info.type != H5O_TYPE_DATASET)
        return -1;
    return H5Dopen2(file, name, H5P_DEFAULT);
}

/* Changes 1 to 8 values, all alike, in steps, or exchanged with their neighbours. */
static void change_values(hid_t file, edit_bytes *b) {
    hid_t dataset = open_dataset(file, choose(file, b));
    if (dataset < 0)
        return;
    size_t n = elements(dataset), at = number(b, 2);
    uint8_t how = edit_byte(b);
    bool real = is_real(dataset);
    union {
        double real[MAX_COPIED];
        uint64_t whole[MAX_COPIED];
    } *held = malloc(sizeof *held);
    hid_t type = real ? H5T_NATIVE_DOUBLE : how & 0x80 ? H5T_NATIVE_INT64 : H5T_NATIVE_UINT64;
    if (n > 0 && H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, held) >= 0) {
        uint64_t value = real ? 0 : special(b, n);
        double real_value = real ? special_real(b) : 0.0;
        for (size_t i = 0; i <= (how & 7U); i++) {
            size_t k = (at + i) % n;
            if (how & 8 && n > 1) {
                uint64_t other = held->whole[(k + 1) % n];
                held->whole[(k + 1) % n] = held->whole[k];
                held->whole[k] = other;
            } else if (real) {
                held->real[k] = how & 16 ? held->real[k] + real_value : real_value;
            } else {
                held->whole[k] = how & 16 ? held->whole[k] + value : value;
            }
        }
        H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, held);
    }
    free(held);
    H5Dclose(dataset);
}

/* ---- other types and shapes ---- */

static hid_t text_type(bool variable, edit_bytes *b) {
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, variable ? H5T_VARIABLE : 1 + number(b, 1));
    H5Tset_strpad(type, edit_byte(b) & 1 ? H5T_STR_NULLPAD : H5T_STR_NULLTERM);
    return type;
}

/* A type that the caller closes. */
static hid_t choose_type(edit_bytes *b) {
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
static hid_t choose_space(edit_bytes *b, size_t n, int *rank, hsize_t *dims) {
    uint8_t how = edit_byte(b);
    *rank = how % 5;
    if (*rank == 0)
        return H5Screate(how & 0x80 ? H5S_NULL : H5S_SCALAR);
    if (*rank == 4)
        *rank = how & 0x80 ? 1 : 2;
    for (int i = 0; i < *rank; i++)
        dims[i] = special(b, i == 0 ? n : 2);
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
static void remake(hid_t file, const char *path, edit_bytes *b, bool type_too, bool shape_too) {
    const char *chosen = choose(file, b);
    hid_t old = open_dataset(file, chosen);
    if (old < 0)
        return;
    char name[NAME];
    snprintf(name, sizeof name, "%s", chosen);
    size_t n = elements(old);
    double *values = calloc(n + 1, sizeof *values);
    bool held = n > 0 && H5Dread(old, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0;
    hsize_t dims[4] = {0};
    hid_t type = type_too ? choose_type(b) : H5Dget_type(old), space = H5Dget_space(old);
    int rank = H5Sget_simple_extent_dims(space, dims, NULL);
    if (shape_too) {
        H5Sclose(space);
        space = choose_space(b, n, &rank, dims);
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

/* ---- links ---- */

static void make_link(hid_t file, edit_bytes *b) {
    const char *chosen = choose(file, b);
    char name[NAME];
    if (chosen == NULL)
        return;
    snprintf(name, sizeof name, "%s", chosen);
    uint8_t how = edit_byte(b);
    const char *other = how & 0x80 ? choose(file, b) : "/";
    char to[NAME + 1];
    snprintf(to, sizeof to, "/%.*s", NAME - 1, other);
    H5Ldelete(file, name, H5P_DEFAULT);
    switch (how % 6) {
    case 0: /* to itself, or to what is there */
        snprintf(to, sizeof to, "/%.*s", NAME - 1, how & 0x40 ? name : other);
        H5Lcreate_soft(to, file, name, H5P_DEFAULT, H5P_DEFAULT);
        break;
    case 1:
        H5Lcreate_soft("/nothing/there", file, name, H5P_DEFAULT, H5P_DEFAULT);
        break;
    case 2:
        H5Lcreate_hard(file, to, file, name, H5P_DEFAULT, H5P_DEFAULT);
        break;
    case 3:
        H5Lcreate_external("nowhere.h5", "/", file, name, H5P_DEFAULT, H5P_DEFAULT);
        break;
    case 4: {
        hid_t group = H5Gcreate2(file, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        if (group >= 0)
            H5Gclose(group);
        break;
    }
    default: {
        hid_t type = H5Tcopy(H5T_STD_I32LE);
        H5Tcommit2(file, name, type, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        H5Tclose(type);
    }
    }
}

/* Gives an object, or a copy of it, a name in the group of another one. */
static void move(hid_t file, edit_bytes *b) {
    const char *chosen = choose(file, b);
    char name[NAME], to[2 * NAME];
    if (chosen == NULL)
        return;
    snprintf(name, sizeof name, "%s", chosen);
    uint8_t how = edit_byte(b);
    snprintf(to, sizeof to, "%s", how & 1 ? name : choose(file, b));
    char *base = strrchr(to, '/');
    const char *last = new_name(b);
    if (how & 2)
        snprintf(to + strlen(to), sizeof to - strlen(to), "/%.290s", last);
    else if (!(how & 4))
        snprintf(base ? base + 1 : to, NAME, "%.290s", last);
    H5Ldelete(file, to, H5P_DEFAULT);
    if (how & 8)
        H5Ocopy(file, name, file, to, H5P_DEFAULT, H5P_DEFAULT);
    else
        H5Lmove(file, name, file, to, H5P_DEFAULT, H5P_DEFAULT);
}

/* ---- attributes ---- */

static herr_t nth_attribute(hid_t object, const char *name, const H5A_info_t *info, void *found) {
    (void)object;
    (void)info;
    snprintf(found, NAME, "%s", name);
    return 0;
}

/* Writes text, numbers or nothing into an attribute. */
static void write_attribute(hid_t attribute, hid_t type, hid_t space, edit_bytes *b) {
    hssize_t n = H5Sget_simple_extent_npoints(space);
    size_t size = H5Tget_size(type);
    if (n <= 0 || n > 64 || size > 4096 || size == 0)
        return;
    if (H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) > 0) {
        char text[300] = "";
        const char *all[64];
        size_t length = edit_byte(b);
        for (size_t i = 0; i < length && i < sizeof text - 1; i++)
            text[i] = (char)edit_byte(b);
        for (int i = 0; i < 64; i++)
            all[i] = length == 0 ? NULL : text;
        H5Awrite(attribute, type, all);
        return;
    }
    uint8_t *values = calloc((size_t)n + 1, size);
    if (H5Tget_class(type) == H5T_INTEGER || H5Tget_class(type) == H5T_FLOAT) {
        uint64_t whole = special(b, 2);
        memcpy(values, &whole, size < 8 ? size : 8);
        H5Awrite(attribute, type, values);
    } else if (H5Tget_class(type) == H5T_STRING) { /* without an end where it is full */
        memset(values, 'a' + edit_byte(b) % 26, (size_t)n * size);
        H5Awrite(attribute, type, values);
    }
    free(values);
}

static void change_attribute(hid_t file, edit_bytes *b) {
    const char *chosen = edit_byte(b) & 1 ? "." : choose(file, b);
    hid_t object = chosen == NULL ? -1 : H5Oopen(file, chosen, H5P_DEFAULT);
    char name[NAME] = "";
    if (object < 0)
        return;
    H5O_info_t info;
    hsize_t at = edit_byte(b);
    bool any = H5Oget_info(object, &info) >= 0 && info.num_attrs > 0;
    at = any ? at % info.num_attrs : 0;
    if (any)
        H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, &at, nth_attribute, name);
    if (any)
        H5Aget_name_by_idx(object, ".", H5_INDEX_NAME, H5_ITER_INC, at > 0 ? at - 1 : 0, name, sizeof name,
                           H5P_DEFAULT);
    uint8_t how = edit_byte(b);
    if (name[0] == '\0')
        snprintf(name, sizeof name, "%s", how & 0x80 ? "units" : "node_population");
    if (how % 4 == 0) {
        H5Adelete(object, name);
    } else {
        hsize_t dims[4];
        int rank;
        bool keep = how % 4 == 1 && any;
        hid_t old = keep ? H5Aopen(object, name, H5P_DEFAULT) : -1;
        hid_t type = keep ? H5Aget_type(old) : choose_type(b);
        hid_t space = how & 0x40 ? choose_space(b, 1, &rank, dims) : H5Screate(H5S_SCALAR);
        if (keep)
            H5Aclose(old);
        H5Adelete(object, name);
        hid_t made = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
        if (made >= 0) {
            write_attribute(made, type, space, b);
            H5Aclose(made);
        }
        if (space >= 0)
            H5Sclose(space);
        if (type >= 0)
            H5Tclose(type);
    }
    H5Oclose(object);
}

static void drop(hid_t file, edit_bytes *b) {
    const char *name = choose(file, b);
    if (name != NULL)
        H5Ldelete(file, name, H5P_DEFAULT);
}

void edit_h5_file(const char *path, edit_bytes *b) {
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    for (int i = 0; file >= 0 && i < MAX_EDITS && b->left > 0; i++) {
        switch (edit_byte(b) % 12) {
        case 0:
        case 1:
        case 2:
        case 3:
            change_values(file, b);
            break;
        case 4:
            remake(file, path, b, true, false);
            break;
        case 5:
        case 6:
            remake(file, path, b, false, true);
            break;
        case 7:
            remake(file, path, b, true, true);
            break;
        case 8:
            drop(file, b);
            break;
        case 9:
            move(file, b);
            break;
        case 10:
            make_link(file, b);
            break;
        default:
            change_attribute(file, b);
        }
    }
    if (file >= 0)
        H5Fclose(file);
}

void edit_raw(uint8_t *image, size_t size, edit_bytes *b) {
    while (b->left > 0 && size > 0) {
        uint64_t place = number(b, 3);
        image[place % size] ^= edit_byte(b);
    }
}
