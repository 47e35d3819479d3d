/* SPDX-License-Identifier: BSD-3-Clause */
/* What ran: written as attributes into every HDF5 file and into run.json. */
#ifndef VOLLEY_FILES_PROVENANCE_H
#define VOLLEY_FILES_PROVENANCE_H

#include "comm/comm.h"
#include "files/h5.h"

#include <stdint.h>

typedef struct volley_provenance {
    const char *version, *git, *compiler, *flags, *simd; /* borrowed */
    const char *config;                                  /* resolved text */
    uint64_t config_hash, seed;
    double dt_ms;
    const char *host;
    char started[32]; /* ISO 8601, UTC */
    int ranks, threads;
    const char *partition;
    int64_t exchange_interval_steps;
    const char *exchange_method;
    const char
        *inputs; /* JSON text (io/report/input_list.h), NULL: none; in run.json and checkpoints alone */
} volley_provenance;

/* Collective. A copy of rank 0's provenance on every rank, texts included, owned by the caller (one free()).
 * Attributes of a parallel file must have the same value on all ranks, and host, start and vector unit may
 * differ. VOLLEY_EXHAUSTED on all ranks when one has no memory. */
int volley_provenance_share(volley_comm *comm, const volley_provenance *mine, volley_provenance **shared);

/* Collective when the file is open on all ranks, with the same provenance on all. Writes SONATA's root
 * attributes (magic, version) and everything in the provenance as attributes of the root group; text as UTF-8
 * strings of variable length, config_hash as 16 hex digits. SONATA takes the name `version`, so the program's
 * is volley_version. */
int volley_provenance_put(volley_h5 file, const volley_provenance *provenance);

#endif
