/* SPDX-License-Identifier: BSD-3-Clause */
/* Counts the synapses of a block, then writes them to their buckets with weights and delays. */
#include "wiring/fill.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/pages.h"
#include "base/rng.h"
#include "base/simd.h"
#include "base/status.h"
#include "wiring/buckets.h"
#include "wiring/edges.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE = VOLLEY_CONNECT_PIECE };

/* One projection while its edges are counted or filled in. */
typedef struct edge_context {
    const volley_wiring *wiring;
    const volley_block *block;
    const volley_projection *projection;
    volley_rows *rows;
    volley_buckets *tables;  /* [tables of the block] */
    volley_buckets *buckets; /* of the table; NULL when it is flat */
    volley_family *family;   /* of the sources; not set for flat tables */
    bool filling;
    int64_t stretch; /* high bits of the target; -1 before the first one */
    uint16_t constant;
    uint64_t weight_key, delay_key;
    bool unbounded; /* weights can be drawn beyond what is stored */
    volley_edge_target target;
    uint64_t hash_base, hash;
    uint64_t n_trained,
        trained; /* initial weights of the projection in a file, and those that have been used */
    /* one piece of edges */
    int64_t gid[PIECE];
    uint32_t source[PIECE], at[PIECE]; /* local numbers of the sources, buckets or places in the table */
    uint16_t delay[PIECE], key[PIECE];
    double weight[PIECE];
    uint64_t bits[PIECE];
} edge_context;

static void end_stretch(edge_context *c) {
    if (c->filling && c->stretch >= 0)
        volley_buckets_end_stretch(c->buckets, c->family);
    c->stretch = -1;
}

static void begin(void *context, const volley_edge_target *target) {
    edge_context *c = context;
    c->target = *target;
    c->n_trained += target->n_trained;
    c->hash_base = volley_hash_add(volley_hash_add(0, (uint64_t)target->projection), (uint64_t)target->gid);
    if (c->buckets == NULL || (c->filling && c->rows->n_synapses == 0))
        return;
    int64_t stretch = (target->slot - c->block->first_target) >> c->family->target_bits;
    if (stretch == c->stretch)
        return;
    end_stretch(c);
    c->stretch = stretch;
    if (c->filling)
        c->family->stretches[c->family->filled] =
            (volley_stretch){(uint16_t)(stretch << c->family->target_bits), c->constant};
    else
        c->family->n_stretches++;
}

/* gids and local numbers of the sources of a piece. */
static void find_sources(edge_context *c, int64_t n, const int64_t *sources) {
    const volley_source_map *map = &c->wiring->sources;
    const int64_t *restrict gid = c->gid;
    uint32_t *restrict source = c->source;
    volley_edges_gids(c->wiring, c->target.projection, n, sources, c->gid);
    if (map->complete)
        for (int64_t i = 0; i < n; i++)
            source[i] = (uint32_t)gid[i];
    else
        for (int64_t i = 0; i < n; i++)
            source[i] = volley_source_map_local(map, (uint64_t)gid[i]);
}

static int count_sink(void *context, int64_t first, int64_t n, const int64_t *sources) {
    edge_context *c = context;
    const uint32_t *restrict source = c->source;
    (void)first;
    c->rows->n_synapses += n;
    CHECK(c->rows->n_synapses <= UINT32_MAX, VOLLEY_EXHAUSTED,
          "more than 2^32 synapses of one kind in a block of targets; use more threads or ranks");
    find_sources(c, n, sources);
    if (c->buckets != NULL) {
        uint32_t *restrict counts = c->buckets->next + c->family->first_bucket;
        uint32_t low = c->family->first_source;
        int shift = c->family->source_bits;
        for (int64_t i = 0; i < n; i++)
            counts[(source[i] - low) >> shift]++;
        return VOLLEY_OK;
    }
    if (c->rows->row_start == NULL) /* tables without a synapse stay empty */
        TRY(VOLLEY_NEW(c->rows->row_start, c->wiring->sources.n_sources + 1));
    uint32_t *restrict counts = c->rows->row_start;
    for (int64_t i = 0; i < n; i++)
        counts[source[i]]++;
    return VOLLEY_OK;
}

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

