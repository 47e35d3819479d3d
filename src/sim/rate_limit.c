#include "sim/rate_limit.h"

#include "base/memory.h"
#include "base/status.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double window_ms = 100.0;

int volley_rate_limit_create(volley_rate_limit *limit, const volley_network *network) {
    *limit = (volley_rate_limit){.network = network};
    if (network->max_rate <= 0.0)
        return VOLLEY_OK;
    double steps = round(window_ms / network->dt_ms);
    limit->window = steps > 1.0 ? (int64_t)steps : 1;
    return VOLLEY_NEW(limit->spikes, network->n_populations);
}

void volley_rate_limit_free(volley_rate_limit *limit) {
    free(limit->spikes);
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

static void count_step(volley_rate_limit *limit, const uint64_t *gids, int64_t n) {
    const volley_network *network = limit->network;
    for (int32_t p = 0; p < network->n_populations && n > 0; p++) {
        const volley_population *population = &network->populations[p];
        int64_t own = count_below(gids, n, (uint64_t)(population->first_gid + population->size));
        limit->spikes[p] += (uint64_t)own;
        gids += own;
        n -= own;
    }
}

static void end_window(volley_rate_limit *limit, int64_t stamp) {
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
    memset(limit->spikes, 0, (size_t)network->n_populations * sizeof *limit->spikes);
}

void volley_rate_limit_count(volley_rate_limit *limit, const volley_spikes *spikes, int64_t first_stamp) {
    if (limit->spikes == NULL || limit->exceeded)
        return;
    for (int64_t i = 0; i < spikes->n_steps && !limit->exceeded; i++) {
        int64_t first = spikes->start[i], n = spikes->start[i + 1] - first, stamp = first_stamp + i;
        if (n > 0)
            count_step(limit, spikes->gid + first, n);
        if (stamp % limit->window == 0)
            end_window(limit, stamp);
    }
}

int volley_rate_limit_status(const volley_rate_limit *limit) {
    if (!limit->exceeded)
        return VOLLEY_OK;
    const volley_network *network = limit->network;
    return volley_fail(VOLLEY_FAILED,
                       "population %s fires too fast: %.6g Hz on average from %.10g to %.10g ms; "
                       "limits.max_rate allows at most %.10g Hz",
                       network->populations[limit->population].name, limit->rate,
                       volley_step_to_ms(network, limit->stamp - limit->window),
                       volley_step_to_ms(network, limit->stamp), network->max_rate);
}
