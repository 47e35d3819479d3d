/* SPDX-License-Identifier: BSD-3-Clause */
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

/* A population of spike sources. fires[i * (steps + 1) + s]: neuron i has spikes stamped s. The text names
 * each step once: trains_repeat() adds the others. */
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

/* Lets the first n neurons of a population of spike sources fire fires[i * (steps + 1) + s] times in step s,
 * which a config cannot say. */
static inline void trains_repeat(volley_network *network, int32_t population, const uint8_t *fires, int n,
                                 int64_t steps) {
    volley_population *p = &network->populations[population];
    int64_t total = 0, used = 0;
    for (int64_t at = 0; at < n * (steps + 1); at++)
        total += fires[at];
    test_require(VOLLEY_RESIZE(p->spike_steps, total));
    for (int i = 0; i < n; i++) {
        for (int64_t s = 0; s <= steps; s++)
            for (int more = fires[i * (steps + 1) + s]; more > 0; more--)
                p->spike_steps[used++] = s;
        p->spike_start[i + 1] = used;
    }
}

#endif
