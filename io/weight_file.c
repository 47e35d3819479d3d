#include "io/weight_file.h"

#include "base/memory.h"
#include "base/status.h"
#include "io/publish.h"
#include "io/together.h"

#include <stdlib.h>
#include <string.h>

/* Room for attributes and groups, generously; the config text is added. */
enum { METADATA_BYTES = 1 << 16, METADATA_BYTES_PER_RECORD = 1 << 13, COLUMN_BYTES = 24 };

static int put_column(volley_h5 group, const char *name, const char *units, enum volley_h5_type type,
                      uint64_t n, volley_h5 *dataset) {
    TRY(volley_h5_create_dataset(group, name, type, n, dataset));
    return units != NULL ? volley_h5_put_string(*dataset, "units", units) : VOLLEY_OK;
}

static int put_datasets(const volley_network *network, const volley_projection *projection, volley_h5 group,
                        volley_weight_set *set) {
    const volley_population *source = &network->populations[projection->source.population];
    const volley_population *target = &network->populations[projection->target.population];
    TRY(volley_h5_put_string(group, "source_population", source->name));
    TRY(volley_h5_put_string(group, "target_population", target->name));
    TRY(volley_h5_put_string(group, "rule", projection->plasticity.rule->name));
    TRY(put_column(group, "source_node_id", NULL, VOLLEY_H5_UINT64, set->total, &set->source));
    TRY(put_column(group, "target_node_id", NULL, VOLLEY_H5_UINT64, set->total, &set->destination));
    TRY(put_column(group, "delay", "ms", VOLLEY_H5_FLOAT64, set->total, &set->delay));
    enum volley_h5_type type = projection->weight_bytes == 4 ? VOLLEY_H5_FLOAT32 : VOLLEY_H5_FLOAT64;
    TRY(volley_h5_create_table(group, "weight", type, (uint64_t)set->snapshots, set->total, &set->weight));
    return volley_h5_put_string(set->weight, "units", target->model->weight_unit);
}

static int write_times(volley_comm *comm, const volley_network *network, const volley_weight_record *record,
                       volley_h5 group, int64_t snapshots) {
    double *times = NULL;
    volley_h5 dataset = 0;
    int code = volley_comm_rank(comm) == 0 ? VOLLEY_NEW(times, snapshots) : VOLLEY_OK;
    for (int64_t i = 0; times != NULL && i < snapshots; i++)
        times[i] = volley_step_to_ms(network, volley_weight_record_step(network, record, i));
    code = volley_io_together(comm, code);
    if (code == VOLLEY_OK)
        code = volley_io_together(
            comm, put_column(group, "time", "ms", VOLLEY_H5_FLOAT64, (uint64_t)snapshots, &dataset));
    if (code == VOLLEY_OK)
        code = volley_h5_write(comm, dataset, VOLLEY_H5_FLOAT64, 0, times != NULL ? (uint64_t)snapshots : 0,
                               times);
    int closed = volley_h5_close(&dataset);
    free(times);
    return volley_io_together(comm, code != VOLLEY_OK ? code : closed);
}

static int create_record(volley_comm *comm, const volley_network *network, const volley_weight_record *record,
                         volley_h5 weights, volley_weight_set *set) {
    const volley_projection *projection = &network->projections[record->projection];
    volley_h5 group = 0;
    int code = volley_h5_create_group(weights, projection->name, &group);
    if (code == VOLLEY_OK)
        code = put_datasets(network, projection, group, set);
    code = volley_io_together(comm, code);
    if (code == VOLLEY_OK)
        code = write_times(comm, network, record, group, set->snapshots);
    int closed = volley_h5_close(&group);
    return code != VOLLEY_OK ? code : closed;
}

static int create_contents(volley_comm *comm, const volley_network *network,
                           const volley_provenance *provenance, volley_h5 file, volley_weight_set *sets) {
    volley_h5 weights = 0;
    int code = volley_provenance_put(file, provenance);
    if (code == VOLLEY_OK)
        code = volley_h5_create_group(file, "weights", &weights);
    code = volley_io_together(comm, code);
    for (int32_t i = 0; i < network->n_weight_records && code == VOLLEY_OK; i++)
        code = create_record(comm, network, &network->weight_records[i], weights, &sets[i]);
    int closed = volley_h5_close(&weights);
    return code != VOLLEY_OK ? code : closed;
}

