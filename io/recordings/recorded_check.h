/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether a directory still holds the states and weights that were recorded up to a checkpoint. */
#ifndef VOLLEY_IO_RECORDINGS_RECORDED_CHECK_H
#define VOLLEY_IO_RECORDINGS_RECORDED_CHECK_H

#include "net/network.h"

#include <stdint.h>

/* Not collective. Looks for the files of the network's records, finished or not, and for the frames and
 * snapshots up to `step` in them. VOLLEY_FAILED with the message, which names the file, when one of them is
 * missing or cannot be read; VOLLEY_EXHAUSTED without memory. Changes nothing. */
int volley_recorded_check(const volley_network *network, const char *directory, int64_t step);

#endif
