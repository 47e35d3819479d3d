/* SPDX-License-Identifier: BSD-3-Clause */
/* Writing a checkpoint, and the checkpoints of a directory. */
#include "io/checkpoint/checkpoint_file.h"

#include "base/fault.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/status.h"
#include "io/checkpoint/checkpoint_hash.h"
#include "files/publish.h"
#include "files/seal.h"
#include "files/together.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *volley_checkpoint_path(const char *directory, int64_t step) {
    return volley_path(directory, "checkpoint-%lld.h5", (long long)step);
}

static int put_header(const volley_checkpoint_writer *writer, const volley_provenance *provenance,
                      const char *restarts) {
    uint64_t step = (uint64_t)writer->step;
    TRY(volley_provenance_put(writer->shared.file, provenance));
    const uint32_t format = VOLLEY_CHECKPOINT_FORMAT;
    TRY(volley_h5_put(writer->shared.file, "checkpoint_format", VOLLEY_H5_UINT32, &format, 0));
    TRY(volley_h5_put_string(writer->shared.file, "restarts", restarts));
    TRY(volley_h5_put_string(writer->shared.file, "inputs", provenance->inputs));
    return volley_h5_put(writer->shared.file, "step", VOLLEY_H5_UINT64, &step, 0);
}

int volley_checkpoint_begin(volley_comm *comm, const char *directory, int64_t step, uint64_t bytes,
                            const volley_provenance *provenance, const char *restarts,
                            volley_checkpoint_writer *writer) {
    *writer = (volley_checkpoint_writer){.directory = directory, .step = step};
    writer->content = volley_checkpoint_header_hash((uint64_t)step, provenance->config, restarts);
    int code = volley_fault(VOLLEY_FAULT_CHECKPOINT, step);
    TRY(volley_shared_file_create(comm, volley_checkpoint_path(directory, step), "", bytes, code,
                                  &writer->shared));
    return volley_shared_file_reserve(&writer->shared, put_header(writer, provenance, restarts));
}

/* Ends a list: its hash is that of all ranks. Collective, with `code` on this rank. */
static int end_list(volley_checkpoint_writer *writer, const char *name, const char *unit,
                    enum volley_h5_type type, volley_h5 *dataset, uint64_t hash, int code) {
    uint32_t kind = type;
    volley_comm_sum_u64(writer->shared.comm, &hash, 1);
    if (code == VOLLEY_OK)
        code = volley_h5_put(*dataset, "hash", VOLLEY_H5_UINT64, &hash, 0);
    if (code == VOLLEY_OK)
        code = volley_h5_put(*dataset, "kind", VOLLEY_H5_UINT32, &kind, 0);
    if (code == VOLLEY_OK && unit != NULL)
        code = volley_h5_put_string(*dataset, "unit", unit);
    writer->content += volley_checkpoint_list_hash(name, hash);
    int closed = volley_h5_close(dataset);
    return volley_io_together(writer->shared.comm, code != VOLLEY_OK ? code : closed);
}

int volley_checkpoint_put(volley_checkpoint_writer *writer, const char *name, const char *unit,
                          enum volley_h5_type type, uint64_t total, uint64_t first, uint64_t count,
                          const void *values) {
    volley_comm *comm = writer->shared.comm;
    volley_h5 dataset = 0;
    TRY(volley_io_together(comm, volley_h5_create_dataset(writer->shared.file, name, type, total, &dataset)));
    int code = volley_h5_write(comm, dataset, type, first, count, values);
    uint64_t hash = count > 0 ? volley_ranges_hash(type, first, count, values) : 0;
    return end_list(writer, name, unit, type, &dataset, hash, code);
}

int volley_checkpoint_put_ranges(volley_checkpoint_writer *writer, const char *name, const char *unit,
                                 enum volley_h5_type type, const volley_ranges *ranges, const void *values) {
    volley_comm *comm = writer->shared.comm;
    volley_h5 dataset = 0;
    uint64_t hash = 0;
    TRY(volley_io_together(
        comm, volley_h5_create_dataset(writer->shared.file, name, type, ranges->total, &dataset)));
    volley_column column = {dataset, type, -1, values, NULL, &hash};
    int code = volley_ranges_write(comm, ranges, &column);
    return end_list(writer, name, unit, type, &dataset, hash, code);
}

/* Removes all but the newest. A file that cannot be removed is not a reason to end a run. */
static int remove_old(const char *directory, int64_t keep) {
    int64_t *steps = NULL, n = 0;
    int code = volley_checkpoint_list(directory, &steps, &n);
    for (int64_t i = keep; i < n && code == VOLLEY_OK; i++) {
        char *path = volley_checkpoint_path(directory, steps[i]);
        if (path != NULL)
            unlink(path);
        free(path);
    }
    free(steps);
    return code;
}

int volley_checkpoint_finish(volley_checkpoint_writer *writer, int64_t keep, int code) {
    volley_comm *comm = writer->shared.comm;
    if (comm == NULL)
        return code;
    if (code == VOLLEY_OK)
        code = volley_h5_put(writer->shared.file, "content_hash", VOLLEY_H5_UINT64, &writer->content, 0);
    code = volley_shared_file_close(&writer->shared, code);
    if (code == VOLLEY_OK)
        code = volley_checkpoint_verify(comm, writer->shared.temporary);
    if (code == VOLLEY_OK)
        code = volley_seal_put(comm, writer->shared.temporary);
    if (code == VOLLEY_OK)
        code = volley_io_together(comm, volley_fault(VOLLEY_FAULT_CHECKPOINT_NAME, writer->step));
    code = volley_shared_file_publish(&writer->shared, code);
    if (code == VOLLEY_OK)
        code = volley_io_together(comm, volley_comm_rank(comm) == 0 ? remove_old(writer->directory, keep)
                                                                    : VOLLEY_OK);
    return code;
}

static int newest_first(const void *a, const void *b) {
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left < right) - (left > right);
}

int volley_checkpoint_list(const char *directory, int64_t **steps, int64_t *n) {
    size_t capacity = 0;
    *steps = NULL;
    *n = 0;
    DIR *entries = opendir(directory);
    if (entries == NULL)
        return volley_fail_errno("cannot read", directory);
    int code = VOLLEY_OK;
    for (struct dirent *entry; code == VOLLEY_OK && (entry = readdir(entries)) != NULL;) {
        long long step;
        int end = 0;
        if (sscanf(entry->d_name, "checkpoint-%19lld.h5%n", &step, &end) != 1 || end == 0 ||
            entry->d_name[end] != '\0' || step < 0)
            continue;
        code = VOLLEY_RESERVE(*steps, &capacity, *n + 1);
        if (code == VOLLEY_OK)
            (*steps)[(*n)++] = step;
    }
    closedir(entries);
    if (*n > 0)
        qsort(*steps, (size_t)*n, sizeof **steps, newest_first);
    return code;
}

int volley_checkpoint_remove_after(const char *directory, int64_t step) {
    int64_t *steps = NULL, n = 0;
    int code = volley_checkpoint_list(directory, &steps, &n);
    for (int64_t i = 0; i < n && code == VOLLEY_OK && steps[i] > step; i++) {
        char *path = volley_checkpoint_path(directory, steps[i]);
        code = path == NULL ? VOLLEY_EXHAUSTED : VOLLEY_OK;
        if (code == VOLLEY_OK && unlink(path) != 0)
            code = volley_fail_errno("cannot remove", path);
        free(path);
    }
    free(steps);
    return code;
}
