/* SPDX-License-Identifier: BSD-3-Clause */
/* Files, groups and their links. */
#include "base/memory.h"
#include "base/regular.h"
#include "base/status.h"
#include "base/text.h"
#include "comm/write_guard.h"
#include "files/h5_inside.h"
#include "files/open_together.h"

#include <mpi.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

_Static_assert(sizeof(hid_t) == sizeof(volley_h5), "handles of HDF5 1.10 and later have 64 bits");

static void prepare(void) {
    static int prepared;
    if (prepared)
        return;
    /* Some parallel file systems have no flock; a lock that cannot be had must not stop a run. */
    setenv("HDF5_USE_FILE_LOCKING", "BEST_EFFORT", 0);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    prepared = 1;
}

/* Whether a file will not be closed. */
static bool stuck;

/* The only rank to know of a failure. */
static int fail_alone(const char *name) {
    char path[300];
    return volley_h5_fail_to_write(volley_open_path(name, path, sizeof path), "file write failed");
}

/* Creates the file, or opens the one that is there for writing (`there`). `name` is how it is opened, `path`
 * what a message calls it. */
static int create_file(volley_comm *comm, bool there, const char *name, const char *path, volley_h5 *file) {
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    herr_t set = access < 0 ? -1 : 0;
    if (set >= 0 && comm != NULL)
        set = H5Pset_fapl_mpio(access, *(MPI_Comm *)volley_comm_mpi(comm), MPI_INFO_NULL);
    if (comm != NULL)
        volley_write_guard(comm, fail_alone);
    hid_t made = set < 0 ? -1
                 : there ? H5Fopen(name, H5F_ACC_RDWR, access)
                         : H5Fcreate(name, H5F_ACC_TRUNC, H5P_DEFAULT, access);
    int code = made < 0 ? volley_h5_fail(there ? "open" : "create", path) : VOLLEY_OK;
    if (access >= 0)
        H5Pclose(access);
    if (made >= 0)
        *file = made;
    return code;
}

/* Collective with a comm. */
static int open_for_writing(volley_comm *comm, bool there, const char *path, volley_h5 *file) {
    char name[VOLLEY_OPEN_NAME];
    int handle;
    TRY(comm != NULL ? volley_open_together(comm, path, &handle, name)
                     : volley_open_alone(path, &handle, name));
    int code = create_file(comm, there, name, path, file);
    if (code != VOLLEY_OK || volley_open_handle(name) < 0) /* else volley_h5_close closes it */
        close(handle);
    return code;
}

int volley_h5_create(volley_comm *comm, const char *path, volley_h5 *file) {
    prepare();
    *file = 0;
    return open_for_writing(comm, false, path, file);
}

int volley_h5_go_on(volley_comm *comm, const char *path, volley_h5 *file) {
    prepare();
    *file = 0;
    return open_for_writing(comm, true, path, file);
}

int volley_h5_open(const char *path, volley_h5 *file) {
    prepare();
    *file = 0;
    TRY(volley_regular_check(path));
    hid_t opened = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    if (opened < 0)
        return volley_h5_fail("read", path);
    *file = opened;
    return VOLLEY_OK;
}

int volley_h5_flush(volley_h5 file) {
    return H5Fflush(file, H5F_SCOPE_GLOBAL) < 0 ? volley_h5_fail_to_write_in(file) : VOLLEY_OK;
}

int volley_h5_close(volley_h5 *object) {
    hid_t closing = *object;
    if (closing == 0)
        return VOLLEY_OK;
    *object = 0;
    char name[300] = "", path[300];
    volley_h5_name_of(closing, path, sizeof path);
    herr_t closed;
    switch (H5Iget_type(closing)) {
    case H5I_FILE:
        H5Fget_name(closing, name, sizeof name);
        closed = H5Fclose(closing);
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
    return volley_h5_fail_to_write_at(path);
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
        return volley_h5_fail_in("create group", name, parent);
    *group = made;
    return VOLLEY_OK;
}

int volley_h5_open_group(volley_h5 parent, const char *name, volley_h5 *group) {
    *group = 0;
    hid_t opened = H5Gopen2(parent, name, H5P_DEFAULT);
    if (opened < 0)
        return volley_h5_fail_in("read group", name, parent);
    *group = opened;
    return VOLLEY_OK;
}

int volley_h5_link(volley_h5 group, const char *name, const char *second_name) {
    return H5Lcreate_hard(group, name, group, second_name, H5P_DEFAULT, H5P_DEFAULT) < 0
               ? volley_h5_fail_in("link", second_name, group)
               : VOLLEY_OK;
}

static herr_t add_name(hid_t group, const char *name, const H5L_info_t *info, void *list) {
    (void)group;
    (void)info;
    char ***next = list;
    *(*next)++ = volley_strdup(name);
    return (*next)[-1] == NULL ? -1 : 0;
}

int volley_h5_children(volley_h5 group, char ***names, int *n) {
    *names = NULL;
    *n = 0;
    char path[300];
    H5G_info_t info;
    if (H5Gget_info(group, &info) < 0)
        return volley_h5_fail_in("read", "a group", group);
    if (info.nlinks == 0)
        return VOLLEY_OK;
    *names = calloc(info.nlinks, sizeof **names);
    CHECK(*names != NULL, VOLLEY_EXHAUSTED, "out of memory: names in a group");
    char **next = *names;
    int code = VOLLEY_OK;
    if (H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, NULL, add_name, &next) < 0) {
        bool lacking = next > *names && next[-1] == NULL;
        code = lacking ? volley_fail(VOLLEY_EXHAUSTED, "out of memory: names in a group")
                       : volley_h5_fail_in("read", "a group", group);
    }
    *n = (int)(next - *names);
    for (int i = 0; i < *n && code == VOLLEY_OK; i++)
        if ((*names)[i] != NULL && !volley_text_is_plain((*names)[i]))
            code = volley_fail(VOLLEY_FAILED, "%s: a name holds control characters: value \"%.200s\"",
                               volley_h5_name_of(group, path, sizeof path), (*names)[i]);
    if (code == VOLLEY_OK)
        return code;
    while (*n > 0)
        free((*names)[--*n]);
    free(*names);
    *names = NULL;
    return code;
}

int volley_h5_has(volley_h5 group, const char *name) {
    return H5Lexists(group, name, H5P_DEFAULT) > 0;
}
