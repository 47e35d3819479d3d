#include "build/fill.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/pages.h"
#include "base/rng.h"
#include "base/simd.h"
#include "base/status.h"
#include "build/edges.h"
#include "net/draw.h"

#include <stdlib.h>
#include <string.h>

enum { PIECE = VOLLEY_CONNECT_PIECE };

/* One projection while its edges are counted or filled in. */
typedef struct edge_context {
    const volley_wiring *wiring;
    const volley_block *block;
    const volley_projection *projection;
    volley_rows *rows;
    int class;
    char *records;        /* of the table */
    uint64_t source_base; /* gid of the source population's first neuron */
    uint16_t constant;
    uint64_t weight_key, delay_key;
    volley_edge_target target;
    uint64_t hash_base, hash;
    /* one piece of edges */
    int64_t gid[PIECE];
    uint32_t at[PIECE];
    uint16_t delay[PIECE];
    double weight[PIECE], delay_value[PIECE];
    uint64_t bits[PIECE];
} edge_context;

static void begin(void *context, const volley_edge_target *target) {
    edge_context *c = context;
    c->target = *target;
    c->hash_base = volley_hash_add(volley_hash_add(0, (uint64_t)target->projection), (uint64_t)target->gid);
}

/* gids of the sources at these positions of the source subset. */
static void find_gids(edge_context *c, int64_t n, const int64_t *restrict sources) {
    const volley_subset *subset = &c->projection->source;
    int64_t base = (int64_t)c->source_base, start = subset->start, stride = subset->stride;
    int64_t *restrict gid = c->gid;
    if (subset->ids != NULL)
        for (int64_t i = 0; i < n; i++)
            gid[i] = base + subset->ids[sources[i]];
    else
        for (int64_t i = 0; i < n; i++)
            gid[i] = base + start + stride * sources[i];
}

static int count_sink(void *context, int64_t first, int64_t n, const int64_t *sources) {
    edge_context *c = context;
    const volley_source_map *map = &c->wiring->sources;
    const int64_t *restrict gid = c->gid;
    (void)first;
    if (c->rows->row_start == NULL) /* tables without a synapse stay empty */
        TRY(VOLLEY_NEW(c->rows->row_start, map->n_sources + 1));
    uint32_t *restrict counts = c->rows->row_start;
    c->rows->n_synapses += n;
    CHECK(c->rows->n_synapses <= UINT32_MAX, VOLLEY_EXHAUSTED,
          "more than 2^32 synapses of one kind in a block of targets; use more threads or ranks");
    find_gids(c, n, sources);
    for (int64_t i = 0; i < n; i++)
        counts[volley_source_map_local(map, (uint64_t)gid[i])]++;
    return VOLLEY_OK;
}

/* Delays to whole steps, nearest, half up, at least one. */
VOLLEY_INLINE void round_delays_body(const double *restrict value, int64_t n, uint16_t *restrict delay) {
    for (int64_t i = 0; i < n; i++) {
        int32_t steps = (int32_t)(value[i] + 0.5);
        delay[i] = (uint16_t)(steps < 1 ? 1 : steps);
    }
}
VOLLEY_KERNEL(void, round_delays, (const double *restrict value, int64_t n, uint16_t *restrict delay),
              (value, n, delay))
typedef void (*round_function)(const double *restrict, int64_t, uint16_t *restrict);
static const round_function round_delays[] = VOLLEY_KERNEL_TABLE(round_delays);

/* Bits of the weights as they are stored. */
VOLLEY_INLINE void float_bits_body(const double *restrict weight, int64_t n, uint64_t *restrict bits) {
    for (int64_t i = 0; i < n; i++) {
        union {
            float value;
            uint32_t bits;
        } stored = {(float)weight[i]};
        bits[i] = stored.bits;
    }
}
VOLLEY_KERNEL(void, float_bits, (const double *restrict weight, int64_t n, uint64_t *restrict bits),
              (weight, n, bits))
typedef void (*bits_function)(const double *restrict, int64_t, uint64_t *restrict);
static const bits_function float_bits[] = VOLLEY_KERNEL_TABLE(float_bits);

/* Sum of the connections' hashes: one mix takes (projection, target, k, source), a second one delay and
 * weight. */
