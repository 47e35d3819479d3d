/* SPDX-License-Identifier: BSD-3-Clause */
/* Keeping ranks together when one of them fails in the middle of a collective function. */
#ifndef VOLLEY_FILES_TOGETHER_H
#define VOLLEY_FILES_TOGETHER_H

#include "base/status.h"
#include "comm/comm.h"

/* Collective. The largest code of all ranks, on all of them, so that all leave a function at the same place.
 * Prints nothing and clears nothing: ranks that failed themselves keep their message for volley_comm_agree.
 */
static inline int volley_io_together(volley_comm *comm, int code) {
    uint64_t worst = (uint64_t)code;
    volley_comm_max_u64(comm, &worst, 1);
    ASSERT(code == VOLLEY_OK || worst != VOLLEY_OK);
    return (int)worst;
}

#endif
