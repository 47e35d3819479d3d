/* SPDX-License-Identifier: BSD-3-Clause */
/* Writes the last line of a file, with its length and hash, and checks it. */
#include "files/seal.h"

#include "base/memory.h"
#include "base/regular.h"
#include "base/status.h"
#include "files/publish.h"
#include "files/ranges.h"
#include "files/redistribute.h"
#include "files/together.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The length does not depend on the numbers, so that the line is found from the end. */
#define LINE "volley: hash %016" PRIx64 " of %020" PRIu64 " bytes\n"
enum { LINE_BYTES = 60, PIECE = 1 << 19 };

typedef struct seal {
    uint64_t hash, bytes;
} seal;

/* Reads until `bytes` are there; false also where the file ends before. */
static bool read_at(int file, void *buffer, uint64_t bytes, uint64_t at) {
    for (uint64_t done = 0; done < bytes;) {
        ssize_t n = pread(file, (char *)buffer + done, bytes - done, (off_t)(at + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        done += (uint64_t)n;
    }
    return true;
}

/* This rank's part of the hash over the words of the file, of which the last is filled up with zeros. */
static int hash_part(const volley_comm *comm, const char *path, uint64_t bytes, uint64_t *hash) {
    int ranks = volley_comm_size(comm), rank = volley_comm_rank(comm), code = VOLLEY_OK;
    uint64_t words = (bytes + 7) / 8, end = volley_block_first(words, ranks, rank + 1);
    uint64_t *buffer;
    TRY(VOLLEY_NEW(buffer, PIECE));
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        code = volley_fail_errno("cannot open", path);
    for (uint64_t first = volley_block_first(words, ranks, rank); first < end && code == VOLLEY_OK;) {
        uint64_t n = end - first < PIECE ? end - first : PIECE;
        uint64_t size = first + n == words ? bytes - 8 * first : 8 * n;
        buffer[n - 1] = 0;
        errno = 0;
        if (!read_at(file, buffer, size, 8 * first))
            code = volley_fail(VOLLEY_FAILED, "cannot read %s: %s", path,
                               errno != 0 ? strerror(errno) : "it has become shorter");
        else
            *hash += volley_ranges_hash(VOLLEY_H5_UINT64, first, n, buffer);
        first += n;
    }
    if (file >= 0)
        close(file);
    free(buffer);
    return code;
}

/* Collective, with the size of the file and `code` of rank 0. */
static int hash_file(volley_comm *comm, const char *path, int code, seal *s) {
    TRY(volley_io_together(comm, code));
    volley_comm_broadcast(comm, &s->bytes, sizeof s->bytes);
    s->hash = 0;
    TRY(volley_io_together(comm, hash_part(comm, path, s->bytes, &s->hash)));
    volley_comm_sum_u64(comm, &s->hash, 1);
    return VOLLEY_OK;
}

static int size_of(const char *path, uint64_t *bytes) {
    struct stat info;
    TRY(volley_regular_check(path));
    if (stat(path, &info) != 0)
        return volley_fail_errno("cannot read", path);
    *bytes = (uint64_t)info.st_size;
    return VOLLEY_OK;
}

static int append(const char *path, const seal *s) {
    char line[LINE_BYTES + 1];
    snprintf(line, sizeof line, LINE, s->hash, s->bytes);
    int file = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (file < 0)
        return volley_fail_errno("cannot open", path);
    int code = VOLLEY_OK;
    for (size_t done = 0; done < LINE_BYTES && code == VOLLEY_OK;) {
        ssize_t n = write(file, line + done, LINE_BYTES - done);
        if (n >= 0)
            done += (size_t)n;
        else if (errno != EINTR)
            code = volley_fail_errno("cannot write", path);
    }
    return volley_close_written(file, path, code);
}

int volley_seal_put(volley_comm *comm, const char *path) {
    seal s = {0};
    bool root = volley_comm_rank(comm) == 0;
    TRY(hash_file(comm, path, root ? size_of(path, &s.bytes) : VOLLEY_OK, &s));
    return volley_io_together(comm, root ? append(path, &s) : VOLLEY_OK);
}

static int read_line(const char *path, seal *s) {
    char line[LINE_BYTES + 1] = "", again[LINE_BYTES + 1];
    uint64_t size = 0;
    TRY(size_of(path, &size));
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return volley_fail_errno("cannot open", path);
    bool there = size > LINE_BYTES && read_at(file, line, LINE_BYTES, size - LINE_BYTES);
    close(file);
    there = there && sscanf(line, "volley: hash %16" SCNx64 " of %20" SCNu64, &s->hash, &s->bytes) == 2;
    snprintf(again, sizeof again, LINE, s->hash, s->bytes);
    CHECK(there && strcmp(line, again) == 0 && s->bytes == size - LINE_BYTES, VOLLEY_FAILED,
          "%s is damaged or no checkpoint: it does not end with its hash", path);
    return VOLLEY_OK;
}

int volley_seal_check(volley_comm *comm, const char *path) {
    seal wanted = {0};
    int code = volley_comm_rank(comm) == 0 ? read_line(path, &wanted) : VOLLEY_OK;
    seal found = wanted;
    TRY(hash_file(comm, path, code, &found));
    volley_comm_broadcast(comm, &wanted, sizeof wanted);
    CHECK(found.hash == wanted.hash, VOLLEY_FAILED, "%s is damaged: its hash is not the one it had", path);
    return VOLLEY_OK;
}
