/* SPDX-License-Identifier: BSD-3-Clause */
/* Prepares standard input, output and error, and finds out whether what was printed has arrived. */
#include "base/streams.h"

#include "base/status.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void volley_streams_prepare(void) {
    static const int modes[] = {O_WRONLY, O_RDONLY, O_RDONLY}; /* of no use to who reads or writes them */
    for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; stream++)
        if (fcntl(stream, F_GETFD) < 0 && open("/dev/null", modes[stream]) != stream)
            _exit(VOLLEY_FAILED); /* open gives the lowest number: there is no such file */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
}

static int refused(int reason) {
    int full = reason == ENOSPC || reason == EDQUOT || reason == EFBIG;
    return volley_fail(full ? VOLLEY_EXHAUSTED : VOLLEY_FAILED, "cannot write standard output: %s",
                       reason != 0 ? strerror(reason) : "a part of it was refused");
}

int volley_streams_flush(void) {
    /* What an earlier call has failed to write is often still in the buffer, and the reason comes again; else
     * the buffer was given up, and one more byte asks for the reason: half of the text is lost anyway. */
    errno = 0;
    bool failed = fflush(stdout) != 0 || ferror(stdout);
    if (failed && errno == 0 && write(STDOUT_FILENO, "\n", 1) == 1)
        return refused(0);
    return failed ? refused(errno) : VOLLEY_OK;
}

int volley_streams_close(void) {
    int code = volley_streams_flush();
    errno = 0;
    return fclose(stdout) != 0 && code == VOLLEY_OK ? refused(errno)
                                                    : code; /* network file systems tell here */
}
