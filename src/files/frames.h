/* SPDX-License-Identifier: BSD-3-Clause */
/* Recorded frames on their way from the ranks that own the neurons to the file.
 *
 * A rank has some columns of all frames of a block; the file holds whole frames one after another. The block
 * is divided among ranks into whole frames as far as every rank gets some of them, else into pieces of
 * frames, so that a rank writes one stretch of the file. */
#ifndef VOLLEY_FILES_FRAMES_H
#define VOLLEY_FILES_FRAMES_H

#include "comm/comm.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct volley_frames {
    uint64_t frames, columns;
    int bytes;        /* of a value: 4 or 8 */
    bool first_alone; /* all of it goes to rank 0 */
} volley_frames;

/* The rectangle of a block that one rank writes; rows or columns may be 0. */
typedef struct volley_frames_part {
    uint64_t first_row, rows, first_column, columns;
} volley_frames_part;

/* The part of one of `ranks` ranks: those of all ranks fill the block. */
volley_frames_part volley_frames_part_of(const volley_frames *block, int ranks, int rank);

/* Collective. This rank gives the columns columns[0 .. n), ascending: values holds the first frame of them,
 * then the second, .... It gets its part of the block, frame after frame in *rows (owned by the caller); NULL
 * when `values` is that already, or the part is empty. Every column comes from exactly one rank. Returns the
 * same code on all ranks; ranks with a failure of their own hold the message. */
int volley_frames_gather(volley_comm *comm, const volley_frames *block, const uint64_t *columns,
                         const void *values, uint64_t n, volley_frames_part *part, void **rows);

#endif
