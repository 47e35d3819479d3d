/* SPDX-License-Identifier: BSD-3-Clause */
/* Creates, fills, syncs and publishes an HDF5 file of all ranks, and finds what an earlier run has left of
 * it. */
#define _GNU_SOURCE
#include "files/shared_file.h"

#include "base/status.h"
#include "files/publish.h"
#include "files/together.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int prepare(volley_shared_file *file, const char *suffix) {
    if (file->path == NULL)
        return VOLLEY_EXHAUSTED;
    if (asprintf(&file->temporary, "%s.tmp%s", file->path, suffix) < 0) {
        file->temporary = NULL;
        return volley_fail(VOLLEY_EXHAUSTED, "out of memory: a file name");
    }
    if (volley_comm_rank(file->comm) != 0)
        return VOLLEY_OK;
    /* What one process can find out is found out before all of them are inside a collective call. */
    TRY(volley_touch(file->temporary));
    return volley_reserve_blocks(file->temporary, file->bytes);
}

int volley_shared_file_create(volley_comm *comm, char *path, const char *suffix, uint64_t bytes, int code,
                              volley_shared_file *file) {
    *file = (volley_shared_file){.comm = comm, .path = path, .bytes = bytes};
    TRY(volley_io_together(comm, code != VOLLEY_OK ? code : prepare(file, suffix)));
    return volley_io_together(comm, volley_h5_create(comm, file->temporary, &file->file));
}

/* By rank 0. */
static int make_contents(volley_shared_file *file, volley_shared_contents *contents, void *context) {
    volley_h5 made = 0;
    TRY(volley_h5_create(NULL, file->temporary, &made));
    int code = contents(made, context);
    if (file->alone && code == VOLLEY_OK) {
        file->file = made;
    } else {
        int closed = volley_h5_close(&made);
        code = code != VOLLEY_OK ? code : closed;
    }
    /* Creating the file has emptied it and given its blocks back. */
    return code == VOLLEY_OK ? volley_reserve_blocks(file->temporary, file->bytes) : code;
}

int volley_shared_file_make(volley_comm *comm, char *path, const char *suffix, uint64_t bytes, int code,
                            bool alone, volley_shared_contents *contents, void *context,
                            volley_shared_file *file) {
    *file = (volley_shared_file){.comm = comm, .path = path, .bytes = bytes, .alone = alone};
    if (code == VOLLEY_OK)
        code = prepare(file, suffix);
    if (code == VOLLEY_OK && volley_comm_rank(comm) == 0)
        code = make_contents(file, contents, context);
    TRY(volley_io_together(comm, code));
    return alone ? VOLLEY_OK : volley_io_together(comm, volley_h5_go_on(comm, file->temporary, &file->file));
}

int volley_shared_file_reserve(volley_shared_file *file, int code) {
    TRY(volley_io_together(file->comm, code));
    /* Creating the file has emptied it and given its blocks back. */
    int root = volley_comm_rank(file->comm) == 0;
    return volley_io_together(file->comm,
                              root ? volley_reserve_blocks(file->temporary, file->bytes) : VOLLEY_OK);
}

/* Collective. Whether a write of any rank has failed. */
static bool any_broken(const volley_shared_file *file) {
    uint64_t any = volley_h5_broken();
    volley_comm_max_u64(file->comm, &any, 1);
    return any != 0;
}

int volley_shared_file_close(volley_shared_file *file, int code) {
    code = volley_io_together(file->comm, code); /* flushing is collective */
    if (code == VOLLEY_OK && !file->alone && file->file != 0)
        code = volley_io_together(file->comm, volley_h5_flush(file->file));
    if (code != VOLLEY_OK && any_broken(file)) {
        volley_h5_abandon(&file->file);
        return code;
    }
    int closed = volley_h5_close(&file->file);
    return volley_io_together(file->comm, code != VOLLEY_OK ? code : closed);
}

int volley_shared_file_publish(volley_shared_file *file, int code) {
    code = volley_publish_together(file->comm, file->temporary, file->path, file->needed, code);
    free(file->path);
    free(file->temporary);
    *file = (volley_shared_file){0};
    return code;
}

int volley_shared_file_finish(volley_shared_file *file, int code) {
    return volley_shared_file_publish(file, volley_shared_file_close(file, code));
}

/* Collective, but for a file of rank 0 alone. */
static int flush(const volley_shared_file *file) {
    return file->file != 0 ? volley_h5_flush(file->file) : VOLLEY_OK;
}

int volley_shared_file_sync(volley_shared_file *file) {
    bool root = volley_comm_rank(file->comm) == 0;
    TRY(volley_io_together(file->comm, flush(file)));
    TRY(volley_io_together(file->comm, root ? volley_sync_file(file->temporary) : VOLLEY_OK));
    file->needed = true;
    return VOLLEY_OK;
}

static int name_unfinished(const volley_shared_file *file, char **name) {
    *name = NULL;
    CHECK(asprintf(name, "%s.tmp", file->path) >= 0, VOLLEY_EXHAUSTED, "out of memory: a file name");
    return VOLLEY_OK;
}

int volley_shared_file_find_old(const volley_shared_file *file, char **unfinished, const char **old) {
    TRY(volley_io_together(file->comm, name_unfinished(file, unfinished)));
    int there = volley_comm_rank(file->comm) == 0 && access(*unfinished, F_OK) == 0;
    volley_comm_broadcast(file->comm, &there, sizeof there);
    *old = there ? *unfinished : file->path;
    return VOLLEY_OK;
}

static int take_place(const volley_shared_file *file, const char *name) {
    TRY(volley_publish(file->temporary, name));
    if (unlink(file->path) != 0 && errno != ENOENT)
        return volley_fail_errno("cannot remove", file->path);
    return VOLLEY_OK;
}

int volley_shared_file_take_place(volley_shared_file *file) {
    char *name = NULL;
    TRY(volley_io_together(file->comm, name_unfinished(file, &name)));
    int code = volley_io_together(file->comm, flush(file));
    if (code == VOLLEY_OK)
        code = volley_io_together(file->comm,
                                  volley_comm_rank(file->comm) == 0 ? take_place(file, name) : VOLLEY_OK);
    if (code != VOLLEY_OK) {
        free(name);
        return code;
    }
    free(file->temporary);
    file->temporary = name;
    file->needed = true;
    return VOLLEY_OK;
}
