/* SPDX-License-Identifier: BSD-3-Clause */
/* Status codes and the one error message of a run.
 *
 * Functions that can fail return an int: VOLLEY_OK or one of the codes below, which are the exit codes of
 * the program. The first failure on a thread stores its message; comm_agree() prints one message of one rank.
 */
#ifndef VOLLEY_BASE_STATUS_H
#define VOLLEY_BASE_STATUS_H

enum volley_code {
    VOLLEY_OK = 0,
    VOLLEY_FAILED = 1,    /* failed while running */
    VOLLEY_USAGE = 2,     /* usage or config error, found before the start */
    VOLLEY_EXHAUSTED = 3, /* memory or disk exhausted */
    VOLLEY_STOPPED = 75,  /* stopped by a signal after a checkpoint */
};

/* Stores a printf-style message unless one is pending, and returns code. Not collective; thread-safe (one
 * message per thread). The text has no trailing newline; control characters in it, except newlines and tabs,
 * stand as \x1b (base/text.h). */
int volley_fail(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The pending message of this thread, "" if none. Borrowed; valid until the next call of this file. */
const char *volley_error_message(void);

/* Forgets the pending message of this thread. */
void volley_error_clear(void);

/* One status for several threads: the first failure with its message. Zero-initialised. */
typedef struct volley_shared_status {
    int code;
    char message[2048];
} volley_shared_status;

/* Moves this thread's failure, if code is one, with its pending message to the shared status. Thread-safe. */
void volley_status_share(volley_shared_status *shared, int code);

/* The shared code, with its message made pending on this thread. To be called when no other thread shares any
 * more. */
int volley_status_result(const volley_shared_status *shared);

/* TRY propagates a failure. CHECK reports a user or resource error, always on. ASSERT finds our own bugs and
 * is compiled only without NDEBUG. */
#define TRY(expression)                                                                                      \
    do {                                                                                                     \
        int try_code_ = (expression);                                                                        \
        if (try_code_ != VOLLEY_OK)                                                                          \
            return try_code_;                                                                                \
    } while (0)
#define CHECK(condition, code, ...)                                                                          \
    do {                                                                                                     \
        if (!(condition))                                                                                    \
            return volley_fail((code), __VA_ARGS__);                                                         \
    } while (0)

/* Static analysis takes an ASSERT for true. */
#ifdef __clang_analyzer__
#define ASSERT(condition) ((condition) ? (void)0 : __builtin_unreachable())
#else
#include <assert.h>
#define ASSERT(condition) assert(condition)
#endif

#endif
