#include "io/spike_file.h"

#include "base/hash.h"
#include "base/memory.h"
#include "base/status.h"
#include "io/publish.h"
#include "net/part.h"

#include <stdlib.h>
#include <string.h>

/* Room for everything but the raw data, generously: attributes, groups, the config text is added. */
enum { METADATA_BYTES = 1 << 16, METADATA_BYTES_PER_POPULATION = 1 << 13 };

static int create_population(volley_spike_file *file, volley_h5 spikes, int32_t p, uint64_t total) {
    static const char *const orders[] = {"none", "by_id", "by_time"};
    static const int numbers[] = {
        [VOLLEY_ORDER_BY_TIME] = 2, [VOLLEY_ORDER_BY_ID] = 1, [VOLLEY_ORDER_NONE] = 0};
    const volley_population *population = &file->network->populations[p];
    uint64_t size = (uint64_t)volley_part_size(population);
    uint64_t recorded = (uint64_t)volley_part_recorded(file->network, p);
    volley_h5 group = 0, timestamps = 0, node_ids = 0;
    int code = volley_h5_create_group(spikes, volley_part_name(population), &group);
    if (code == VOLLEY_OK)
        code = volley_h5_put_enum(group, "sorting", orders, 3, numbers[file->order]);
    if (code == VOLLEY_OK)
        code = volley_h5_put(group, "size", VOLLEY_H5_UINT64, &size, 0);
    if (code == VOLLEY_OK && recorded < size)
        code = volley_h5_put(group, "recorded_neurons", VOLLEY_H5_UINT64, &recorded, 0);
    if (code == VOLLEY_OK)
        code = volley_h5_create_dataset(group, "timestamps", VOLLEY_H5_FLOAT64, total, &timestamps);
    if (code == VOLLEY_OK)
        code = volley_h5_put_string(timestamps, "units", "ms");
    if (code == VOLLEY_OK)
        code = volley_h5_create_dataset(group, "node_ids", VOLLEY_H5_UINT64, total, &node_ids);
    int closed = volley_h5_close(&group);
    file->timestamps[p] = timestamps;
    file->node_ids[p] = node_ids;
    return code != VOLLEY_OK ? code : closed;
}

static int create_contents(volley_spike_file *file, const volley_provenance *provenance,
                           const uint64_t *total, int64_t until_step) {
    const volley_network *network = file->network;
    double from = volley_step_to_ms(network, network->record_start_step);
    double until = volley_step_to_ms(network, until_step);
    TRY(volley_provenance_put(file->shared.file, provenance));
    TRY(volley_h5_put(file->shared.file, "recorded_from_ms", VOLLEY_H5_FLOAT64, &from, 0));
    TRY(volley_h5_put(file->shared.file, "recorded_until_ms", VOLLEY_H5_FLOAT64, &until, 0));
    volley_h5 spikes = 0;
    TRY(volley_h5_create_group(file->shared.file, "spikes", &spikes));
    int code = VOLLEY_OK;
    for (int32_t p = 0; p < network->n_populations && code == VOLLEY_OK; p++)
        if (volley_part_is_first(network, p) && volley_part_records(network, p))
            code = create_population(file, spikes, p, total[p]);
    int closed = volley_h5_close(&spikes);
    return code != VOLLEY_OK ? code : closed;
}

static uint64_t file_bytes(const volley_network *network, const volley_provenance *provenance,
                           const uint64_t *total) {
    uint64_t bytes = METADATA_BYTES;
    for (const char *c = provenance->config; c && *c; c++)
        bytes++;
    for (int32_t p = 0; p < network->n_populations; p++)
        bytes += METADATA_BYTES_PER_POPULATION + 16 * total[p];
    return bytes;
}

static int create_arrays(volley_spike_file *file) {
    TRY(VOLLEY_NEW(file->timestamps, file->network->n_populations));
    return VOLLEY_NEW(file->node_ids, file->network->n_populations);
}

int volley_spike_file_create(volley_comm *comm, const volley_network *network,
                             const volley_provenance *provenance, const char *directory, const char *name,
                             const uint64_t *total, int64_t until_step, volley_spike_order order,
                             volley_spike_file *file) {
    *file = (volley_spike_file){.network = network, .order = order};
    TRY(volley_shared_file_create(comm, volley_path(directory, "%s", name), "",
                                  file_bytes(network, provenance, total), create_arrays(file),
                                  &file->shared));
    return volley_shared_file_reserve(&file->shared, create_contents(file, provenance, total, until_step));
}

int volley_spike_file_write(volley_spike_file *file, int32_t population, uint64_t first, uint64_t count,
                            const double *timestamps, const uint64_t *node_ids) {
    TRY(volley_h5_write(file->shared.comm, file->timestamps[population], VOLLEY_H5_FLOAT64, first, count,
                        timestamps));
    return volley_h5_write(file->shared.comm, file->node_ids[population], VOLLEY_H5_UINT64, first, count,
                           node_ids);
}

uint64_t volley_spikes_hash(int32_t population, uint64_t n, const double *timestamps,
                            const uint64_t *node_ids) {
    uint64_t sum = 0, of_population = volley_hash_add(0, (uint64_t)population);
    for (uint64_t i = 0; i < n; i++) {
        uint64_t bits;
        memcpy(&bits, &timestamps[i], sizeof bits);
        sum += volley_hash_add(volley_hash_add(of_population, bits), node_ids[i]);
    }
    return sum;
}

int volley_spike_file_finish(volley_spike_file *file, int code) {
    int32_t n = file->timestamps && file->node_ids ? file->network->n_populations : 0;
    for (int32_t p = 0; p < n; p++) {
        int closed = volley_h5_close(&file->timestamps[p]);
        int closed_too = volley_h5_close(&file->node_ids[p]);
        if (code == VOLLEY_OK)
            code = closed != VOLLEY_OK ? closed : closed_too;
    }
    code = volley_shared_file_finish(&file->shared, code);
    free(file->timestamps);
    free(file->node_ids);
    *file = (volley_spike_file){0};
    return code;
}
