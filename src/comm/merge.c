/* SPDX-License-Identifier: BSD-3-Clause */
/* Merges ascending lists of spikes into one. */
#include "comm/exchange.h"

#include <stdbool.h>
#include <string.h>

static uint64_t *append(uint64_t *out, const uint64_t *from, const uint64_t *end) {
    size_t n = (size_t)(end - from);
    if (n > 0)
        memcpy(out, from, n * sizeof *out);
    return out + n;
}

/* Merges [left, middle) and [middle, end) into out. */
static void merge_two(const uint64_t *left, const uint64_t *middle, const uint64_t *end, uint64_t *out) {
    const uint64_t *right = middle;
    if (left < middle && middle < end && middle[-1] > *middle) {
        while (left < middle && right < end) {
            bool first = *left < *right;
            *out++ = first ? *left : *right;
            left += first;
            right += !first;
        }
    }
    out = append(out, left, middle);
    append(out, right, end);
}

static bool lists_follow_one_another(const uint64_t *values, const int64_t *start, int64_t n) {
    for (int64_t i = 1; i < n; i++)
        if (start[i] > start[0] && start[i] < start[n] && values[start[i] - 1] > values[start[i]])
            return false;
    return true;
}

void volley_merge_ascending(uint64_t *values, const int64_t *start, int64_t n, uint64_t *scratch) {
    if (n < 2 || lists_follow_one_another(values, start, n))
        return;
    uint64_t *from = values, *to = scratch;
    for (int64_t width = 1; width < n; width *= 2) {
        for (int64_t i = 0; i < n; i += 2 * width) {
            int64_t middle = i + width < n ? i + width : n;
            int64_t end = i + 2 * width < n ? i + 2 * width : n;
            merge_two(from + start[i], from + start[middle], from + start[end], to + start[i]);
        }
        uint64_t *other = from;
        from = to;
        to = other;
    }
    if (from != values)
        memcpy(values + start[0], from + start[0], (size_t)(start[n] - start[0]) * sizeof *values);
}
