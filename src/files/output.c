/* SPDX-License-Identifier: BSD-3-Clause */
/* Opens standard output or a temporary file for text, and publishes the file when it is complete. */
#define _GNU_SOURCE
#include "files/output.h"

#include "base/memory.h"
#include "base/status.h"
#include "files/publish.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The file that `path` names, through links, and its temporary name. */
static int name_files(const char *path, volley_output *out) {
    out->path = realpath(path, NULL);
    if (out->path == NULL && errno == ENOENT)
        out->path = volley_strdup(path);
    if (out->path == NULL)
        return volley_fail_errno("cannot create", path);
    CHECK(asprintf(&out->temporary, "%s.tmp%d", out->path, (int)getpid()) >= 0, VOLLEY_EXHAUSTED,
          "out of memory: a file name");
    return VOLLEY_OK;
}

static int open_temporary(volley_output *out) {
    int file = open(out->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file >= 0)
        out->file = fdopen(file, "w");
    if (out->file != NULL)
        return VOLLEY_OK;
    int code = volley_fail_errno("cannot create", out->name);
    if (file >= 0) {
        close(file);
        unlink(out->temporary);
    }
    free(out->temporary); /* of this process no longer: another one's may not be removed */
    out->temporary = NULL;
    return code;
}

int volley_output_open(const char *path, volley_output *out) {
    struct stat info;
    *out = (volley_output){.file = stdout, .name = "standard output"};
    if (path == NULL || strcmp(path, "-") == 0)
        return VOLLEY_OK;
    *out = (volley_output){.name = path};
    bool in_place = stat(path, &info) == 0 && !S_ISREG(info.st_mode);
    if (!in_place) {
        int code = name_files(path, out);
        return code == VOLLEY_OK ? open_temporary(out) : code;
    }
    out->file = fopen(path, "w");
    return out->file != NULL ? VOLLEY_OK : volley_fail_errno("cannot create", path);
}

int volley_output_close(volley_output *out, int status) {
    if (out->file != NULL) {
        if (status == VOLLEY_OK && fflush(out->file) != 0)
            status = volley_fail_errno("cannot write", out->name);
        if (status == VOLLEY_OK && ferror(out->file))
            status = volley_fail(VOLLEY_FAILED, "cannot write %s: a part of it was refused", out->name);
        if (out->file != stdout && fclose(out->file) != 0 && status == VOLLEY_OK)
            status = volley_fail_errno("cannot write", out->name);
    }
    if (status == VOLLEY_OK && out->temporary != NULL)
        status = volley_publish(out->temporary, out->path);
    if (status != VOLLEY_OK && out->temporary != NULL)
        unlink(out->temporary);
    free(out->path);
    free(out->temporary);
    *out = (volley_output){0};
    return status;
}
