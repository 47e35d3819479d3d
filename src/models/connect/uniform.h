/* SPDX-License-Identifier: BSD-3-Clause */
/* Drawing a known number of edges with sources uniform over the source subset: shared by fixed_indegree and
 * fixed_total, and, with sources and targets exchanged, fixed_outdegree. */
#ifndef VOLLEY_MODELS_CONNECT_UNIFORM_H
#define VOLLEY_MODELS_CONNECT_UNIFORM_H

#include "models/connect/connect.h"

/* With replacement (multapses): edge k takes the source of item k of the target, redrawn while it is the
 * target itself and autapses are off. */
int volley_connect_with_replacement(const volley_connect_spec *spec, const volley_connect_target *target,
                                    int64_t indegree, volley_connect_sink sink, void *context);

/* Without replacement: Floyd's algorithm (Bentley and Floyd 1987) on the target's stream. */
int volley_connect_without_replacement(const volley_connect_spec *spec, const volley_connect_target *target,
                                       int64_t indegree, volley_connect_sink sink, void *context);

/* The draw of a rule whose first parameter is a degree: that many edges, with or without replacement. */
int volley_connect_degree(const volley_connect_spec *spec, const volley_connect_target *target,
                          volley_connect_sink sink, void *context);

/* Its check: VOLLEY_USAGE when there are too few among the n neurons on the other side; `others`: "sources a
 * target" or "targets a source". */
int volley_connect_check_degree(const volley_connect_spec *spec, int64_t n, const volley_field *degree,
                                const char *others);

#endif
