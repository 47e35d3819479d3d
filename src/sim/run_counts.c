/* SPDX-License-Identifier: BSD-3-Clause */
/* Counts and hashes of a run, and the recordings on disk: what checkpoints hold of them. */
#include "sim/state_lists.h"

#include "base/status.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Names that are read before there are owners, too. */
#define RUN "run"
#define RECORDINGS "recordings"
#define LIST_CONNECTIONS "connection_hash"
#define LIST_START "start"
#define LIST_SEGMENTS "segments"

static const volley_network *network_of(const void *owner) {
    return ((const volley_counts *)owner)->workers[0].network;
}

/* ---- work done: one line a count ---- */

static const struct {
    const char *name;
    size_t worker, carried; /* places of the count in a worker, and of that of the runs before */
} work[] = {
    {"events_static", offsetof(volley_worker, events), offsetof(volley_carried, events_static)},
    {"events_plastic", offsetof(volley_worker, plastic_events), offsetof(volley_carried, events_plastic)},
    {"events_external", offsetof(volley_worker, external_events), offsetof(volley_carried, events_external)},
    {"updates", offsetof(volley_worker, updates), offsetof(volley_carried, updates)},
    {"poisson_draws", offsetof(volley_worker, stimuli.draws), offsetof(volley_carried, poisson_draws)},
};

static const char *work_name(const void *owner, int which, const char **unit) {
    (void)owner;
    (void)unit;
    return which < (int)(sizeof work / sizeof *work) ? work[which].name : NULL;
}

static int save_work(const volley_list_part *part, void *items) {
    const volley_counts *c = part->owner;
    uint64_t own, before = 0;
    memcpy(&own, (const char *)&c->workers[part->thread] + work[part->which].worker, sizeof own);
    if (part->thread == 0)
        memcpy(&before, (const char *)c->carried + work[part->which].carried, sizeof before);
    *(uint64_t *)items = own + before;
    return VOLLEY_OK;
}

static int load_work(const volley_list_part *part, const void *items) {
    const volley_counts *c = part->owner;
    memcpy((char *)c->carried + work[part->which].carried, items, sizeof(uint64_t));
    return VOLLEY_OK;
}

/* ---- the exchange: calls and overflows are the same on all ranks ---- */

static int save_calls(const volley_list_part *part, void *items) {
    const volley_exchange_figures *f = &((volley_counts *)part->owner)->exchanged;
    memcpy(items, (uint64_t[]){f->calls, f->overflows}, 2 * sizeof(uint64_t));
    return VOLLEY_OK;
}

static int load_calls(const volley_list_part *part, const void *items) {
    volley_exchange_figures *f = &((volley_counts *)part->owner)->exchanged;
    f->calls = ((const uint64_t *)items)[0];
    f->overflows = ((const uint64_t *)items)[1];
    return VOLLEY_OK;
}

static uint64_t two(const void *owner, int64_t now) {
    (void)now;
    (void)owner;
    return 2;
}

static int save_messages(const volley_list_part *part, void *items) {
    const volley_exchange_figures *f = &((volley_counts *)part->owner)->exchanged;
    if (part->thread == 0)
        memcpy(items, (uint64_t[]){f->messages, f->bytes}, 2 * sizeof(uint64_t));
    return VOLLEY_OK;
}

static int load_messages(const volley_list_part *part, const void *items) {
    volley_exchange_figures *f = &((volley_counts *)part->owner)->exchanged;
    f->messages = ((const uint64_t *)items)[0];
    f->bytes = ((const uint64_t *)items)[1];
    return VOLLEY_OK;
}

/* ---- hashes ---- */

static int save_spike_hash(const volley_list_part *part, void *items) {
    *(uint64_t *)items = ((volley_counts *)part->owner)->workers[part->thread].spike_hash;
    return VOLLEY_OK;
}

static int load_spike_hash(const volley_list_part *part, const void *items) {
    ((volley_counts *)part->owner)->workers[0].spike_hash = *(const uint64_t *)items;
    return VOLLEY_OK;
}

