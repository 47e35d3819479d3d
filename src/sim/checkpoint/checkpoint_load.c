/* SPDX-License-Identifier: BSD-3-Clause */
/* Resumes from a checkpoint: walks the tables of all owners of state and reads their lists. */
#include "sim/checkpoint/checkpoint.h"

#include "base/memory.h"
#include "base/status.h"
#include "files/together.h"
#include "sim/checkpoint/list_places.h"

#include <stdlib.h>

typedef struct loading {
    volley_owners *owners;
    const volley_checkpoint *checkpoint;
} loading;

static volley_list_part whole_part(const loading *l, const volley_list *list, uint64_t n) {
    return (volley_list_part){.owner = list->owner->self,
                              .which = list->which,
                              .n = n,
                              .now = l->checkpoint->step,
                              .path = l->checkpoint->path,
                              .list = list->name};
}

/* ---- the forms of lists ---- */

/* Items of each key of a list whose keys have one number of them. */
static int find_width(const loading *l, const volley_list *list, uint64_t *width) {
    uint64_t found, keys = list->entry->keys->total(list->owner->self);
    *width = 1;
    if (list->entry->length == NULL)
        return VOLLEY_OK;
    TRY(volley_checkpoint_length(l->checkpoint, list->name, &found));
    *width = keys > 0 ? found / keys : 0;
    CHECK(*width * keys == found && *width <= INT32_MAX, VOLLEY_USAGE,
          "%s: %s has %llu items; allowed a multiple of %llu", l->checkpoint->path, list->name,
          (unsigned long long)found, (unsigned long long)keys);
    return VOLLEY_OK;
}

static int read_placed(const loading *l, volley_list_job *job) {
    const volley_list *list = job->list;
    uint64_t found, total = job->places->ranges.total;
    TRY(volley_checkpoint_length(l->checkpoint, list->name, &found));
    CHECK(found == total, VOLLEY_USAGE, "%s: %s holds %llu items; allowed %llu", l->checkpoint->path,
          list->name, (unsigned long long)found, (unsigned long long)total);
    job->items = volley_alloc(job->places->first[l->owners->team->threads], volley_h5_type_bytes(list->type));
    TRY(volley_alloc_status());
    TRY(volley_checkpoint_read_ranges(l->checkpoint, list->name, list->type, &job->places->ranges,
                                      job->items));
    return volley_list_do(l->owners->team, job);
}

static int load_placed(loading *l, const volley_list *list) {
    uint64_t width;
    volley_places own;
    const volley_places *places = NULL;
    TRY(volley_io_together(l->owners->comm, find_width(l, list, &width)));
    int code = volley_places_find(l->owners, list, width, &own, &places);
    volley_list_job job = {.list = list,
                           .places = places,
                           .path = l->checkpoint->path,
                           .now = l->checkpoint->step,
                           .width = width};
    if (code == VOLLEY_OK)
        code = read_placed(l, &job);
    free(job.items);
    volley_places_free(&own);
    return code;
}

static int load_known(loading *l, const volley_list *list) {
    uint64_t total = list->entry->keys->total(list->owner->self), *words = NULL, found;
    TRY(volley_checkpoint_length(l->checkpoint, list->name, &found));
    CHECK(found == total, VOLLEY_USAGE, "%s: %s holds %llu items; allowed %llu", l->checkpoint->path,
          list->name, (unsigned long long)found, (unsigned long long)total);
    TRY(VOLLEY_NEW(words, total < VOLLEY_LIST_PIECE ? total : VOLLEY_LIST_PIECE));
    int code = VOLLEY_OK;
    for (uint64_t first = 0; first < total && code == VOLLEY_OK; first += VOLLEY_LIST_PIECE) {
        uint64_t n = total - first < VOLLEY_LIST_PIECE ? total - first : VOLLEY_LIST_PIECE;
        volley_list_part part = whole_part(l, list, n);
        part.first = first;
        code = volley_checkpoint_read_part(l->checkpoint, list->name, list->type, first, n, words);
        if (code == VOLLEY_OK)
            code = list->entry->load(&part, words);
    }
    free(words);
    return code;
}

static int load_whole(loading *l, const volley_list *list) {
    bool summed = list->entry->form == VOLLEY_LIST_SUMMED;
    uint64_t n, wanted = summed || list->entry->fixed ? volley_list_length(list, l->checkpoint->step) : 0;
    void *items = NULL;
    if (summed && volley_comm_rank(l->owners->comm) != 0)
        return VOLLEY_OK;
    TRY(volley_checkpoint_length(l->checkpoint, list->name, &n));
    CHECK((!summed && !list->entry->fixed) || n == wanted, VOLLEY_USAGE,
          "%s: %s holds %llu items; allowed %llu", l->checkpoint->path, list->name, (unsigned long long)n,
          (unsigned long long)wanted);
    int code = volley_checkpoint_get(l->checkpoint, list->name, list->type, &items, &n);
    volley_list_part part = whole_part(l, list, n);
    if (code == VOLLEY_OK)
        code = list->entry->load(&part, items);
    free(items);
    return code;
}

static int load_list(loading *l, const volley_list *list) {
    if (!volley_checkpoint_has(l->checkpoint, list->name)) {
        const char *lacking = list->owner->table->lacking;
        CHECK(list->entry->may_lack, VOLLEY_USAGE, "%s holds no list %s%s%s", l->checkpoint->path, list->name,
              lacking != NULL ? "; " : "", lacking != NULL ? lacking : "");
        return VOLLEY_OK;
    }
    switch (list->entry->form) {
    case VOLLEY_LIST_PLACED:
        return load_placed(l, list);
    case VOLLEY_LIST_KNOWN:
        return load_known(l, list);
    case VOLLEY_LIST_SUMMED:
    case VOLLEY_LIST_COMMON:
    case VOLLEY_LIST_SPREAD:
        break;
    }
    return load_whole(l, list);
}

/* ---- all of it ---- */

/* Collective. Ranks agree after each list. */
static int load_owner(loading *l, const volley_owner *owner, bool elsewhere) {
    volley_list list;
    for (const volley_list_entry *entry = owner->table->entries; entry->name != NULL; entry++)
        for (int which = 0; volley_list_find(owner, entry, which, &list); which++)
            if (entry->load != NULL && !(elsewhere && entry->of_recordings))
                TRY(volley_io_together(l->owners->comm, load_list(l, &list)));
    if (owner->table->loaded == NULL)
        return VOLLEY_OK;
    volley_list_part part = {.owner = owner->self,
                             .now = l->checkpoint->step,
                             .path = l->checkpoint->path,
                             .list = owner->name != NULL ? owner->name : owner->table->name};
    return volley_io_together(l->owners->comm, owner->table->loaded(&part));
}

int volley_checkpoint_load(volley_owners *owners, const volley_checkpoint *checkpoint, bool elsewhere) {
    loading l = {.owners = owners, .checkpoint = checkpoint};
    for (size_t i = 0; i < owners->n; i++)
        TRY(load_owner(&l, &owners->owners[i], elsewhere));
    return VOLLEY_OK;
}
