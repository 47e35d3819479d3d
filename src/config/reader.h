/* SPDX-License-Identifier: BSD-3-Clause */
/* Reading typed values out of the tree. Every function reports what is wrong itself and then returns false; a
 * NULL node (an absent key) returns false without a report, so defaults stand. */
#ifndef VOLLEY_CONFIG_READER_H
#define VOLLEY_CONFIG_READER_H

#include "document/problems.h"
#include "document/tree.h"
#include "net/network.h"

typedef struct volley_reader {
    volley_problems problems;
    const volley_node *root;
    volley_network *network; /* being filled in */
    bool *stimulus_valid;    /* [n_stimuli], owned: no problem was found in it */
    bool *signal_valid;      /* [n_signals], owned */
    bool *projection_valid;  /* [n_projections], owned */
    bool *weight_valid;      /* [n_projections], owned: the weights of it alone */
    volley_node
        *wholes; /* names of populations that others are parts of; anchor_line: the first part; owned */
    volley_node *files; /* of recorded states; owned */
    char *notes;        /* owned, grows */
    size_t notes_used, notes_capacity;
} volley_reader;

/* Remembers that memory did not suffice; volley_problems_report returns it. Returns `status`. */
int volley_reader_status(volley_reader *r, int status);

/* One line for the user about a rounding: "path: text". */
void volley_reader_note(volley_reader *r, const volley_node *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Number of problems so far, to see whether a section was clean. */
static inline size_t volley_reader_problems(const volley_reader *r) {
    return r->problems.n;
}

/* A map with no other keys than those of the NULL-terminated list. */
bool volley_read_map(volley_reader *r, const volley_node *node, const char *const *keys);

/* A map whose keys are free names of letters, digits, _ and - (used in paths and files). */
bool volley_read_names(volley_reader *r, const volley_node *node);

/* The child `key`; reports it as missing when absent or null. */
const volley_node *volley_read_required(volley_reader *r, const volley_node *map, const char *key);

/* "at least 1", "0 to 1", ... for messages. */
void volley_range_text(double low, double high, char *text, size_t size);

/* " ms", "" for the unit "1" or NULL; returns text. */
const char *volley_unit_text(const char *unit, char *text, size_t size);

/* Reports "must be EXPECTED: value X", with X as the user wrote it. */
void volley_wrong_type(volley_reader *r, const volley_node *node, const char *expected);

/* A finite number in [low, high], and the same with a unit for its message ("ms"; NULL: none). */
bool volley_read_number(volley_reader *r, const volley_node *node, double low, double high, double *value);
bool volley_read_quantity(volley_reader *r, const volley_node *node, double low, double high,
                          const char *unit, double *value);

/* A whole number in [low, high]; 1e3 is one. */
bool volley_read_whole(volley_reader *r, const volley_node *node, int64_t low, int64_t high, int64_t *value);

/* A whole number of 64 bits without sign. */
bool volley_read_seed(volley_reader *r, const volley_node *node, uint64_t *value);

bool volley_read_bool(volley_reader *r, const volley_node *node, bool *value);

/* Any text without control characters (base/text.h). */
bool volley_read_text(volley_reader *r, const volley_node *node, const char **value);

/* One of the NULL-terminated names; its index. */
bool volley_read_choice(volley_reader *r, const volley_node *node, const char *const *names, int *index);

/* The item of a section of the config ("populations") that a node names, which is its number in the network
 * too; -1 without a report when there is none. Takes the same time for any number of items. */
int32_t volley_read_item(const volley_reader *r, const char *section, const volley_node *node);

/* True when so many problems have been found that no more are shown: reports need no list of allowed names
 * any more, which takes time in proportion to it. Says "unknown name" at the node then. */
bool volley_unknown_briefly(volley_reader *r, const volley_node *node);

/* A time in ms that is a multiple of dt within 1e-6 step, at least low_steps. */
bool volley_read_time(volley_reader *r, const volley_node *node, int64_t low_steps, int64_t *steps);

/* A scalar, a list of `count` values (-1: any number) or a distribution. lists: {values: [...]} and {file:
 * ...} are allowed. The owner of *d frees its values. Checks the shape and that draws are accepted often
 * enough, not the range. */
bool volley_read_distribution(volley_reader *r, const volley_node *node, bool lists, int64_t count,
                              volley_distribution *d);

/* That all values of d lie in the range of the field. */
bool volley_check_range(volley_reader *r, const volley_node *node, const volley_distribution *d,
                        const volley_field *field);

/* One of {first: n}, {ids: [...]}, {range: [a, b]}, {every: n} of `size` neurons, into all of *subset but its
 * population; it begins as all of them. */
bool volley_read_selected(volley_reader *r, const volley_node *node, int64_t size, volley_subset *subset);

/* A population name or {population: NAME, neurons: ...}. The owner of *subset frees its ids. Neurons have the
 * numbers that files know them by: those of a part (net/part.h) are chosen by those of the whole. */
bool volley_read_subset(volley_reader *r, const volley_node *node, volley_subset *subset);

/* The same where there may be several: also the name of a whole stands for a population then, and gives one
 * subset for each part that has any of the neurons. Parts that are sources of spikes are left out, unless all
 * are. The owner of *subsets, which is NULL without any, frees it and the ids. */
bool volley_read_subsets(volley_reader *r, const volley_node *node, volley_subset **subsets, int32_t *n);

/* The same from two nodes: the name, and the neurons (NULL: all). */
bool volley_read_neurons(volley_reader *r, const volley_node *name, const volley_node *neurons,
                         volley_subset **subsets, int32_t *n);

/* Names for messages: of the populations (borrowed, list owned by the caller), NULL without memory. */
const char **volley_population_names(volley_reader *r);

#endif
