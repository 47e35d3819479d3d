#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>

static _Thread_local char pending[16384];

int volley_fail(int code, const char *format, ...) {
    if (pending[0] == '\0') {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(pending, sizeof pending, format, arguments);
        va_end(arguments);
    }
    return code;
}

const char *volley_error_message(void) {
    return pending;
}

void volley_error_clear(void) {
    pending[0] = '\0';
}
