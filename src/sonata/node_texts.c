/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads attributes that are texts, and gives each different text a number. */
#include "sonata/node_texts.h"

#include "base/memory.h"
#include "base/status.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

enum { PIECE = 1 << 14 /* texts read at once */, SLOTS = 64 /* of the first table, a power of two */ };

/* The texts so far, to find one that is there: open addressing over the library. */
typedef struct table {
    volley_sonata_texts *texts;
    size_t room;      /* of the library */
    int32_t *slots;   /* [n_slots] 1 + number in the library; 0: free */
    uint64_t n_slots; /* a power of two, at least twice as many as there are texts */
} table;

static uint64_t slot_of(const table *t, const char *text) {
    uint64_t slot = XXH64(text, strlen(text), 0) & (t->n_slots - 1);
    while (t->slots[slot] != 0 && strcmp(t->texts->library[t->slots[slot] - 1], text) != 0)
        slot = (slot + 1) & (t->n_slots - 1);
    return slot;
}

static int grow(table *t) {
    uint64_t n = t->n_slots > 0 ? 2 * t->n_slots : SLOTS;
    int32_t *slots;
    TRY(VOLLEY_NEW(slots, n));
    free(t->slots);
    t->slots = slots;
    t->n_slots = n;
    for (int32_t i = 0; i < t->texts->n; i++)
        t->slots[slot_of(t, t->texts->library[i])] = i + 1;
    return VOLLEY_OK;
}

