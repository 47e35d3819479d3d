/* SPDX-License-Identifier: BSD-3-Clause */
/* Field tables: what a model says of each of its parameters and states. The config schema, its error
 * messages, `describe` and the contract tests follow from them. */
#ifndef VOLLEY_BASE_FIELD_H
#define VOLLEY_BASE_FIELD_H

typedef struct volley_field {
    const char *name; /* NEST's name */
    const char *unit; /* "ms", "mV", "pF", "pA", "nS", "Hz", "1" */
    double standard;  /* default value */
    double low, high; /* allowed range, both ends included; -INFINITY and INFINITY where there is no bound */
    const char *meaning; /* one line */
} volley_field;

#endif
