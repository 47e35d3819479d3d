/* SPDX-License-Identifier: BSD-3-Clause */
/* Fills in the provenance of a run: version, host, layout, config, seed. */
#include "run/origin.h"

#include "base/simd.h"
#include "base/version.h"

#include <time.h>
#include <unistd.h>

void volley_origin_fill(const volley_network *network, const volley_comm *comm, int threads, int simd,
                        char host[VOLLEY_HOST_BYTES], volley_provenance *provenance) {
    time_t now = time(NULL);
    struct tm utc;
    gethostname(host, VOLLEY_HOST_BYTES - 1);
    *provenance = (volley_provenance){
        .version = VOLLEY_VERSION,
        .git = VOLLEY_GIT,
        .compiler = VOLLEY_COMPILER,
        .flags = VOLLEY_FLAGS,
        .simd = volley_simd_name(simd),
        .config = network->config_text,
        .config_hash = network->config_hash,
        .seed = network->seed,
        .dt_ms = network->dt_ms,
        .host = host,
        .ranks = volley_comm_size(comm),
        .threads = threads,
        .partition = network->partition,
        .exchange_interval_steps =
            network->exchange_interval > 0 ? network->exchange_interval : network->min_delay,
    };
    strftime(provenance->started, sizeof provenance->started, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
}