/* Number of a text, which is taken over where it is new. */
static int find_text(table *t, char **text, int32_t *number) {
    if (2 * (uint64_t)(t->texts->n + 1) > t->n_slots)
        TRY(grow(t));
    uint64_t slot = slot_of(t, *text);
    /* A table that has grown has slots. NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
    if (t->slots[slot] == 0) {
        CHECK(t->texts->n < INT32_MAX, VOLLEY_USAGE, "more than %d different texts", INT32_MAX);
        TRY(VOLLEY_RESERVE(t->texts->library, &t->room, t->texts->n + 1));
        t->texts->library[t->texts->n++] = *text;
        t->slots[slot] = t->texts->n;
        *text = NULL;
    }
    *number = t->slots[slot] - 1;
    return VOLLEY_OK;
}

/* Numbers of all texts of a dataset. */
static int read_dataset(table *t, volley_h5 dataset, uint64_t count, int32_t *numbers) {
    char **piece;
    int status = VOLLEY_NEW(piece, PIECE);
    for (uint64_t first = 0; first < count && status == VOLLEY_OK; first += PIECE) {
        uint64_t n = count - first < PIECE ? count - first : PIECE;
        status = volley_sonata_usage(volley_h5_read_texts(dataset, first, n, piece));
        for (uint64_t i = 0; i < n && status == VOLLEY_OK; i++)
            status = find_text(t, &piece[i], &numbers[first + i]);
        for (uint64_t i = 0; i < n; i++) {
            free(piece[i]);
            piece[i] = NULL;
        }
    }
    free(piece);
    return status;
}

/* Opens a dataset of texts and finds the numbers of all, owned by the caller. */
static int read_texts(table *t, volley_h5 group, const char *name, uint64_t *count, int32_t **numbers) {
    volley_h5 dataset = 0;
    int status = volley_sonata_usage(volley_h5_open_dataset(group, name, &dataset, count));
    if (status == VOLLEY_OK)
        status = VOLLEY_NEW(*numbers, *count + 1);
    if (status == VOLLEY_OK)
        status = read_dataset(t, dataset, *count, *numbers);
    volley_h5_close(&dataset);
    return status;
}

/* The rows of a group whose dataset holds numbers into the list in @library. */
static int read_listed(table *t, const volley_sonata_group *g, const volley_sonata_place *place,
                       const char *name, uint64_t *count, int32_t **numbers) {
    int32_t *listed = NULL;
    uint64_t n_listed = 0;
    double *rows = NULL;
    volley_h5 dataset = 0;
    int status = read_texts(t, place->library, name, &n_listed, &listed);
    if (status == VOLLEY_OK)
        status = volley_sonata_usage(volley_h5_open_dataset(place->group, name, &dataset, count));
    if (status == VOLLEY_OK)
        status = VOLLEY_NEW(rows, *count + 1);
    if (status == VOLLEY_OK)
        status = VOLLEY_NEW(*numbers, *count + 1);
    if (status == VOLLEY_OK)
        status = volley_sonata_usage(volley_h5_read(dataset, VOLLEY_H5_FLOAT64, 0, *count, rows));
    for (uint64_t i = 0; i < *count && status == VOLLEY_OK; i++)
        if (rows[i] >= 0.0 && rows[i] < (double)n_listed)
            (*numbers)[i] = listed[(uint64_t)rows[i]];
        else
            status = volley_fail(
                VOLLEY_USAGE, "%s: dataset %s: row %llu is number %.0f of @library/%s, which has %llu",
                g->path, name, (unsigned long long)i, rows[i], name, (unsigned long long)n_listed);
    volley_h5_close(&dataset);
    free(rows);
    free(listed);
    return status;
}

static int read_place(table *t, const volley_sonata_group *g, const volley_sonata_place *place,
                      const char *name, uint64_t *count, int32_t **numbers) {
    enum volley_h5_kind kind = volley_h5_kind_of(place->group, name);
    *count = 0;
    *numbers = NULL;
    if (kind == VOLLEY_H5_TEXT)
        return read_texts(t, place->group, name, count, numbers);
    if (kind == VOLLEY_H5_NUMBER && place->library != 0 && volley_h5_has(place->library, name))
        return read_listed(t, g, place, name, count, numbers);
    return VOLLEY_OK;
}

/* From rows of the groups to items. */
static int find_items(const volley_sonata_group *g, const char *name, const uint64_t *counts,
                      int32_t *const *numbers, int32_t *index) {
    volley_sonata_rows rows = {0};
    int status = VOLLEY_OK;
    for (uint64_t first = 0; first < g->count && status == VOLLEY_OK; first += PIECE) {
        uint64_t n = g->count - first < PIECE ? g->count - first : PIECE;
        status = volley_sonata_rows_find(g, first, n, &rows);
        for (uint64_t i = 0; i < n && status == VOLLEY_OK; i++) {
            int place = rows.only >= 0 ? rows.only : rows.place[i];
            uint64_t row = rows.in_order ? rows.first + i : rows.row[i];
            if (!numbers[place])
                index[first + i] = -1;
            else if (row < counts[place])
                index[first + i] = numbers[place][row];
            else
                status =
                    volley_fail(VOLLEY_USAGE, "%s: dataset %s has %llu rows; row %llu is asked for", g->path,
                                name, (unsigned long long)counts[place], (unsigned long long)row);
        }
    }
    volley_sonata_rows_free(&rows);
    return status;
}

int volley_sonata_texts_read(const volley_sonata_group *g, const char *name, volley_sonata_texts *texts) {
    table t = {.texts = texts};
    uint64_t *counts = NULL;
    int32_t **numbers = NULL;
    *texts = (volley_sonata_texts){0};
    int status = VOLLEY_NEW(texts->index, g->count);
    if (status == VOLLEY_OK)
        status = VOLLEY_NEW(counts, g->n_places + 1);
    if (status == VOLLEY_OK)
        status = VOLLEY_NEW(numbers, g->n_places + 1);
    for (int i = 0; i < g->n_places && status == VOLLEY_OK; i++)
        status = read_place(&t, g, &g->places[i], name, &counts[i], &numbers[i]);
    if (status == VOLLEY_OK)
        status = find_items(g, name, counts, numbers, texts->index);
    for (int i = 0; numbers && i < g->n_places; i++)
        free(numbers[i]);
    free(numbers);
    free(counts);
    free(t.slots);
    return status;
}
