/* SPDX-License-Identifier: BSD-3-Clause */
/* Synapses of one thread: source-major rows in blocks of at most 65,536 targets.
 *
 * A table holds the static synapses of one block, storage class and receptor, or the synapses of one block
 * and plastic projection. There are tables for the classes and receptors that projections of the network use.
 * It has ONE row per source over all its projections and target populations, sorted by (delay, projection,
 * target, k); delays are run-length coded. Columns: 16-bit target inside the block and weight (float32 or
 * float64); in the constant class a run names its weight. */
#ifndef VOLLEY_WIRING_SYNAPSE_TABLE_H
#define VOLLEY_WIRING_SYNAPSE_TABLE_H

#include <stdint.h>

/* Storage classes in canonical order: at one target, emission step and source, constant weights are added
 * first, then float32, then float64, each in config order of the projections. */
enum volley_class { VOLLEY_CLASS_CONSTANT, VOLLEY_CLASS_FLOAT32, VOLLEY_CLASS_FLOAT64, VOLLEY_CLASSES };

enum {
    VOLLEY_BLOCK_TARGETS = 65536,
    VOLLEY_RUN_MAX = 65535, /* synapses in a run; longer ones are split */
    VOLLEY_MAX_CONSTANT_WEIGHTS =
        16384, /* distinct constant weights; further projections are stored with weights */
};

typedef struct volley_rows {
    int class, receptor;
    int64_t n_synapses, n_runs;
    uint32_t *row_start;  /* [n_sources + 1] first synapse of a source's row; NULL: table is empty */
    uint32_t *run_start;  /* [n_sources + 1] first run of a source's row */
    uint16_t *run_delay;  /* [n_runs] steps */
    uint16_t *run_length; /* [n_runs] synapses */
    uint16_t *run_weight; /* [n_runs] index into the constant weights; constant class only */
    uint16_t *target;     /* [n_synapses] target number minus the block's first */
    float *weight32;      /* [n_synapses], float32 class only */
    double *weight64;     /* [n_synapses], float64 class only */
} volley_rows;

typedef struct volley_block {
    int64_t first_target, n_targets; /* in the thread's target numbers */
    int n_tables, n_static;
    volley_rows *tables;  /* [n_tables]: the static ones by class and receptor, then those of the plastic
                             projections in config order; owned */
    volley_rows *plastic; /* tables + n_static */
} volley_block;

/* All synapses of one thread. */
typedef struct volley_synapses {
    int64_t n_blocks;
    volley_block *blocks;
    int64_t n_synapses, n_plastic;
    uint64_t connection_hash; /* sum over its synapses */
} volley_synapses;

void volley_rows_free(volley_rows *rows);
void volley_synapses_free(volley_synapses *synapses);

/* Completes a table of one delay and one weight whose row_start, n_synapses and target column are set: one
 * run a row, and the weight column where the class has one. `constant` is the index of a constant weight. */
int volley_rows_flat(volley_rows *rows, int64_t n_sources, uint16_t delay, uint16_t constant, double weight);

#endif
