/* SPDX-License-Identifier: BSD-3-Clause */
/* Keeps the list of the files that were read, with their sizes and hashes, and finds files that change
 * meanwhile. */
#include "base/inputs.h"

#include "base/hash.h"
#include "base/memory.h"
#include "base/regular.h"
#include "base/status.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

enum { PIECE = 1 << 16 };

static struct {
    volley_input *files;
    volley_input_content *contents;
    uint32_t *table; /* [slots] number of a file + 1 by the hash of its path; 0: free */
    size_t n_files, file_room, n_contents, content_room, slots;
    bool begun;
} list;

void volley_inputs_begin(void) {
    for (size_t i = 0; i < list.n_files; i++)
        free(list.files[i].path);
    for (size_t i = 0; i < list.n_contents; i++)
        free(list.contents[i].key);
    free(list.files);
    free(list.contents);
    free(list.table);
    memset(&list, 0, sizeof list);
    list.begun = true;
}

uint64_t volley_input_hash(const void *bytes, size_t n) {
    return n > 0 ? XXH64(bytes, n, 0) : XXH64("", 0, 0);
}

/* The slot of a path, or the free one where it would be. */
static size_t slot_of(const char *path) {
    size_t at = volley_input_hash(path, strlen(path)) % list.slots;
    while (list.table[at] != 0 && strcmp(list.files[list.table[at] - 1].path, path) != 0)
        at = (at + 1) % list.slots;
    return at;
}

static volley_input *find(const char *path) {
    size_t at = list.slots > 0 ? slot_of(path) : 0;
    return list.slots > 0 && list.table[at] != 0 ? &list.files[list.table[at] - 1] : NULL;
}

/* At most half of the slots are taken. */
static int make_slots(void) {
    if (2 * (list.n_files + 1) <= list.slots)
        return VOLLEY_OK;
    size_t slots = list.slots > 0 ? 2 * list.slots : 64;
    uint32_t *table;
    TRY(VOLLEY_NEW(table, slots));
    free(list.table);
    list.table = table;
    list.slots = slots;
    for (size_t i = 0; i < list.n_files; i++)
        list.table[slot_of(list.files[i].path)] = (uint32_t)i + 1;
    return VOLLEY_OK;
}

static int add(const char *path, const struct stat *about, volley_input **file) {
    TRY(VOLLEY_RESERVE(list.files, &list.file_room, list.n_files + 1));
    TRY(make_slots());
    char *copy = volley_strdup(path);
    CHECK(copy, VOLLEY_EXHAUSTED, "no memory for a path");
    list.table[slot_of(path)] = (uint32_t)list.n_files + 1;
    *file = &list.files[list.n_files++];
    **file = (volley_input){copy,         (uint64_t)about->st_size, 0, false, about->st_mtim, about->st_dev,
                            about->st_ino};
    return VOLLEY_OK;
}

static int hash_file(int handle, const char *path, uint64_t *hash) {
    char *bytes = NULL;
    XXH64_state_t *state = XXH64_createState();
    int status = state ? VOLLEY_NEW(bytes, PIECE) : volley_fail(VOLLEY_EXHAUSTED, "no memory for a hash");
    if (status == VOLLEY_OK) {
        ssize_t got;
        off_t at = 0;
        XXH64_reset(state, 0);
        for (; (got = pread(handle, bytes, PIECE, at)) > 0 && at <= VOLLEY_INPUT_WHOLE; at += got)
            XXH64_update(state, bytes, (size_t)got);
        if (got < 0)
            status = volley_fail(VOLLEY_USAGE, "%s: cannot be read: %s", path, strerror(errno));
        *hash = XXH64_digest(state);
    }
    XXH64_freeState(state);
    free(bytes);
    return status;
}

static bool is_same(const volley_input *file, const struct stat *now) {
    return file->size == (uint64_t)now->st_size && file->changed.tv_sec == now->st_mtim.tv_sec &&
           file->changed.tv_nsec == now->st_mtim.tv_nsec && file->device == now->st_dev &&
           file->number == now->st_ino;
}

static int has_changed(const char *path) {
    return volley_fail(VOLLEY_FAILED, "%s: has changed while it was read", path);
}

