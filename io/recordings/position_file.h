/* SPDX-License-Identifier: BSD-3-Clause */
/* positions.h5: where the neurons are, as a SONATA nodes file: /nodes/<population>/0/{x, y, z} (float64, mm,
 * item i for node i, as many axes as the positions have), beside node_type_id, node_group_id and
 * node_group_index. */
#ifndef VOLLEY_IO_RECORDINGS_POSITION_FILE_H
#define VOLLEY_IO_RECORDINGS_POSITION_FILE_H

#include "comm/comm.h"
#include "files/provenance.h"
#include "net/network.h"

/* Collective. Writes the positions of all populations that have any, each rank those of a block of neurons;
 * no file when there are none or they are not recorded. By temporary name and rename. Returns the same code
 * on all ranks, with the message printed. */
int volley_positions_write(volley_comm *comm, const volley_network *network, const char *directory,
                           const volley_provenance *provenance);

#endif
