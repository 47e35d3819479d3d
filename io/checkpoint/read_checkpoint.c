/* SPDX-License-Identifier: BSD-3-Clause */
/* Reading a checkpoint. */
#include "io/checkpoint/checkpoint_file.h"

#include "base/memory.h"
#include "base/status.h"
#include "io/checkpoint/checkpoint_hash.h"
#include "files/redistribute.h"
#include "files/together.h"

#include <stdlib.h>
#include <string.h>

int volley_checkpoint_open(const char *path, volley_checkpoint *c) {
    *c = (volley_checkpoint){.path = volley_strdup(path), .step = -1};
    CHECK(c->path != NULL, VOLLEY_EXHAUSTED, "out of memory: a file name");
    TRY(volley_h5_open(path, &c->file));
    uint32_t format = 0;
    TRY(volley_h5_get(c->file, "checkpoint_format", VOLLEY_H5_UINT32, &format));
    CHECK(format > 0, VOLLEY_USAGE, "%s is not a checkpoint", path);
    CHECK(format == VOLLEY_CHECKPOINT_FORMAT, VOLLEY_USAGE,
          "%s is a checkpoint of format %u; this volley reads format %d: resume with the version that wrote "
          "it, "
          "or run from the start",
          path, format, VOLLEY_CHECKPOINT_FORMAT);
    TRY(volley_h5_get(c->file, "step", VOLLEY_H5_UINT64, &c->step));
    TRY(volley_h5_get_string(c->file, "config", &c->config));
    TRY(volley_h5_get_string(c->file, "restarts", &c->restarts));
    TRY(volley_h5_get_string(c->file, "inputs", &c->inputs));
    CHECK(c->step >= 0 && c->config != NULL && c->restarts != NULL && c->inputs != NULL, VOLLEY_FAILED,
          "%s is not a checkpoint", path);
    return VOLLEY_OK;
}

void volley_checkpoint_close(volley_checkpoint *c) {
    volley_h5_close(&c->file);
    free(c->path);
    free(c->config);
    free(c->restarts);
    free(c->inputs);
    *c = (volley_checkpoint){0};
}

static int open_list(const volley_checkpoint *c, const char *name, volley_h5 *dataset, uint64_t *n) {
    return volley_h5_open_dataset(c->file, name, dataset, n);
}

int volley_checkpoint_length(const volley_checkpoint *c, const char *name, uint64_t *n) {
    volley_h5 dataset;
    int code = open_list(c, name, &dataset, n);
    volley_h5_close(&dataset);
    return code;
}

int volley_checkpoint_has(const volley_checkpoint *c, const char *name) {
    return volley_h5_has(c->file, name);
}

int volley_checkpoint_get(const volley_checkpoint *c, const char *name, enum volley_h5_type type,
                          void **values, uint64_t *n) {
    volley_h5 dataset;
    *values = NULL;
    TRY(open_list(c, name, &dataset, n));
    *values = volley_alloc(*n, volley_h5_type_bytes(type));
    int code = volley_alloc_status();
    if (code == VOLLEY_OK)
        code = volley_h5_read(dataset, type, 0, *n, *values);
    volley_h5_close(&dataset);
    return code;
}

static int check_length(const volley_checkpoint *c, const char *name, uint64_t found, uint64_t n) {
    CHECK(found == n, VOLLEY_USAGE, "%s: %s holds %llu items where this network has %llu", c->path, name,
          (unsigned long long)found, (unsigned long long)n);
    return VOLLEY_OK;
}

int volley_checkpoint_read(const volley_checkpoint *c, const char *name, enum volley_h5_type type, uint64_t n,
                           void *values) {
    volley_h5 dataset;
    uint64_t found;
    TRY(open_list(c, name, &dataset, &found));
    int code = check_length(c, name, found, n);
    if (code == VOLLEY_OK)
        code = volley_h5_read(dataset, type, 0, n, values);
    volley_h5_close(&dataset);
    return code;
}

int volley_checkpoint_read_part(const volley_checkpoint *c, const char *name, enum volley_h5_type type,
                                uint64_t first, uint64_t count, void *values) {
    volley_h5 dataset;
    uint64_t found;
    TRY(open_list(c, name, &dataset, &found));
    int code = first + count <= found ? volley_h5_read(dataset, type, first, count, values)
                                      : check_length(c, name, found, first + count);
    volley_h5_close(&dataset);
    return code;
}