/* Whether one of the stored weights is infinite (or NaN). */
static bool any_beyond(const uint64_t *restrict bits, int64_t n, uint64_t exponent) {
    int found = 0;
    for (int64_t i = 0; i < n; i++)
        found |= (bits[i] & exponent) == exponent;
    return found != 0;
}

/* The message is that of every layout: it names no synapse. */
static int draw_weights(edge_context *c, int64_t first, int64_t n, const int64_t *sources) {
    const volley_projection *p = c->projection;
    bool single = p->weight_bytes == 4;
    TRY(volley_edges_weights(c->wiring, &c->target, c->weight_key, first, n, sources, c->weight));
    if (single)
        float_bits[c->wiring->simd](c->weight, n, c->bits);
    else
        memcpy(c->bits, c->weight, (size_t)n * sizeof *c->weight);
    CHECK(!c->unbounded ||
              !any_beyond(c->bits, n, single ? UINT64_C(0x7f800000) : UINT64_C(0x7ff0000000000000)),
          VOLLEY_USAGE, "projections.%s.weight: a drawn weight is beyond what float%d holds: give max%s",
          p->name, p->weight_bytes * 8, single ? ", or weight_precision: float64" : "");
    return VOLLEY_OK;
}

/* Whether a draw can be beyond what is stored. */
static bool is_unbounded(const volley_projection *p) {
    double low, high;
    volley_distribution_reach(&p->weight, &low, &high);
    return !(fmax(fabs(low), fabs(high)) <= (p->weight_bytes == 4 ? (double)FLT_MAX : DBL_MAX));
}

/* Edges of a flat table: rows lie far apart in memory, so the lines are fetched for writing ahead. */
static void store_flat(edge_context *c, int64_t n) {
    uint32_t *restrict next = c->rows->row_start, *restrict at = c->at;
    uint16_t *restrict target = c->rows->target;
    const uint32_t *restrict source = c->source;
    uint16_t number = (uint16_t)(c->target.slot - c->block->first_target);
    for (int64_t i = 0; i < n; i++) {
        at[i] = next[source[i]]++;
        __builtin_prefetch(target + at[i], 1);
    }
    for (int64_t i = 0; i < n; i++)
        target[at[i]] = number;
}

/* Bucket of every edge, and its bin there, source and delay, above `target_bits` bits of the target. */
typedef struct key_spec {
    uint32_t low_source, low_delay, target;
    int source_bits, delay_bits, target_bits;
} key_spec;

VOLLEY_INLINE void find_keys_body(key_spec spec, int64_t n, const uint32_t *restrict source,
                                  const uint16_t *restrict delay, uint32_t *restrict bucket,
                                  uint16_t *restrict key) {
    uint32_t mask = (UINT32_C(1) << spec.source_bits) - 1;
    for (int64_t i = 0; i < n; i++) {
        uint32_t number = source[i] - spec.low_source;
        uint32_t bin = (number & mask) << spec.delay_bits | (delay[i] - spec.low_delay);
        bucket[i] = number >> spec.source_bits;
        key[i] = (uint16_t)(bin << spec.target_bits | spec.target);
    }
}
VOLLEY_KERNEL(void, find_keys,
              (key_spec spec, int64_t n, const uint32_t *restrict source, const uint16_t *restrict delay,
               uint32_t *restrict bucket, uint16_t *restrict key),
              (spec, n, source, delay, bucket, key))
typedef void (*keys_function)(key_spec, int64_t, const uint32_t *restrict, const uint16_t *restrict,
                              uint32_t *restrict, uint16_t *restrict);
static const keys_function find_keys[] = VOLLEY_KERNEL_TABLE(find_keys);

/* Appends every edge to its bucket, whose next line is fetched meanwhile. */
#define APPEND(keys, columns)                                                                                \
    for (int64_t i = 0; i < n; i++) {                                                                        \
        uint32_t at = next[bucket[i]]++;                                                                     \
        (keys)[at] = key[i];                                                                                 \
        __builtin_prefetch((keys) + at + 32, 1);                                                             \
        columns                                                                                              \
    }
/* The stored bits again; converting the double once more would take longer. */
#define WEIGHT(type, column)                                                                                 \
    {                                                                                                        \
        type stored = (type)bits[i];                                                                         \
        memcpy((column) + at, &stored, sizeof stored);                                                       \
        __builtin_prefetch((column) + at + 64 / sizeof stored, 1);                                           \
    }

