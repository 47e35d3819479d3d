/* SPDX-License-Identifier: BSD-3-Clause */
/* Compares the synapses and weights of two results, and prints the first difference. */
#include "commands/diff_recorded.h"
#include "commands/weights_text.h"

#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"
#include "files/weight_reader.h"

#include <inttypes.h>
#include <stdlib.h>

/* Items compared at once. */
enum { ROUND = 1 << 19 };

typedef struct sides {
    const char *const *directory; /* [2] */
    volley_weight_tables tables[2];
    double *values[2]; /* [ROUND] */
} sides;

/* One projection on both sides. */
typedef struct pair {
    const char *name;
    volley_weight_table table[2];
} pair;

typedef int (*read_items)(const volley_weight_table *table, uint64_t snapshot, uint64_t first, uint64_t n,
                          double *values);

/* Numbers of neurons as doubles: exact below 2^53. */
static int read_sources(const volley_weight_table *t, uint64_t snapshot, uint64_t first, uint64_t n,
                        double *values) {
    (void)snapshot;
    return volley_h5_read(t->source, VOLLEY_H5_FLOAT64, first, n, values);
}

static int read_targets(const volley_weight_table *t, uint64_t snapshot, uint64_t first, uint64_t n,
                        double *values) {
    (void)snapshot;
    return volley_h5_read(t->target, VOLLEY_H5_FLOAT64, first, n, values);
}

static int read_delays(const volley_weight_table *t, uint64_t snapshot, uint64_t first, uint64_t n,
                       double *values) {
    (void)snapshot;
    return volley_h5_read(t->delay, VOLLEY_H5_FLOAT64, first, n, values);
}

static int read_weights(const volley_weight_table *t, uint64_t snapshot, uint64_t first, uint64_t n,
                        double *values) {
    return volley_h5_read_table(t->weight, VOLLEY_H5_FLOAT64, snapshot, 1, first, n, values);
}

/* Number of the first synapse with other bits, or that of synapses when all are the same. */
static int find_difference(const sides *s, const pair *p, read_items read, uint64_t snapshot, uint64_t *at) {
    uint64_t synapses = p->table[0].synapses;
    for (*at = 0; *at < synapses;) {
        uint64_t n = synapses - *at < ROUND ? synapses - *at : ROUND;
        for (int k = 0; k < 2; k++)
            TRY(read(&p->table[k], snapshot, *at, n, s->values[k]));
        uint64_t i = volley_first_difference(s->values[0], s->values[1], n);
        *at += i;
        if (i < n)
            return VOLLEY_OK;
    }
    return VOLLEY_OK;
}

/* Prints what both sides have for a synapse. */
static int report(const sides *s, const pair *p, const char *what, read_items read, uint64_t snapshot,
                  uint64_t at) {
    double ends[2], values[2];
    char text[2][32];
    TRY(read_sources(&p->table[0], 0, at, 1, &ends[0]));
    TRY(read_targets(&p->table[0], 0, at, 1, &ends[1]));
    for (int k = 0; k < 2; k++) {
        TRY(read(&p->table[k], snapshot, at, 1, &values[k]));
        volley_number_text(values[k], read == read_weights ? p->table[k].weight_bytes : 8, text[k]);
    }
    volley_text_print(stdout, "weights differ, first: projection %s, synapse %" PRIu64 " (%.0f to %.0f)",
                      p->name, at, ends[0], ends[1]);
    if (read == read_weights)
        printf(", time %.10g ms", p->table[0].time[snapshot]);
    volley_text_print(stdout, ": %s %s in %s, %s in %s\n", what, text[0], s->directory[0], text[1],
                      s->directory[1]);
    return VOLLEY_OK;
}

/* What has to be the same before weights can be compared. */
static bool compare_shapes(const sides *s, const pair *p) {
    const volley_weight_table *a = &p->table[0], *b = &p->table[1];
    uint64_t n = a->snapshots < b->snapshots ? a->snapshots : b->snapshots, i = 0;
    if (a->synapses != b->synapses) {
        volley_text_print(stdout,
                          "weights differ: projection %s: %" PRIu64 " synapses in %s, %" PRIu64 " in %s\n",
                          p->name, a->synapses, s->directory[0], b->synapses, s->directory[1]);
        return false;
    }
    if (a->weight_bytes != b->weight_bytes) {
        volley_text_print(stdout, "weights differ: projection %s: float%d in %s, float%d in %s\n", p->name,
                          8 * a->weight_bytes, s->directory[0], 8 * b->weight_bytes, s->directory[1]);
        return false;
    }
    while (i < n && a->time[i] == b->time[i])
        i++;
    if (i == a->snapshots && i == b->snapshots)
        return true;
    int only = i == a->snapshots || (i < b->snapshots && b->time[i] < a->time[i]);
    volley_text_print(stdout, "weights differ: projection %s: a snapshot at %.10g ms only in %s\n", p->name,
                      p->table[only].time[i], s->directory[only]);
    return false;
}

static int compare(const sides *s, const pair *p, bool *different) {
    static const struct {
        const char *name;
        read_items read;
    } columns[] = {{"target", read_targets}, {"source", read_sources}, {"delay", read_delays}};
    uint64_t at;
    bool same = compare_shapes(s, p);
    for (size_t c = 0; same && c < sizeof columns / sizeof *columns; c++) {
        TRY(find_difference(s, p, columns[c].read, 0, &at));
        same = at == p->table[0].synapses;
        if (!same)
            TRY(report(s, p, columns[c].name, columns[c].read, 0, at));
    }
    for (uint64_t snapshot = 0; same && snapshot < p->table[0].snapshots; snapshot++) {
        TRY(find_difference(s, p, read_weights, snapshot, &at));
        same = at == p->table[0].synapses;
        if (!same)
            TRY(report(s, p, "weight", read_weights, snapshot, at));
    }
    *different |= !same;
    return VOLLEY_OK;
}

static int compare_projection(const sides *s, int i, int j, bool *different) {
    pair p = {.name = s->tables[0].name[i]};
    int code = volley_weight_table_open(&s->tables[0], i, &p.table[0]);
    if (code == VOLLEY_OK)
        code = volley_weight_table_open(&s->tables[1], j, &p.table[1]);
    if (code == VOLLEY_OK)
        code = compare(s, &p, different);
    volley_weight_table_close(&p.table[0]);
    volley_weight_table_close(&p.table[1]);
    return code;
}

static int compare_all(sides *s, bool *different, int *compared) {
    for (int k = 0; k < 2; k++) {
        TRY(volley_weight_tables_open(s->directory[k], &s->tables[k]));
        TRY(VOLLEY_NEW(s->values[k], ROUND));
    }
    for (int k = 0; k < 2; k++)
        for (int i = 0; i < s->tables[k].n; i++) {
            int other = volley_weight_tables_find(&s->tables[1 - k], s->tables[k].name[i]);
            if (other < 0) {
                volley_text_print(stdout, "weights differ: projection %s is recorded only in %s\n",
                                  s->tables[k].name[i], s->directory[k]);
                *different = true;
            } else if (k == 0) {
                TRY(compare_projection(s, i, other, different));
                ++*compared;
            }
        }
    return VOLLEY_OK;
}

int volley_weights_diff(const char *const directories[2], bool *different, int *compared) {
    sides s = {.directory = directories};
    int code = compare_all(&s, different, compared);
    for (int k = 0; k < 2; k++) {
        volley_weight_tables_close(&s.tables[k]);
        free(s.values[k]);
    }
    return code;
}
