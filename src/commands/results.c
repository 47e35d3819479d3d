#include "commands/results.h"
#include "base/status.h"
#include "io/publish.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a run writes; anything else in the directory is left alone. */
static const char *const result_files[] = {"spikes.h5", "spikes-*.part.h5", "state_*.h5",      "weights.h5",
                                           "rates.h5",  "positions.h5",     "checkpoint-*.h5", "run.json",
                                           "*.h5.tmp*", "run.json.tmp*"};

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

/* Removes the files of a directory with names like these, or refuses the first one found. */
static int visit(const char *directory, const char *const *patterns, size_t n, bool remove) {
    DIR *entries = opendir(directory);
    CHECK(entries != NULL, VOLLEY_USAGE, "%s: cannot be read: %s", directory, strerror(errno));
    int status = VOLLEY_OK;
    for (struct dirent *entry; status == VOLLEY_OK && (entry = readdir(entries)) != NULL;) {
        if (!is_among(entry->d_name, patterns, n))
            continue;
        if (!remove)
            status = volley_fail(
                VOLLEY_USAGE,
                "%s holds results (%s); give --overwrite to replace them, or -o for another directory",
                directory, entry->d_name);
        else if (unlinkat(dirfd(entries), entry->d_name, 0) != 0)
            status = volley_fail(VOLLEY_FAILED, "%s/%s: cannot be removed: %s", directory, entry->d_name,
                                 strerror(errno));
    }
    closedir(entries);
    return status;
}

int volley_results_check(const char *directory) {
    return visit(directory, result_files, sizeof result_files / sizeof *result_files, false);
}

int volley_results_clear(const char *directory) {
    return visit(directory, result_files, sizeof result_files / sizeof *result_files, true);
}

/* `name` means `file`, when there is such a file. */
static int link_name(const char *directory, const char *file, const char *name, bool make) {
    char *target = volley_path(directory, "%s", file), *path = volley_path(directory, "%s", name);
    struct stat info;
    int status = target && path ? VOLLEY_OK : VOLLEY_EXHAUSTED;
    if (status == VOLLEY_OK && !make && lstat(path, &info) == 0 && !S_ISLNK(info.st_mode))
        status =
            volley_fail(VOLLEY_USAGE, "%s exists and is to be a second name of %s; remove it", path, file);
    if (status == VOLLEY_OK && make && access(target, F_OK) == 0) {
        unlink(path);
        if (symlink(file, path) != 0)
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

int volley_results_reopen(const char *directory) {
    return visit(directory, made_again, sizeof made_again / sizeof *made_again, true);
}
