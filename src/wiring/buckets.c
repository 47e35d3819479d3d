/* SPDX-License-Identifier: BSD-3-Clause */
/* Plans the buckets of a table, and sorts each into rows in the cache. */
#include "wiring/buckets.h"
#include "base/memory.h"
#include "base/pages.h"
#include "base/status.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    BUCKET_SYNAPSES = 1 << 15, /* aimed at: a bucket and its copy fit into the cache of a core */
    KEY_BITS = 16,
};

void volley_buckets_free(volley_buckets *buckets) {
    for (int i = 0; i < buckets->n_families; i++) {
        free(buckets->families[i].stretches);
        free(buckets->families[i].ends);
    }
    free(buckets->families);
    free(buckets->next);
    free(buckets->start);
    if (buckets->rows != NULL)
        volley_pages_free(buckets->bin, (size_t)buckets->rows->n_synapses * sizeof *buckets->bin);
    *buckets = (volley_buckets){0};
}

volley_family *volley_buckets_family(const volley_buckets *buckets, int32_t population) {
    int low = 0, high = buckets->n_families - 1;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (buckets->families[middle].population < population)
            low = middle + 1;
        else
            high = middle;
    }
    return &buckets->families[low];
}

static int by_population(const void *a, const void *b) {
    int32_t left = ((const volley_family *)a)->population, right = ((const volley_family *)b)->population;
    return (left > right) - (left < right);
}

/* One family per projection of the table, then those of one population joined. */
static int find_families(const volley_wiring *wiring, int thread, const volley_block *block, int table,
                         volley_buckets *buckets) {
    const volley_layout *layout = wiring->layout;
    const volley_network *network = layout->network;
    size_t room = 0;
    int n = 0;
    for (int32_t p = 0; p < network->n_projections; p++) {
        if (wiring->table[p] != table)
            continue;
        const volley_projection *projection = &network->projections[p];
        const volley_segment *segment = volley_layout_segment(layout, thread, projection->target.population);
        int64_t low = segment->first > block->first_target ? segment->first : block->first_target;
        int64_t high = block->first_target + block->n_targets;
        high = segment->first + segment->used < high ? segment->first + segment->used : high;
        if (low >= high)
            continue;
        TRY(VOLLEY_RESERVE(buckets->families, &room, n + 1));
        volley_connect_spec spec = volley_projection_spec(projection);
        volley_family family = {.population = projection->source.population};
        family.n_targets = (double)(high - low) * (double)spec.n_targets /
                           (double)network->populations[projection->target.population].size;
        family.expected = projection->rule->mean_indegree(&spec) * family.n_targets;
        volley_delay_bounds(&projection->delay, &family.low_delay, &family.high_delay);
        buckets->families[n++] = family;
    }
    if (n > 0)
        qsort(buckets->families, (size_t)n, sizeof *buckets->families, by_population);
    for (int i = 0; i < n; i++) {
        volley_family *from = &buckets->families[i], *to = &buckets->families[buckets->n_families - 1];
        if (buckets->n_families == 0 || to->population != from->population) {
            buckets->families[buckets->n_families++] = *from;
            continue;
        }
        to->n_targets += from->n_targets;
        to->expected += from->expected;
        to->low_delay = from->low_delay < to->low_delay ? from->low_delay : to->low_delay;
        to->high_delay = from->high_delay > to->high_delay ? from->high_delay : to->high_delay;
    }
    return VOLLEY_OK;
}

/* Bits that numbers below n take. */
static int bits_of(double n) {
    int bits = 0;
    while (ldexp(1.0, bits) < n)
        bits++;
    return bits;
}

/* Many sources in a bucket make few streams to write to, but large buckets. */
void volley_buckets_divide(volley_family *family) {
    family->delay_bits = bits_of((double)(family->high_delay - family->low_delay + 1));
    int room = KEY_BITS - family->delay_bits;
    double sources = fmin(BUCKET_SYNAPSES * (double)family->n_sources / fmax(family->expected, 1.0),
                          (double)family->n_sources);
    int wanted = bits_of(fmax(sources, 1.0));
    family->source_bits = wanted < room ? wanted : room;
    family->target_bits = room - family->source_bits;
    family->n_buckets = (uint32_t)(((uint64_t)family->n_sources + (UINT64_C(1) << family->source_bits) - 1) >>
                                   family->source_bits);
}

