/* SPDX-License-Identifier: BSD-3-Clause */
/* Takes a checkpoint: walks the tables of all owners of state and writes their lists. */
#include "sim/checkpoint/checkpoint.h"

#include "base/fault.h"
#include "base/memory.h"
#include "base/status.h"
#include "files/redistribute.h"
#include "files/together.h"
#include "sim/checkpoint/list_places.h"

#include <stdlib.h>
#include <string.h>

typedef struct saving {
    volley_owners *owners;
    volley_comm *comm;
    volley_checkpoint_writer writer;
    int64_t now;
} saving;

static volley_list_part whole_part(const saving *s, const volley_list *list, uint64_t n) {
    return (volley_list_part){
        .owner = list->owner->self, .which = list->which, .n = n, .now = s->now, .list = list->name};
}

/* ---- the forms of lists ---- */

static int save_placed(saving *s, const volley_list *list) {
    uint64_t width = volley_list_length(list, s->now);
    volley_places own;
    const volley_places *places = NULL;
    volley_comm_max_u64(s->comm, &width, 1);
    int code = volley_places_find(s->owners, list, width, &own, &places);
    volley_list_job job = {.list = list, .places = places, .now = s->now, .width = width};
    if (code == VOLLEY_OK) {
        job.items = volley_alloc(places->first[s->owners->team->threads], volley_h5_type_bytes(list->type));
        code = volley_alloc_status();
        if (code == VOLLEY_OK)
            code = volley_list_do(s->owners->team, &job);
        code = volley_io_together(s->comm, code);
    }
    if (code == VOLLEY_OK)
        code = volley_checkpoint_put_ranges(&s->writer, list->name, list->unit, list->type, &places->ranges,
                                            job.items);
    free(job.items);
    volley_places_free(&own);
    return code;
}

/* All ranks that know a key say the same of it, so the largest word is what they say. This rank keeps its
 * block of the keys. */
static int join_known(saving *s, const volley_list *list, uint64_t total, uint64_t *words, uint64_t *block) {
    int ranks = volley_comm_size(s->comm), rank = volley_comm_rank(s->comm), code = VOLLEY_OK;
    uint64_t low = volley_block_first(total, ranks, rank), high = volley_block_first(total, ranks, rank + 1);
    for (uint64_t first = 0; first < total; first += VOLLEY_LIST_PIECE) {
        uint64_t n = total - first < VOLLEY_LIST_PIECE ? total - first : VOLLEY_LIST_PIECE;
        volley_list_part part = whole_part(s, list, n);
        part.first = first;
        memset(words, 0, n * sizeof *words);
        if (code == VOLLEY_OK)
            code = list->entry->save(&part, words);
        volley_comm_max_u64(s->comm, words, (int)n);
        uint64_t from = first > low ? first : low, to = first + n < high ? first + n : high;
        if (from < to)
            memcpy(block + from - low, words + from - first, (to - from) * sizeof *block);
    }
    return code;
}

static int save_known(saving *s, const volley_list *list) {
    int ranks = volley_comm_size(s->comm), rank = volley_comm_rank(s->comm);
    uint64_t total = list->entry->keys->total(list->owner->self), *words = NULL, *block = NULL;
    uint64_t first = volley_block_first(total, ranks, rank);
    uint64_t n = volley_block_first(total, ranks, rank + 1) - first;
    int code = VOLLEY_NEW(words, total < VOLLEY_LIST_PIECE ? total : VOLLEY_LIST_PIECE);
    if (code == VOLLEY_OK)
        code = VOLLEY_NEW(block, n);
    code = volley_io_together(s->comm, code);
    if (code == VOLLEY_OK)
        code = volley_io_together(s->comm, join_known(s, list, total, words, block));
    if (code == VOLLEY_OK)
        code = volley_checkpoint_put(&s->writer, list->name, list->unit, list->type, total, first, n, block);
    free(words);
    free(block);
    return code;
}

static int save_summed(saving *s, const volley_list *list) {
    uint64_t n = volley_list_length(list, s->now), *sums = NULL, *own = NULL;
    int code = VOLLEY_NEW(sums, n);
    if (code == VOLLEY_OK)
        code = VOLLEY_NEW(own, n);
    for (int t = 0; t < s->owners->team->threads && code == VOLLEY_OK; t++) {
        volley_list_part part = whole_part(s, list, n);
        part.thread = t;
        memset(own, 0, n * sizeof *own);
        code = list->entry->save(&part, own);
        for (uint64_t i = 0; i < n; i++)
            sums[i] += own[i];
    }
    code = volley_io_together(s->comm, code);
    if (code == VOLLEY_OK) {
        volley_comm_sum_u64(s->comm, sums, (int)n);
        uint64_t mine = volley_comm_rank(s->comm) == 0 ? n : 0;
        code = volley_checkpoint_put(&s->writer, list->name, list->unit, list->type, n, 0, mine, sums);
    }
    free(sums);
    free(own);
    return code;
}

