/* SPDX-License-Identifier: BSD-3-Clause */
/* Checkpoints: the state of a run between two steps, whatever its layout.
 *
 * One is taken after the exchange of step `now`, when all spikes up to it have been received, the sweep of
 * that step is done, and nothing that arrives later has been handled: the accumulators of all neurons are
 * empty. Every owner of state has a table (sim/checkpoint/checkpoint_table.h); these are walked in the order
 * in which the owners have been added, which is that of loading. io/README.md lists what they write.
 *
 * Made again from the config and the step: currents and their next change, Poisson counts, prescribed spikes,
 * frames and snapshots that are due. Random numbers need no state. Numbering of spikes, bases of histories,
 * sizes of slots and buffers change no result. Recordings up to `now` are on disk before the checkpoint is.
 */
#ifndef VOLLEY_SIM_CHECKPOINT_CHECKPOINT_H
#define VOLLEY_SIM_CHECKPOINT_CHECKPOINT_H

#include "comm/comm.h"
#include "io/checkpoint/checkpoint_file.h"
#include "sim/checkpoint/checkpoint_table.h"
#include "sim/team.h"

#include <stddef.h>
#include <stdint.h>

/* What a run is told about its checkpoints; texts are borrowed and the same on all ranks. */
typedef struct volley_checkpoint_options {
    const char *directory;               /* NULL: none are taken */
    const volley_provenance *provenance; /* the same on all ranks */
    const char *restarts;                /* JSON text */
    int64_t interval, keep;              /* steps, 0: only when asked for */
} volley_checkpoint_options;

/* An owner of state: its table, and the name of the object. Borrowed, but for an owner whose table frees it.
 */
typedef struct volley_owner {
    const volley_list_table *table;
    const char *name; /* NULL: a run has one of its kind */
    void *self;
} volley_owner;

typedef struct volley_kept_places volley_kept_places;

/* All owners of a rank. Every rank adds the same ones in the same order. */
typedef struct volley_owners {
    volley_comm *comm; /* borrowed, as the team */
    volley_team *team;
    volley_owner *owners;
    size_t n, capacity;
    volley_kept_places *kept; /* places of keys that stay */
    size_t n_kept, kept_capacity;
} volley_owners;

/* Adds an owner, which the list frees from now on if its table says so, also after a failure. Not
 * collective. */
int volley_owners_add(volley_owners *owners, const volley_list_table *table, const char *name, void *self);
void volley_owners_free(volley_owners *owners);

/* Collective, by the masters; the team's threads help. Takes the checkpoint of step `now`. Returns the same
 * code on all ranks; those with a failure of their own hold the message. No file is left after a failure. */
int volley_checkpoint_save(volley_owners *owners, const volley_checkpoint_options *options, int64_t now);

/* Collective, outside of the loop. Puts everything back into owners that have just been made. `elsewhere`:
 * recordings begin at the checkpoint. Codes as above; VOLLEY_USAGE when the checkpoint holds what cannot be,
 * or lacks what an owner needs. */
int volley_checkpoint_load(volley_owners *owners, const volley_checkpoint *checkpoint, bool elsewhere);

#endif
