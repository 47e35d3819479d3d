/* SPDX-License-Identifier: BSD-3-Clause */
/* Writes and reads manifest.json, and tells which files of a directory are volley's own and unchanged. */
#define _GNU_SOURCE
#include "files/manifest.h"

#include "base/memory.h"
#include "base/starved.h"
#include "base/status.h"
#include "base/text.h"
#include "files/manifest_inside.h"
#include "files/publish.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char list_name[] = "manifest.json";

/* The list that this process writes. */
static struct {
    char *directory; /* owned; NULL: none */
    int at, file;    /* descriptors of the directory and of the list */
} own = {.at = -1, .file = -1};

struct volley_manifest {
    int at;
    char *directory; /* owned */
    bool listed;     /* there is a list */
    json_t *files;   /* by name: the last line about it */
};

static int open_list(int at, int flags, int *file, const char *directory) {
    *file = openat(at, list_name, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666);
    struct stat about;
    CHECK(*file >= 0 || errno == ENOENT, VOLLEY_USAGE, "%s/%s: cannot be opened: %s", directory, list_name,
          strerror(errno));
    bool plain = *file < 0 || (fstat(*file, &about) == 0 && S_ISREG(about.st_mode) && about.st_nlink <= 1);
    CHECK(plain, VOLLEY_USAGE, "%s/%s: is not a plain file of its own; remove it", directory, list_name);
    return VOLLEY_OK;
}

static int write_line(int file, json_t *line, const char *directory) {
    char *text = line ? json_dumps(line, JSON_COMPACT) : NULL;
    json_decref(line);
    CHECK(text, VOLLEY_EXHAUSTED, "out of memory: the list of files of %s", directory);
    size_t length = strlen(text);
    text[length] = '\n'; /* in place of the end */
    bool done = write(file, text, length + 1) == (ssize_t)(length + 1);
    free(text);
    return done ? VOLLEY_OK : volley_fail_errno("cannot write manifest.json in", directory);
}

/* The name of a path in the directory of the list; NULL: it is in another one. */
static const char *name_in_list(const char *path) {
    if (own.file < 0 || !own.directory)
        return NULL;
    size_t length = strlen(own.directory);
    bool inside = strncmp(path, own.directory, length) == 0 && path[length] == '/';
    return inside && !strchr(path + length + 1, '/') ? path + length + 1 : NULL;
}

int volley_manifest_add(const char *path, unsigned long inode) {
    const char *name = name_in_list(path);
    return name ? write_line(own.file, json_pack("{s:s, s:I}", "name", name, "inode", (json_int_t)inode),
                             own.directory)
                : VOLLEY_OK;
}

int volley_manifest_add_link(const char *path, const char *target) {
    const char *name = name_in_list(path);
    return name ? write_line(own.file, json_pack("{s:s, s:s}", "name", name, "link", target), own.directory)
                : VOLLEY_OK;
}

/* ---- what a directory holds ---- */

typedef struct reading {
    FILE *lines;
    json_t *files;
} reading;

static int read_lines(void *context) {
    reading *r = context;
    char *text = NULL;
    size_t room = 0;
    errno = 0;
    while (getline(&text, &room, r->lines) >= 0) {
        json_t *line = json_loads(text, 0, NULL); /* a crash may have cut the last one */
        const char *name = json_string_value(json_object_get(line, "name"));
        if (name && !strchr(name, '/'))
            json_object_set(r->files, name, line);
        json_decref(line);
    }
    free(text);
    return VOLLEY_OK;
}

