/* Configs of spike sources with given trains. */
#ifndef VOLLEY_TESTS_TRAINS_H
#define VOLLEY_TESTS_TRAINS_H

#include "base/memory.h"
#include "support/built.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

/* A text that grows; the caller frees `text`. */
typedef struct config_text {
    char *text;
    size_t used, room;
} config_text;

__attribute__((format(printf, 2, 3))) static inline void config_append(config_text *t, const char *format,
                                                                       ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    test_require(VOLLEY_RESERVE(t->text, &t->room, t->used + (size_t)length + 1));
    va_start(arguments, format);
    t->used += (size_t)vsnprintf(t->text + t->used, (size_t)length + 1, format, arguments);
    va_end(arguments);
}

/* A population of spike sources. fires[i * (steps + 1) + s]: neuron i has a spike stamped s. */
static inline void config_append_trains(config_text *t, const char *name, const uint8_t *fires, int n,
                                        int64_t steps, double dt) {
    config_append(t, "  %s: {model: spike_source, size: %d, params: {spike_times: [", name, n);
    for (int i = 0; i < n; i++) {
        config_append(t, "%s[", i ? ", " : "");
        const char *comma = "";
        for (int64_t s = 0; s <= steps; s++)
            if (fires[i * (steps + 1) + s]) {
                config_append(t, "%s%.1f", comma, (double)s * dt);
                comma = ", ";
            }
        config_append(t, "]");
    }
    config_append(t, "]}}\n");
}

#endif
