#include "sim/rate_limit.h"

#include "base/memory.h"
#include "base/status.h"

#include <stdlib.h>

int volley_rate_limit_create(volley_rate_limit *limit, const volley_network *network) {
    *limit = (volley_rate_limit){.network = network};
    if (network->max_rate <= 0.0)
        return VOLLEY_OK;
    limit->window = volley_rate_window(network);
    TRY(VOLLEY_NEW(limit->spikes, network->n_populations));
    return VOLLEY_NEW(limit->steps, limit->window * network->n_populations);
}

void volley_rate_limit_free(volley_rate_limit *limit) {
    free(limit->spikes);
    free(limit->steps);
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

/* The row of a step takes the place of the one that leaves the window. */
static void count_step(volley_rate_limit *limit, const uint64_t *gids, int64_t n, int64_t stamp) {
    const volley_network *network = limit->network;
    uint64_t *row = limit->steps + stamp % limit->window * network->n_populations;
    for (int32_t p = 0; p < network->n_populations; p++) {
        const volley_population *population = &network->populations[p];
        int64_t own = 0;
        if (n > 0) {
            own = count_below(gids, n, (uint64_t)(population->first_gid + population->size));
            gids += own;
            n -= own;
        }
        limit->spikes[p] += (uint64_t)own - row[p];
        row[p] = (uint64_t)own;
    }
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

void volley_rate_limit_count(volley_rate_limit *limit, const volley_spikes *spikes, int64_t first_stamp) {
    if (limit->steps == NULL || limit->exceeded)
        return;
    for (int64_t i = 0; i < spikes->n_steps && !limit->exceeded; i++) {
        int64_t first = spikes->start[i], n = spikes->start[i + 1] - first, stamp = first_stamp + i;
        count_step(limit, n > 0 ? spikes->gid + first : NULL, n, stamp);
        if (n > 0)
            check_window(limit, stamp);
    }
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
