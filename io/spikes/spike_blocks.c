/* SPDX-License-Identifier: BSD-3-Clause */
/* Divides the spikes of a segment into equal parts by a histogram of their keys, and moves each part to the
 * rank that writes it. */
#include "io/spikes/spike_blocks.h"

#include "base/memory.h"
#include "base/status.h"
#include "files/redistribute.h"
#include "files/sort.h"
#include "files/together.h"
#include "net/part.h"

#include <stdlib.h>

/* Bins of the histogram over all populations: bounded, since every rank sums it with all others. */
enum { BINS_MAX = 1 << 18, BINS_OF_POPULATION = 1024, BINS_PER_RANK = 16 };

/* The histogram of the keys of each population, and the rank that each bin goes to. Cutting at bins and not
 * at spikes needs no sort over ranks; a bin is a small part of a rank's share unless activity is very uneven.
 */
typedef struct histogram {
    int64_t bins;
    uint64_t *width;  /* [n_populations] keys in a bin */
    uint64_t *spikes; /* [n_populations][bins] */
    int32_t *owner;   /* [n_populations][bins] */
    int32_t *destination;
    uint64_t *keys;
    uint64_t n;
} histogram;

static void histogram_free(histogram *h) {
    free(h->width);
    free(h->spikes);
    free(h->owner);
    free(h->destination);
    free(h->keys);
}

/* The steps that hold spikes, over all ranks. */
static void find_span(volley_comm *comm, const volley_recorded_spike *spikes, int64_t n,
                      volley_spike_blocks *blocks) {
    uint64_t ends[2] = {0, 0}; /* largest of (2^63 - step) and of (step + 1); 0 without spikes */
    for (int64_t i = 0; i < n; i++) {
        uint64_t up = (uint64_t)spikes[i].step + 1, down = (uint64_t)INT64_MAX - (uint64_t)spikes[i].step;
        ends[0] = down > ends[0] ? down : ends[0];
        ends[1] = up > ends[1] ? up : ends[1];
    }
    volley_comm_max_u64(comm, ends, 2);
    if (ends[1] == 0)
        return;
    blocks->first_step = INT64_MAX - (int64_t)ends[0];
    blocks->span = (int64_t)ends[1] - blocks->first_step;
}

static int prepare(const volley_network *network, int ranks, uint64_t n, volley_spike_blocks *blocks,
                   histogram *h) {
    int64_t populations = network->n_populations;
    TRY(VOLLEY_NEW(blocks->base, populations + 1));
    TRY(VOLLEY_NEW(blocks->total, populations));
    TRY(VOLLEY_NEW(blocks->first, populations));
    TRY(VOLLEY_NEW(blocks->count, populations));
    h->bins = BINS_MAX / populations;
    int64_t enough = BINS_PER_RANK * (int64_t)ranks > BINS_OF_POPULATION ? BINS_PER_RANK * (int64_t)ranks
                                                                         : BINS_OF_POPULATION;
    if (h->bins > enough)
        h->bins = enough;
    if (h->bins < 1)
        h->bins = 1;
    TRY(VOLLEY_NEW(h->width, populations));
    TRY(VOLLEY_NEW(h->spikes, populations * h->bins));
    TRY(VOLLEY_NEW(h->owner, populations * h->bins));
    TRY(VOLLEY_NEW(h->destination, n));
    TRY(VOLLEY_NEW(h->keys, n));
    for (int64_t p = 0; p < populations; p++) {
        uint64_t keys, size = volley_part_is_first(network, (int32_t)p)
                                  ? (uint64_t)volley_part_size(&network->populations[p])
                                  : 0;
        int wide = __builtin_mul_overflow((uint64_t)blocks->span, size, &keys) ||
                   __builtin_add_overflow(blocks->base[p], keys, &blocks->base[p + 1]);
        CHECK(!wide, VOLLEY_FAILED,
              "a segment of spikes spans %lld steps of %lld neurons: too many for 64 bits",
              (long long)blocks->span, (long long)network->n_neurons);
        h->width[p] = keys / (uint64_t)h->bins + 1;
    }
    return VOLLEY_OK;
}

