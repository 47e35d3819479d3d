/* SPDX-License-Identifier: BSD-3-Clause */
/* Opens files after a look at their kind, and reads whole texts and lines from them. */
#include "base/regular.h"

#include "base/memory.h"
#include "base/status.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

enum {
    PIECE = 65536,
    PIPES = 0x50495045, /* the file system of pipes without a name (statfs(2)) */
    SILENCE_MS = 10000,
};

static int refuse(const char *path, mode_t mode) {
    return volley_fail(VOLLEY_USAGE, "%s: is %s; allowed a regular file", path,
                       S_ISDIR(mode)                    ? "a directory"
                       : S_ISFIFO(mode)                 ? "a FIFO"
                       : S_ISSOCK(mode)                 ? "a socket"
                       : S_ISCHR(mode) || S_ISBLK(mode) ? "a device"
                                                        : "no regular file");
}

int volley_regular_check(const char *path) {
    struct stat about;
    return stat(path, &about) != 0 || S_ISREG(about.st_mode) ? VOLLEY_OK : refuse(path, about.st_mode);
}

/* Some devices do something when they are opened, so that the kind is looked at before; and again after, for
 * the path may lead elsewhere by then. */
int volley_regular_open(const char *path, int *handle) {
    struct stat about;
    *handle = -1;
    TRY(volley_regular_check(path));
    int opened = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    CHECK(opened >= 0, VOLLEY_USAGE, "%s: cannot be opened: %s", path, strerror(errno));
    int status = VOLLEY_OK;
    if (fstat(opened, &about) != 0)
        status = volley_fail(VOLLEY_USAGE, "%s: cannot be opened: %s", path, strerror(errno));
    else if (!S_ISREG(about.st_mode))
        status = refuse(path, about.st_mode);
    if (status == VOLLEY_OK)
        *handle = opened;
    else
        close(opened);
    return status;
}

int volley_regular_fopen(const char *path, FILE **file) {
    int handle;
    *file = NULL;
    TRY(volley_regular_open(path, &handle));
    *file = fdopen(handle, "r");
    if (*file)
        return VOLLEY_OK;
    close(handle);
    return volley_fail(VOLLEY_EXHAUSTED, "%s: cannot be opened: %s", path, strerror(errno));
}

/* Bytes that have come; 0: there will be no more. */
static int read_some(int handle, const char *path, bool pipe, char *bytes, size_t n, size_t *got) {
    struct pollfd waiting = {.fd = handle, .events = POLLIN};
    *got = 0;
    CHECK(!pipe || poll(&waiting, 1, SILENCE_MS) != 0, VOLLEY_USAGE,
          "%s: nothing came through this pipe for %d s", path, SILENCE_MS / 1000);
    ssize_t result;
    do
        result = read(handle, bytes, n);
    while (result < 0 && errno == EINTR);
    CHECK(result >= 0, VOLLEY_USAGE, "%s: cannot be read: %s", path, strerror(errno));
    *got = (size_t)result;
    return VOLLEY_OK;
}

static int too_large(const char *path) {
    return volley_fail(VOLLEY_USAGE, "%s: is larger than a text may be: allowed %d MiB", path,
                       VOLLEY_TEXT_BYTES >> 20);
}

/* Some programs begin a text with a mark that tells its encoding. That of UTF-8 means nothing more. */
static int check_mark(const char *path, const char *start, size_t n) {
    bool wide = n >= 2 && (memcmp(start, "\xff\xfe", 2) == 0 || memcmp(start, "\xfe\xff", 2) == 0);
    CHECK(!wide, VOLLEY_USAGE, "%s: is UTF-16 text; save it as UTF-8", path);
    return VOLLEY_OK;
}

void volley_text_drop_mark(char *text) {
    if (strncmp(text, "\xef\xbb\xbf", 3) == 0)
        memmove(text, text + 3, strlen(text + 3) + 1);
}

static int read_all(int handle, const char *path, bool pipe, char **text) {
    size_t used = 0, capacity = 0, got;
    do {
        TRY(VOLLEY_RESERVE(*text, &capacity, used + PIECE));
        TRY(read_some(handle, path, pipe, *text + used, capacity - used - 1, &got));
        if (used == 0)
            TRY(check_mark(path, *text, got));
        CHECK(!memchr(*text + used, '\0', got), VOLLEY_USAGE, "%s: is not a text file", path);
        used += got;
        if (used > VOLLEY_TEXT_BYTES)
            return too_large(path);
    } while (got > 0);
    (*text)[used] = '\0';
    return VOLLEY_OK;
}

static bool is_pipe(const char *path) {
    struct statfs about;
    return statfs(path, &about) == 0 && about.f_type == PIPES;
}

int volley_text_read_from(const char *path, bool pipe, char **text) {
    int handle = -1;
    struct stat about;
    *text = NULL;
    pipe = pipe && is_pipe(path);
    if (pipe)
        handle = open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
    else
        TRY(volley_regular_open(path, &handle));
    CHECK(handle >= 0, VOLLEY_USAGE, "%s: cannot be opened: %s", path, strerror(errno));
    int status = VOLLEY_OK;
    if (!pipe && fstat(handle, &about) == 0 && about.st_size > VOLLEY_TEXT_BYTES)
        status = too_large(path);
    if (status == VOLLEY_OK)
        status = read_all(handle, path, pipe, text);
    close(handle);
    return status;
}

int volley_text_read(const char *path, char **text) {
    return volley_text_read_from(path, false, text);
}

/* fgets() does not tell how much it has read: a line that ends before its LF holds a zero, unless the file
 * ends there or the room does. */
int volley_text_line(FILE *file, const char *path, char **line, size_t *room, size_t *bytes) {
    size_t used = 0;
    off_t start = ftello(file);
    *bytes = 0;
    for (;;) {
        CHECK(used < VOLLEY_LINE_BYTES, VOLLEY_USAGE, "%s: has a line longer than %d MiB", path,
              VOLLEY_LINE_BYTES >> 20);
        TRY(VOLLEY_RESERVE(*line, room, used + 256));
        char *next = *line + used;
        size_t space = *room - used < PIECE ? *room - used : PIECE;
        errno = 0;
        if (!fgets(next, (int)space, file)) {
            CHECK(!ferror(file), VOLLEY_USAGE, "%s: cannot be read: %s", path, strerror(errno));
            break;
        }
        size_t got = strlen(next);
        if (used == 0 && start == 0)
            TRY(check_mark(path, next, got));
        used += got;
        if (got > 0 && next[got - 1] == '\n')
            break;
        bool last = feof(file) != 0;
        CHECK(last ? ftello(file) - start == (off_t)used : got + 1 == space, VOLLEY_USAGE,
              "%s: is not a text file", path);
        if (last)
            break;
    }
    *bytes = used;
    size_t length = used;
    while (length > 0 && ((*line)[length - 1] == '\n' || (*line)[length - 1] == '\r'))
        length--;
    (*line)[length] = '\0';
    if (start == 0)
        volley_text_drop_mark(*line);
    return VOLLEY_OK;
}
