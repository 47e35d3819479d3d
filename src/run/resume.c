/* SPDX-License-Identifier: BSD-3-Clause */
/* Finds the newest checkpoint that can be used, and refuses configs and inputs that differ from its own. */
#include "run/resume.h"

#include "base/memory.h"
#include "base/status.h"
#include "base/starved.h"
#include "document/compare.h"
#include "io/report/input_list.h"
#include "io/recordings/recorded_check.h"
#include "files/seal.h"
#include "io/spikes/spike_check.h"
#include "files/together.h"
#include "sim/state_lists.h"

#include <jansson.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

static bool is_directory(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

bool volley_resume_takes(const char *text) {
    size_t length = strlen(text);
    return text[0] != '-' && (is_directory(text) || (length > 3 && strcmp(text + length - 3, ".h5") == 0));
}

int volley_resume_directory(const volley_resume *resume, char *directory, size_t size) {
    CHECK(snprintf(directory, size, "%s", resume->from) < (int)size, VOLLEY_USAGE, "--resume: path too long");
    if (!is_directory(resume->from)) {
        char file[PATH_MAX], *parent; /* of the file itself, where a link leads to it */
        struct stat info;
        bool linked =
            lstat(resume->from, &info) == 0 && S_ISLNK(info.st_mode) && realpath(resume->from, file) != NULL;
        if (!linked)
            snprintf(file, sizeof file, "%s", resume->from);
        parent = dirname(file); /* in place, or a text of its own */
        CHECK(snprintf(directory, size, "%s", parent) < (int)size, VOLLEY_USAGE, "--resume: path too long");
    }
    return VOLLEY_OK;
}

int volley_resume_check_branches(const volley_resume *resume) {
    CHECK(resume->n_branches == 0 || resume->wanted, VOLLEY_USAGE, "--branch needs --resume");
    for (int i = 0; i < resume->n_branches; i++) {
        const char *key = resume->branches[i];
        const char *dot = strncmp(key, "projections.", 12) == 0 ? strchr(key + 12, '.') : NULL;
        bool plasticity =
            dot != NULL && strncmp(dot, ".plasticity", 11) == 0 && (dot[11] == '\0' || dot[11] == '.');
        bool other = strncmp(key, "stimuli", 7) == 0 && (key[7] == '\0' || key[7] == '.');
        other |= strncmp(key, "signals", 7) == 0 && (key[7] == '\0' || key[7] == '.');
        bool record = strncmp(key, "record", 6) == 0 && (key[6] == '\0' || key[6] == '.');
        CHECK(
            plasticity || other || record, VOLLEY_USAGE,
            "--branch %s: allowed stimuli, signals, record, projections.NAME.plasticity, and keys below them",
            key);
    }
    return VOLLEY_OK;
}

/* ---- which checkpoint ---- */

/* Rank 0: the path of candidate number i, newest first; empty when there are no more. */
static int candidate(const volley_resume *resume, const char *directory, int64_t i, char path[PATH_MAX]) {
    const char *from = resume->from != NULL ? resume->from : directory;
    int64_t *steps = NULL, n = 0;
    path[0] = '\0';
    if (!is_directory(from)) {
        CHECK(resume->from != NULL, VOLLEY_USAGE, "--resume: there is no directory %s", directory);
        if (i == 0)
            snprintf(path, PATH_MAX, "%s", from);
        return VOLLEY_OK;
    }
    int code = volley_checkpoint_list(from, &steps, &n);
    if (code == VOLLEY_OK && i < n)
        code = snprintf(path, PATH_MAX, "%s/checkpoint-%lld.h5", from, (long long)steps[i]) < PATH_MAX
                   ? VOLLEY_OK
                   : volley_fail(VOLLEY_USAGE, "--resume: path too long");
    if (code == VOLLEY_OK && n == 0)
        code = volley_fail(VOLLEY_USAGE, "--resume: %s holds no checkpoint", from);
    else if (code == VOLLEY_OK && i >= n)
        code = volley_fail(VOLLEY_USAGE, "--resume: %s holds no checkpoint that can be used", from);
    free(steps);
    return code;
}

/* ---- may this run go on from it ---- */

static bool same_content(const void *lists, const char *key) {
    return volley_input_lists_same(lists, key);
}

static int compare_configs(const volley_resume *resume, const volley_network *network,
                           volley_config_may *may) {
    char keys[2048];
    TRY(volley_config_compare(resume->checkpoint.config, network->config_text, may, keys, sizeof keys));
    CHECK(keys[0] == '\0', VOLLEY_USAGE,
          "%s is of another config; it differs in: %s (duration, threads, exchange, partition, limits, "
          "checkpoint and, "
          "in another directory, record may; stimuli, signals and plasticity with --branch)",
          resume->checkpoint.path, keys);
    if (resume->elsewhere)
        return VOLLEY_OK;
    may->n--; /* record */
    TRY(volley_config_compare(resume->checkpoint.config, network->config_text, may, keys, sizeof keys));
    CHECK(
        keys[0] == '\0', VOLLEY_USAGE,
        "%s is of a run with other recordings; it differs in: %s; give another directory for these (-o DIR), "
        "where they begin at the checkpoint",
        resume->checkpoint.path, keys);
    return VOLLEY_OK;
}

/* Files may hold other numbers only for keys that may differ. */
static int compare_inputs(const volley_resume *resume, const volley_input_lists *lists,
                          const volley_config_may *may) {
    char changed[2048] = "";
    const char *key, *path = NULL;
    for (size_t at = 0; (key = volley_input_lists_next(lists, &at, &path)) != NULL;) {
        size_t used = strlen(changed);
        if (volley_config_may_differ(may, key))
            continue;
        if (used > sizeof changed - 600) {
            snprintf(changed + used, sizeof changed - used, ", ...");
            break;
        }
        snprintf(changed + used, sizeof changed - used, "%s%.250s (%.250s)", used > 0 ? ", " : "",
                 path ? path : "a file", key);
    }
    CHECK(changed[0] == '\0', VOLLEY_USAGE,
          "%s is of a run with other inputs; what was read from these files has changed: %s",
          resume->checkpoint.path, changed);
    return VOLLEY_OK;
}

static int compare_with(const volley_resume *resume, const volley_network *network) {
    const char *keys[VOLLEY_MAX_BRANCHES + 8] = {
        "simulation.duration", "simulation.threads", "exchange", "partition", "limits", "checkpoint"};
    volley_input_lists lists;
    volley_config_may may = {.keys = keys, .n = 6, .same_content = same_content, .context = &lists};
    for (int i = 0; i < resume->n_branches; i++)
        keys[may.n++] = resume->branches[i];
    keys[may.n++] = "record"; /* the last one, see compare_configs */
    int code = volley_input_lists_open(resume->checkpoint.inputs, resume->inputs, &lists);
    if (code == VOLLEY_OK)
        code = compare_configs(resume, network, &may);
    if (code == VOLLEY_OK)
        code = compare_inputs(resume, &lists, &may);
    volley_input_lists_close(&lists);
    return code;
}

static int check(volley_resume *resume, const volley_network *network) {
    const volley_checkpoint *c = &resume->checkpoint;
    CHECK(resume->n_branches == 0 || resume->elsewhere, VOLLEY_USAGE,
          "--branch needs another directory for its results: -o DIR");
    TRY(compare_with(resume, network));
    CHECK(c->step <= network->steps, VOLLEY_USAGE,
          "%s is of %.10g ms, after the end of this run: simulation.duration is %.10g ms", c->path,
          volley_step_to_ms(network, c->step), volley_step_to_ms(network, network->steps));
    return volley_saved_connections(c, &resume->connection_hash);
}

/* The file may be named through a link. */
static bool same_directory(const char *checkpoint, const char *directory) {
    char file[PATH_MAX], there[PATH_MAX];
    return realpath(checkpoint, file) != NULL && realpath(directory, there) != NULL &&
           strcmp(dirname(file), there) == 0;
}

/* ---- finding it ---- */

/* Collective. Whether the recordings of the run are still what the checkpoint counts on. Those of another
 * directory are left alone. */
static int check_recordings(volley_comm *comm, const volley_resume *resume, const volley_network *network,
                            const char *directory) {
    const volley_checkpoint *c = &resume->checkpoint;
    bool root = volley_comm_rank(comm) == 0;
    volley_spike_segment *segments = NULL;
    uint64_t n = 0;
    if (resume->elsewhere)
        return VOLLEY_OK;
    int code =
        volley_io_together(comm, root ? volley_recorded_check(network, directory, c->step) : VOLLEY_OK);
    if (code != VOLLEY_OK)
        return code;
    code = volley_io_together(comm, volley_saved_segments(c, &segments, &n));
    if (code == VOLLEY_OK)
        code = volley_spike_check(comm, network, directory, c->step, segments, n);
    free(segments);
    return code;
}

/* Recordings of a run that began at a checkpoint of another directory start there, not where the config says.
 */
static int take_start(const volley_resume *resume, volley_network *network) {
    uint64_t from = 0;
    if (resume->elsewhere)
        return VOLLEY_OK;
    TRY(volley_saved_record_start(&resume->checkpoint, &from));
    volley_network_record_from(network, (int64_t)from);
    return VOLLEY_OK;
}

/* Collective. Opens a checkpoint; *usable: whether it and the recordings before it are whole, else rank 0 may
 * hold the reason. Fails where none would do. */
static int try(volley_comm *comm, volley_resume *resume, const char *path, const char *directory,
               volley_network *network, bool *usable) {
    *usable = false;
    int code = volley_seal_check(comm, path);
    if (code != VOLLEY_OK)
        return code == VOLLEY_EXHAUSTED ? volley_comm_agree(comm, code) : VOLLEY_OK;
    TRY(volley_comm_agree(comm, volley_checkpoint_open(path, &resume->checkpoint)));
    resume->elsewhere = volley_comm_rank(comm) == 0 && !same_directory(path, directory);
    volley_comm_broadcast(comm, &resume->elsewhere, sizeof resume->elsewhere);
    TRY(volley_comm_agree(comm, check(resume, network)));
    TRY(volley_comm_agree(comm, take_start(resume, network)));
    code = check_recordings(comm, resume, network, directory);
    *usable = code == VOLLEY_OK;
    return code == VOLLEY_EXHAUSTED ? volley_comm_agree(comm, code) : VOLLEY_OK;
}

int volley_resume_find(volley_comm *comm, volley_resume *resume, const char *directory,
                       volley_network *network) {
    bool root = volley_comm_rank(comm) == 0, usable;
    for (int64_t i = 0;; i++) {
        char path[PATH_MAX] = "";
        TRY(volley_comm_agree(comm, root ? candidate(resume, directory, i, path) : VOLLEY_OK));
        volley_comm_broadcast(comm, path, sizeof path);
        TRY(try(comm, resume, path, directory, network, &usable));
        if (usable)
            return VOLLEY_OK;
        if (resume->from != NULL && !is_directory(resume->from))
            return volley_comm_agree(comm, VOLLEY_USAGE);
        if (root)
            fprintf(stderr, "volley: warning: %s cannot be used, the one before is tried: %s\n", path,
                    volley_error_message()[0] != '\0' ? volley_error_message() : "it is damaged");
        volley_error_clear();
        volley_checkpoint_close(&resume->checkpoint);
    }
}

int volley_resume_check_network(const volley_resume *resume, uint64_t connection_hash) {
    CHECK(
        connection_hash == resume->connection_hash, VOLLEY_USAGE,
        "%s is of a network with other connections or initial weights (files that the config names may have "
        "changed)",
        resume->checkpoint.path);
    return VOLLEY_OK;
}

/* ---- what run.json says of it ---- */

static int make_record(volley_resume *resume, const volley_provenance *p) {
    char when[32];
    struct tm utc;
    time_t now = time(NULL);
    strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
    json_t *list = resume->wanted ? json_loads(resume->checkpoint.restarts, 0, NULL) : json_array();
    if (!json_is_array(list)) {
        json_decref(list);
        list = json_array();
    }
    if (resume->wanted) {
        json_t *branches = json_array();
        for (int i = 0; i < resume->n_branches; i++)
            json_array_append_new(branches, json_string(resume->branches[i]));
        json_array_append_new(
            list, json_pack("{s:I, s:{s:i, s:i, s:s, s:I}, s:s, s:o}", "step",
                            (json_int_t)resume->checkpoint.step, "layout", "ranks", p->ranks, "threads",
                            p->threads, "partition", p->partition, "exchange_interval_steps",
                            (json_int_t)p->exchange_interval_steps, "when", when, "branch", branches));
    }
    resume->restarts = json_dumps(list, 0);
    json_decref(list);
    CHECK(resume->restarts != NULL && !volley_json_starved(), VOLLEY_EXHAUSTED,
          "out of memory: the restarts");
    return VOLLEY_OK;
}

int volley_resume_record(volley_comm *comm, volley_resume *resume, const volley_provenance *provenance) {
    TRY(volley_comm_agree(comm, make_record(resume, provenance)));
    uint64_t bytes = strlen(resume->restarts) + 1; /* rank 0's counts */
    volley_comm_broadcast(comm, &bytes, sizeof bytes);
    TRY(volley_comm_agree(comm, VOLLEY_RESIZE(resume->restarts, bytes)));
    volley_comm_broadcast(comm, resume->restarts, bytes);
    return VOLLEY_OK;
}

void volley_resume_free(volley_resume *resume) {
    volley_checkpoint_close(&resume->checkpoint);
    free(resume->restarts);
    resume->restarts = NULL;
}
