/* SPDX-License-Identifier: BSD-3-Clause */
/* Sorts keys by their digits, from the lowest to the highest. */
#include "files/sort.h"

#include <string.h>

enum { DIGIT_BITS = 11, DIGITS = 1 << DIGIT_BITS };

/* One stable pass by one digit. */
static void sort_by_digit(const uint64_t *from, uint64_t *to, uint64_t n, int shift) {
    uint64_t start[DIGITS] = {0};
    for (uint64_t i = 0; i < n; i++)
        start[(from[i] >> shift) & (DIGITS - 1)]++;
    uint64_t sum = 0;
    for (int d = 0; d < DIGITS; d++) {
        uint64_t count = start[d];
        start[d] = sum;
        sum += count;
    }
    for (uint64_t i = 0; i < n; i++)
        to[start[(from[i] >> shift) & (DIGITS - 1)]++] = from[i];
}

void volley_sort_keys(uint64_t *keys, uint64_t *scratch, uint64_t n) {
    /* Digits in which all keys agree need no pass. */
    uint64_t differ = 0;
    for (uint64_t i = 1; i < n; i++)
        differ |= keys[i] ^ keys[0];
    uint64_t *from = keys, *to = scratch;
    for (int shift = 0; shift < 64; shift += DIGIT_BITS) {
        if (((differ >> shift) & (DIGITS - 1)) == 0)
            continue;
        sort_by_digit(from, to, n, shift);
        uint64_t *swap = from;
        from = to;
        to = swap;
    }
    if (from != keys && n > 0)
        memcpy(keys, from, n * sizeof *keys);
}
