#include "io/weights.h"

#include "base/memory.h"
#include "base/status.h"
#include "io/redistribute.h"
#include "io/together.h"
#include "io/weight_file.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct volley_weight_writer {
    volley_comm *comm; /* borrowed, as the next two */
    const volley_network *network;
    const char *directory;
    volley_provenance *provenance; /* owned: rank 0's on all ranks */
    volley_weight_set *sets;       /* [n_weight_records] */
    volley_shared_file file;
};

/* A synapse takes up to 80 bytes on its way to the file. */
static uint64_t round_synapses = UINT64_C(1) << 19;

void volley_weight_writer_set_round(uint64_t synapses) {
    round_synapses = synapses;
}

int volley_weight_writer_create(volley_comm *comm, const volley_network *network, const char *directory,
                                const volley_provenance *provenance, volley_weight_writer **out) {
    volley_weight_writer *writer = NULL;
    int code = VOLLEY_NEW(writer, 1);
    if (code == VOLLEY_OK) {
        *writer = (volley_weight_writer){.comm = comm, .network = network, .directory = directory};
        code = VOLLEY_NEW(writer->sets, network->n_weight_records);
    }
    *out = writer;
    code = volley_io_together(comm, code);
    if (code == VOLLEY_OK)
        code = volley_provenance_share(comm, provenance, &writer->provenance);
    return volley_comm_agree(comm, code);
}

/* ---- places in the file ---- */

/* One target on its way to the rank that adds up, and the answer on its way back. */
typedef struct question {
    uint64_t count, rank, number;
} question;

typedef struct answer {
    uint64_t number, place;
} answer;

/* From in-degrees of a block of targets to places, in the order of the targets. */
static int add_up(volley_comm *comm, const question *questions, uint64_t n, answer *answers, int32_t *ranks,
                  uint64_t *total) {
    uint64_t sum = 0;
    for (uint64_t i = 0; i < n; i++)
        sum += questions[i].count;
    uint64_t place = volley_comm_exscan_u64(comm, sum);
    *total = sum;
    volley_comm_sum_u64(comm, total, 1);
    for (uint64_t i = 0; i < n; i++) {
        ranks[i] = (int32_t)questions[i].rank;
        answers[i] = (answer){questions[i].number, place};
        place += questions[i].count;
    }
    return VOLLEY_OK;
}

/* Collective. Where the synapses of each target stand, without any rank holding all targets. */
static int find_places(volley_weight_writer *writer, uint64_t n_all, const uint64_t *keys,
                       question *questions, volley_weight_set *set) {
    volley_comm *comm = writer->comm;
    int ranks = volley_comm_size(comm), rank = volley_comm_rank(comm);
    uint64_t n = volley_block_first(n_all, ranks, rank + 1) - volley_block_first(n_all, ranks, rank);
    uint64_t n_back = 0;
    void *block = NULL, *back = NULL;
    answer *answers = NULL;
    int32_t *destination = NULL;
    TRY(volley_redistribute_blocks(comm, keys, questions, set->n_targets, sizeof *questions, n_all, &block));
    int code = VOLLEY_NEW(answers, n);
    if (code == VOLLEY_OK)
        code = VOLLEY_NEW(destination, n);
    code = volley_io_together(comm, code);
    if (code == VOLLEY_OK)
        code = add_up(comm, block, n, answers, destination, &set->total);
    if (code == VOLLEY_OK)
        code = volley_redistribute(comm, answers, n, sizeof *answers, destination, &back, &n_back);
    for (uint64_t i = 0; code == VOLLEY_OK && i < n_back; i++)
        set->place[((const answer *)back)[i].number] = ((const answer *)back)[i].place;
    free(block);
    free(back);
    free(answers);
    free(destination);
    return code;
}

