/* SPDX-License-Identifier: BSD-3-Clause */
/* Opens one file on all ranks, or on none of them, and names it by its handle for the library. */
#define _GNU_SOURCE
#include "files/open_together.h"

#include "base/status.h"
#include "files/publish.h"
#include "files/together.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where Linux shows the open files of a process as links that opening follows to the file itself. */
static const char handles[] = "/proc/self/fd/";

static int open_file(const char *path, int flags, int *handle) {
    struct stat about;
    *handle = open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | flags, 0666);
    if (*handle < 0)
        return volley_fail_errno("cannot create", path);
    bool plain = fstat(*handle, &about) == 0 && S_ISREG(about.st_mode) && about.st_nlink <= 1;
    CHECK(plain, VOLLEY_FAILED,
          "cannot create %s: there is something of this name that is not a plain file of its own", path);
    return VOLLEY_OK;
}

/* The library will open the file once more: that too must not fail on this rank alone. */
static int check_spare(int handle, const char *path) {
    int spare = fcntl(handle, F_DUPFD_CLOEXEC, 0);
    if (spare < 0)
        return volley_fail_errno("cannot create", path);
    close(spare);
    return VOLLEY_OK;
}

/* How the library is to open the file of a handle. */
static void name_handle(int handle, const char *path, char name[VOLLEY_OPEN_NAME]) {
    snprintf(name, VOLLEY_OPEN_NAME, "%s%d", handles, handle);
    if (handle >= 0 && access(name, F_OK) != 0) /* no /proc: the path has to do */
        snprintf(name, VOLLEY_OPEN_NAME, "%s", path);
}

int volley_open_alone(const char *path, int *handle, char name[VOLLEY_OPEN_NAME]) {
    int code = open_file(path, O_CREAT, handle);
    if (code != VOLLEY_OK && *handle >= 0) {
        close(*handle);
        *handle = -1;
    }
    name_handle(*handle, path, name);
    return code;
}

int volley_open_together(volley_comm *comm, const char *path, int *handle, char name[VOLLEY_OPEN_NAME]) {
    *handle = -1;
    int root = volley_comm_rank(comm) == 0;
    int code = volley_io_together(comm, root ? open_file(path, O_CREAT, handle) : VOLLEY_OK);
    if (code == VOLLEY_OK) {
        code = root ? VOLLEY_OK : open_file(path, 0, handle);
        if (code == VOLLEY_OK)
            code = check_spare(*handle, path);
        code = volley_io_together(comm, code);
    }
    if (code != VOLLEY_OK && *handle >= 0) {
        close(*handle);
        *handle = -1;
    }
    name_handle(*handle, path, name);
    return code;
}

int volley_open_handle(const char *name) {
    int handle;
    return strncmp(name, handles, sizeof handles - 1) == 0 &&
                   sscanf(name + sizeof handles - 1, "%d", &handle) == 1
               ? handle
               : -1;
}

const char *volley_open_path(const char *name, char *path, size_t size) {
    if (volley_open_handle(name) < 0)
        return name;
    ssize_t length = readlink(name, path, size - 1);
    if (length < 0)
        return name;
    path[length] = '\0';
    return path;
}