static int read_list(const char *directory, volley_manifest *manifest) {
    int file;
    manifest->files = json_object();
    manifest->directory = strdup(directory);
    CHECK(manifest->files && manifest->directory, VOLLEY_EXHAUSTED, "out of memory: a list of files");
    manifest->at = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK(manifest->at >= 0, VOLLEY_USAGE, "%s: cannot be read: %s", directory, strerror(errno));
    TRY(open_list(manifest->at, O_RDONLY, &file, directory));
    if (file < 0)
        return VOLLEY_OK;
    manifest->listed = true;
    FILE *lines = fdopen(file, "r");
    if (!lines) {
        close(file);
        return volley_fail(VOLLEY_EXHAUSTED, "out of memory: a list of files");
    }
    reading r = {lines, manifest->files};
    int code = volley_starved_run(read_lines, &r, "manifest.json");
    if (code != VOLLEY_OK)
        manifest->files = NULL; /* left in the middle of a change: it stays lost */
    fclose(lines);
    return code;
}

int volley_manifest_read(const char *directory, volley_manifest **manifest) {
    TRY(VOLLEY_NEW(*manifest, 1));
    (*manifest)->at = -1;
    int code = read_list(directory, *manifest);
    if (code != VOLLEY_OK)
        volley_manifest_free(manifest);
    return code;
}

void volley_manifest_free(volley_manifest **manifest) {
    volley_manifest *m = *manifest;
    if (m == NULL)
        return;
    if (m->at >= 0)
        close(m->at);
    json_decref(m->files);
    free(m->directory);
    free(m);
    *manifest = NULL;
}

bool volley_manifest_owns(const volley_manifest *manifest, const char *name) {
    const json_t *entry = json_object_get(manifest->files, name);
    if (strcmp(name, list_name) == 0)
        return manifest->listed;
    if (manifest->listed && !entry)
        return false;
    if (entry && volley_is_own_file(manifest->at, name, entry))
        return true;
    if (entry && json_object_get(entry, "hash"))
        return false;
    /* A copy of what a crash has left: the list knows the name and nothing else. */
    if (entry && strstr(name, ".tmp"))
        return volley_is_plain_file(manifest->at, name);
    return volley_is_old_result(manifest->at, manifest->directory, name);
}

bool volley_manifest_made(const char *path, bool *inside) {
    const char *name = name_in_list(path);
    volley_manifest *manifest = NULL;
    *inside = name != NULL;
    bool made = name && volley_manifest_read(own.directory, &manifest) == VOLLEY_OK &&
                volley_manifest_owns(manifest, name);
    volley_manifest_free(&manifest);
    return made;
}

/* Whether a file is there, but not with the size and the hash of its list. A link is a change, even to a file
 * of the same bytes. Whoever reads what is not a regular file, or leads to none, refuses it with a message of
 * its own. */
static bool is_changed(const volley_manifest *manifest, const char *name, const json_t *entry) {
    struct stat about;
    if (!json_object_get(entry, "hash") || fstatat(manifest->at, name, &about, 0) != 0 ||
        !S_ISREG(about.st_mode))
        return false;
    json_t *found = volley_describe_file(manifest->at, name);
    if (found == NULL) /* cannot be read: whoever wants to will say so */
        return false;
    bool same = json_equal(json_object_get(found, "size"), json_object_get(entry, "size")) &&
                json_equal(json_object_get(found, "hash"), json_object_get(entry, "hash"));
    json_decref(found);
    return !same;
}

static int note_changes(void *context) {
    volley_manifest *manifest = context;
    const char *name;
    json_t *entry;
    json_object_foreach(manifest->files, name, entry) {
        if (is_changed(manifest, name, entry))
            volley_text_print(stderr, "volley: warning: %s/%s was changed since the run has written it\n",
                              manifest->directory, volley_text_shown(name));
    }
    return VOLLEY_OK;
}

void volley_manifest_note_changes(const char *directory) {
    volley_manifest *manifest = NULL;
    if (volley_manifest_read(directory, &manifest) == VOLLEY_OK)
        volley_starved_run(note_changes, manifest, "manifest.json");
    volley_json_starved(); /* a note is not worth a failure */
    volley_error_clear();
    volley_manifest_free(&manifest);
}

/* ---- its beginning ---- */

