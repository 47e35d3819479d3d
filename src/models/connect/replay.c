/* SPDX-License-Identifier: BSD-3-Clause */
/* Hands on the edges of rules whose edges are in a table already. */
#include "models/connect/connect.h"
#include "base/status.h"

int volley_connect_replay(const volley_connect_spec *spec, const volley_connect_target *target,
                          volley_connect_sink sink, void *context) {
    int64_t sources[VOLLEY_CONNECT_PIECE];
    (void)spec;
    for (int64_t first = 0; first < target->count; first += VOLLEY_CONNECT_PIECE) {
        int64_t left = target->count - first;
        int64_t n = left < VOLLEY_CONNECT_PIECE ? left : VOLLEY_CONNECT_PIECE;
        if (target->sources32 != NULL)
            for (int64_t i = 0; i < n; i++)
                sources[i] = target->sources32[first + i];
        else
            for (int64_t i = 0; i < n; i++)
                sources[i] = (int64_t)target->sources64[first + i];
        TRY(sink(context, first, n, sources));
    }
    return VOLLEY_OK;
}
