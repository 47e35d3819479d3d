/* SPDX-License-Identifier: BSD-3-Clause */
/* Datasets of text, and what a name stands for. */
#include "files/h5_inside.h"

#include "base/memory.h"
#include "base/status.h"

#include <stdlib.h>
#include <string.h>

enum volley_h5_kind volley_h5_kind_of(volley_h5 parent, const char *name) {
    enum volley_h5_kind kind = VOLLEY_H5_OTHER;
    hid_t object = H5Lexists(parent, name, H5P_DEFAULT) > 0 ? H5Oopen(parent, name, H5P_DEFAULT) : -1;
    if (object < 0)
        return VOLLEY_H5_NOTHING;
    H5I_type_t type = H5Iget_type(object);
    if (type == H5I_GROUP)
        kind = VOLLEY_H5_GROUP;
    hid_t items = type == H5I_DATASET ? H5Dget_type(object) : -1;
    if (items >= 0) {
        H5T_class_t class = H5Tget_class(items);
        if (class == H5T_STRING)
            kind = VOLLEY_H5_TEXT;
        else if (class == H5T_INTEGER || class == H5T_FLOAT)
            kind = VOLLEY_H5_NUMBER;
        H5Tclose(items);
    }
    H5Oclose(object);
    return kind;
}

/* Texts of fixed length end at a zero byte, or, as Fortran writes them, in spaces. */
static int split_fixed(const char *held, size_t size, bool spaces, uint64_t count, char **texts) {
    for (uint64_t i = 0; i < count; i++) {
        const char *text = held + i * size;
        size_t length = strnlen(text, size);
        while (spaces && length > 0 && text[length - 1] == ' ')
            length--;
        TRY(VOLLEY_NEW(texts[i], length + 1));
        memcpy(texts[i], text, length);
    }
    return VOLLEY_OK;
}

static int read_fixed(hid_t dataset, hid_t type, hid_t memory, hid_t space, uint64_t count, char **texts) {
    size_t size = H5Tget_size(type);
    char *held = volley_alloc(count, size);
    int code = volley_alloc_status();
    if (code == VOLLEY_OK && H5Dread(dataset, type, memory, space, H5P_DEFAULT, held) < 0)
        code = volley_h5_fail_in("read", "a dataset of text", dataset);
    if (code == VOLLEY_OK)
        code = split_fixed(held, size, H5Tget_strpad(type) == H5T_STR_SPACEPAD, count, texts);
    free(held);
    return code;
}

static int read_variable(hid_t dataset, hid_t type, hid_t memory, hid_t space, uint64_t count, char **texts) {
    char **held;
    TRY(VOLLEY_NEW(held, count));
    int code = VOLLEY_OK;
    if (H5Dread(dataset, type, memory, space, H5P_DEFAULT, held) < 0)
        code = volley_h5_fail_in("read", "a dataset of text", dataset);
    for (uint64_t i = 0; i < count && code == VOLLEY_OK; i++) {
        texts[i] = volley_strdup(held[i] ? held[i] : "");
        code = texts[i] ? VOLLEY_OK : volley_fail(VOLLEY_EXHAUSTED, "out of memory: a dataset of text");
    }
    for (uint64_t i = 0; i < count; i++)
        H5free_memory(held[i]);
    free(held);
    return code;
}

int volley_h5_read_texts(volley_h5 dataset, uint64_t first, uint64_t count, char **texts) {
    hsize_t start = first, n = count;
    if (count == 0)
        return VOLLEY_OK;
    hid_t type = H5Dget_type(dataset), space = H5Dget_space(dataset), memory = H5Screate_simple(1, &n, NULL);
    int code = VOLLEY_OK;
    if (type < 0 || space < 0 || memory < 0 ||
        H5Sselect_hyperslab(space, H5S_SELECT_SET, &start, NULL, &n, NULL) < 0)
        code = volley_h5_fail_in("read", "a dataset of text", dataset);
    else if (H5Tis_variable_str(type) > 0)
        code = read_variable(dataset, type, memory, space, count, texts);
    else
        code = read_fixed(dataset, type, memory, space, count, texts);
    if (memory >= 0)
        H5Sclose(memory);
    if (space >= 0)
        H5Sclose(space);
    if (type >= 0)
        H5Tclose(type);
    return code;
}
