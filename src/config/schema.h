/* SPDX-License-Identifier: BSD-3-Clause */
/* The keys of a config, one table a section: what the loader accepts, and what `volley describe config`
 * prints into configs/reference.yaml. Parameters of models stand in their own tables (base/field.h). */
#ifndef VOLLEY_CONFIG_SCHEMA_H
#define VOLLEY_CONFIG_SCHEMA_H

#include "config/reader.h"

#include <stdio.h>

typedef struct volley_key {
    const char *name;
    const char *unit;     /* "ms", "Hz"; NULL: a name, a count or a mapping */
    const char *standard; /* default, as text; NULL: the key must be given */
    const char *example;  /* YAML value shown in the reference; NULL: the default */
    const char *meaning;
} volley_key;

enum { VOLLEY_MAX_KEYS = 32 };

/* Range of lengths in mm: squares of them and of their ratios stay inside the range of doubles. */
#define VOLLEY_MIN_LENGTH 1e-9
#define VOLLEY_MAX_LENGTH 1e9

/* Each ends with a row without a name. */
extern const volley_key volley_keys_root[], volley_keys_limits[], volley_keys_results[],
    volley_keys_checkpoint[];
extern const volley_key volley_keys_simulation[], volley_keys_scale[], volley_keys_exchange[],
    volley_keys_partition[], volley_keys_record[], volley_keys_rates[], volley_keys_state[],
    volley_keys_weights[];
extern const volley_key volley_keys_population[], volley_keys_spike_source[], volley_keys_stimulus[],
    volley_keys_projection[], volley_keys_plasticity[];
extern const volley_key volley_keys_connect[], volley_keys_autapses[], volley_keys_multapses[],
    volley_keys_distances[], volley_keys_edges[], volley_keys_edges_file[];
extern const volley_key volley_keys_positions[], volley_keys_grid[], volley_keys_box[],
    volley_keys_positions_file[];
extern const volley_key volley_keys_kernel[], volley_keys_gaussian[], volley_keys_exponential[],
    volley_keys_disc[], volley_keys_linear[];
extern const volley_key volley_keys_patterns[], volley_keys_signal[], volley_keys_signal_kinds[],
    volley_keys_schedule[], volley_keys_response[], volley_keys_signal_spikes[];
extern const volley_key volley_keys_subset[], volley_keys_neurons[];
extern const volley_key volley_keys_distribution[], volley_keys_normal[], volley_keys_uniform[],
    volley_keys_file[], volley_keys_nodes[], volley_keys_part[], volley_keys_spike_file[],
    volley_keys_trained[];

/* A map with no other keys than those of the table. */
bool volley_read_section(volley_reader *r, const volley_node *node, const volley_key *keys);

/* Writes the keys of `connect` that a rule takes beside `rule` and its own parameters; returns how many. */
int volley_connect_keys(const volley_connect_rule *rule, const volley_key *keys[VOLLEY_MAX_KEYS]);

/* A valid config with every key, its unit, default and meaning: the text of configs/reference.yaml. */
void volley_reference_print(FILE *out);

#endif
