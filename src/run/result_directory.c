/* SPDX-License-Identifier: BSD-3-Clause */
/* Makes and checks the directory of a run, removes what an overwritten run has left, and names second names.
 * */
#include "run/result_directory.h"
#include "base/inputs.h"
#include "base/status.h"
#include "io/report/claim.h"
#include "files/manifest.h"
#include "files/publish.h"
#include "net/result_names.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a run that goes on makes again, or has left half written. States and weights under their temporary
 * names are not among it: they hold what the run goes on with. */
static const char *const made_again[] = {"run.json",       "run.json.tmp*",   "rates.h5",
                                         "rates.h5.tmp*",  "spikes*.h5.tmp*", "*.h5.tmp.new",
                                         "*.h5.tmp.short", "*.h5.tmp*.room*", "checkpoint-*.h5.tmp*"};

static bool is_among(const char *name, const char *const *patterns, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (fnmatch(patterns[i], name, 0) == 0)
            return true;
    return false;
}

int volley_results_make(const char *directory) {
    char path[4096];
    size_t length = strlen(directory);
    CHECK(length < sizeof path, VOLLEY_USAGE, "%s: path too long", directory);
    memcpy(path, directory, length + 1);
    for (char *slash = path + 1; *slash != '\0'; slash++)
        if (*slash == '/') {
            *slash = '\0';
            mkdir(path, 0777);
            *slash = '/';
        }
    if (mkdir(path, 0777) != 0 && errno != EEXIST)
        return volley_fail(VOLLEY_USAGE, "%s: cannot create the result directory: %s", directory,
                           strerror(errno));
    struct stat info;
    CHECK(stat(path, &info) == 0 && S_ISDIR(info.st_mode), VOLLEY_USAGE, "%s: is not a directory", directory);
    CHECK(access(path, W_OK | X_OK) == 0, VOLLEY_USAGE, "%s: the result directory cannot be written to: %s",
          directory, strerror(errno));
    return VOLLEY_OK;
}

/* What is done with each file of a directory. */
typedef int visitor(void *context, const volley_manifest *manifest, int at, const char *name);

static int visit(const char *directory, visitor *what, void *context) {
    volley_manifest *manifest;
    DIR *entries = opendir(directory);
    CHECK(entries != NULL, VOLLEY_USAGE, "%s: cannot be read: %s", directory, strerror(errno));
    int status = volley_manifest_read(directory, &manifest);
    for (struct dirent *entry; status == VOLLEY_OK && (entry = readdir(entries)) != NULL;)
        status = what(context, manifest, dirfd(entries), entry->d_name);
    volley_manifest_free(&manifest);
    closedir(entries);
    return status;
}

/* What a directory holds already. */
typedef struct holding {
    const char *directory;
    const volley_result_name *names; /* of this run */
    int n;
    char own[256], other[256]; /* a file of an earlier run; one that is in the way; "": none */
    char read[256];            /* a file of an earlier run that the config names; "": none */
    bool ended, goes_on;       /* the earlier run has a description; it has checkpoints or segments */
} holding;

static bool is_wanted(const holding *h, const char *name) {
    size_t length = strlen(name);
    bool temporary = length > 4 && strcmp(name + length - 4, ".tmp") == 0;
    for (int i = 0; i < h->n; i++)
        if (strcmp(name, h->names[i].name) == 0 || (temporary && strlen(h->names[i].name) == length - 4 &&
                                                    strncmp(name, h->names[i].name, length - 4) == 0))
            return strcmp(name, "run.lock") != 0;
    return volley_is_numbered_result(name);
}

/* Whether the config reads this file of a directory. */
static bool is_input(int at, const char *name) {
    struct stat info;
    size_t n;
    const volley_input *inputs = volley_inputs(&n);
    if (fstatat(at, name, &info, 0) != 0)
        return false;
    for (size_t i = 0; i < n; i++)
        if (inputs[i].device == info.st_dev && inputs[i].number == info.st_ino)
            return true;
    return false;
}

static int look(void *context, const volley_manifest *manifest, int at, const char *name) {
    holding *h = context;
    bool owned = volley_manifest_owns(manifest, name);
    if (owned && is_input(at, name))
        snprintf(h->read, sizeof h->read, "%s", name);
    if (owned && strcmp(name, "manifest.json") != 0)
        snprintf(h->own, sizeof h->own, "%s", name);
    else if (!owned && is_wanted(h, name))
        snprintf(h->other, sizeof h->other, "%s", name);
    h->ended |= owned && strcmp(name, "run.json") == 0;
    h->goes_on |= owned && volley_is_numbered_result(name);
    return VOLLEY_OK;
}