/* Bytes of the file; refused where they do not fit into 64 bits. */
static int count_bytes(const volley_network *network, const volley_provenance *provenance,
                       const volley_weight_set *sets, uint64_t *bytes) {
    *bytes = METADATA_BYTES + strlen(provenance->config);
    double needed = (double)*bytes;
    for (int32_t i = 0; i < network->n_weight_records; i++) {
        const volley_projection *projection = &network->projections[network->weight_records[i].projection];
        double snapshots = (double)sets[i].snapshots, total = (double)sets[i].total;
        needed += total * (snapshots * projection->weight_bytes + COLUMN_BYTES) + 8.0 * snapshots +
                  METADATA_BYTES_PER_RECORD;
        CHECK(needed < 9e18, VOLLEY_EXHAUSTED, "the weights of projection %s would take %.3g GB",
              projection->name, needed / 1e9);
        *bytes +=
            METADATA_BYTES_PER_RECORD + 8 * (uint64_t)sets[i].snapshots +
            sets[i].total * ((uint64_t)sets[i].snapshots * (uint64_t)projection->weight_bytes + COLUMN_BYTES);
    }
    return VOLLEY_OK;
}

static int prepare(volley_weight_file *file, const char *directory, uint64_t bytes) {
    file->path = volley_path(directory, "weights.h5");
    file->temporary = volley_path(directory, "weights.h5.tmp");
    if (file->path == NULL || file->temporary == NULL)
        return VOLLEY_EXHAUSTED;
    if (volley_comm_rank(file->comm) != 0)
        return VOLLEY_OK;
    TRY(volley_touch(file->temporary));
    return volley_reserve_blocks(file->temporary, bytes);
}

int volley_weight_file_create(volley_comm *comm, const volley_network *network,
                              const volley_provenance *provenance, const char *directory,
                              volley_weight_set *sets, volley_weight_file *file) {
    *file = (volley_weight_file){.comm = comm};
    uint64_t bytes;
    TRY(count_bytes(network, provenance, sets, &bytes));
    TRY(volley_io_together(comm, prepare(file, directory, bytes)));
    TRY(volley_io_together(comm, volley_h5_create(comm, file->temporary, &file->file)));
    TRY(volley_io_together(comm, create_contents(comm, network, provenance, file->file, sets)));
    /* Creating the file has emptied it and given its blocks back. */
    int root = volley_comm_rank(comm) == 0;
    return volley_io_together(comm, root ? volley_reserve_blocks(file->temporary, bytes) : VOLLEY_OK);
}

static int close_sets(volley_weight_set *sets, int32_t n) {
    int code = VOLLEY_OK;
    for (int32_t i = 0; i < n; i++) {
        volley_h5 *datasets[] = {&sets[i].source, &sets[i].destination, &sets[i].delay, &sets[i].weight};
        for (size_t k = 0; k < sizeof datasets / sizeof *datasets; k++) {
            int closed = volley_h5_close(datasets[k]);
            code = code != VOLLEY_OK ? code : closed;
        }
    }
    return code;
}

int volley_weight_file_finish(volley_weight_file *file, volley_weight_set *sets, int32_t n_sets, int code) {
    if (file->comm == NULL)
        return code;
    int closed = close_sets(sets, n_sets);
    if (code == VOLLEY_OK)
        code = closed;
    if (code == VOLLEY_OK && file->file != 0)
        code = volley_h5_flush(file->file);
    closed = volley_h5_close(&file->file);
    code = volley_io_together(file->comm, code != VOLLEY_OK ? code : closed);
    code = volley_publish_together(file->comm, file->temporary, file->path, code);
    free(file->path);
    free(file->temporary);
    *file = (volley_weight_file){0};
    return code;
}
