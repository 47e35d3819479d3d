/* SPDX-License-Identifier: BSD-3-Clause */
/* Where the items of a list stand: what saving and loading share. */
#ifndef VOLLEY_SIM_CHECKPOINT_LIST_PLACES_H
#define VOLLEY_SIM_CHECKPOINT_LIST_PLACES_H

#include "base/status.h"
#include "files/ranges.h"
#include "sim/checkpoint/checkpoint.h"

/* One list of one owner. */
typedef struct volley_list {
    const volley_owner *owner;
    const volley_list_entry *entry;
    int which;
    enum volley_h5_type type;
    const char *unit;
    char name[512];
} volley_list;

/* The list number `which` of an entry. false: there are no more, or it is not wanted. */
bool volley_list_find(const volley_owner *owner, const volley_list_entry *entry, int which,
                      volley_list *list);

/* Items of the list on this rank at step `now` (of each key of a PLACED one). */
uint64_t volley_list_length(const volley_list *list, int64_t now);

/* The places of the items of a PLACED list. */
typedef struct volley_places {
    volley_ranges ranges;
    uint64_t *first; /* [threads + 1] items before those of a thread */
} volley_places;

/* What is kept of keys that stay. */
struct volley_kept_places {
    const void *owner;
    const volley_list_keys *keys;
    volley_places *places;
};

/* Collective. The places of a PLACED list of `width` items a key. Those of keys that stay belong to the
 * owners, else *own is what volley_places_free releases, also after a failure. Returns the same code on all
 * ranks; those with a failure of their own hold the message. */
int volley_places_find(volley_owners *owners, const volley_list *list, uint64_t width, volley_places *own,
                       const volley_places **places);
void volley_places_free(volley_places *places);

/* A job for the team: its threads save or load their parts of a list. */
typedef struct volley_list_job {
    const volley_list *list;
    const volley_places *places;
    const char *path; /* NULL: it saves */
    int64_t now;
    uint64_t width;
    char *items;
    volley_shared_status status;
} volley_list_job;

/* By the master: all threads do their parts; returns the first failure. Not collective. */
int volley_list_do(volley_team *team, volley_list_job *job);

/* KNOWN lists go in pieces of so many keys. */
enum { VOLLEY_LIST_PIECE = 1 << 17 };

#endif