double volley_buckets_ends(const volley_family *family) {
    return (double)sizeof *family->ends * family->n_buckets * ldexp(family->n_targets, -family->target_bits);
}

bool volley_buckets_wide(double ends, double expected) {
    return ends > 0.25 * expected;
}

int volley_buckets_plan(const volley_wiring *wiring, int thread, volley_block *block, int table,
                        volley_buckets *buckets) {
    *buckets = (volley_buckets){.rows = &block->tables[table]};
    TRY(find_families(wiring, thread, block, table, buckets));
    double ends = 0.0, expected = 0.0;
    for (int i = 0; i < buckets->n_families; i++) {
        volley_family *family = &buckets->families[i];
        const volley_population *population = &wiring->layout->network->populations[family->population];
        uint64_t first = (uint64_t)population->first_gid, end = first + (uint64_t)population->size;
        family->first_source = volley_source_map_local(&wiring->sources, first);
        family->n_sources = volley_source_map_local(&wiring->sources, end) - family->first_source;
        volley_buckets_divide(family);
        family->first_bucket = buckets->n_buckets;
        buckets->n_buckets += family->n_buckets;
        expected += family->expected;
        ends += volley_buckets_ends(family);
    }
    buckets->wide = volley_buckets_wide(ends, expected);
    for (int i = 0; buckets->wide && i < buckets->n_families; i++)
        buckets->families[i].target_bits = KEY_BITS;
    return VOLLEY_NEW(buckets->next, buckets->n_buckets);
}

int volley_buckets_start(volley_buckets *buckets) {
    volley_rows *rows = buckets->rows;
    size_t n = (size_t)rows->n_synapses;
    void *column;
    TRY(VOLLEY_NEW(buckets->start, buckets->n_buckets));
    uint32_t total = 0;
    for (uint32_t b = 0; b < buckets->n_buckets; b++) {
        buckets->start[b] = total;
        total += buckets->next[b];
        buckets->next[b] = buckets->start[b];
    }
    for (int i = 0; i < buckets->n_families; i++) {
        volley_family *family = &buckets->families[i];
        TRY(VOLLEY_NEW(family->stretches, family->n_stretches));
        TRY(VOLLEY_NEW(family->ends, (uint64_t)family->n_buckets * (uint64_t)family->n_stretches));
    }
    if (buckets->wide) {
        TRY(volley_pages_alloc(n * sizeof *buckets->bin, &column));
        buckets->bin = column;
    }
    TRY(volley_pages_alloc(n * sizeof *rows->target, &column));
    rows->target = column;
    if (rows->class == VOLLEY_CLASS_FLOAT32) {
        TRY(volley_pages_alloc(n * sizeof *rows->weight32, &column));
        rows->weight32 = column;
    } else if (rows->class == VOLLEY_CLASS_FLOAT64) {
        TRY(volley_pages_alloc(n * sizeof *rows->weight64, &column));
        rows->weight64 = column;
    }
    return VOLLEY_OK;
}

void volley_buckets_end_stretch(const volley_buckets *buckets, volley_family *family) {
    const uint32_t *next = buckets->next + family->first_bucket;
    for (uint32_t b = 0; b < family->n_buckets; b++)
        family->ends[b * family->n_stretches + family->filled] = next[b];
    family->filled++;
}

/* A table while its buckets are sorted. */
typedef struct sorter {
    const volley_buckets *buckets;
    volley_rows *rows;
    size_t room, bin_room, run_room;
    uint16_t *key;
    void *weight;       /* copies of the bucket at hand */
    uint16_t *constant; /* weight index of each synapse of the bucket, sorted; constant class only */
    uint32_t *bin;      /* [sources of the bucket][delays] */
} sorter;

