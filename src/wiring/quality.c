/* SPDX-License-Identifier: BSD-3-Clause */
/* Counts how even a partition is, and how many synapses and spikes it cuts. */
#include "wiring/quality.h"
#include "base/memory.h"
#include "base/status.h"

#include <math.h>
#include <stdlib.h>

/* Neurons of the slice that are targets of the projection. */
static int64_t targets_here(const volley_network *network, const volley_projection *projection,
                            const volley_slice *slice) {
    if (projection->target.count == network->populations[projection->target.population].size)
        return slice->count;
    int64_t n = 0;
    for (int64_t i = 0; i < slice->count; i++)
        n += volley_subset_find(&projection->target, volley_slice_at(slice, i)) >= 0;
    return n;
}

static double cost_here(const volley_layout *layout) {
    const volley_network *network = layout->network;
    double cost = 0.0;
    for (int32_t p = 0; p < network->n_populations; p++)
        cost += network->populations[p].model->relative_cost * (double)layout->slices[p].count;
    for (int32_t i = 0; i < network->n_projections; i++) {
        const volley_projection *projection = &network->projections[i];
        cost += volley_partition_input_cost(network, projection) *
                (double)targets_here(network, projection, &layout->slices[projection->target.population]);
    }
    return cost;
}

/* Synapses of this rank from one source. */
static uint64_t row_length(const volley_wiring *wiring, uint32_t source) {
    uint64_t n = 0;
    for (int t = 0; t < wiring->layout->threads; t++) {
        const volley_synapses *synapses = &wiring->synapses[t];
        for (int64_t b = 0; b < synapses->n_blocks; b++)
            for (int i = 0; i < synapses->blocks[b].n_tables; i++) {
                const volley_rows *rows = &synapses->blocks[b].tables[i];
                if (rows->row_start != NULL)
                    n += rows->row_start[source + 1] - rows->row_start[source];
            }
    }
    return n;
}

/* Own neurons that are sources on their own rank, and their synapses there. */
static void find_local(const volley_wiring *wiring, uint64_t *sources, uint64_t *synapses) {
    const volley_layout *layout = wiring->layout;
    *sources = *synapses = 0;
    for (int32_t p = 0; p < layout->network->n_populations; p++)
        for (int64_t i = 0; i < layout->slices[p].count; i++) {
            uint64_t gid = (uint64_t)(layout->network->populations[p].first_gid +
                                      volley_slice_at(&layout->slices[p], i));
            if (!volley_source_map_has(&wiring->sources, gid))
                continue;
            ++*sources;
            *synapses += row_length(wiring, volley_source_map_local(&wiring->sources, gid));
        }
}

enum { NEURONS, SYNAPSES, COST, CUT, MESSAGES, FIGURES };

/* Largest over mean. */
static double balance(const double *all, int ranks, int figure) {
    double sum = 0.0, largest = 0.0;
    for (int r = 0; r < ranks; r++) {
        sum += all[r * FIGURES + figure];
        largest = fmax(largest, all[r * FIGURES + figure]);
    }
    return sum > 0.0 ? largest * ranks / sum : 1.0;
}

int volley_quality_find(volley_comm *comm, const volley_partition *partition, const volley_wiring *wiring,
                        volley_quality *quality) {
    int rank = volley_comm_rank(comm), ranks = volley_comm_size(comm);
    uint64_t local_sources, local_synapses, synapses = 0;
    double *all, total = 0.0;
    int worst = volley_comm_worst(comm, VOLLEY_NEW(all, (int64_t)ranks * FIGURES));
    if (worst == VOLLEY_OK) {
        find_local(wiring, &local_sources, &local_synapses);
        for (int t = 0; t < wiring->layout->threads; t++)
            synapses += (uint64_t)wiring->synapses[t].n_synapses;
        double mine[FIGURES] = {[NEURONS] = (double)volley_partition_local_count(partition, rank),
                                [SYNAPSES] = (double)synapses,
                                [COST] = cost_here(wiring->layout),
                                [CUT] = (double)(synapses - local_synapses),
                                [MESSAGES] = (double)((uint64_t)wiring->sources.n_sources - local_sources)};
        volley_comm_gather_double(comm, mine, FIGURES, all);
        *quality = (volley_quality){.neurons = balance(all, ranks, NEURONS),
                                    .synapses = balance(all, ranks, SYNAPSES),
                                    .cost = balance(all, ranks, COST)};
        for (int r = 0; r < ranks; r++) {
            total += all[r * FIGURES + SYNAPSES];
            quality->cut_synapses += (uint64_t)all[r * FIGURES + CUT];
            quality->messages += (uint64_t)all[r * FIGURES + MESSAGES];
        }
        quality->cut = total > 0.0 ? (double)quality->cut_synapses / total : 0.0;
    }
    free(all);
    return worst;
}