VOLLEY_INLINE uint64_t hash_edges_body(uint64_t base, uint64_t first, int64_t n, const int64_t *restrict gid,
                                       const uint16_t *restrict delay, const uint64_t *restrict bits) {
    uint64_t sum = 0;
    for (int64_t i = 0; i < n; i++) {
        uint64_t edge = volley_mix64(base + (first + (uint64_t)i) * UINT64_C(0x9e3779b97f4a7c15) +
                                     (uint64_t)gid[i] * UINT64_C(0xd1342543de82ef95));
        sum += volley_mix64(edge ^ (bits[i] + ((uint64_t)delay[i] << 48 | delay[i])));
    }
    return sum;
}
VOLLEY_KERNEL(uint64_t, hash_edges,
              (uint64_t base, uint64_t first, int64_t n, const int64_t *restrict gid,
               const uint16_t *restrict delay, const uint64_t *restrict bits),
              (base, first, n, gid, delay, bits))
typedef uint64_t (*hash_function)(uint64_t, uint64_t, int64_t, const int64_t *restrict,
                                  const uint16_t *restrict, const uint64_t *restrict);
static const hash_function hash_edges[] = VOLLEY_KERNEL_TABLE(hash_edges);

/* Weights of one piece, where the edges in the projection's table have their own. */
static bool take_weights(const edge_context *c, int64_t first, int64_t n, double *out) {
    const volley_edge_table *table = &c->wiring->tables->of[c->target.projection];
    uint64_t at = c->target.first + (uint64_t)first;
    if (table->weights32 != NULL)
        for (int64_t i = 0; i < n; i++)
            out[i] = (double)table->weights32[at + (uint64_t)i];
    else if (table->weights64 != NULL)
        memcpy(out, table->weights64 + at, (size_t)n * sizeof *out);
    return table->weights32 != NULL || table->weights64 != NULL;
}

/* The same for delays, in steps. */
static bool take_delays(const edge_context *c, int64_t first, int64_t n, double *out) {
    const volley_edge_table *table = &c->wiring->tables->of[c->target.projection];
    uint64_t at = c->target.first + (uint64_t)first;
    for (int64_t i = 0; table->delays != NULL && i < n; i++)
        out[i] = (double)table->delays[at + (uint64_t)i];
    return table->delays != NULL;
}

/* Values of one piece; a list has one value per target, or one per pair, target-major. */
static int draw_values(const edge_context *c, const volley_distribution *d, uint64_t key, int64_t first,
                       int64_t n, const int64_t *sources, double *out) {
    if (d->kind != VOLLEY_VALUES)
        return volley_draw_batch(d, c->wiring->simd, key, (uint64_t)c->target.gid, first, n, 0, out);
    int64_t position = c->target.position, n_sources = c->projection->source.count;
    int64_t n_targets = c->projection->target.count;
    for (int64_t i = 0; i < n; i++)
        out[i] = d->values[d->count == n_targets ? position : position * n_sources + sources[i]];
    return VOLLEY_OK;
}

static int draw_weights(edge_context *c, int64_t first, int64_t n, const int64_t *sources) {
    if (!take_weights(c, first, n, c->weight))
        TRY(draw_values(c, &c->projection->weight, c->weight_key, first, n, sources, c->weight));
    if (c->projection->weight_bytes == 4)
        float_bits[c->wiring->simd](c->weight, n, c->bits);
    else
        memcpy(c->bits, c->weight, (size_t)n * sizeof *c->weight);
    return VOLLEY_OK;
}

/* Finds every edge its place and fetches its line for writing ahead: rows lie far apart in memory. */
static void place(edge_context *c, int64_t n) {
    const volley_source_map *sources = &c->wiring->sources;
    uint32_t *restrict next = c->rows->row_start, *restrict place_of = c->at;
    const int64_t *restrict gid = c->gid;
    const char *records = c->records;
    size_t bytes = volley_record_bytes(c->class);
    for (int64_t i = 0; i < n; i++) {
        uint32_t at = next[volley_source_map_local(sources, (uint64_t)gid[i])]++;
        place_of[i] = at;
        __builtin_prefetch(records + at * bytes, 1);
    }
}

static void store(const edge_context *c, int64_t n) {
    const uint32_t *restrict at = c->at;
    const double *restrict weight = c->weight;
    const uint16_t *restrict delay = c->delay;
    uint16_t target = (uint16_t)(c->target.slot - c->block->first_target), constant = c->constant;
    if (c->class == VOLLEY_CLASS_FLOAT32) {
        volley_float32_record *restrict record = (volley_float32_record *)c->records;
        for (int64_t i = 0; i < n; i++)
            record[at[i]] = (volley_float32_record){target, delay[i], (float)weight[i]};
    } else if (c->class == VOLLEY_CLASS_FLOAT64) {
        volley_float64_record *restrict record = (volley_float64_record *)c->records;
        for (int64_t i = 0; i < n; i++) {
            record[at[i]].target = target;
            record[at[i]].delay = delay[i];
            memcpy(record[at[i]].weight, &weight[i], sizeof weight[i]);
        }
    } else {
        volley_constant_record *restrict record = (volley_constant_record *)c->records;
        for (int64_t i = 0; i < n; i++)
            record[at[i]] = (volley_constant_record){target, delay[i], constant};
    }
}