static int save_connections(const volley_list_part *part, void *items) {
    const volley_wiring *wiring = ((volley_counts *)part->owner)->workers[0].wiring;
    *(uint64_t *)items = wiring->synapses[part->thread].connection_hash;
    return VOLLEY_OK;
}

/* ---- spikes of the populations, in the order of the config ---- */

static uint64_t populations(const void *owner, int64_t now) {
    (void)now;
    return (uint64_t)network_of(owner)->n_populations;
}

static int save_spikes(const volley_list_part *part, void *items) {
    memcpy(items, ((volley_counts *)part->owner)->workers[part->thread].population_spikes,
           part->n * sizeof(uint64_t));
    return VOLLEY_OK;
}

static int load_spikes(const volley_list_part *part, const void *items) {
    memcpy(((volley_counts *)part->owner)->workers[0].population_spikes, items, part->n * sizeof(uint64_t));
    return VOLLEY_OK;
}

static int save_recorded(const volley_list_part *part, void *items) {
    memcpy(items, ((volley_counts *)part->owner)->workers[part->thread].population_recorded,
           part->n * sizeof(uint64_t));
    return VOLLEY_OK;
}

static int load_recorded(const volley_list_part *part, const void *items) {
    memcpy(((volley_counts *)part->owner)->workers[0].population_recorded, items, part->n * sizeof(uint64_t));
    return VOLLEY_OK;
}

/* Those of the bin of rates under way. */
static int save_bin(const volley_list_part *part, void *items) {
    const volley_worker *w = &((volley_counts *)part->owner)->workers[part->thread];
    for (uint64_t p = 0; p < part->n; p++)
        ((uint64_t *)items)[p] = w->population_spikes[p] - w->recorder.before[p];
    return VOLLEY_OK;
}

static int load_bin(const volley_list_part *part, const void *items) {
    volley_worker *w = &((volley_counts *)part->owner)->workers[0];
    const uint64_t *spikes = items;
    for (uint64_t p = 0; p < part->n; p++) {
        CHECK(spikes[p] <= w->population_spikes[p], VOLLEY_USAGE, "%s: %s has more spikes than there were",
              part->path, part->list);
        w->recorder.before[p] = w->population_spikes[p] - spikes[p];
    }
    return VOLLEY_OK;
}

static const volley_list_entry run_entries[] = {
    {.name = "work",
     .form = VOLLEY_LIST_SUMMED,
     .type = VOLLEY_H5_UINT64,
     .each = work_name,
     .save = save_work,
     .load = load_work},
    {.name = "exchange_calls",
     .form = VOLLEY_LIST_COMMON,
     .type = VOLLEY_H5_UINT64,
     .length = two,
     .fixed = true,
     .save = save_calls,
     .load = load_calls},
    {.name = "exchange_messages",
     .form = VOLLEY_LIST_SUMMED,
     .type = VOLLEY_H5_UINT64,
     .length = two,
     .save = save_messages,
     .load = load_messages},
    {.name = "spike_hash",
     .form = VOLLEY_LIST_SUMMED,
     .type = VOLLEY_H5_UINT64,
     .save = save_spike_hash,
     .load = load_spike_hash},
    {.name = LIST_CONNECTIONS,
     .form = VOLLEY_LIST_SUMMED,
     .type = VOLLEY_H5_UINT64,
     .save = save_connections},
    {.name = "spikes",
     .form = VOLLEY_LIST_SUMMED,
     .type = VOLLEY_H5_UINT64,
     .length = populations,
     .save = save_spikes,
     .load = load_spikes},
    {.name = "spikes_in_bin",
     .form = VOLLEY_LIST_SUMMED,
     .type = VOLLEY_H5_UINT64,
     .length = populations,
     .save = save_bin,
     .load = load_bin},
    {.name = NULL},
};

/* ---- recordings ---- */

