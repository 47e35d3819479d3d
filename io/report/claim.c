/* SPDX-License-Identifier: BSD-3-Clause */
/* Takes, finds and releases the lock of a directory of results. */
#define _GNU_SOURCE
#include "io/report/claim.h"

#include "base/memory.h"
#include "base/status.h"
#include "io/report/claim_owner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char file_name[] = "run.lock";

/* Bytes of the file that are locked: one by the owner alone, one by all of its ranks together. They lie far
 * behind the text. */
enum { OWNER_BYTE = 1 << 20, RANKS_BYTE };

/* How long ranks of a run whose rank 0 has ended may take to end, in tenths of a second. */
enum { PATIENCE = 100 };

struct volley_claim {
    int directory, file;
    bool owner; /* rank 0 */
};

enum lock_result { LOCKED, TAKEN, NO_LOCKS };

/* The byte, or the file as a whole where the system has locks of that kind alone. */
static enum lock_result lock_byte(int file, int byte, short kind) {
    struct flock lock = {.l_type = kind, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};
    if (fcntl(file, F_OFD_SETLK, &lock) == 0)
        return LOCKED;
    if (errno == EAGAIN || errno == EACCES)
        return TAKEN;
    if (byte == RANKS_BYTE)
        return NO_LOCKS;
    if (flock(file, LOCK_EX | LOCK_NB) == 0)
        return LOCKED;
    return errno == EWOULDBLOCK ? TAKEN : NO_LOCKS;
}

static void wait_a_little(void) {
    nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
}

/* Opens the file without following links. One that is more than a name of this directory would be
 * overwritten. */
static int open_file(int directory, const char *path, int *file) {
    *file = openat(directory, file_name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666);
    struct stat about;
    if (*file < 0)
        return volley_fail(VOLLEY_USAGE, "%s/%s: the directory cannot be claimed: %s", path, file_name,
                           errno == ELOOP ? "it is a symbolic link; remove it" : strerror(errno));
    bool plain = fstat(*file, &about) == 0 && S_ISREG(about.st_mode) && about.st_nlink <= 1;
    CHECK(plain, VOLLEY_USAGE, "%s/%s: is not a plain file of its own; remove it", path, file_name);
    return VOLLEY_OK;
}

/* Whether the name still means the open file: an owner that ended has removed it. */
static bool is_current(int directory, int file) {
    struct stat named, opened;
    return fstatat(directory, file_name, &named, AT_SYMLINK_NOFOLLOW) == 0 && fstat(file, &opened) == 0 &&
           named.st_ino == opened.st_ino && named.st_dev == opened.st_dev;
}

static int refuse(const char *path, const volley_claim_owner *owner, enum volley_owner_state state) {
    char who[VOLLEY_OWNER_TEXT];
    volley_owner_describe(owner, who, sizeof who);
    if (state == VOLLEY_OWNER_UNKNOWN)
        return volley_fail(
            VOLLEY_USAGE,
            "%s was claimed by %s, and nothing here tells whether that run has ended: locks of this file "
            "system do not reach other hosts; if it has ended, remove %s/%s",
            path, who, path, file_name);
    return volley_fail(VOLLEY_USAGE, "%s is in use by %s", path, who);
}

/* The lock is held. An owner on another host may hold one that cannot be seen from here. */
static int check_owner(int file, const char *path, bool locked) {
    volley_claim_owner owner;
    if (!volley_owner_read(file, &owner))
        return VOLLEY_OK;
    if (locked && (volley_owner_is_here(&owner) || volley_locks_reach_all_hosts(file)))
        return VOLLEY_OK;
    enum volley_owner_state state = volley_owner_look_up(&owner);
    return state == VOLLEY_OWNER_GONE ? VOLLEY_OK : refuse(path, &owner, state);
}

/* Ranks of a run that lost its rank 0 may still write. */
static int wait_for_ranks(int file, const char *path) {
    enum lock_result result = TAKEN;
    for (int i = 0; i < PATIENCE; i++) {
        result = lock_byte(file, RANKS_BYTE, F_WRLCK);
        if (result != TAKEN)
            break;
        wait_a_little();
    }
    volley_claim_owner owner;
    char who[VOLLEY_OWNER_TEXT] = "another run";
    if (volley_owner_read(file, &owner))
        volley_owner_describe(&owner, who, sizeof who);
    CHECK(result != TAKEN, VOLLEY_USAGE, "%s is in use by other ranks of the run of %s, which have not ended",
          path, who);
    if (result == LOCKED)
        lock_byte(file, RANKS_BYTE, F_RDLCK);
    return VOLLEY_OK;
}

