/* SPDX-License-Identifier: BSD-3-Clause */
/* Edits valid HDF5 files as the bytes of the fuzzer say: objects, values, links, attributes. */
#include "fuzz/edit_inside.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_EDITS = 16, MAX_OBJECTS = 200 };

uint8_t edit_byte(edit_bytes *b) {
    if (b->left == 0)
        return 0;
    b->left--;
    return *b->at++;
}

uint64_t edit_number(edit_bytes *b, int bytes) {
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
const char *edit_choose(hid_t file, edit_bytes *b) {
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
uint64_t edit_special(edit_bytes *b, uint64_t size) {
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
    return which < 128 ? edit_number(b, 2) : edit_number(b, 8);
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
    uint64_t bits = edit_number(b, 8);
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
size_t edit_elements(hid_t dataset) {
    hid_t space = H5Dget_space(dataset);
    hssize_t n = H5Sget_simple_extent_npoints(space);
    H5Sclose(space);
    return n > 0 && n <= MAX_COPIED ? (size_t)n : 0;
}

hid_t edit_open_dataset(hid_t file, const char *name) {
    H5O_info_t info;
    if (name == NULL || H5Oget_info_by_name(file, name, &info, H5P_DEFAULT) < 0 ||
        info.type != H5O_TYPE_DATASET)
        return -1;
    return H5Dopen2(file, name, H5P_DEFAULT);
}

/* Changes 1 to 8 values, all alike, in steps, or exchanged with their neighbours. */
static void change_values(hid_t file, edit_bytes *b) {
    hid_t dataset = edit_open_dataset(file, edit_choose(file, b));
    if (dataset < 0)
        return;
    size_t n = edit_elements(dataset), at = edit_number(b, 2);
    uint8_t how = edit_byte(b);
    bool real = is_real(dataset);
    union {
        double real[MAX_COPIED];
        uint64_t whole[MAX_COPIED];
    } *held = malloc(sizeof *held);
    hid_t type = real ? H5T_NATIVE_DOUBLE : how & 0x80 ? H5T_NATIVE_INT64 : H5T_NATIVE_UINT64;
    if (n > 0 && H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, held) >= 0) {
        uint64_t value = real ? 0 : edit_special(b, n);
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

/* ---- links ---- */

static void make_link(hid_t file, edit_bytes *b) {
    const char *chosen = edit_choose(file, b);
    char name[NAME];
    if (chosen == NULL)
        return;
    snprintf(name, sizeof name, "%s", chosen);
    uint8_t how = edit_byte(b);
    const char *other = how & 0x80 ? edit_choose(file, b) : "/";
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
    const char *chosen = edit_choose(file, b);
    char name[NAME], to[2 * NAME];
    if (chosen == NULL)
        return;
    snprintf(name, sizeof name, "%s", chosen);
    uint8_t how = edit_byte(b);
    snprintf(to, sizeof to, "%s", how & 1 ? name : edit_choose(file, b));
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

/* Whether HDF5 can write an attribute of that shape: with none or too many of its values closing the file
 * crashes. */
static bool can_be_written(hid_t space) {
    hssize_t n = space >= 0 ? H5Sget_simple_extent_npoints(space) : -1;
    return (n > 0 && n <= 512) || H5Sget_simple_extent_type(space) == H5S_NULL;
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
        uint64_t whole = edit_special(b, 2);
        memcpy(values, &whole, size < 8 ? size : 8);
        H5Awrite(attribute, type, values);
    } else if (H5Tget_class(type) == H5T_STRING) { /* without an end where it is full */
        memset(values, 'a' + edit_byte(b) % 26, (size_t)n * size);
        H5Awrite(attribute, type, values);
    }
    free(values);
}

static void change_attribute(hid_t file, edit_bytes *b) {
    const char *chosen = edit_byte(b) & 1 ? "." : edit_choose(file, b);
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
        hid_t type = keep ? H5Aget_type(old) : edit_choose_type(b);
        hid_t space = how & 0x40 ? edit_choose_space(b, 1, &rank, dims) : H5Screate(H5S_SCALAR);
        if (keep)
            H5Aclose(old);
        H5Adelete(object, name);
        hid_t made =
            can_be_written(space) ? H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT) : -1;
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
    const char *name = edit_choose(file, b);
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
            edit_remake(file, path, b, true, false);
            break;
        case 5:
        case 6:
            edit_remake(file, path, b, false, true);
            break;
        case 7:
            edit_remake(file, path, b, true, true);
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
        uint64_t place = edit_number(b, 3);
        image[place % size] ^= edit_byte(b);
    }
}