/* A file written anew with the same bytes is the same. */
static int compare(volley_input *file, int handle, const struct stat *now) {
    uint64_t hash = 0;
    if (is_same(file, now))
        return VOLLEY_OK;
    if (!file->whole || file->size != (uint64_t)now->st_size)
        return has_changed(file->path);
    TRY(hash_file(handle, file->path, &hash));
    if (hash != file->hash)
        return has_changed(file->path);
    file->changed = now->st_mtim;
    file->device = now->st_dev;
    file->number = now->st_ino;
    return VOLLEY_OK;
}

static int enter(const char *path, int handle) {
    struct stat about;
    volley_input *file = find(path);
    if (!list.begun)
        return VOLLEY_OK;
    CHECK(fstat(handle, &about) == 0, VOLLEY_USAGE, "%s: cannot be read: %s", path, strerror(errno));
    if (file)
        return compare(file, handle, &about);
    TRY(add(path, &about, &file));
    ASSERT(file != NULL);
    file->whole = about.st_size <= VOLLEY_INPUT_WHOLE;
    return file->whole ? hash_file(handle, path, &file->hash) : VOLLEY_OK;
}

int volley_input_open(const char *path, int *handle) {
    TRY(volley_regular_open(path, handle));
    int status = enter(path, *handle);
    if (status != VOLLEY_OK) {
        close(*handle);
        *handle = -1;
    }
    return status;
}

int volley_input_fopen(const char *path, FILE **file) {
    TRY(volley_regular_fopen(path, file));
    int status = enter(path, fileno(*file));
    if (status != VOLLEY_OK) {
        fclose(*file);
        *file = NULL;
    }
    return status;
}

int volley_input_list(const char *path) {
    int handle;
    TRY(volley_input_open(path, &handle));
    close(handle);
    return VOLLEY_OK;
}

static int check_unchanged(volley_input *file) {
    struct stat now;
    if (stat(file->path, &now) == 0 && is_same(file, &now))
        return VOLLEY_OK;
    int handle;
    TRY(volley_regular_open(file->path, &handle));
    int status = fstat(handle, &now) == 0 ? compare(file, handle, &now) : has_changed(file->path);
    close(handle);
    return status;
}

int volley_input_text_from(const char *path, bool pipe, char **text) {
    struct stat about = {0};
    volley_input *file = find(path);
    TRY(volley_text_read_from(path, pipe, text));
    size_t bytes = strlen(*text);
    uint64_t hash = volley_input_hash(*text, bytes);
    volley_text_drop_mark(*text);
    if (!list.begun)
        return VOLLEY_OK;
    if (file) {
        CHECK(hash == file->hash, VOLLEY_FAILED, "%s: has changed while it was read", path);
        return VOLLEY_OK;
    }
    if (stat(path, &about) != 0)
        return has_changed(path);
    TRY(add(path, &about, &file));
    ASSERT(file != NULL);
    file->size = bytes;
    file->hash = hash;
    file->whole = true;
    return VOLLEY_OK;
}

int volley_input_text(const char *path, char **text) {
    return volley_input_text_from(path, false, text);
}

int volley_input_read(const char *key, const char *path, uint64_t hash) {
    volley_input *file = find(path);
    if (!list.begun)
        return VOLLEY_OK;
    ASSERT(file); /* whoever reads a file has opened it here */
    TRY(check_unchanged(file));
    if (!file->whole)
        file->hash = volley_hash_add(file->hash, hash);
    size_t at = (size_t)(file - list.files);
    volley_input_content *last = list.n_contents > 0 ? &list.contents[list.n_contents - 1] : NULL;
    if (last && last->file == at && strcmp(last->key, key) == 0) {
        last->hash = volley_hash_add(last->hash, hash);
        return VOLLEY_OK;
    }
    TRY(VOLLEY_RESERVE(list.contents, &list.content_room, list.n_contents + 1));
    char *copy = volley_strdup(key);
    CHECK(copy, VOLLEY_EXHAUSTED, "no memory for a key");
    list.contents[list.n_contents++] = (volley_input_content){copy, at, volley_hash_add(0, hash)};
    return VOLLEY_OK;
}

const volley_input *volley_inputs(size_t *n) {
    *n = list.n_files;
    return list.files;
}

const volley_input_content *volley_input_contents(size_t *n) {
    *n = list.n_contents;
    return list.contents;
}
