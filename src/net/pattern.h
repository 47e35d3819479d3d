/* SPDX-License-Identifier: BSD-3-Clause */
/* Which pattern a stimulus shows when: the same for every rank that asks. */
#ifndef VOLLEY_NET_PATTERN_H
#define VOLLEY_NET_PATTERN_H

#include "net/network.h"

/* The pattern that stimulus `index` shows in the update that ends with step `stamp`, or -1 when it is not
 * active then. */
int64_t volley_pattern_at(const volley_network *network, int32_t index, int64_t stamp);

#endif
