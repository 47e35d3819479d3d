/* SPDX-License-Identifier: BSD-3-Clause */
/* Serial reader of a recorded state: state_<population>_<variable>.h5. */
#ifndef VOLLEY_IO_READ_READ_STATE_H
#define VOLLEY_IO_READ_READ_STATE_H

#include "files/h5.h"

#include <stdint.h>

typedef struct volley_state_report {
    volley_h5 file, data;
    char *population;         /* owned, as node_ids */
    uint64_t frames, columns; /* of data */
    uint64_t *node_ids;       /* [columns], inside the population */
    double first_ms, interval_ms;
} volley_state_report;

/* Opens a SONATA node report with one population and one element per neuron. Frame f, column c is item (f, c)
 * of `data`, for volley_h5_read_table. VOLLEY_FAILED for a file that is not such a report. Not collective.
 * The caller closes *report, also after a failure. */
int volley_state_report_open(const char *path, volley_state_report *report);
void volley_state_report_close(volley_state_report *report);

#endif