static int fill_sink(void *context, int64_t first, int64_t n, const int64_t *sources) {
    edge_context *c = context;
    find_gids(c, n, sources);
    place(c, n);
    TRY(draw_weights(c, first, n, sources));
    if (!take_delays(c, first, n, c->delay_value))
        TRY(draw_values(c, &c->projection->delay, c->delay_key, first, n, sources, c->delay_value));
    round_delays[c->wiring->simd](c->delay_value, n, c->delay);
    c->hash += hash_edges[c->wiring->simd](c->hash_base, (uint64_t)first, n, c->gid, c->delay, c->bits);
    store(c, n);
    return VOLLEY_OK;
}

typedef int (*pass_sink)(void *, int64_t, int64_t, const int64_t *);

/* The records of a block's tables. */
typedef void *record_table[VOLLEY_CLASSES][VOLLEY_RECEPTORS];

/* One pass over the edges of a block. */
static int pass(edge_context *c, int thread, volley_block *block, record_table records, pass_sink sink) {
    const volley_network *network = c->wiring->layout->network;
    for (int32_t p = 0; p < network->n_projections; p++) {
        const volley_projection *projection = &network->projections[p];
        c->class = c->wiring->storage[p];
        c->projection = projection;
        c->rows = &block->rows[c->class][projection->receptor];
        c->records = records[c->class][projection->receptor];
        c->source_base = (uint64_t)network->populations[projection->source.population].first_gid;
        c->constant = c->wiring->constant[p];
        c->weight_key = volley_rng_key(network->seed, VOLLEY_RNG_WEIGHT, (uint32_t)p);
        c->delay_key = volley_rng_key(network->seed, VOLLEY_RNG_DELAY, (uint32_t)p);
        TRY(volley_edges_walk(c->wiring, p, thread, block->first_target,
                              block->first_target + block->n_targets, begin, sink, c));
    }
    return VOLLEY_OK;
}

/* Turns the counts of a table into row starts. */
static void start_rows(volley_rows *rows, int64_t n_sources) {
    uint32_t total = 0;
    for (int64_t i = 0; i <= n_sources; i++) {
        uint32_t count = rows->row_start[i];
        rows->row_start[i] = total;
        total += count;
    }
}

/* Filling advanced every start to the start of the next row; this moves them back. */
static void restore_starts(volley_rows *rows, int64_t n_sources) {
    memmove(rows->row_start + 1, rows->row_start, (size_t)n_sources * sizeof *rows->row_start);
    rows->row_start[0] = 0;
}

static size_t record_room(const volley_rows *rows, int class) {
    return (size_t)rows->n_synapses * volley_record_bytes(class);
}

static int build(edge_context *c, int thread, volley_block *block, record_table records) {
    int64_t n_sources = c->wiring->sources.n_sources;
    TRY(pass(c, thread, block, records, count_sink));
    for (int class = 0; class < VOLLEY_CLASSES; class ++)
        for (int r = 0; r < VOLLEY_RECEPTORS; r++) {
            volley_rows *rows = &block->rows[class][r];
            if (rows->row_start == NULL)
                continue;
            start_rows(rows, n_sources);
            TRY(volley_pages_alloc(record_room(rows, class), &records[class][r]));
        }
    TRY(pass(c, thread, block, records, fill_sink));
    for (int class = 0; class < VOLLEY_CLASSES; class ++)
        for (int r = 0; r < VOLLEY_RECEPTORS; r++) {
            volley_rows *rows = &block->rows[class][r];
            if (rows->row_start == NULL)
                continue;
            restore_starts(rows, n_sources);
            TRY(volley_rows_sort(rows, class, n_sources, records[class][r],
                                 c->wiring->layout->network->max_delay));
            volley_pages_free(records[class][r], record_room(rows, class));
            records[class][r] = NULL;
        }
    return VOLLEY_OK;
}

int volley_block_build(const volley_wiring *wiring, int thread, volley_block *block, uint64_t *hash) {
    record_table records = {0};
    edge_context *context;
    TRY(VOLLEY_NEW(context, 1));
    context->wiring = wiring;
    context->block = block;
    int status = build(context, thread, block, records);
    *hash += context->hash;
    for (int class = 0; class < VOLLEY_CLASSES; class ++)
        for (int r = 0; r < VOLLEY_RECEPTORS; r++)
            volley_pages_free(records[class][r], record_room(&block->rows[class][r], class));
    free(context);
    return status;
}