int volley_weight_writer_place(volley_weight_writer *writer, int32_t record, const int64_t *positions,
                               const uint64_t *counts, uint64_t n) {
    const volley_weight_record *r = &writer->network->weight_records[record];
    const volley_subset *targets = &writer->network->projections[r->projection].target;
    volley_weight_set *set = &writer->sets[record];
    uint64_t *keys = NULL;
    question *questions = NULL;
    set->n_targets = n;
    set->snapshots = volley_weight_record_count(writer->network, r);
    int code = VOLLEY_NEW(set->target, n);
    if (code == VOLLEY_OK)
        code = VOLLEY_NEW(set->start, n + 1);
    if (code == VOLLEY_OK)
        code = VOLLEY_NEW(set->place, n);
    if (code == VOLLEY_OK)
        code = VOLLEY_NEW(keys, n);
    if (code == VOLLEY_OK)
        code = VOLLEY_NEW(questions, n);
    code = volley_io_together(writer->comm, code);
    if (code == VOLLEY_OK) {
        for (uint64_t i = 0; i < n; i++) {
            set->target[i] = (uint64_t)volley_subset_at(targets, positions[i]);
            set->start[i + 1] = set->start[i] + counts[i];
            keys[i] = (uint64_t)positions[i];
            questions[i] = (question){counts[i], (uint64_t)volley_comm_rank(writer->comm), i};
        }
        code = find_places(writer, (uint64_t)targets->count, keys, questions, set);
    }
    free(keys);
    free(questions);
    return code;
}

/* ---- writing ---- */

/* One value a synapse on its way to a dataset. */
typedef struct column {
    volley_h5 dataset;
    enum volley_h5_type type;
    uint64_t bytes;
    int64_t row;        /* of a table; -1: a list */
    const char *values; /* of the rank's synapses; NULL: the numbers of their targets */
} column;

/* The file in blocks, one a rank, each written in rounds. In every round but the last all ranks have equally
 * much to write, so what is written in a round is in the block distribution, too. */
typedef struct round {
    uint64_t first, total; /* in each block from `first` on; of all ranks together */
    uint64_t n;            /* that this rank holds */
    uint64_t *keys;        /* [n] numbers in the round */
    char *items;           /* [n] */
} round;

/* Adds the rank's synapses [low, high) of the file, all of target t, to a round; the first one has number
 * `key` in it. */
static void add_synapses(const volley_weight_set *set, uint64_t t, uint64_t low, uint64_t high, uint64_t key,
                         const column *c, round *r) {
    const char *from = NULL;
    if (c->values != NULL)
        from = c->values + (set->start[t] + low - set->place[t]) * c->bytes;
    for (uint64_t i = 0; i < high - low; i++, r->n++) {
        r->keys[r->n] = key + i;
        memcpy(r->items + r->n * c->bytes, from != NULL ? from + i * c->bytes : (const char *)&set->target[t],
               c->bytes);
    }
}

/* Counts the rank's synapses of the round, or adds them when it has room for them. */
static void visit_round(const volley_weight_set *set, int ranks, const column *c, round *r) {
    bool store = r->n > 0;
    r->n = 0;
    for (uint64_t t = 0; t < set->n_targets; t++) {
        uint64_t at = set->place[t], end = at + set->start[t + 1] - set->start[t];
        while (at < end) {
            int owner = volley_block_owner(set->total, ranks, at);
            uint64_t block = volley_block_first(set->total, ranks, owner) + r->first;
            uint64_t next = volley_block_first(set->total, ranks, owner + 1);
            uint64_t low = block > at ? block : at, high = block + round_synapses;
            high = high < next ? high : next;
            high = high < end ? high : end;
            if (low < high && store)
                add_synapses(set, t, low, high, volley_block_first(r->total, ranks, owner) + low - block, c,
                             r);
            else if (low < high)
                r->n += high - low;
            at = next;
        }
    }
}

static int collect(const volley_weight_set *set, int ranks, const column *c, round *r) {
    visit_round(set, ranks, c, r);
    TRY(VOLLEY_NEW(r->keys, r->n));
    r->items = volley_alloc(r->n, c->bytes);
    TRY(volley_alloc_status());
    if (r->n > 0)
        visit_round(set, ranks, c, r);
    return VOLLEY_OK;
}

/* Synapses of a block in the round that begins at `first`. */
static uint64_t in_round(uint64_t total, int ranks, int rank, uint64_t first) {
    uint64_t block = volley_block_first(total, ranks, rank + 1) - volley_block_first(total, ranks, rank);
    uint64_t left = block > first ? block - first : 0;
    return left < round_synapses ? left : round_synapses;
}

