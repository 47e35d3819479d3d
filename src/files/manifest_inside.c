/* SPDX-License-Identifier: BSD-3-Clause */
/* Describes a file by size and hash, and recognises results of versions that kept no list. */
#define _GNU_SOURCE
#include "files/manifest_inside.h"

#include "base/status.h"
#include "files/h5.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

enum { ENDS = 1 << 16, HASH_TEXT = 17 };

/* The hash of the first and the last 64 kB. False when the file cannot be read. */
static bool hash_ends(int at, const char *name, off_t size, char text[HASH_TEXT]) {
    int file = openat(at, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    char *bytes = file >= 0 ? malloc(2 * (size_t)ENDS) : NULL;
    ssize_t first = bytes ? pread(file, bytes, ENDS, 0) : -1;
    off_t start = size > 2 * (off_t)ENDS ? size - ENDS : first;
    ssize_t last = first >= 0 ? pread(file, bytes + first, ENDS, start) : -1;
    if (last >= 0)
        snprintf(text, HASH_TEXT, "%016" PRIx64, (uint64_t)XXH64(bytes, (size_t)(first + last), 0));
    free(bytes);
    if (file >= 0)
        close(file);
    return last >= 0;
}

json_t *volley_describe_file(int at, const char *name) {
    struct stat about;
    char text[4096], hash[HASH_TEXT];
    if (fstatat(at, name, &about, AT_SYMLINK_NOFOLLOW) != 0)
        return NULL;
    if (S_ISLNK(about.st_mode)) {
        ssize_t length = readlinkat(at, name, text, sizeof text - 1);
        text[length > 0 ? length : 0] = '\0';
        return json_pack("{s:s, s:s}", "name", name, "link", text);
    }
    if (!S_ISREG(about.st_mode) || !hash_ends(at, name, about.st_size, hash))
        return NULL;
    return json_pack("{s:s, s:I, s:I, s:s}", "name", name, "inode", (json_int_t)about.st_ino, "size",
                     (json_int_t)about.st_size, "hash", hash);
}

bool volley_is_own_file(int at, const char *name, const json_t *line) {
    struct stat about;
    char text[4096], hash[HASH_TEXT];
    const char *link = json_string_value(json_object_get(line, "link"));
    const char *known = json_string_value(json_object_get(line, "hash"));
    if (fstatat(at, name, &about, AT_SYMLINK_NOFOLLOW) != 0)
        return false;
    if (link) {
        ssize_t length = S_ISLNK(about.st_mode) ? readlinkat(at, name, text, sizeof text - 1) : -1;
        return length >= 0 && (size_t)length == strlen(link) && strncmp(text, link, (size_t)length) == 0;
    }
    if (!S_ISREG(about.st_mode))
        return false;
    bool same_size = !known || about.st_size == json_integer_value(json_object_get(line, "size"));
    json_int_t inode = json_integer_value(json_object_get(line, "inode"));
    if (inode > 0 && (json_int_t)about.st_ino == inode && same_size)
        return true;
    return known && same_size && hash_ends(at, name, about.st_size, hash) && strcmp(hash, known) == 0;
}

bool volley_is_plain_file(int at, const char *name) {
    struct stat about;
    return fstatat(at, name, &about, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(about.st_mode) &&
           about.st_nlink <= 1;
}

static bool is_old_run_json(const char *path) {
    json_t *run = json_load_file(path, 0, NULL);
    bool is = json_is_object(run) && json_object_get(run, "spike_hash") && json_object_get(run, "layout");
    json_decref(run);
    return is;
}

/* Second names of spikes.h5 and of recorded states are links. */
static bool is_second_name(int at, const char *name) {
    char target[300];
    ssize_t length = readlinkat(at, name, target, sizeof target - 1);
    target[length > 0 ? length : 0] = '\0';
    return strcmp(target, "spikes.h5") == 0 || fnmatch("state_*.h5", target, FNM_PATHNAME) == 0;
}

bool volley_is_old_result(int at, const char *directory, const char *name) {
    static const char *const patterns[] = {"spikes.h5", "spikes-*.part.h5", "state_*.h5",      "weights.h5",
                                           "rates.h5",  "positions.h5",     "checkpoint-*.h5", "*.h5.tmp"};
    char path[4400], *version = NULL;
    struct stat about;
    snprintf(path, sizeof path, "%s/%s", directory, name);
    if (fstatat(at, name, &about, AT_SYMLINK_NOFOLLOW) != 0)
        return false;
    if (S_ISLNK(about.st_mode))
        return is_second_name(at, name);
    if (!S_ISREG(about.st_mode))
        return false;
    if (strcmp(name, "run.json") == 0)
        return is_old_run_json(path);
    bool named = false;
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
        named |= fnmatch(patterns[i], name, 0) == 0;
    volley_h5 file = 0;
    bool is = named && volley_h5_open(path, &file) == VOLLEY_OK &&
              volley_h5_get_string(file, "volley_version", &version) == VOLLEY_OK && version != NULL;
    free(version);
    if (file != 0)
        volley_h5_close(&file);
    volley_error_clear();
    return is;
}
