/* SPDX-License-Identifier: BSD-3-Clause */
/* The hashes of a checkpoint's header and lists, which add up to its content_hash. */
#ifndef VOLLEY_IO_CHECKPOINT_CHECKPOINT_HASH_H
#define VOLLEY_IO_CHECKPOINT_CHECKPOINT_HASH_H

#include "base/hash.h"

#include <stdint.h>

static inline uint64_t volley_checkpoint_text_hash(const char *text) {
    uint64_t hash = 0;
    for (; text != NULL && *text != '\0'; text++)
        hash = volley_hash_add(hash, (unsigned char)*text);
    return hash;
}

static inline uint64_t volley_checkpoint_header_hash(uint64_t step, const char *config,
                                                     const char *restarts) {
    uint64_t hash = volley_hash_add(volley_hash_add(0, step), volley_checkpoint_text_hash(config));
    return volley_hash_add(hash, volley_checkpoint_text_hash(restarts));
}

static inline uint64_t volley_checkpoint_list_hash(const char *name, uint64_t hash) {
    return volley_hash_add(volley_checkpoint_text_hash(name), hash);
}

#endif