static int write_round(volley_comm *comm, const volley_weight_set *set, const column *c, uint64_t first) {
    int ranks = volley_comm_size(comm), rank = volley_comm_rank(comm);
    round r = {.first = first};
    for (int i = 0; i < ranks; i++)
        r.total += in_round(set->total, ranks, i, first);
    void *block = NULL;
    int code = volley_io_together(comm, collect(set, ranks, c, &r));
    if (code == VOLLEY_OK)
        code = volley_redistribute_blocks(comm, r.keys, r.items, r.n, c->bytes, r.total, &block);
    free(r.keys);
    free(r.items);
    uint64_t at = volley_block_first(set->total, ranks, rank) + first,
             n = in_round(set->total, ranks, rank, first);
    if (code == VOLLEY_OK)
        code = c->row < 0
                   ? volley_h5_write(comm, c->dataset, c->type, at, n, block)
                   : volley_h5_write_table(comm, c->dataset, c->type, (uint64_t)c->row, 1, at, n, block);
    free(block);
    return code;
}

static int write_column(volley_comm *comm, const volley_weight_set *set, const column *c) {
    uint64_t largest = volley_block_first(set->total, volley_comm_size(comm), 1);
    for (uint64_t first = 0; first < largest; first += round_synapses)
        TRY(write_round(comm, set, c, first));
    return VOLLEY_OK;
}

int volley_weight_writer_open(volley_weight_writer *writer) {
    int32_t n = writer->network->n_weight_records;
    if (n == 0)
        return VOLLEY_OK;
    TRY(volley_weight_file_create(writer->comm, writer->network, writer->provenance, writer->directory,
                                  writer->sets, &writer->file));
    for (int32_t i = 0; i < n; i++) {
        column targets = {writer->sets[i].destination, VOLLEY_H5_UINT64, sizeof(uint64_t), -1, NULL};
        TRY(write_column(writer->comm, &writer->sets[i], &targets));
    }
    return VOLLEY_OK;
}

int volley_weight_writer_column(volley_weight_writer *writer, int32_t record, enum volley_weight_column which,
                                const void *values) {
    const volley_weight_set *set = &writer->sets[record];
    column c = {set->source, VOLLEY_H5_UINT64, sizeof(uint64_t), -1, values};
    if (which == VOLLEY_WEIGHT_DELAY)
        c = (column){set->delay, VOLLEY_H5_FLOAT64, sizeof(double), -1, values};
    return write_column(writer->comm, set, &c);
}

int volley_weight_writer_snapshot(volley_weight_writer *writer, int32_t record, const void *values) {
    volley_weight_set *set = &writer->sets[record];
    int32_t p = writer->network->weight_records[record].projection;
    int bytes = writer->network->projections[p].weight_bytes;
    column c = {set->weight, bytes == 4 ? VOLLEY_H5_FLOAT32 : VOLLEY_H5_FLOAT64, (uint64_t)bytes,
                set->written, values};
    ASSERT(set->written < set->snapshots);
    TRY(write_column(writer->comm, set, &c));
    set->written++;
    return VOLLEY_OK;
}

int volley_weight_writer_finish(volley_weight_writer *writer) {
    int32_t n = writer->network->n_weight_records;
    bool complete = true;
    for (int32_t i = 0; i < n; i++)
        complete &= writer->sets[i].written == writer->sets[i].snapshots;
    if (!complete)
        return volley_comm_agree(writer->comm, volley_weight_file_shorten(&writer->file, writer->network,
                                                                          writer->provenance,
                                                                          writer->directory, writer->sets));
    return volley_comm_agree(writer->comm,
                             volley_weight_file_finish(&writer->file, writer->sets, n, VOLLEY_OK));
}

void volley_weight_writer_destroy(volley_weight_writer **out) {
    volley_weight_writer *writer = *out;
    if (writer == NULL)
        return;
    int32_t n = writer->sets != NULL ? writer->network->n_weight_records : 0;
    volley_weight_file_finish(&writer->file, writer->sets, n, VOLLEY_FAILED);
    for (int32_t i = 0; i < n; i++) {
        free(writer->sets[i].target);
        free(writer->sets[i].start);
        free(writer->sets[i].place);
    }
    free(writer->sets);
    free(writer->provenance);
    free(writer);
    *out = NULL;
}