/* Room in the run columns, which grow together. */
static int reserve_runs(sorter *s, size_t needed) {
    if (needed <= s->run_room)
        return VOLLEY_OK;
    volley_rows *rows = s->rows;
    size_t room = needed + needed / 2 + 64;
    TRY(VOLLEY_RESIZE(rows->run_delay, room));
    TRY(VOLLEY_RESIZE(rows->run_length, room));
    if (rows->class == VOLLEY_CLASS_CONSTANT)
        TRY(VOLLEY_RESIZE(rows->run_weight, room));
    s->run_room = room;
    return VOLLEY_OK;
}

/* Writes the runs of one source and delay: items [i, end) of the bucket. Runs end at the largest length and
 * where the constant weight changes. */
static int write_runs(sorter *s, int64_t delay, uint32_t i, uint32_t end) {
    volley_rows *rows = s->rows;
    bool constant = rows->class == VOLLEY_CLASS_CONSTANT;
    while (i < end) {
        uint32_t stop = end - i > VOLLEY_RUN_MAX ? i + VOLLEY_RUN_MAX : end;
        for (uint32_t j = i + 1; constant && j < stop; j++)
            if (s->constant[j] != s->constant[i])
                stop = j;
        TRY(reserve_runs(s, (size_t)rows->n_runs + 1));
        rows->run_delay[rows->n_runs] = (uint16_t)delay;
        rows->run_length[rows->n_runs] = (uint16_t)(stop - i);
        if (constant)
            rows->run_weight[rows->n_runs] = s->constant[i];
        rows->n_runs++;
        i = stop;
    }
    return VOLLEY_OK;
}

/* Copies the bucket, so that it can be written back in order, and finds where each (source, delay) begins. */
static int take_bucket(sorter *s, const volley_family *family, uint32_t start, uint32_t n) {
    const volley_rows *rows = s->rows;
    size_t bytes = rows->weight32 != NULL ? sizeof *rows->weight32 : sizeof *rows->weight64;
    size_t bins = (size_t)1 << (family->source_bits + family->delay_bits);
    if (n > s->room) {
        s->room = n + n / 8;
        TRY(VOLLEY_RESIZE(s->key, s->room));
        if (rows->class == VOLLEY_CLASS_CONSTANT)
            TRY(VOLLEY_RESIZE(s->constant, s->room));
        else
            TRY(((s->weight = volley_resize(s->weight, s->room, bytes)), volley_alloc_status()));
    }
    TRY(VOLLEY_RESERVE(s->bin, &s->bin_room, bins));
    memset(s->bin, 0, bins * sizeof *s->bin);
    if (n == 0)
        return VOLLEY_OK;
    memcpy(s->key, rows->target + start, n * sizeof *s->key);
    if (rows->weight32 != NULL)
        memcpy(s->weight, rows->weight32 + start, n * bytes);
    else if (rows->weight64 != NULL)
        memcpy(s->weight, rows->weight64 + start, n * bytes);
    const uint16_t *restrict bin_of = s->buckets->wide ? s->buckets->bin + start : s->key;
    uint32_t *restrict bin = s->bin;
    int shift = s->buckets->wide ? 0 : family->target_bits;
    for (uint32_t i = 0; i < n; i++)
        bin[bin_of[i] >> shift]++;
    uint32_t total = 0;
    for (size_t b = 0; b < bins; b++) {
        uint32_t count = bin[b];
        bin[b] = total;
        total += count;
    }
    return VOLLEY_OK;
}

/* Puts every synapse of a stretch, items [i, end) of the bucket, to its place; the weights' type is a literal
 * in every call, so each loop is specialised. */
#define PLACE(columns)                                                                                       \
    for (; i < end; i++) {                                                                                   \
        uint32_t to = bin[bin_of[i] >> shift]++;                                                             \
        target[to] = (uint16_t)(high | (key[i] & mask));                                                     \
        columns                                                                                              \
    }