static void store(const edge_context *c, int64_t n) {
    uint32_t *restrict next = c->buckets->next + c->family->first_bucket;
    const uint32_t *restrict bucket = c->at;
    const uint16_t *restrict key = c->key;
    const uint64_t *restrict bits = c->bits;
    uint16_t *restrict target = c->rows->target, *restrict bin = c->buckets->bin;
    float *restrict weight32 = c->rows->weight32;
    double *restrict weight64 = c->rows->weight64;
    uint16_t number = (uint16_t)(c->target.slot - c->block->first_target);
    if (weight32 != NULL && bin == NULL) {
        APPEND(target, WEIGHT(uint32_t, weight32))
    } else if (weight64 != NULL && bin == NULL) {
        APPEND(target, WEIGHT(uint64_t, weight64))
    } else if (bin == NULL) {
        APPEND(target, )
    } else if (weight32 != NULL) {
        APPEND(bin, target[at] = number; WEIGHT(uint32_t, weight32))
    } else if (weight64 != NULL) {
        APPEND(bin, target[at] = number; WEIGHT(uint64_t, weight64))
    } else {
        APPEND(bin, target[at] = number;)
    }
}

/* Writes the piece into its buckets. */
static void append(edge_context *c, int64_t n) {
    const volley_family *family = c->family;
    key_spec spec = {.low_source = family->first_source,
                     .low_delay = (uint32_t)family->low_delay,
                     .source_bits = family->source_bits,
                     .delay_bits = family->delay_bits};
    if (!c->buckets->wide) {
        spec.target_bits = family->target_bits;
        spec.target =
            (uint32_t)(c->target.slot - c->block->first_target) & ((UINT32_C(1) << family->target_bits) - 1);
    }
    for (int64_t i = 0; i < n; i++)
        ASSERT(c->delay[i] >= family->low_delay && c->delay[i] <= family->high_delay);
    find_keys[c->wiring->simd](spec, n, c->source, c->delay, c->at, c->key);
    store(c, n);
}

static int fill_sink(void *context, int64_t first, int64_t n, const int64_t *sources) {
    edge_context *c = context;
    find_sources(c, n, sources);
    if (c->buckets == NULL) { /* delays and weights stand there already */
        c->hash += hash_edges[c->wiring->simd](c->hash_base, (uint64_t)first, n, c->gid, c->delay, c->bits);
        store_flat(c, n);
        return VOLLEY_OK;
    }
    TRY(volley_edges_delays(c->wiring, &c->target, c->delay_key, first, n, sources, c->delay));
    if (c->projection->trained != NULL) {
        TRY(volley_edges_check_trained(c->wiring, &c->target, first, n, sources, c->delay));
        c->trained += (uint64_t)n;
    }
    TRY(draw_weights(c, first, n, sources));
    c->hash += hash_edges[c->wiring->simd](c->hash_base, (uint64_t)first, n, c->gid, c->delay, c->bits);
    append(c, n);
    return VOLLEY_OK;
}

typedef int (*pass_sink)(void *, int64_t, int64_t, const int64_t *);

/* The delay and the weight that all edges of a flat table have. */
static void set_constants(edge_context *c) {
    for (int64_t i = 0; i < PIECE; i++) {
        c->delay[i] = (uint16_t)c->projection->delay.a;
        c->weight[i] = c->projection->weight.a;
    }
    if (c->projection->weight_bytes == 4)
        float_bits[c->wiring->simd](c->weight, PIECE, c->bits);
    else
        memcpy(c->bits, c->weight, sizeof c->bits);
}