/* One try; *again when the owner has just removed the file. */
static int try_file(volley_claim *claim, const char *path, bool *again) {
    *again = false;
    TRY(open_file(claim->directory, path, &claim->file));
    enum lock_result result = lock_byte(claim->file, OWNER_BYTE, F_WRLCK);
    if (result == TAKEN) {
        volley_claim_owner owner = {0};
        for (int i = 0; i < 10 && !volley_owner_read(claim->file, &owner); i++)
            wait_a_little(); /* the owner is about to say who it is */
        return refuse(path, &owner, VOLLEY_OWNER_ALIVE);
    }
    if (!is_current(claim->directory, claim->file)) {
        *again = true;
        return VOLLEY_OK;
    }
    TRY(check_owner(claim->file, path, result == LOCKED));
    if (result == LOCKED)
        TRY(wait_for_ranks(claim->file, path));
    TRY(volley_owner_write(claim->file, path));
    claim->owner = true;
    return VOLLEY_OK;
}

static int take(const char *path, volley_claim *claim) {
    claim->directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK(claim->directory >= 0, VOLLEY_USAGE, "%s: cannot be opened: %s", path, strerror(errno));
    for (int i = 0; i < PATIENCE; i++) {
        bool again;
        TRY(try_file(claim, path, &again));
        if (!again)
            return VOLLEY_OK;
        close(claim->file);
        claim->file = -1;
    }
    return volley_fail(VOLLEY_USAGE, "%s: other runs claim the directory again and again", path);
}

/* Another rank holds its share, as far as its host can. */
static void join(const char *path, volley_claim *claim) {
    claim->directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (claim->directory >= 0)
        claim->file = openat(claim->directory, file_name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (claim->file >= 0)
        lock_byte(claim->file, RANKS_BYTE, F_RDLCK);
}

int volley_claim_take(volley_comm *comm, const char *directory, volley_claim **claim) {
    int code = VOLLEY_NEW(*claim, 1);
    if (code == VOLLEY_OK) {
        (*claim)->directory = (*claim)->file = -1;
        if (volley_comm_rank(comm) == 0)
            code = take(directory, *claim);
    }
    code = volley_comm_worst(comm, code);
    if (code == VOLLEY_OK && volley_comm_rank(comm) != 0)
        join(directory, *claim);
    if (code != VOLLEY_OK)
        volley_claim_release(claim);
    return code;
}

void volley_claim_release(volley_claim **claim) {
    volley_claim *c = *claim;
    if (c == NULL)
        return;
    if (c->owner && is_current(c->directory, c->file))
        unlinkat(c->directory, file_name, 0);
    if (c->file >= 0)
        close(c->file);
    if (c->directory >= 0)
        close(c->directory);
    free(c);
    *claim = NULL;
}

/* Whether another process holds the lock. */
static bool is_locked(int file) {
    struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = OWNER_BYTE, .l_len = 1};
    if (fcntl(file, F_OFD_GETLK, &lock) == 0)
        return lock.l_type != F_UNLCK;
    bool taken = flock(file, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    if (!taken)
        flock(file, LOCK_UN);
    return taken;
}

bool volley_claim_find(const char *directory, char *who, size_t size) {
    int at = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int file = at >= 0 ? openat(at, file_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) : -1;
    volley_claim_owner owner = {0};
    bool known = file >= 0 && volley_owner_read(file, &owner), busy = file >= 0 && is_locked(file);
    if (known && !busy && !volley_owner_is_here(&owner) && !volley_locks_reach_all_hosts(file))
        busy = volley_owner_look_up(&owner) != VOLLEY_OWNER_GONE;
    if (busy)
        volley_owner_describe(&owner, who, size);
    if (file >= 0)
        close(file);
    if (at >= 0)
        close(at);
    return busy;
}

void volley_claim_note(const char *directory) {
    char who[VOLLEY_OWNER_TEXT];
    if (volley_claim_find(directory, who, sizeof who))
        fprintf(stderr, "volley: note: a run is under way in %s: %s\n", directory, who);
}
