/* SPDX-License-Identifier: BSD-3-Clause */
/* What an owner of state says of it: a table of entries {name, save, load}, in the owner's own file.
 *
 * A run registers its owners once (volley_owners_add); a checkpoint walks their tables and knows none of
 * them. A new piece of state is one more entry. Entries copy numbers between the owner and memory: which rank
 * has which item, files, hashes and lengths are the business of the walk. A list is named
 *
 *     <table>.<object>.<entry>.<each>      neurons.E.state.V_m   neurons.E.refractory   run.spike_hash
 *
 * where <object> is left out by owners of which a run has one, and <each> by entries of one list.
 *
 * No list depends on the layout: its items stand in the order of keys that come from the description (numbers
 * of neurons in their population, positions of targets, synapses by target and in-edge), or are sums, or the
 * same on all ranks. So a run may go on with any number of ranks and threads. */
#ifndef VOLLEY_SIM_CHECKPOINT_CHECKPOINT_TABLE_H
#define VOLLEY_SIM_CHECKPOINT_CHECKPOINT_TABLE_H

#include "files/h5.h"

#include <stdbool.h>
#include <stdint.h>

/* How ranks and threads share the items of a list. */
enum volley_list_form {
    VOLLEY_LIST_PLACED, /* each key belongs to one thread, which saves and loads its items */
    VOLLEY_LIST_KNOWN,  /* an item a key; ranks that know it say the same, all others 0. By the master, in
                           parts */
    VOLLEY_LIST_SUMMED, /* uint64: every thread has its addends. The first thread of rank 0 loads the sums */
    VOLLEY_LIST_COMMON, /* all ranks have the same items, of which they save the same and load all */
    VOLLEY_LIST_SPREAD, /* every rank has some of the items, in no order; every rank loads all */
};

/* What a function of an entry is asked for. */
typedef struct volley_list_part {
    void *owner;
    int which;        /* of the lists of the entry */
    int thread;       /* PLACED, SUMMED: whose part it is */
    uint64_t first;   /* KNOWN: the key of its first item */
    uint64_t n;       /* items */
    uint64_t width;   /* PLACED: items of each key; 0 where keys have different numbers of them */
    int64_t now;      /* the step of the checkpoint */
    const char *path; /* loading: of the file, for messages */
    const char *list; /* its name, for messages */
} volley_list_part;

/* The keys of PLACED and KNOWN lists. Functions are called by the master; none is collective. */
typedef struct volley_list_keys {
    uint64_t (*total)(const void *owner); /* keys of all ranks are [0, total) */
    /* PLACED: how many keys a thread has, and which, in the order of its items. */
    uint64_t (*count)(const void *owner, int thread);
    void (*keys)(const void *owner, int thread, uint64_t *keys);
    /* PLACED: items of each key; NULL: as many for each as the entry's length says. */
    int (*lengths)(const void *owner, int thread, uint64_t *lengths);
    bool stay; /* they are the same during a run: places are kept between checkpoints */
} volley_list_keys;

/* An entry: one list, or one for each name that `each` gives. */
typedef struct volley_list_entry {
    const char *name; /* NULL ends a table */
    enum volley_list_form form;
    enum volley_h5_type type;
    const char *unit;             /* NULL: none */
    const volley_list_keys *keys; /* PLACED, KNOWN */
    bool may_lack;                /* a checkpoint without the list leaves the owner as it begins */
    bool of_recordings;           /* not loaded when recordings begin at the checkpoint */
    const char *(*each)(const void *owner, int which, const char **unit); /* NULL after the last one */
    bool (*wanted)(const void *owner);                                    /* NULL: always */
    enum volley_h5_type (*type_of)(const void *owner);                    /* NULL: the type above */
    /* Items of this rank at step `now`: in all, of PLACED lists for each key. NULL: one. A PLACED list is as
     * wide as the widest rank wants it; SUMMED and fixed COMMON lists must have this length in the file. */
    uint64_t (*length)(const void *owner, int64_t now);
    bool fixed;
    /* Fills in part->n items, zeros before; takes them back, VOLLEY_USAGE with the message when they cannot
     * be. Not collective; PLACED ones by the threads. load NULL: nothing is done with it here. */
    int (*save)(const volley_list_part *part, void *items);
    int (*load)(const volley_list_part *part, const void *items);
} volley_list_entry;

typedef struct volley_list_table {
    const char *name;
    const volley_list_entry *entries;
    const char *lacking; /* what to say when a list is missing: whose fault, what to do; NULL: nothing */
    /* Everything of the owner has been loaded; not collective, by the master. NULL: nothing to do. */
    int (*loaded)(const volley_list_part *part);
    void (*free)(void *owner); /* NULL: it is borrowed */
} volley_list_table;

#endif