int volley_results_check(const volley_network *network, const char *directory, bool replace) {
    volley_result_name *names;
    holding h = {.directory = directory};
    TRY(volley_result_names(network, &names, &h.n));
    h.names = names;
    int status = visit(directory, look, &h);
    volley_result_names_free(names, h.n);
    TRY(status);
    CHECK(h.other[0] == '\0', VOLLEY_USAGE,
          "%s/%s is in the way: the run writes a file of this name, and this one is none that a run has left "
          "there, or was "
          "changed since; move it away, or give -o another directory",
          directory, h.other);
    CHECK(!replace || h.read[0] == '\0', VOLLEY_USAGE,
          "%s/%s is read by this config, and --overwrite would remove it; give -o another directory",
          directory, h.read);
    if (h.own[0] == '\0' || replace)
        return VOLLEY_OK;
    if (h.goes_on && !h.ended)
        return volley_fail(
            VOLLEY_USAGE,
            "%s holds a run that has not ended (%s); give --resume to go on with it, -o for another "
            "directory, or --overwrite to lose it",
            directory, h.own);
    return volley_fail(VOLLEY_USAGE,
                       "%s holds results (%s); give --overwrite to replace them, or -o for another directory",
                       directory, h.own);
}

static int clear(void *context, const volley_manifest *manifest, int at, const char *name) {
    if (strcmp(name, "manifest.json") == 0 || !volley_manifest_owns(manifest, name))
        return VOLLEY_OK;
    return unlinkat(at, name, 0) == 0 ? VOLLEY_OK
                                      : volley_fail(VOLLEY_FAILED, "%s/%s: cannot be removed: %s",
                                                    (const char *)context, name, strerror(errno));
}

int volley_results_clear(const char *directory) {
    return visit(directory, clear, (void *)directory);
}

void volley_results_note(const char *directory) {
    volley_claim_note(directory);
    volley_manifest_note_changes(directory);
}

static bool leads_to(const char *path, const char *file) {
    char text[300];
    ssize_t length = readlink(path, text, sizeof text);
    return length >= 0 && (size_t)length == strlen(file) && strncmp(text, file, (size_t)length) == 0;
}

/* `name` means `file`, when there is such a file. */
static int link_name(const char *directory, const char *file, const char *name, bool make) {
    char *target = volley_path(directory, "%s", file), *path = volley_path(directory, "%s", name);
    struct stat info;
    int status = target && path ? VOLLEY_OK : VOLLEY_EXHAUSTED;
    bool there = status == VOLLEY_OK && lstat(path, &info) == 0, same = there && leads_to(path, file);
    if (there && !same)
        status = volley_fail(make ? VOLLEY_FAILED : VOLLEY_USAGE,
                             "%s exists and is to be a second name of %s; remove it", path, file);
    if (status == VOLLEY_OK && make && !same && access(target, F_OK) == 0) {
        status = volley_manifest_add_link(path, file);
        if (status == VOLLEY_OK && symlink(file, path) != 0)
            status = volley_fail_errno("cannot create", path);
    }
    free(target);
    free(path);
    return status;
}

int volley_results_name(const volley_network *network, const char *directory, bool make) {
    if (network->results_spikes != NULL)
        TRY(link_name(directory, "spikes.h5", network->results_spikes, make));
    for (int32_t i = 0; i < network->n_state_records; i++) {
        char file[300], name[300];
        if (network->state_records[i].name == NULL || network->state_records[i].members == 0)
            continue;
        snprintf(file, sizeof file, "state_%s.h5", network->state_records[i].name);
        snprintf(name, sizeof name, "%s.h5", network->state_records[i].name);
        TRY(link_name(directory, file, name, make));
    }
    return VOLLEY_OK;
}

static int clear_made_again(void *context, const volley_manifest *manifest, int at, const char *name) {
    bool again = is_among(name, made_again, sizeof made_again / sizeof *made_again);
    return again ? clear(context, manifest, at, name) : VOLLEY_OK;
}

int volley_results_reopen(const char *directory) {
    return visit(directory, clear_made_again, (void *)directory);
}