static int save_start(const volley_list_part *part, void *items) {
    *(uint64_t *)items = (uint64_t)network_of(part->owner)->record_start_step; /* later after a branch */
    return VOLLEY_OK;
}

static bool has_rates(const void *owner) {
    return network_of(owner)->rates_interval != 0 && ((const volley_counts *)owner)->rates != NULL;
}

static uint64_t rates_length(const void *owner, int64_t now) {
    (void)now;
    uint64_t n;
    volley_rate_writer_counts(((const volley_counts *)owner)->rates, &n);
    return n;
}

static int save_rates(const volley_list_part *part, void *items) {
    uint64_t n;
    memcpy(items, volley_rate_writer_counts(((volley_counts *)part->owner)->rates, &n),
           part->n * sizeof(uint64_t));
    return VOLLEY_OK;
}

static int load_rates(const volley_list_part *part, const void *items) {
    return volley_rate_writer_go_on(((volley_counts *)part->owner)->rates, items, part->n);
}

static uint64_t segments_length(const void *owner, int64_t now) {
    (void)now;
    uint64_t n;
    volley_spike_writer_segments(((const volley_counts *)owner)->spikes, &n);
    return n * VOLLEY_SEGMENT_WORDS;
}

static int save_segments(const volley_list_part *part, void *items) {
    uint64_t n;
    memcpy(items, volley_spike_writer_segments(((volley_counts *)part->owner)->spikes, &n),
           part->n * sizeof(uint64_t));
    return VOLLEY_OK;
}

/* They have been compared with what is on disk. */
static int load_segments(const volley_list_part *part, const void *items) {
    return volley_spike_writer_take(((volley_counts *)part->owner)->spikes, items,
                                    part->n / VOLLEY_SEGMENT_WORDS);
}

static const volley_list_entry recording_entries[] = {
    {.name = LIST_START,
     .form = VOLLEY_LIST_COMMON,
     .type = VOLLEY_H5_UINT64,
     .unit = "steps",
     .save = save_start},
    {.name = "spikes",
     .form = VOLLEY_LIST_SUMMED,
     .type = VOLLEY_H5_UINT64,
     .of_recordings = true,
     .length = populations,
     .save = save_recorded,
     .load = load_recorded},
    {.name = "rates",
     .form = VOLLEY_LIST_COMMON,
     .type = VOLLEY_H5_UINT64,
     .of_recordings = true,
     .wanted = has_rates,
     .length = rates_length,
     .save = save_rates,
     .load = load_rates},
    {.name = LIST_SEGMENTS,
     .form = VOLLEY_LIST_COMMON,
     .type = VOLLEY_H5_UINT64,
     .of_recordings = true,
     .length = segments_length,
     .save = save_segments,
     .load = load_segments},
    {.name = NULL},
};

static const volley_list_table run_table = {.name = RUN, .entries = run_entries};
static const volley_list_table recording_table = {.name = RECORDINGS, .entries = recording_entries};

int volley_counts_add_lists(volley_counts *counts, volley_owners *owners) {
    TRY(volley_owners_add(owners, &run_table, NULL, counts));
    return volley_owners_add(owners, &recording_table, NULL, counts);
}

/* ---- before there are owners ---- */

int volley_saved_connections(const volley_checkpoint *c, uint64_t *hash) {
    return volley_checkpoint_read(c, RUN "." LIST_CONNECTIONS, VOLLEY_H5_UINT64, 1, hash);
}

int volley_saved_record_start(const volley_checkpoint *c, uint64_t *step) {
    return volley_checkpoint_read(c, RECORDINGS "." LIST_START, VOLLEY_H5_UINT64, 1, step);
}

int volley_saved_segments(const volley_checkpoint *c, volley_spike_segment **segments, uint64_t *n) {
    void *words = NULL;
    *segments = NULL;
    int code = volley_checkpoint_get(c, RECORDINGS "." LIST_SEGMENTS, VOLLEY_H5_UINT64, &words, n);
    *segments = words;
    *n /= VOLLEY_SEGMENT_WORDS;
    return code;
}
