#include "build/fill.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/pages.h"
#include "base/rng.h"
#include "base/simd.h"
#include "base/status.h"
#include "build/edges.h"

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
    char *records; /* of the table; its target column when it is flat */
    bool flat;
    uint16_t constant;
    uint64_t weight_key, delay_key;
    volley_edge_target target;
    uint64_t hash_base, hash;
    uint64_t n_trained,
        trained; /* initial weights of the projection in a file, and those that have been used */
    /* one piece of edges */
    int64_t gid[PIECE];
    uint32_t source[PIECE], at[PIECE]; /* local numbers of the sources, places in the table */
    uint16_t delay[PIECE];
    double weight[PIECE];
    uint64_t bits[PIECE];
} edge_context;

static void begin(void *context, const volley_edge_target *target) {
    edge_context *c = context;
    c->target = *target;
    c->n_trained += target->n_trained;
    c->hash_base = volley_hash_add(volley_hash_add(0, (uint64_t)target->projection), (uint64_t)target->gid);
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
    const volley_source_map *map = &c->wiring->sources;
    const uint32_t *restrict source = c->source;
    (void)first;
    if (c->rows->row_start == NULL) /* tables without a synapse stay empty */
        TRY(VOLLEY_NEW(c->rows->row_start, map->n_sources + 1));
    uint32_t *restrict counts = c->rows->row_start;
    c->rows->n_synapses += n;
    CHECK(c->rows->n_synapses <= UINT32_MAX, VOLLEY_EXHAUSTED,
          "more than 2^32 synapses of one kind in a block of targets; use more threads or ranks");
    find_sources(c, n, sources);
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

static int draw_weights(edge_context *c, int64_t first, int64_t n, const int64_t *sources) {
    TRY(volley_edges_weights(c->wiring, &c->target, c->weight_key, first, n, sources, c->weight));
    if (c->projection->weight_bytes == 4)
        float_bits[c->wiring->simd](c->weight, n, c->bits);
    else
        memcpy(c->bits, c->weight, (size_t)n * sizeof *c->weight);
    return VOLLEY_OK;
}

/* Finds every edge its place and fetches its line for writing ahead: rows lie far apart in memory. */
static void place(edge_context *c, int64_t n) {
    uint32_t *restrict next = c->rows->row_start, *restrict place_of = c->at;
    const uint32_t *restrict source = c->source;
    const char *records = c->records;
    size_t bytes = c->flat ? sizeof *c->rows->target : volley_record_bytes(c->class);
    for (int64_t i = 0; i < n; i++) {
        uint32_t at = next[source[i]]++;
        place_of[i] = at;
        __builtin_prefetch(records + at * bytes, 1);
    }
}

static void store(const edge_context *c, int64_t n) {
    const uint32_t *restrict at = c->at;
    const double *restrict weight = c->weight;
    const uint16_t *restrict delay = c->delay;
    uint16_t target = (uint16_t)(c->target.slot - c->block->first_target), constant = c->constant;
    if (c->flat) {
        uint16_t *restrict column = (uint16_t *)c->records;
        for (int64_t i = 0; i < n; i++)
            column[at[i]] = target;
    } else if (c->class == VOLLEY_CLASS_FLOAT32) {
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
    find_sources(c, n, sources);
    place(c, n);
    if (c->flat) { /* delays and weights stand there already */
        c->hash += hash_edges[c->wiring->simd](c->hash_base, (uint64_t)first, n, c->gid, c->delay, c->bits);
        store(c, n);
        return VOLLEY_OK;
    }
    TRY(volley_edges_delays(c->wiring, &c->target, c->delay_key, first, n, sources, c->delay));
    if (c->projection->trained != NULL) {
        TRY(volley_edges_check_trained(c->wiring, &c->target, first, n, sources, c->delay));
        c->trained += (uint64_t)n;
    }
    TRY(draw_weights(c, first, n, sources));
    c->hash += hash_edges[c->wiring->simd](c->hash_base, (uint64_t)first, n, c->gid, c->delay, c->bits);
    store(c, n);
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

/* One pass over the edges of a block; records[table]. */
static int pass(edge_context *c, int thread, volley_block *block, void **records, pass_sink sink) {
    const volley_network *network = c->wiring->layout->network;
    for (int32_t p = 0; p < network->n_projections; p++) {
        const volley_projection *projection = &network->projections[p];
        int table = volley_wiring_table(c->wiring, p);
        c->class = c->wiring->storage[p];
        c->projection = projection;
        c->rows = volley_block_table(block, table);
        c->records = records[table];
        c->flat = c->wiring->flat[table];
        if (c->flat)
            set_constants(c);
        c->constant = c->wiring->constant[p];
        c->weight_key = volley_rng_key(network->seed, VOLLEY_RNG_WEIGHT, (uint32_t)p);
        c->delay_key = volley_rng_key(network->seed, VOLLEY_RNG_DELAY, (uint32_t)p);
        c->n_trained = c->trained = 0;
        TRY(volley_edges_walk(c->wiring, p, thread, block->first_target,
                              block->first_target + block->n_targets, begin, sink, c));
        CHECK(sink != fill_sink || c->trained == c->n_trained, VOLLEY_USAGE,
              "%s: other synapses: %s has %llu more onto some neurons", projection->trained->place,
              projection->trained->directory, (unsigned long long)(c->n_trained - c->trained));
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

static size_t record_room(const volley_wiring *wiring, volley_block *block, int table) {
    const volley_rows *rows = volley_block_table(block, table);
    size_t bytes = wiring->flat[table] ? sizeof *rows->target : volley_record_bytes(rows->class);
    return (size_t)rows->n_synapses * bytes;
}

/* From records to columns; records[table] is gone afterwards. */
static int complete(edge_context *c, volley_block *block, int table, void **records) {
    volley_rows *rows = volley_block_table(block, table);
    int64_t n_sources = c->wiring->sources.n_sources;
    restore_starts(rows, n_sources);
    if (!c->wiring->flat[table]) {
        TRY(volley_rows_sort(rows, n_sources, records[table], c->wiring->layout->network->max_delay));
        volley_pages_free(records[table], record_room(c->wiring, block, table));
        records[table] = NULL;
        return VOLLEY_OK;
    }
    rows->target = records[table];
    records[table] = NULL;
    const volley_network *network = c->wiring->layout->network;
    int32_t p = 0; /* any projection of the table */
    while (volley_wiring_table(c->wiring, p) != table)
        p++;
    return volley_rows_flat(rows, n_sources, (uint16_t)network->projections[p].delay.a,
                            c->wiring->constant[p], network->projections[p].weight.a);
}

static int create_tables(const volley_wiring *wiring, volley_block *block) {
    TRY(VOLLEY_NEW(block->plastic, wiring->n_plastic));
    block->n_plastic = wiring->n_plastic;
    for (int t = 0; t < VOLLEY_CLASSES * VOLLEY_RECEPTORS; t++)
        volley_block_table(block, t)->class = t / VOLLEY_RECEPTORS;
    for (int i = 0; i < block->n_plastic; i++)
        block->plastic[i].class = wiring->storage[wiring->plastic[i]];
    return VOLLEY_OK;
}

static int build(edge_context *c, int thread, volley_block *block, void **records) {
    int64_t n_sources = c->wiring->sources.n_sources;
    TRY(pass(c, thread, block, records, count_sink));
    for (int t = 0; t < volley_block_tables(block); t++) {
        volley_rows *rows = volley_block_table(block, t);
        if (rows->row_start == NULL)
            continue;
        start_rows(rows, n_sources);
        TRY(volley_pages_alloc(record_room(c->wiring, block, t), &records[t]));
    }
    TRY(pass(c, thread, block, records, fill_sink));
    for (int t = 0; t < volley_block_tables(block); t++)
        if (volley_block_table(block, t)->row_start != NULL)
            TRY(complete(c, block, t, records));
    return VOLLEY_OK;
}

int volley_block_build(const volley_wiring *wiring, int thread, volley_block *block, uint64_t *hash) {
    void **records;
    edge_context *context;
    TRY(create_tables(wiring, block));
    TRY(VOLLEY_NEW(records, volley_block_tables(block)));
    int status = VOLLEY_NEW(context, 1);
    if (status == VOLLEY_OK) {
        context->wiring = wiring;
        context->block = block;
        status = build(context, thread, block, records);
        *hash += context->hash;
    }
    for (int t = 0; t < volley_block_tables(block); t++)
        volley_pages_free(records[t], record_room(wiring, block, t));
    free(records);
    free(context);
    return status;
}