/* Keys of the recorded spikes, and the bin of each (kept in `destination` until the owners are known). */
static void make_keys(const volley_network *network, const volley_recorded_spike *spikes, int64_t n,
                      const volley_spike_blocks *blocks, histogram *h) {
    for (int64_t i = 0; i < n; i++) {
        int32_t p = volley_population_of(network, (int64_t)spikes[i].gid);
        if (!network->record_spikes[p])
            continue;
        const volley_population *population = &network->populations[p];
        int64_t index = (int64_t)spikes[i].gid - population->first_gid;
        uint64_t key =
            (uint64_t)(spikes[i].step - blocks->first_step) * (uint64_t)volley_part_size(population) +
            (uint64_t)volley_part_id(population, index);
        p = volley_part_first(network, p);
        int64_t bin = p * h->bins + (int64_t)(key / h->width[p]);
        h->spikes[bin]++;
        h->destination[h->n] = (int32_t)bin;
        h->keys[h->n++] = blocks->base[p] + key;
    }
}

/* Gives each bin to the rank in whose share of all spikes its middle lies; all ranks find the same. */
static void cut(const volley_network *network, int ranks, int rank, volley_spike_blocks *blocks,
                histogram *h) {
    uint64_t all = 0, before = 0;
    for (int32_t p = 0; p < network->n_populations; p++) {
        for (int64_t b = 0; b < h->bins; b++)
            blocks->total[p] += h->spikes[p * h->bins + b];
        all += blocks->total[p];
    }
    for (int32_t p = 0; p < network->n_populations; p++) {
        for (int64_t b = p * h->bins; b < (p + 1) * h->bins; b++) {
            uint64_t middle = before + h->spikes[b] / 2;
            int owner = all == 0 ? 0 : volley_block_owner(all, ranks, middle < all ? middle : all - 1);
            h->owner[b] = owner;
            if (owner < rank)
                blocks->first[p] += h->spikes[b];
            if (owner == rank)
                blocks->count[p] += h->spikes[b];
            before += h->spikes[b];
        }
    }
}

static int sort_received(volley_spike_blocks *blocks) {
    uint64_t *scratch = NULL;
    TRY(VOLLEY_NEW(scratch, blocks->n));
    volley_sort_keys(blocks->keys, scratch, blocks->n);
    free(scratch);
    return VOLLEY_OK;
}

static int move(volley_comm *comm, const volley_network *network, const volley_recorded_spike *spikes,
                int64_t n, volley_spike_blocks *blocks, histogram *h) {
    int ranks = volley_comm_size(comm);
    TRY(volley_io_together(comm, prepare(network, ranks, (uint64_t)n, blocks, h)));
    make_keys(network, spikes, n, blocks, h);
    volley_comm_sum_u64(comm, h->spikes, (int)(network->n_populations * h->bins));
    cut(network, ranks, volley_comm_rank(comm), blocks, h);
    for (uint64_t i = 0; i < h->n; i++)
        h->destination[i] = h->owner[h->destination[i]];
    void *received = NULL;
    TRY(volley_redistribute(comm, h->keys, h->n, sizeof *h->keys, h->destination, &received, &blocks->n));
    blocks->keys = received;
    return volley_io_together(comm, sort_received(blocks));
}

int volley_spike_blocks_make(volley_comm *comm, const volley_network *network,
                             const volley_recorded_spike *spikes, int64_t n, volley_spike_blocks *blocks) {
    *blocks = (volley_spike_blocks){0};
    find_span(comm, spikes, n, blocks);
    if (blocks->span == 0)
        return VOLLEY_OK;
    histogram h = {0};
    int code = move(comm, network, spikes, n, blocks, &h);
    histogram_free(&h);
    return code;
}

void volley_spike_blocks_free(volley_spike_blocks *blocks) {
    free(blocks->base);
    free(blocks->total);
    free(blocks->first);
    free(blocks->count);
    free(blocks->keys);
    *blocks = (volley_spike_blocks){0};
}

void volley_spike_blocks_decode(const volley_spike_blocks *blocks, const volley_network *network, int32_t p,
                                uint64_t start, double *timestamps, uint64_t *node_ids) {
    uint64_t size = (uint64_t)volley_part_size(&network->populations[p]);
    const uint64_t *keys = blocks->keys + start;
    for (uint64_t i = 0; i < blocks->count[p]; i++) {
        uint64_t key = keys[i] - blocks->base[p];
        timestamps[i] = volley_step_to_ms(network, blocks->first_step + (int64_t)(key / size));
        node_ids[i] = key % size;
    }
}
