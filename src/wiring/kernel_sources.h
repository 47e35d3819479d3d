/* SPDX-License-Identifier: BSD-3-Clause */
/* Which sources the targets of a rank can have under a rule with a kernel. */
#ifndef VOLLEY_WIRING_KERNEL_SOURCES_H
#define VOLLEY_WIRING_KERNEL_SOURCES_H

#include "wiring/layout.h"
#include "models/space/cells.h"

/* Not collective. The cells of projection p with the sources within reach of the rank's targets; NULL for
 * rules without a kernel. Goes through all sources of the projection once, with layout->threads threads. The
 * caller owns *cells. VOLLEY_EXHAUSTED without memory. */
int volley_reach_create(const volley_layout *layout, int32_t p, volley_cells **cells);

#endif
