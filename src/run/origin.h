/* SPDX-License-Identifier: BSD-3-Clause */
/* What runs, for the files it writes. */
#ifndef VOLLEY_RUN_ORIGIN_H
#define VOLLEY_RUN_ORIGIN_H

#include "comm/comm.h"
#include "files/provenance.h"
#include "net/network.h"

enum { VOLLEY_HOST_BYTES = 256 };

/* Fills in the provenance of this process, which borrows the network's texts and `host`. */
void volley_origin_fill(const volley_network *network, const volley_comm *comm, int threads, int simd,
                        char host[VOLLEY_HOST_BYTES], volley_provenance *provenance);

#endif