/* Files that go on to be written have the size and hash of their list no longer. */
static int reopen_entries(const char *directory) {
    volley_manifest *manifest;
    const char *name;
    json_t *entry;
    struct stat about;
    TRY(volley_manifest_read(directory, &manifest));
    int code = VOLLEY_OK;
    json_object_foreach(manifest->files, name, entry) {
        if (code == VOLLEY_OK && !json_object_get(entry, "link") && volley_manifest_owns(manifest, name) &&
            fstatat(manifest->at, name, &about, AT_SYMLINK_NOFOLLOW) == 0)
            code =
                write_line(own.file, json_pack("{s:s, s:I}", "name", name, "inode", (json_int_t)about.st_ino),
                           directory);
    }
    volley_manifest_free(&manifest);
    return code;
}

int volley_manifest_begin(const char *directory, bool keep) {
    own.directory = strdup(directory);
    CHECK(own.directory, VOLLEY_EXHAUSTED, "out of memory: a file name");
    own.at = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (own.at < 0)
        return volley_fail_errno("cannot open", directory);
    if (!keep)
        unlinkat(own.at, list_name, 0);
    TRY(open_list(own.at, O_WRONLY | O_APPEND | O_CREAT | (keep ? 0 : O_EXCL), &own.file, directory));
    if (own.file < 0)
        return volley_fail_errno("cannot create manifest.json in", directory);
    return keep ? reopen_entries(directory) : VOLLEY_OK;
}

/* ---- its end ---- */

static int write_entries(volley_manifest *manifest, int file, const char *directory) {
    const char *name;
    json_t *entry;
    json_object_foreach(manifest->files, name, entry) {
        if (volley_is_own_file(manifest->at, name, entry))
            TRY(write_line(file, volley_describe_file(manifest->at, name), directory));
    }
    return VOLLEY_OK;
}

static bool has_files(volley_manifest *manifest) {
    const char *name;
    json_t *entry;
    json_object_foreach(manifest->files, name, entry) {
        if (volley_is_own_file(manifest->at, name, entry))
            return true;
    }
    return false;
}

static int write_list(volley_manifest *manifest, const char *directory, const char *temporary,
                      const char *path) {
    int file;
    unlink(temporary); /* of a run that was killed here */
    int code = volley_create_new(temporary, &file);
    if (code == VOLLEY_OK)
        code = write_entries(manifest, file, directory);
    if (file >= 0)
        code = volley_close_written(file, temporary, code);
    if (code == VOLLEY_OK)
        code = volley_publish(temporary, path);
    if (code != VOLLEY_OK)
        unlink(temporary);
    return code;
}

/* Writes the list anew, of what is there now. */
static int write_again(const char *directory) {
    volley_manifest *manifest = NULL;
    char *temporary = volley_path(directory, "manifest.json.tmp"),
         *path = volley_path(directory, "%s", list_name);
    int code = temporary && path ? volley_manifest_read(directory, &manifest) : VOLLEY_EXHAUSTED;
    if (code == VOLLEY_OK && has_files(manifest))
        code = write_list(manifest, directory, temporary, path);
    else if (code == VOLLEY_OK) /* a run that has failed has left nothing */
        unlink(path);
    volley_manifest_free(&manifest);
    free(temporary);
    free(path);
    return code;
}

int volley_manifest_end(void) {
    if (!own.directory)
        return VOLLEY_OK;
    char *directory = own.directory;
    bool begun = own.file >= 0;
    if (begun)
        close(own.file);
    if (own.at >= 0)
        close(own.at);
    own.directory = NULL;
    own.at = own.file = -1;
    int code = begun ? write_again(directory) : VOLLEY_OK;
    free(directory);
    return code;
}

int volley_manifest_add_to(const char *directory, const char *name) {
    int at = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC), file = -1;
    if (at < 0)
        return volley_fail_errno("cannot open", directory);
    int code = open_list(at, O_WRONLY | O_APPEND, &file, directory);
    if (code == VOLLEY_OK && file >= 0)
        code = write_line(file, volley_describe_file(at, name), directory);
    if (file >= 0)
        close(file);
    close(at);
    return code;
}
