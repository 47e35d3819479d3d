/* LD_PRELOAD: counts what a process does to the files of a run, and ends or hinders it at the n-th time.
 *   VOLLEY_WRITES=<count|kill|short|full|enospc|edquot|eio>:<rank>:<n>:<word>     files whose path contains the word
 *   VOLLEY_WRITES_LOG=<file>                                     gets a line for what was done
 * kill: of the n-th call half the bytes are written, then comes SIGKILL; short: from the n-th on only half the
 * bytes of a call are taken; full: so at the n-th, and all after it find no room (EDQUOT); enospc, edquot,
 * eio: the n-th call, and no other, fails with that error; count: the number of calls of each rank when it ends. A rank is that of Open MPI, 0 without mpirun. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum action { NOTHING, COUNT, KILL, SHORT, FULL, ENOSPC_ONCE, EDQUOT_ONCE, EIO_ONCE };
static const char *const names[] = {"", "count", "kill", "short", "full", "enospc", "edquot", "eio"};
static const int errors[] = {[FULL] = EDQUOT, [ENOSPC_ONCE] = ENOSPC, [EDQUOT_ONCE] = EDQUOT, [EIO_ONCE] = EIO};

static enum action action;
static long nth;
static char word[64];
static const char *log_name;
static int own_rank;
static atomic_long calls;

__attribute__((constructor)) static void begin(void) {
    const char *text = getenv("VOLLEY_WRITES"), *rank = getenv("OMPI_COMM_WORLD_RANK");
    char name[8];
    int wanted;
    own_rank = rank != NULL ? atoi(rank) : 0;
    log_name = getenv("VOLLEY_WRITES_LOG");
    if (text == NULL || sscanf(text, "%7[a-z]:%d:%ld:%63s", name, &wanted, &nth, word) != 4)
        return;
    for (enum action a = COUNT; a <= EIO_ONCE; a++)
        if (strcmp(name, names[a]) == 0 && (a == COUNT || wanted == own_rank))
            action = a;
}

static void note(const char *what, const char *call, const char *path) {
    char line[512];
    int length = snprintf(line, sizeof line, "%s %d %s %.400s\n", what, own_rank, call, path);
    int file = log_name != NULL ? open(log_name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666) : -1;
    if (file >= 0) {
        syscall(SYS_write, file, line, (size_t)length);
        close(file);
    }
}

__attribute__((destructor)) static void end(void) {
    char number[32];
    snprintf(number, sizeof number, "%ld", atomic_load(&calls));
    if (action == COUNT)
        note("count", number, word);
}

static bool is_meant(int file, char path[512]) {
    char link[32];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, 511);
    path[length > 0 ? length : 0] = '\0';
    return strstr(path, word) != NULL;
}

/* What is to become of a call on this path. */
static enum action decide(const char *path, const char *call) {
    if (action == NOTHING || strstr(path, word) == NULL)
        return NOTHING;
    long number = atomic_fetch_add(&calls, 1) + 1;
    if (action == COUNT || number < nth)
        return NOTHING;
    if (number == nth)
        note(names[action], call, path);
    if (action >= ENOSPC_ONCE && number > nth)
        return NOTHING;
    return action == FULL && number == nth ? SHORT : action;
}

static enum action decide_file(int file, const char *call) {
    char path[512];
    return action != NOTHING && is_meant(file, path) ? decide(path, call) : NOTHING;
}

static void die(void) {
    kill(getpid(), SIGKILL);
    for (;;)
        pause();
}

static size_t half(size_t size) {
    return size > 1 ? size / 2 : size;
}

static bool fails(enum action what) {
    return what >= FULL;
}

static ssize_t fail(enum action what) {
    errno = errors[what];
    return -1;
}

ssize_t write(int file, const void *data, size_t size) {
    enum action what = decide_file(file, "write");
    if (fails(what))
        return fail(what);
    ssize_t done = syscall(SYS_write, file, data, what == NOTHING ? size : half(size));
    if (what == KILL)
        die();
    return done;
}

ssize_t pwrite(int file, const void *data, size_t size, off_t at) {
    enum action what = decide_file(file, "pwrite");
    if (fails(what))
        return fail(what);
    ssize_t done = syscall(SYS_pwrite64, file, data, what == NOTHING ? size : half(size), at);
    if (what == KILL)
        die();
    return done;
}

ssize_t pwrite64(int file, const void *data, size_t size, off_t at) {
    return pwrite(file, data, size, at);
}

/* The first half of the bytes of all parts. */
static ssize_t write_half(int file, const struct iovec *parts, int n, off_t at) {
    size_t total = 0, done = 0;
    for (int i = 0; i < n; i++)
        total += parts[i].iov_len;
    for (int i = 0; i < n && done < half(total); i++) {
        size_t left = half(total) - done, size = parts[i].iov_len < left ? parts[i].iov_len : left;
        ssize_t written = at < 0 ? syscall(SYS_write, file, parts[i].iov_base, size)
                                 : syscall(SYS_pwrite64, file, parts[i].iov_base, size, at + (off_t)done);
        if (written < 0)
            return written;
        done += (size_t)written;
    }
    return (ssize_t)done;
}

static ssize_t write_parts(int file, const struct iovec *parts, int n, off_t at, const char *call) {
    enum action what = decide_file(file, call);
    if (fails(what))
        return fail(what);
    if (what == NOTHING)
        return at < 0 ? syscall(SYS_writev, file, parts, n) : syscall(SYS_pwritev, file, parts, n, at, 0);
    ssize_t done = write_half(file, parts, n, at);
    if (what == KILL)
        die();
    return done;
}

ssize_t writev(int file, const struct iovec *parts, int n) {
    return write_parts(file, parts, n, -1, "writev");
}

ssize_t pwritev(int file, const struct iovec *parts, int n, off_t at) {
    return write_parts(file, parts, n, at, "pwritev");
}

ssize_t pwritev64(int file, const struct iovec *parts, int n, off_t at) {
    return write_parts(file, parts, n, at, "pwritev");
}

/* Calls that move no bytes: killed before them. */
static bool forbidden(enum action what) {
    if (what == KILL)
        die();
    return fails(what);
}

/* Calls that need no room. */
static bool broken(enum action what) {
    return forbidden(what) && what == EIO_ONCE;
}

int fsync(int file) {
    enum action what = decide_file(file, "fsync");
    return forbidden(what) ? (int)fail(what) : (int)syscall(SYS_fsync, file);
}

int rename(const char *from, const char *to) {
    enum action what = decide(from, "rename");
    return forbidden(what) ? (int)fail(what) : (int)syscall(SYS_rename, from, to);
}

int unlink(const char *path) {
    enum action what = decide(path, "unlink");
    return broken(what) ? (int)fail(what) : (int)syscall(SYS_unlink, path);
}

int ftruncate(int file, off_t size) {
    enum action what = decide_file(file, "ftruncate");
    return broken(what) ? (int)fail(what) : (int)syscall(SYS_ftruncate, file, size);
}

int ftruncate64(int file, off_t size) {
    return ftruncate(file, size);
}

/* As of a file system that cannot reserve: what has no room is found by writing. */
int fallocate(int file, int mode, off_t at, off_t size) {
    char path[512];
    if (action >= SHORT && is_meant(file, path)) {
        errno = EOPNOTSUPP;
        return -1;
    }
    return (int)syscall(SYS_fallocate, file, mode, at, size);
}

int fallocate64(int file, int mode, off_t at, off_t size) {
    return fallocate(file, mode, at, size);
}
