/* SPDX-License-Identifier: BSD-3-Clause */
/* Writes and reads who owns a directory, and looks up whether that process still runs and whether locks reach
 * other hosts. */
#define _GNU_SOURCE
#include "io/report/claim_owner.h"

#include "base/status.h"
#include "files/publish.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

enum { MOST_BYTES = 4096 };

static void read_line(const char *path, char *text, size_t size) {
    FILE *file = fopen(path, "re");
    text[0] = '\0';
    if (file && fgets(text, (int)size, file))
        text[strcspn(text, "\n")] = '\0';
    if (file)
        fclose(file);
}

/* The start of a process, field 22 of its stat; the name in field 2 may hold anything. "": there is none. */
static void start_of(long long process, char text[32]) {
    char path[64], line[1024];
    snprintf(path, sizeof path, "/proc/%lld/stat", process);
    read_line(path, line, sizeof line);
    char *at = strrchr(line, ')');
    text[0] = '\0';
    for (int field = 2; at && field < 22; field++)
        at = strchr(at + 1, ' ');
    if (at)
        snprintf(text, 32, "%.*s", (int)strcspn(at + 1, " "), at + 1);
}

static void describe_self(volley_claim_owner *owner) {
    struct tm utc;
    time_t now = time(NULL);
    *owner = (volley_claim_owner){.process = getpid()};
    gethostname(owner->host, sizeof owner->host - 1);
    start_of(owner->process, owner->start);
    read_line("/proc/sys/kernel/random/boot_id", owner->boot, sizeof owner->boot);
    if (readlink("/proc/self/ns/pid", owner->space, sizeof owner->space - 1) < 0)
        owner->space[0] = '\0';
    const char *job = getenv("SLURM_JOB_ID");
    snprintf(owner->job, sizeof owner->job, "%s", job ? job : "");
    strftime(owner->since, sizeof owner->since, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
}

static void take_text(const json_t *object, const char *key, char *text, size_t size) {
    const char *value = json_string_value(json_object_get(object, key));
    snprintf(text, size, "%s", value ? value : "");
}

bool volley_owner_read(int file, volley_claim_owner *owner) {
    char text[MOST_BYTES];
    *owner = (volley_claim_owner){0};
    ssize_t n = pread(file, text, sizeof text, 0);
    json_t *object = n > 0 ? json_loadb(text, (size_t)n, JSON_DISABLE_EOF_CHECK, NULL) : NULL;
    bool found = json_is_object(object) && json_is_integer(json_object_get(object, "process"));
    if (found) {
        owner->process = json_integer_value(json_object_get(object, "process"));
        take_text(object, "host", owner->host, sizeof owner->host);
        take_text(object, "start", owner->start, sizeof owner->start);
        take_text(object, "boot", owner->boot, sizeof owner->boot);
        take_text(object, "space", owner->space, sizeof owner->space);
        take_text(object, "job", owner->job, sizeof owner->job);
        take_text(object, "since", owner->since, sizeof owner->since);
    }
    json_decref(object);
    return found;
}

int volley_owner_write(int file, const char *path) {
    volley_claim_owner self;
    describe_self(&self);
    json_t *object = json_pack("{s:I, s:s, s:s, s:s, s:s, s:s, s:s}", "process", (json_int_t)self.process,
                               "host", self.host, "start", self.start, "boot", self.boot, "space", self.space,
                               "job", self.job, "since", self.since);
    char *text = object ? json_dumps(object, JSON_ENSURE_ASCII) : NULL;
    json_decref(object);
    CHECK(text, VOLLEY_EXHAUSTED, "out of memory: the claim of %s", path);
    size_t length = strlen(text);
    text[length] = '\n'; /* in place of the end: what is written is counted */
    bool done = ftruncate(file, 0) == 0 && pwrite(file, text, length + 1, 0) == (ssize_t)length + 1;
    free(text);
    return done ? VOLLEY_OK : volley_fail_errno("cannot write run.lock in", path);
}

void volley_owner_describe(const volley_claim_owner *owner, char *text, size_t size) {
    if (owner->process == 0)
        snprintf(text, size, "another process, which has not said which one it is");
    else
        snprintf(text, size, "process %lld on host %s since %s", owner->process,
                 owner->host[0] != '\0' ? owner->host : "unknown",
                 owner->since[0] != '\0' ? owner->since : "unknown");
}

bool volley_owner_is_here(const volley_claim_owner *owner) {
    volley_claim_owner self;
    describe_self(&self);
    return strcmp(owner->host, self.host) == 0 && strcmp(owner->boot, self.boot) == 0;
}

enum volley_owner_state volley_owner_look_up(const volley_claim_owner *owner) {
    volley_claim_owner self;
    char start[32];
    describe_self(&self);
    if (owner->job[0] != '\0' && strcmp(owner->job, self.job) == 0 && getenv("SLURM_RESTART_COUNT") != NULL)
        return VOLLEY_OWNER_GONE;
    if (strcmp(owner->host, self.host) != 0)
        return VOLLEY_OWNER_UNKNOWN;
    if (strcmp(owner->boot, self.boot) != 0)
        return VOLLEY_OWNER_GONE;
    if (strcmp(owner->space, self.space) != 0)
        return VOLLEY_OWNER_UNKNOWN;
    start_of(owner->process, start);
    return start[0] != '\0' && strcmp(start, owner->start) == 0 ? VOLLEY_OWNER_ALIVE : VOLLEY_OWNER_GONE;
}

/* Options with which the file system of the open file is mounted, in `text`; "" when they cannot be found. */
static void mount_options(int file, char *text, size_t size) {
    struct stat about;
    text[0] = '\0';
    FILE *mounts = fstat(file, &about) == 0 ? fopen("/proc/self/mountinfo", "re") : NULL;
    char *line = NULL, device[32];
    size_t room = 0;
    snprintf(device, sizeof device, " %u:%u ", major(about.st_dev), minor(about.st_dev));
    while (mounts && getline(&line, &room, mounts) >= 0) {
        const char *options = strstr(line, " - ");
        if (options && strstr(line, device) && strstr(line, device) < options)
            snprintf(text, size, "%s", options);
    }
    free(line);
    if (mounts)
        fclose(mounts);
}

static bool has_option(const char *options, const char *word) {
    size_t length = strlen(word);
    for (const char *at = options; (at = strstr(at, word)) != NULL; at += length)
        if ((at == options || strchr(" ,", at[-1])) && strchr(" ,\n", at[length]))
            return true;
    return false;
}

bool volley_locks_reach_all_hosts(int file) {
    /* Magic numbers of statfs(2). */
    static const unsigned long locals[] = {0xEF53,     0x58465342, 0x9123683E, 0x01021994, 0x2FC12FC1,
                                           0x794c7630, 0xF2F52010, 0x3153464a, 0x52654973, 0x858458f6};
    enum { NFS = 0x6969, LUSTRE = 0x0BD00BD0, GPFS = 0x47504653, CEPH = 0x00C36400 };
    struct statfs system;
    char options[2048];
    if (fstatfs(file, &system) != 0)
        return false;
    unsigned long type = (unsigned long)system.f_type & 0xFFFFFFFFul;
    for (size_t i = 0; i < sizeof locals / sizeof *locals; i++)
        if (type == locals[i])
            return true;
    if (type == GPFS || type == CEPH)
        return true;
    mount_options(file, options, sizeof options);
    return (type == NFS && has_option(options, "local_lock=none")) ||
           (type == LUSTRE && has_option(options, "flock"));
}
