/* SPDX-License-Identifier: BSD-3-Clause */
/* Creates, syncs and renames files, so that a final name means a complete file; checks that there is room. */
#define _GNU_SOURCE
#include "files/publish.h"

#include "base/memory.h"
#include "base/status.h"
#include "files/manifest.h"
#include "files/together.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

int volley_fail_errno(const char *action, const char *path) {
    int reason = errno;
    int full = reason == ENOSPC || reason == EDQUOT || reason == EFBIG || reason == ENOMEM;
    return volley_fail(full ? VOLLEY_EXHAUSTED : VOLLEY_FAILED, "%s %s: %s", action, path, strerror(reason));
}

char *volley_path(const char *directory, const char *format, ...) {
    char *name = NULL, *path = NULL;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&name, format, arguments);
    va_end(arguments);
    if (length < 0 || asprintf(&path, "%s/%s", directory, name) < 0) {
        volley_fail(VOLLEY_EXHAUSTED, "out of memory: a file name");
        path = NULL;
    }
    if (length >= 0)
        free(name);
    return path;
}

int volley_close_written(int file, const char *path, int code) {
    /* Network file systems send the last bytes now, and tell of a full disk or quota here alone. */
    if (close(file) != 0 && errno != EINTR && code == VOLLEY_OK)
        return volley_fail_errno("cannot write", path);
    return code;
}

static int sync_path(const char *path, int flags) {
    int file = open(path, flags | O_CLOEXEC | ((flags & O_DIRECTORY) ? 0 : O_NOFOLLOW));
    if (file < 0)
        return volley_fail_errno("cannot open", path);
    /* Some file systems have no fsync for directories and say EINVAL: nothing more can be done there. */
    int failed = fsync(file) != 0 && errno != EINVAL;
    return volley_close_written(file, path, failed ? volley_fail_errno("cannot sync", path) : VOLLEY_OK);
}

int volley_sync_file(const char *path) {
    return sync_path(path, O_RDWR);
}

int volley_publish(const char *temporary, const char *path) {
    struct stat about;
    TRY(sync_path(temporary, O_RDWR));
    if (lstat(temporary, &about) == 0)
        TRY(volley_manifest_add(path, about.st_ino));
    if (rename(temporary, path) != 0)
        return volley_fail_errno("cannot rename to", path);
    char *copy = volley_strdup(path);
    CHECK(copy != NULL, VOLLEY_EXHAUSTED, "out of memory: a file name");
    int code = sync_path(dirname(copy), O_RDONLY | O_DIRECTORY);
    free(copy);
    return code;
}

/* Makes room for a file: what is left of an earlier try goes, but nothing that somebody else has put there.
 */
static int remove_own(const char *path) {
    bool inside, made = volley_manifest_made(path, &inside);
    CHECK(made || !inside, VOLLEY_FAILED,
          "cannot create %s: there is a file of this name that is not of this run", path);
    return unlink(path) == 0 ? VOLLEY_OK : volley_fail_errno("cannot replace", path);
}

int volley_create_new(const char *path, int *file) {
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    struct stat about;
    *file = -1;
    TRY(volley_manifest_add(path, 0));
    *file = open(path, flags, 0666);
    if (*file < 0 && errno == EEXIST) {
        TRY(remove_own(path));
        *file = open(path, flags, 0666);
    }
    if (*file < 0 || fstat(*file, &about) != 0)
        return volley_fail_errno("cannot create", path);
    return volley_manifest_add(path, about.st_ino);
}

int volley_touch(const char *path) {
    int file, code = volley_create_new(path, &file);
    return file >= 0 ? volley_close_written(file, path, code) : code;
}

static int check_free_space(int file, const char *path, uint64_t bytes) {
    struct statvfs system;
    if (fstatvfs(file, &system) != 0 || system.f_blocks == 0)
        return VOLLEY_OK;
    uint64_t room = (uint64_t)system.f_bavail * system.f_frsize;
    CHECK(room >= bytes, VOLLEY_EXHAUSTED, "cannot write %s: disk full: %.3f MB needed, %.3f MB free", path,
          (double)bytes / 1e6, (double)room / 1e6);
    return VOLLEY_OK;
}

int volley_reserve_blocks(const char *path, uint64_t bytes) {
    int file = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
    if (file < 0)
        return volley_fail_errno("cannot open", path);
    int code = VOLLEY_OK;
    int result;
    do
        result = fallocate(file, FALLOC_FL_KEEP_SIZE, 0, (off_t)bytes);
    while (result != 0 && errno == EINTR);
    if (result != 0) {
        if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG)
            code = volley_fail_errno("cannot write", path);
        else
            code = check_free_space(file, path, bytes);
    }
    return volley_close_written(file, path, code);
}

int volley_probe_room(const char *path) {
    static const char bytes[1 << 16];
    char *name = NULL;
    CHECK(asprintf(&name, "%s.room%d", path, (int)getpid()) >= 0, VOLLEY_EXHAUSTED,
          "out of memory: a file name");
    unlink(name); /* of a process that had this number and was killed here */
    int file = open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666), code = VOLLEY_OK;
    if (file >= 0) {
        size_t left = sizeof bytes;
        ssize_t written = 1;
        while (left > 0 && (written = write(file, bytes, left)) > 0)
            left -= (size_t)written;
        int failed = written < 0 || fsync(file) != 0;
        if (failed && (errno == ENOSPC || errno == EDQUOT || errno == EFBIG))
            code = volley_fail_errno("cannot write", path);
        close(file);
        unlink(name);
    } else if (errno == ENOSPC || errno == EDQUOT) {
        code = volley_fail_errno("cannot write", path);
    }
    free(name);
    return code;
}

int volley_publish_together(volley_comm *comm, const char *temporary, const char *path, bool needed,
                            int code) {
    if (volley_comm_rank(comm) == 0) {
        if (code == VOLLEY_OK)
            code = volley_publish(temporary, path);
        if (code != VOLLEY_OK && temporary != NULL && !needed)
            unlink(temporary);
    }
    return volley_io_together(comm, code);
}