int volley_checkpoint_read_ranges(const volley_checkpoint *c, const char *name, enum volley_h5_type type,
                                  const volley_ranges *ranges, void *values) {
    volley_h5 dataset;
    uint64_t found;
    TRY(open_list(c, name, &dataset, &found));
    int code = check_length(c, name, found, ranges->total);
    if (code == VOLLEY_OK)
        code = volley_ranges_read(ranges, dataset, type, values);
    volley_h5_close(&dataset);
    return code;
}

/* ---- verification ---- */

enum { PIECE = 1 << 19 };

/* This rank's part of the hash of a list, and the hash that it should have. */
static int hash_list(const volley_comm *comm, volley_h5 file, const char *name, double *buffer,
                     uint64_t *hash, uint64_t *wanted) {
    int ranks = volley_comm_size(comm), rank = volley_comm_rank(comm);
    volley_h5 dataset;
    uint64_t n;
    uint32_t kind = UINT32_MAX;
    TRY(volley_h5_open_dataset(file, name, &dataset, &n));
    int code = volley_h5_get(dataset, "hash", VOLLEY_H5_UINT64, wanted);
    if (code == VOLLEY_OK)
        code = volley_h5_get(dataset, "kind", VOLLEY_H5_UINT32, &kind);
    if (code == VOLLEY_OK && kind > VOLLEY_H5_UINT32)
        code = volley_fail(VOLLEY_FAILED, "list %s is of no known kind", name);
    uint64_t first = volley_block_first(n, ranks, rank), end = volley_block_first(n, ranks, rank + 1);
    for (; first < end && code == VOLLEY_OK; first += PIECE) {
        uint64_t part = end - first < PIECE ? end - first : PIECE;
        code = volley_h5_read(dataset, (enum volley_h5_type)kind, first, part, buffer);
        if (code == VOLLEY_OK)
            *hash += volley_ranges_hash((enum volley_h5_type)kind, first, part, buffer);
    }
    volley_h5_close(&dataset);
    return code;
}

/* Collective, with the same names on all ranks. */
static int verify_lists(volley_comm *comm, const volley_checkpoint *c, char **names, int n) {
    double *buffer = NULL;
    uint64_t *hashes = NULL, *wanted = NULL;
    int code = VOLLEY_NEW(buffer, PIECE);
    if (code == VOLLEY_OK)
        code = VOLLEY_NEW(hashes, n);
    if (code == VOLLEY_OK)
        code = VOLLEY_NEW(wanted, n);
    for (int i = 0; i < n && code == VOLLEY_OK; i++)
        code = hash_list(comm, c->file, names[i], buffer, &hashes[i], &wanted[i]);
    code = volley_io_together(comm, code);
    if (code == VOLLEY_OK && n > 0)
        volley_comm_sum_u64(comm, hashes, n);
    uint64_t content = volley_checkpoint_header_hash((uint64_t)c->step, c->config, c->restarts), all = 0;
    for (int i = 0; i < n && code == VOLLEY_OK; i++) {
        if (hashes[i] != wanted[i])
            code = volley_fail(VOLLEY_FAILED, "%s: the list %s is damaged", c->path, names[i]);
        content += volley_checkpoint_list_hash(names[i], hashes[i]);
    }
    if (code == VOLLEY_OK)
        code = volley_h5_get(c->file, "content_hash", VOLLEY_H5_UINT64, &all);
    if (code == VOLLEY_OK && all != content)
        code = volley_fail(VOLLEY_FAILED, "%s: the header or the number of lists is damaged", c->path);
    free(buffer);
    free(hashes);
    free(wanted);
    return volley_io_together(comm, code);
}

int volley_checkpoint_verify(volley_comm *comm, const char *path) {
    volley_checkpoint c;
    char **names = NULL;
    int n = 0;
    int code = volley_checkpoint_open(path, &c);
    if (code == VOLLEY_OK)
        code = volley_h5_children(c.file, &names, &n);
    uint64_t bounds[2] = {(uint64_t)n, UINT64_MAX - (uint64_t)n};
    code = volley_io_together(comm, code);
    volley_comm_max_u64(comm, bounds, 2);
    if (code == VOLLEY_OK && bounds[0] != UINT64_MAX - bounds[1])
        code = volley_fail(VOLLEY_FAILED, "%s is not the same file on all ranks", path);
    if (code == VOLLEY_OK)
        code = verify_lists(comm, &c, names, n);
    for (int i = 0; i < n; i++)
        free(names[i]);
    free(names);
    volley_checkpoint_close(&c);
    return code;
}
