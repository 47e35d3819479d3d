/* SPDX-License-Identifier: BSD-3-Clause */
/* LD_PRELOAD: a file system without locks. Open file description locks and flock fail with ENOSYS. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/file.h>

/* Some headers do not declare it. */
int fcntl64(int file, int command, ...);

static int call(const char *name, int file, int command, void *argument) {
    if (command == F_OFD_SETLK || command == F_OFD_SETLKW || command == F_OFD_GETLK) {
        errno = ENOSYS;
        return -1;
    }
    int (*real)(int, int, void *) = (int (*)(int, int, void *))dlsym(RTLD_NEXT, name);
    return real(file, command, argument);
}

int fcntl(int file, int command, ...) {
    va_list list;
    va_start(list, command);
    void *argument = va_arg(list, void *);
    va_end(list);
    return call("fcntl", file, command, argument);
}

int fcntl64(int file, int command, ...) {
    va_list list;
    va_start(list, command);
    void *argument = va_arg(list, void *);
    va_end(list);
    return call("fcntl64", file, command, argument);
}

int flock(int file, int operation) {
    (void)file, (void)operation;
    errno = ENOSYS;
    return -1;
}
