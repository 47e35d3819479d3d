/* SPDX-License-Identifier: BSD-3-Clause */
/* Keeps the one error message of this process, and the first status of several threads. */
#include "base/status.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>

static _Thread_local char pending[16384];

int volley_fail(int code, const char *format, ...) {
    static _Thread_local char text[sizeof pending];
    if (pending[0] == '\0') {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(text, sizeof text, format, arguments);
        va_end(arguments);
        /* names and texts out of files go into messages: they may not steer a terminal */
        volley_text_escape(text, "\n\t", pending, sizeof pending);
    }
    return code;
}

const char *volley_error_message(void) {
    return pending;
}

void volley_error_clear(void) {
    pending[0] = '\0';
}

void volley_status_share(volley_shared_status *shared, int code) {
    if (code == VOLLEY_OK)
        return;
#pragma omp critical(volley_status)
    if (shared->code == VOLLEY_OK) {
        shared->code = code;
        snprintf(shared->message, sizeof shared->message, "%.2047s", pending);
    }
    volley_error_clear();
}

int volley_status_result(const volley_shared_status *shared) {
    return shared->code == VOLLEY_OK ? VOLLEY_OK : volley_fail(shared->code, "%s", shared->message);
}
