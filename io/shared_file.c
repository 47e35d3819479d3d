#define _GNU_SOURCE
#include "io/shared_file.h"

#include "base/status.h"
#include "io/publish.h"
#include "io/together.h"

#include <stdio.h>
#include <stdlib.h>

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

int volley_shared_file_reserve(volley_shared_file *file, int code) {
    TRY(volley_io_together(file->comm, code));
    /* Creating the file has emptied it and given its blocks back. */
    int root = volley_comm_rank(file->comm) == 0;
    return volley_io_together(file->comm,
                              root ? volley_reserve_blocks(file->temporary, file->bytes) : VOLLEY_OK);
}

int volley_shared_file_finish(volley_shared_file *file, int code) {
    code = volley_io_together(file->comm, code); /* flushing is collective */
    if (code == VOLLEY_OK && file->file != 0)
        code = volley_h5_flush(file->file);
    int closed = volley_h5_close(&file->file);
    code = volley_io_together(file->comm, code != VOLLEY_OK ? code : closed);
    code = volley_publish_together(file->comm, file->temporary, file->path, code);
    free(file->path);
    free(file->temporary);
    *file = (volley_shared_file){0};
    return code;
}
