/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads VOLLEY_RECORD_BUFFER: how many spikes a rank keeps before they are written. */
#include "run/run_options.h"

#include "base/status.h"

#include <stdlib.h>

enum { RECORD_BUFFER_MAX = 1 << 30 };

int volley_run_record_buffer(size_t *spikes) {
    const char *text = getenv("VOLLEY_RECORD_BUFFER");
    *spikes = VOLLEY_RECORD_BUFFER;
    if (text == NULL || text[0] == '\0')
        return VOLLEY_OK;
    char *end;
    long value = strtol(text, &end, 10);
    CHECK(*end == '\0' && value >= 1 && value <= RECORD_BUFFER_MAX, VOLLEY_USAGE,
          "VOLLEY_RECORD_BUFFER=%s: not a number of spikes from 1 to %d", text, RECORD_BUFFER_MAX);
    *spikes = (size_t)value;
    return VOLLEY_OK;
}