static void place_stretch(const sorter *s, const volley_family *family, uint32_t start, uint32_t i,
                          uint32_t end, volley_stretch stretch) {
    const uint16_t *restrict key = s->key;
    const uint16_t *restrict bin_of = s->buckets->wide ? s->buckets->bin + start : s->key;
    uint32_t *restrict bin = s->bin;
    uint16_t *restrict target = s->rows->target + start;
    int shift = s->buckets->wide ? 0 : family->target_bits;
    uint32_t mask = (UINT32_C(1) << family->target_bits) - 1, high = stretch.target;
    if (s->rows->weight32 != NULL) {
        float *restrict to_weight = s->rows->weight32 + start;
        const float *restrict weight = s->weight;
        PLACE(to_weight[to] = weight[i];)
    } else if (s->rows->weight64 != NULL) {
        double *restrict to_weight = s->rows->weight64 + start;
        const double *restrict weight = s->weight;
        PLACE(to_weight[to] = weight[i];)
    } else {
        uint16_t *restrict constant = s->constant;
        PLACE(constant[to] = stretch.constant;)
    }
}

static int sort_bucket(sorter *s, const volley_family *family, uint32_t index) {
    volley_rows *rows = s->rows;
    uint32_t start = s->buckets->start[family->first_bucket + index];
    uint32_t end = s->buckets->next[family->first_bucket + index];
    TRY(take_bucket(s, family, start, end - start));
    const uint32_t *ends = family->ends + index * family->n_stretches;
    uint32_t from = 0;
    for (int64_t k = 0; k < family->n_stretches; k++) {
        place_stretch(s, family, start, from, ends[k] - start, family->stretches[k]);
        from = ends[k] - start;
    }
    uint32_t low = index << family->source_bits, high = low + (UINT32_C(1) << family->source_bits);
    if (high > family->n_sources)
        high = family->n_sources;
    uint32_t at = 0; /* after placing, every bin holds its end */
    for (uint32_t i = low; i < high; i++) {
        rows->row_start[family->first_source + i] = start + at;
        rows->run_start[family->first_source + i] = (uint32_t)rows->n_runs;
        const uint32_t *bin = s->bin + ((size_t)(i - low) << family->delay_bits);
        for (int64_t d = 0; d <= family->high_delay - family->low_delay; d++) {
            TRY(write_runs(s, family->low_delay + d, at, bin[d]));
            at = bin[d];
        }
        CHECK(rows->n_runs <= UINT32_MAX - VOLLEY_BLOCK_TARGETS, VOLLEY_EXHAUSTED,
              "more than 2^32 runs of equal delay in one block; use more threads or ranks");
    }
    return VOLLEY_OK;
}

/* Sources without a synapse in the table. */
static void empty_rows(volley_rows *rows, int64_t first, int64_t end, uint32_t synapses) {
    for (int64_t i = first; i < end; i++) {
        rows->row_start[i] = synapses;
        rows->run_start[i] = (uint32_t)rows->n_runs;
    }
}

static int sort_all(sorter *s, int64_t n_sources) {
    volley_rows *rows = s->rows;
    const volley_buckets *buckets = s->buckets;
    int64_t done = 0;
    uint32_t synapses = 0;
    TRY(VOLLEY_NEW(rows->row_start, n_sources + 1));
    TRY(VOLLEY_NEW(rows->run_start, n_sources + 1));
    TRY(reserve_runs(s, (size_t)n_sources));
    for (int i = 0; i < buckets->n_families; i++) {
        const volley_family *family = &buckets->families[i];
        empty_rows(rows, done, family->first_source, synapses);
        for (uint32_t b = 0; b < family->n_buckets; b++)
            TRY(sort_bucket(s, family, b));
        if (family->n_buckets > 0)
            synapses = buckets->next[family->first_bucket + family->n_buckets - 1];
        done = (int64_t)family->first_source + family->n_sources;
    }
    empty_rows(rows, done, n_sources + 1, synapses);
    TRY(VOLLEY_RESIZE(rows->run_delay, rows->n_runs));
    TRY(VOLLEY_RESIZE(rows->run_length, rows->n_runs));
    if (rows->class == VOLLEY_CLASS_CONSTANT)
        TRY(VOLLEY_RESIZE(rows->run_weight, rows->n_runs));
    return VOLLEY_OK;
}

int volley_buckets_sort(volley_buckets *buckets, int64_t n_sources) {
    sorter s = {.buckets = buckets, .rows = buckets->rows};
    int status = sort_all(&s, n_sources);
    free(s.key);
    free(s.weight);
    free(s.constant);
    free(s.bin);
    return status;
}
