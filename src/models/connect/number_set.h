/* SPDX-License-Identifier: BSD-3-Clause */
/* A set of non-negative numbers with open addressing; free cells hold -1. */
#ifndef VOLLEY_MODELS_NUMBER_SET_H
#define VOLLEY_MODELS_NUMBER_SET_H

#include "base/hash.h"
#include "base/memory.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct number_set {
    int64_t *cells; /* owned by the caller (free()) */
    uint64_t mask;
} number_set;

/* For up to n numbers. */
static inline int number_set_create(number_set *set, int64_t n) {
    uint64_t size = 16;
    while (size < 2 * (uint64_t)n)
        size *= 2;
    TRY(VOLLEY_NEW(set->cells, size));
    for (uint64_t i = 0; i < size; i++)
        set->cells[i] = -1;
    set->mask = size - 1;
    return VOLLEY_OK;
}

/* The cell that holds the number, or the free one where it would be put. */
static inline uint64_t number_set_place(const number_set *set, int64_t number) {
    uint64_t i = volley_mix64((uint64_t)number) & set->mask;
    while (set->cells[i] >= 0 && set->cells[i] != number)
        i = (i + 1) & set->mask;
    return i;
}

static inline bool number_set_has(const number_set *set, int64_t number) {
    return set->cells[number_set_place(set, number)] >= 0;
}

/* Returns true when the number was new. */
static inline bool number_set_insert(number_set *set, int64_t number) {
    uint64_t i = number_set_place(set, number);
    bool new = set->cells[i] < 0;
    set->cells[i] = number;
    return new;
}

#endif
