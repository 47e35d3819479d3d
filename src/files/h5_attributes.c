/* SPDX-License-Identifier: BSD-3-Clause */
/* Attributes. */
#include "base/memory.h"
#include "base/status.h"
#include "files/h5_foreign.h"
#include "files/h5_inside.h"

#include <stdlib.h>
#include <string.h>

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
    int code = put < 0 ? volley_h5_fail_in("write attribute", name, object) : VOLLEY_OK;
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
    herr_t put = space < 0 ? -1 : put_attribute(object, name, volley_h5_file_type(type), space, values);
    int code = put < 0 ? volley_h5_fail_in("write attribute", name, object) : VOLLEY_OK;
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
    int code = done < 0 ? volley_h5_fail_in("write attribute", name, object) : VOLLEY_OK;
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
        text = volley_strdup(held ? held : "");
        H5free_memory(held);
        if (text == NULL)
            volley_fail(VOLLEY_EXHAUSTED, "out of memory: a text");
        return text;
    }
    if (volley_h5_doubts_text(attribute, H5Tget_size(type)))
        return NULL;
    text = volley_alloc(H5Tget_size(type) + 1, 1);
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
    int code = VOLLEY_OK;
    if (read == NULL)
        code = volley_error_message()[0] != '\0' ? VOLLEY_EXHAUSTED
                                                 : volley_h5_fail_in("read attribute", name, object);
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
                     : H5Aread(attribute, volley_h5_file_type(type), value);
    int code = got < 0 ? volley_h5_fail_in("read attribute", name, object) : VOLLEY_OK;
    if (space >= 0)
        H5Sclose(space);
    if (attribute >= 0)
        H5Aclose(attribute);
    return code;
}
