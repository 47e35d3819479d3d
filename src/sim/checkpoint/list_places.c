/* SPDX-License-Identifier: BSD-3-Clause */
/* Holds the owners of state, and finds the names of their lists and the places of their items. */
#include "sim/checkpoint/list_places.h"

#include "base/memory.h"
#include "base/status.h"
#include "files/together.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- owners ---- */

int volley_owners_add(volley_owners *owners, const volley_list_table *table, const char *name, void *self) {
    int code = VOLLEY_RESERVE(owners->owners, &owners->capacity, owners->n + 1);
    if (code == VOLLEY_OK)
        owners->owners[owners->n++] = (volley_owner){table, name, self};
    else if (table->free != NULL)
        table->free(self);
    return code;
}

void volley_owners_free(volley_owners *owners) {
    for (size_t i = 0; i < owners->n; i++)
        if (owners->owners[i].table->free != NULL)
            owners->owners[i].table->free(owners->owners[i].self);
    for (size_t i = 0; i < owners->n_kept; i++) {
        volley_places_free(owners->kept[i].places);
        free(owners->kept[i].places);
    }
    free(owners->owners);
    free(owners->kept);
    *owners = (volley_owners){0};
}

/* ---- lists ---- */

bool volley_list_find(const volley_owner *owner, const volley_list_entry *entry, int which,
                      volley_list *list) {
    const char *unit = entry->unit, *each = NULL;
    if (entry->wanted != NULL && !entry->wanted(owner->self))
        return false;
    if (entry->each == NULL && which > 0)
        return false;
    if (entry->each != NULL && (each = entry->each(owner->self, which, &unit)) == NULL)
        return false;
    *list = (volley_list){.owner = owner,
                          .entry = entry,
                          .which = which,
                          .type = entry->type_of != NULL ? entry->type_of(owner->self) : entry->type,
                          .unit = unit};
    snprintf(list->name, sizeof list->name, "%s%s%s.%s%s%s", owner->table->name,
             owner->name != NULL ? "." : "", owner->name != NULL ? owner->name : "", entry->name,
             each != NULL ? "." : "", each != NULL ? each : "");
    return true;
}

uint64_t volley_list_length(const volley_list *list, int64_t now) {
    const volley_list_entry *entry = list->entry;
    return entry->length != NULL ? entry->length(list->owner->self, now) : 1;
}

/* ---- places ---- */

void volley_places_free(volley_places *places) {
    volley_ranges_free(&places->ranges);
    free(places->first);
    *places = (volley_places){0};
}

/* Keys and lengths of this rank. */
static int list_keys(const volley_list *list, uint64_t width, int threads, volley_places *places,
                     uint64_t **keys) {
    const volley_list_keys *k = list->entry->keys;
    const void *owner = list->owner->self;
    uint64_t n = 0, at = 0;
    for (int t = 0; t < threads; t++)
        n += k->count(owner, t);
    TRY(volley_ranges_create(n, &places->ranges));
    TRY(VOLLEY_NEW(places->first, threads + 1));
    TRY(VOLLEY_NEW(*keys, n));
    uint64_t *start = places->ranges.start;
    for (int t = 0; t < threads; t++) {
        uint64_t mine = k->count(owner, t);
        places->first[t] = start[at];
        if (mine == 0)
            continue;
        k->keys(owner, t, *keys + at);
        if (k->lengths != NULL) /* written one further on, where the sums will be */
            TRY(k->lengths(owner, t, start + at + 1));
        for (uint64_t i = 0; i < mine; i++, at++)
            start[at + 1] = start[at] + (k->lengths != NULL ? start[at + 1] : width);
    }
    places->first[threads] = start[at];
    return VOLLEY_OK;
}

static int make_places(volley_owners *owners, const volley_list *list, uint64_t width,
                       volley_places *places) {
    const volley_list_keys *k = list->entry->keys;
    uint64_t *keys = NULL, total = k->total(list->owner->self);
    int code = volley_io_together(owners->comm, list_keys(list, width, owners->team->threads, places, &keys));
    if (code == VOLLEY_OK && k->lengths != NULL)
        code = volley_ranges_place(owners->comm, keys, total, &places->ranges);
    for (uint64_t i = 0; i < places->ranges.n && code == VOLLEY_OK && k->lengths == NULL; i++)
        places->ranges.place[i] = keys[i] * width;
    if (k->lengths == NULL)
        places->ranges.total = total * width;
    free(keys);
    return code;
}

/* Not collective. The places that are kept of the list's keys: found, or a place for them. */
static int kept_places(volley_owners *owners, const volley_list *list, volley_places **places, bool *known) {
    *known = false;
    for (size_t i = 0; i < owners->n_kept; i++)
        if (owners->kept[i].owner == list->owner->self && owners->kept[i].keys == list->entry->keys) {
            *places = owners->kept[i].places;
            *known = true;
            return VOLLEY_OK;
        }
    TRY(VOLLEY_RESERVE(owners->kept, &owners->kept_capacity, owners->n_kept + 1));
    return VOLLEY_NEW(*places, 1);
}

int volley_places_find(volley_owners *owners, const volley_list *list, uint64_t width, volley_places *own,
                       const volley_places **places) {
    volley_places *kept = NULL;
    bool known;
    *own = (volley_places){0};
    *places = own;
    if (!list->entry->keys->stay)
        return make_places(owners, list, width, own);
    TRY(volley_io_together(owners->comm, kept_places(owners, list, &kept, &known)));
    *places = kept;
    if (known)
        return VOLLEY_OK;
    int code = make_places(owners, list, width, kept);
    if (code == VOLLEY_OK) {
        owners->kept[owners->n_kept++] = (volley_kept_places){list->owner->self, list->entry->keys, kept};
    } else {
        volley_places_free(kept);
        free(kept);
    }
    return code;
}

/* ---- threads ---- */

static void do_part(void *context, int thread) {
    volley_list_job *job = context;
    const volley_list_entry *entry = job->list->entry;
    uint64_t first = job->places->first[thread];
    volley_list_part part = {.owner = job->list->owner->self,
                             .which = job->list->which,
                             .thread = thread,
                             .n = job->places->first[thread + 1] - first,
                             .width = job->width,
                             .now = job->now,
                             .path = job->path,
                             .list = job->list->name};
    if (part.n == 0)
        return;
    char *items = job->items + first * volley_h5_type_bytes(job->list->type);
    volley_status_share(&job->status,
                        job->path == NULL ? entry->save(&part, items) : entry->load(&part, items));
}

int volley_list_do(volley_team *team, volley_list_job *job) {
    volley_team_run(team, do_part, job);
    return volley_status_result(&job->status);
}