/* COMMON: rank 0 writes what all have; SPREAD: rank by rank. */
static int save_whole(saving *s, const volley_list *list) {
    bool spread = list->entry->form == VOLLEY_LIST_SPREAD;
    uint64_t n = volley_list_length(list, s->now), mine = spread || volley_comm_rank(s->comm) == 0 ? n : 0;
    volley_list_part part = whole_part(s, list, mine);
    char *items = volley_alloc(mine, volley_h5_type_bytes(list->type));
    int code = volley_alloc_status();
    if (code == VOLLEY_OK && mine > 0)
        code = list->entry->save(&part, items);
    code = volley_io_together(s->comm, code);
    uint64_t first = volley_comm_exscan_u64(s->comm, mine), total = mine;
    volley_comm_sum_u64(s->comm, &total, 1);
    if (code == VOLLEY_OK)
        code =
            volley_checkpoint_put(&s->writer, list->name, list->unit, list->type, total, first, mine, items);
    free(items);
    return code;
}

static int save_list(saving *s, const volley_list *list) {
    switch (list->entry->form) {
    case VOLLEY_LIST_PLACED:
        return save_placed(s, list);
    case VOLLEY_LIST_KNOWN:
        return save_known(s, list);
    case VOLLEY_LIST_SUMMED:
        return save_summed(s, list);
    case VOLLEY_LIST_COMMON:
    case VOLLEY_LIST_SPREAD:
        break;
    }
    return save_whole(s, list);
}

/* ---- all of it ---- */

/* Calls `visit` for every list of every owner, until one fails. */
static int walk(saving *s, int (*visit)(saving *s, const volley_list *list, uint64_t *bytes),
                uint64_t *bytes) {
    volley_list list;
    for (size_t i = 0; i < s->owners->n; i++) {
        const volley_owner *owner = &s->owners->owners[i];
        for (const volley_list_entry *entry = owner->table->entries; entry->name != NULL; entry++)
            for (int which = 0; volley_list_find(owner, entry, which, &list); which++)
                TRY(visit(s, &list, bytes));
    }
    return VOLLEY_OK;
}

static int visit_to_save(saving *s, const volley_list *list, uint64_t *bytes) {
    (void)bytes;
    return save_list(s, list);
}

/* What this rank's part of a list takes in the file. */
static int visit_to_count(saving *s, const volley_list *list, uint64_t *bytes) {
    enum { HEADER = 2048 };
    bool root = volley_comm_rank(s->comm) == 0;
    uint64_t n = 0;
    *bytes += root ? HEADER : 0;
    if (list->entry->form == VOLLEY_LIST_KNOWN) {
        n = root ? list->entry->keys->total(list->owner->self) : 0;
    } else if (list->entry->form != VOLLEY_LIST_PLACED) {
        n = root || list->entry->form == VOLLEY_LIST_SPREAD ? volley_list_length(list, s->now) : 0;
    } else {
        volley_places own;
        const volley_places *places = NULL;
        int code = volley_places_find(s->owners, list, volley_list_length(list, s->now), &own, &places);
        n = code == VOLLEY_OK ? places->first[s->owners->team->threads] : 0;
        volley_places_free(&own);
        TRY(code);
    }
    *bytes += n * volley_h5_type_bytes(list->type);
    return VOLLEY_OK;
}

int volley_checkpoint_save(volley_owners *owners, const volley_checkpoint_options *options, int64_t now) {
    enum { HEADER = 1 << 18 };
    saving s = {.owners = owners, .comm = owners->comm, .now = now};
    uint64_t bytes = HEADER + strlen(options->provenance->config) + strlen(options->restarts);
    TRY(walk(&s, visit_to_count, &bytes));
    volley_comm_sum_u64(s.comm, &bytes, 1);
    int code = volley_checkpoint_begin(s.comm, options->directory, now, bytes, options->provenance,
                                       options->restarts, &s.writer);
    if (code == VOLLEY_OK)
        code = walk(&s, visit_to_save, NULL);
    if (code == VOLLEY_OK)
        code = volley_io_together(s.comm, volley_fault(VOLLEY_FAULT_CHECKPOINT_DATA, now));
    return volley_checkpoint_finish(&s.writer, options->keep, code);
}