/* One pass over the edges of a block. */
static int pass(edge_context *c, int thread, volley_block *block, pass_sink sink) {
    const volley_network *network = c->wiring->layout->network;
    c->filling = sink == fill_sink;
    for (int32_t p = 0; p < network->n_projections; p++) {
        const volley_projection *projection = &network->projections[p];
        int table = c->wiring->table[p];
        c->projection = projection;
        c->rows = &block->tables[table];
        c->buckets = c->wiring->flat[table] ? NULL : &c->tables[table];
        if (c->buckets == NULL)
            set_constants(c);
        else
            c->family = volley_buckets_family(c->buckets, projection->source.population);
        c->stretch = -1;
        c->constant = c->wiring->constant[p];
        c->weight_key = volley_rng_key(network->seed, VOLLEY_RNG_WEIGHT, (uint32_t)p);
        c->delay_key = volley_rng_key(network->seed, VOLLEY_RNG_DELAY, (uint32_t)p);
        c->unbounded = is_unbounded(projection);
        c->n_trained = c->trained = 0;
        TRY(volley_edges_walk(c->wiring, p, thread, block->first_target,
                              block->first_target + block->n_targets, begin, sink, c));
        end_stretch(c);
        CHECK(!c->filling || c->trained == c->n_trained, VOLLEY_USAGE,
              "%s: different synapses: %s has %llu more onto some neurons", projection->trained->place,
              projection->trained->directory, (unsigned long long)(c->n_trained - c->trained));
    }
    return VOLLEY_OK;
}

/* Turns the counts of a flat table into row starts, and allocates its targets. */
static int start_flat(volley_rows *rows, int64_t n_sources) {
    void *column;
    uint32_t total = 0;
    for (int64_t i = 0; i <= n_sources; i++) {
        uint32_t count = rows->row_start[i];
        rows->row_start[i] = total;
        total += count;
    }
    TRY(volley_pages_alloc((size_t)rows->n_synapses * sizeof *rows->target, &column));
    rows->target = column;
    return VOLLEY_OK;
}

static int complete_flat(const volley_wiring *wiring, volley_rows *rows, int table) {
    const volley_network *network = wiring->layout->network;
    int64_t n_sources = wiring->sources.n_sources;
    /* Filling advanced every start to the start of the next row. */
    memmove(rows->row_start + 1, rows->row_start, (size_t)n_sources * sizeof *rows->row_start);
    rows->row_start[0] = 0;
    int32_t p = wiring->first[table];
    return volley_rows_flat(rows, n_sources, (uint16_t)network->projections[p].delay.a, wiring->constant[p],
                            network->projections[p].weight.a);
}

static int create_tables(const volley_wiring *wiring, volley_block *block) {
    const volley_network *network = wiring->layout->network;
    TRY(VOLLEY_NEW(block->tables, wiring->n_tables));
    block->n_tables = wiring->n_tables;
    block->n_static = wiring->n_static;
    block->plastic = block->tables + wiring->n_static;
    for (int t = 0; t < block->n_tables; t++) {
        block->tables[t].class = wiring->storage[wiring->first[t]];
        block->tables[t].receptor = network->projections[wiring->first[t]].receptor;
    }
    return VOLLEY_OK;
}

static int build(edge_context *c, int thread, volley_block *block) {
    const volley_wiring *wiring = c->wiring;
    int n_tables = block->n_tables;
    for (int t = 0; t < n_tables; t++)
        if (!wiring->flat[t])
            TRY(volley_buckets_plan(wiring, thread, block, t, &c->tables[t]));
    TRY(pass(c, thread, block, count_sink));
    for (int t = 0; t < n_tables; t++) {
        volley_rows *rows = &block->tables[t];
        if (rows->n_synapses > 0)
            TRY(wiring->flat[t] ? start_flat(rows, wiring->sources.n_sources)
                                : volley_buckets_start(&c->tables[t]));
    }
    TRY(pass(c, thread, block, fill_sink));
    for (int t = 0; t < n_tables; t++) {
        volley_rows *rows = &block->tables[t];
        if (rows->n_synapses > 0)
            TRY(wiring->flat[t] ? complete_flat(wiring, rows, t)
                                : volley_buckets_sort(&c->tables[t], wiring->sources.n_sources));
        volley_buckets_free(&c->tables[t]);
    }
    return VOLLEY_OK;
}

int volley_block_build(const volley_wiring *wiring, int thread, volley_block *block, uint64_t *hash) {
    edge_context *context;
    TRY(create_tables(wiring, block));
    TRY(VOLLEY_NEW(context, 1));
    *context = (edge_context){.wiring = wiring, .block = block};
    int status = VOLLEY_NEW(context->tables, block->n_tables);
    if (status == VOLLEY_OK)
        status = build(context, thread, block);
    *hash += context->hash;
    for (int t = 0; context->tables != NULL && t < block->n_tables; t++)
        volley_buckets_free(&context->tables[t]);
    free(context->tables);
    free(context);
    return status;
}
