/* SPDX-License-Identifier: BSD-3-Clause */
/* The file of a partition: the part of each neuron. */
#ifndef VOLLEY_PARTITION_PARTITION_FILE_H
#define VOLLEY_PARTITION_PARTITION_FILE_H

#include "comm/comm.h"
#include "net/network.h"

/* Collective. Reads the file of the partition `file`, every rank a part of it: parts[gid] for every neuron,
 * on all ranks, and how many parts there are (the highest number and one). The caller owns *parts. comm NULL:
 * one process. Fails on all ranks when it fails on one, with VOLLEY_USAGE for what is wrong in the file; only
 * ranks with a failure of their own hold a message. */
int volley_partition_file_read(volley_comm *comm, const volley_network *network, uint32_t **parts,
                               uint32_t *n_parts);

#endif
