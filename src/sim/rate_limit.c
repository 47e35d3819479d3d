/* SPDX-License-Identifier: BSD-3-Clause */
/* Counts the spikes of each population in a moving window, and finds the one that is too fast. */
#include "sim/rate_limit.h"

#include "base/memory.h"
#include "base/status.h"

#include <stdlib.h>
#include <string.h>

int volley_rate_limit_create(volley_rate_limit *limit, const volley_network *network, int64_t interval) {
    *limit = (volley_rate_limit){.network = network};
    if (network->max_rate <= 0.0)
        return VOLLEY_OK;
    limit->window = volley_rate_window(network);
    TRY(VOLLEY_NEW(limit->spikes, network->n_populations));
    TRY(VOLLEY_NEW(limit->counts, interval * network->n_populations));
    return VOLLEY_NEW(limit->steps, limit->window * network->n_populations);
}

void volley_rate_limit_free(volley_rate_limit *limit) {
    free(limit->spikes);
    free(limit->steps);
    free(limit->counts);
    *limit = (volley_rate_limit){0};
}

/* Number of gids below `bound` in an ascending list. */
static int64_t count_below(const uint64_t *gids, int64_t n, uint64_t bound) {
    int64_t low = 0, high = n;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (gids[middle] < bound)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Spikes of each population in one step. */
static void count_step(const volley_network *network, const uint64_t *gids, int64_t n, uint64_t *counts) {
    for (int32_t p = 0; p < network->n_populations; p++) {
        const volley_population *population = &network->populations[p];
        int64_t own = 0;
        if (n > 0) {
            own = count_below(gids, n, (uint64_t)(population->first_gid + population->size));
            gids += own;
            n -= own;
        }
        counts[p] = (uint64_t)own;
    }
}

/* The row of a step takes the place of the one that leaves the window. True when there were spikes. */
static bool add_step(volley_rate_limit *limit, const uint64_t *counts, int64_t stamp) {
    int32_t populations = limit->network->n_populations;
    uint64_t *row = limit->steps + stamp % limit->window * populations;
    bool any = false;
    for (int32_t p = 0; p < populations; p++) {
        limit->spikes[p] += counts[p] - row[p];
        row[p] = counts[p];
        any |= counts[p] > 0;
    }
    return any;
}

static void check_window(volley_rate_limit *limit, int64_t stamp) {
    const volley_network *network = limit->network;
    double seconds = volley_step_to_ms(network, limit->window) / 1000.0;
    for (int32_t p = 0; p < network->n_populations && !limit->exceeded; p++) {
        const volley_population *population = &network->populations[p];
        double rate = (double)limit->spikes[p] / (double)population->size / seconds;
        if (population->model->is_source || rate <= network->max_rate)
            continue;
        limit->exceeded = true;
        limit->population = p;
        limit->rate = rate;
        limit->stamp = stamp;
    }
}

void volley_rate_limit_count(volley_rate_limit *limit, volley_comm *comm, int64_t n_steps,
                             const int64_t *counts, const uint64_t *gids, int64_t first_stamp) {
    if (limit->steps == NULL || limit->exceeded)
        return;
    int32_t populations = limit->network->n_populations;
    for (int64_t i = 0, at = 0; i < n_steps; at += counts[i++])
        count_step(limit->network, counts[i] > 0 ? gids + at : NULL, counts[i],
                   limit->counts + i * populations);
    int64_t at_once = (1 << 30) / (populations > 0 ? populations : 1) + 1;
    for (int64_t i = 0; comm != NULL && i < n_steps; i += at_once)
        volley_comm_sum_u64(comm, limit->counts + i * populations,
                            (int)((n_steps - i < at_once ? n_steps - i : at_once) * populations));
    for (int64_t i = 0; i < n_steps && !limit->exceeded; i++)
        if (add_step(limit, limit->counts + i * populations, first_stamp + i))
            check_window(limit, first_stamp + i);
}

int volley_rate_limit_status(const volley_rate_limit *limit) {
    if (!limit->exceeded)
        return VOLLEY_OK;
    const volley_network *network = limit->network;
    return volley_fail(VOLLEY_FAILED,
                       "population %s fires too fast: %.6g Hz on average over the %.10g ms up to %.10g ms; "
                       "limits.max_rate allows at most %.10g Hz",
                       network->populations[limit->population].name, limit->rate,
                       volley_step_to_ms(network, limit->window), volley_step_to_ms(network, limit->stamp),
                       network->max_rate);
}

/* ---- what checkpoints hold: the rows of the window from the newest step on ---- */

static bool is_limited(const void *owner) {
    return ((const volley_rate_limit *)owner)->steps != NULL;
}

static uint64_t window_length(const void *owner, int64_t now) {
    const volley_rate_limit *limit = owner;
    (void)now;
    return (uint64_t)limit->window * (uint64_t)limit->network->n_populations;
}

static uint64_t *row_of(const volley_rate_limit *limit, int64_t step) {
    return limit->steps + (uint64_t)(step % limit->window) * (uint64_t)limit->network->n_populations;
}

static int save_window(const volley_list_part *part, void *items) {
    const volley_rate_limit *limit = part->owner;
    uint64_t n = (uint64_t)limit->network->n_populations;
    for (int64_t age = 0; age < limit->window && age <= part->now; age++)
        memcpy((uint64_t *)items + (uint64_t)age * n, row_of(limit, part->now - age), n * sizeof(uint64_t));
    return VOLLEY_OK;
}

static int load_window(const volley_list_part *part, const void *items) {
    const volley_rate_limit *limit = part->owner;
    uint64_t n = (uint64_t)limit->network->n_populations;
    for (int64_t age = 0; age < limit->window && age <= part->now; age++) {
        uint64_t *row = row_of(limit, part->now - age);
        memcpy(row, (const uint64_t *)items + (uint64_t)age * n, n * sizeof *row);
        for (uint64_t p = 0; p < n; p++)
            limit->spikes[p] += row[p];
    }
    return VOLLEY_OK;
}

/* A limit that was not there before counts what was before as silence. */
static const volley_list_entry entries[] = {
    {.name = "rate_window",
     .form = VOLLEY_LIST_COMMON,
     .type = VOLLEY_H5_UINT64,
     .may_lack = true,
     .fixed = true,
     .wanted = is_limited,
     .length = window_length,
     .save = save_window,
     .load = load_window},
    {.name = NULL},
};

static const volley_list_table table = {.name = "limits", .entries = entries};

int volley_rate_limit_add_lists(volley_rate_limit *limit, volley_owners *owners) {
    return volley_owners_add(owners, &table, NULL, limit);
}
