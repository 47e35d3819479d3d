/* SPDX-License-Identifier: BSD-3-Clause */
/* Makes and opens weights.h5 on all ranks; copies the snapshots of an earlier run, from which this one
 * resumes. */
#include "io/recordings/weight_file.h"

#include "base/memory.h"
#include "base/status.h"
#include "files/publish.h"
#include "files/redistribute.h"
#include "files/together.h"
#include "net/part.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Room for attributes and groups, generously; the config text is added. */
enum {
    METADATA_BYTES = 1 << 16,
    METADATA_BYTES_PER_RECORD = 1 << 13,
    COLUMN_BYTES = 24,
    COPY_SYNAPSES = 1 << 19
};

/* A list, with the values that are given, else without. */
static int put_list(volley_h5 group, const char *name, const char *units, enum volley_h5_type type,
                    uint64_t n, const void *values) {
    volley_h5 dataset = 0;
    int code = volley_h5_create_dataset(group, name, type, n, &dataset);
    if (code == VOLLEY_OK && units != NULL)
        code = volley_h5_put_string(dataset, "units", units);
    if (code == VOLLEY_OK && values != NULL)
        code = volley_h5_write(NULL, dataset, type, 0, n, values);
    int closed = volley_h5_close(&dataset);
    return code != VOLLEY_OK ? code : closed;
}

static enum volley_h5_type weight_type(const volley_projection *projection) {
    return projection->weight_bytes == 4 ? VOLLEY_H5_FLOAT32 : VOLLEY_H5_FLOAT64;
}

static int put_datasets(const volley_network *network, const volley_projection *projection, volley_h5 group,
                        const volley_weight_set *set) {
    const volley_population *source = &network->populations[projection->source.population];
    const volley_population *target = &network->populations[projection->target.population];
    uint64_t n = set->ranges.total;
    volley_h5 weight = 0;
    TRY(volley_h5_put_string(group, "source_population", volley_part_name(source)));
    TRY(volley_h5_put_string(group, "target_population", volley_part_name(target)));
    TRY(volley_h5_put_string(group, "rule", projection->plasticity.rule->name));
    TRY(put_list(group, "source_node_id", NULL, VOLLEY_H5_UINT64, n, NULL));
    TRY(put_list(group, "target_node_id", NULL, VOLLEY_H5_UINT64, n, NULL));
    TRY(put_list(group, "delay", "ms", VOLLEY_H5_FLOAT64, n, NULL));
    int code = volley_h5_create_table(group, "weight", weight_type(projection), (uint64_t)set->snapshots, n,
                                      &weight);
    if (code == VOLLEY_OK)
        code = volley_h5_put_string(weight, "units", target->model->weight_unit);
    int closed = volley_h5_close(&weight);
    return code != VOLLEY_OK ? code : closed;
}

static int put_times(const volley_network *network, const volley_weight_record *record, volley_h5 group,
                     int64_t snapshots) {
    double *times = NULL;
    TRY(VOLLEY_NEW(times, snapshots));
    for (int64_t i = 0; i < snapshots; i++)
        times[i] = volley_step_to_ms(network, volley_weight_record_step(network, record, i));
    int code = put_list(group, "time", "ms", VOLLEY_H5_FLOAT64, (uint64_t)snapshots, times);
    free(times);
    return code;
}

static int put_record(const volley_network *network, const volley_weight_record *record, volley_h5 weights,
                      const volley_weight_set *set) {
    const volley_projection *projection = &network->projections[record->projection];
    volley_h5 group = 0;
    int code = volley_h5_create_group(weights, projection->name, &group);
    if (code == VOLLEY_OK)
        code = put_datasets(network, projection, group, set);
    if (code == VOLLEY_OK)
        code = put_times(network, record, group, set->snapshots);
    int closed = volley_h5_close(&group);
    return code != VOLLEY_OK ? code : closed;
}

typedef struct contents {
    const volley_network *network;
    const volley_provenance *provenance;
    const volley_weight_set *sets; /* [n_weight_records] */
} contents;

static int put_contents(volley_h5 file, void *context) {
    const contents *c = context;
    const volley_network *network = c->network;
    volley_h5 weights = 0;
    int code = volley_provenance_put(file, c->provenance);
    if (code == VOLLEY_OK)
        code = volley_h5_create_group(file, "weights", &weights);
    for (int32_t i = 0; i < network->n_weight_records && code == VOLLEY_OK; i++)
        if (c->sets[i].snapshots > 0) /* else the run was stopped before the first one */
            code = put_record(network, &network->weight_records[i], weights, &c->sets[i]);
    int closed = volley_h5_close(&weights);
    return code != VOLLEY_OK ? code : closed;
}

/* The datasets of a record in the file that all ranks have open. Not collective. */
static int open_set(const volley_network *network, const volley_weight_record *record, volley_h5 file,
                    volley_weight_set *set) {
    const char *projection = network->projections[record->projection].name;
    volley_h5 group = 0, weights = 0;
    uint64_t n = 0, rows = 0;
    int code = volley_h5_open_group(file, "weights", &weights);
    if (code == VOLLEY_OK)
        code = volley_h5_open_group(weights, projection, &group);
    if (code == VOLLEY_OK)
        code = volley_h5_open_dataset(group, "source_node_id", &set->source, &n);
    if (code == VOLLEY_OK)
        code = volley_h5_open_dataset(group, "target_node_id", &set->destination, &n);
    if (code == VOLLEY_OK)
        code = volley_h5_open_dataset(group, "delay", &set->delay, &n);
    if (code == VOLLEY_OK)
        code = volley_h5_open_table(group, "weight", &set->weight, &rows, &n);
    volley_h5_close(&group);
    volley_h5_close(&weights);
    return code;
}

/* Bytes of the file; refused where they do not fit into 64 bits. */
static int count_bytes(const volley_network *network, const volley_provenance *provenance,
                       const volley_weight_set *sets, uint64_t *bytes) {
    *bytes = METADATA_BYTES + strlen(provenance->config);
    double needed = (double)*bytes;
    for (int32_t i = 0; i < network->n_weight_records; i++) {
        const volley_projection *projection = &network->projections[network->weight_records[i].projection];
        double snapshots = (double)sets[i].snapshots, total = (double)sets[i].ranges.total;
        needed += total * (snapshots * projection->weight_bytes + COLUMN_BYTES) + 8.0 * snapshots +
                  METADATA_BYTES_PER_RECORD;
        CHECK(needed < 9e18, VOLLEY_EXHAUSTED, "the weights of projection %s would take %.3g GB",
              projection->name, needed / 1e9);
        *bytes += METADATA_BYTES_PER_RECORD + 8 * (uint64_t)sets[i].snapshots +
                  sets[i].ranges.total *
                      ((uint64_t)sets[i].snapshots * (uint64_t)projection->weight_bytes + COLUMN_BYTES);
    }
    return VOLLEY_OK;
}

static int create(volley_comm *comm, const volley_network *network, const volley_provenance *provenance,
                  const char *directory, volley_weight_set *sets, const char *suffix,
                  volley_shared_file *file) {
    uint64_t bytes = 0;
    contents c = {network, provenance, sets};
    int code = count_bytes(network, provenance, sets, &bytes);
    TRY(volley_shared_file_make(comm, volley_path(directory, "weights.h5"), suffix, bytes, code, false,
                                put_contents, &c, file));
    for (int32_t i = 0; i < network->n_weight_records && code == VOLLEY_OK; i++)
        if (sets[i].snapshots > 0)
            code = open_set(network, &network->weight_records[i], file->file, &sets[i]);
    return volley_io_together(comm, code);
}

int volley_weight_file_create(volley_comm *comm, const volley_network *network,
                              const volley_provenance *provenance, const char *directory,
                              volley_weight_set *sets, volley_shared_file *file) {
    return create(comm, network, provenance, directory, sets, "", file);
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

int volley_weight_file_finish(volley_shared_file *file, volley_weight_set *sets, int32_t n_sets, int code) {
    if (file->comm == NULL)
        return code;
    int closed = close_sets(sets, n_sets);
    return volley_shared_file_finish(file, code != VOLLEY_OK ? code : closed);
}

/* One dataset of the old file, which this process alone has open, and its like in the new one. */
typedef struct copy {
    volley_h5 from, to;
    enum volley_h5_type type;
    uint64_t rows;             /* 0: a list */
    uint64_t from_row, to_row; /* the first ones */
} copy;

/* Collective. Copies this rank's block of the synapses, a row after another. */
static int copy_dataset(volley_comm *comm, const copy *c, uint64_t total, double *values) {
    int ranks = volley_comm_size(comm), rank = volley_comm_rank(comm);
    uint64_t first = volley_block_first(total, ranks, rank), end = volley_block_first(total, ranks, rank + 1);
    uint64_t largest = volley_block_first(total, ranks, 1);
    for (uint64_t row = 0; row < (c->rows > 0 ? c->rows : 1); row++)
        for (uint64_t done = 0; done < largest; done += COPY_SYNAPSES) {
            uint64_t at = first + done < end ? first + done : end;
            uint64_t n = end - at < COPY_SYNAPSES ? end - at : COPY_SYNAPSES;
            int code = c->rows > 0
                           ? volley_h5_read_table(c->from, c->type, c->from_row + row, 1, at, n, values)
                           : volley_h5_read(c->from, c->type, at, n, values);
            if (code == VOLLEY_OK)
                code = c->rows > 0
                           ? volley_h5_write_table(NULL, c->to, c->type, c->to_row + row, 1, at, n, values)
                           : volley_h5_write(NULL, c->to, c->type, at, n, values);
            TRY(volley_io_together(comm, code));
        }
    return VOLLEY_OK;
}

/* Collective, also after a failure on this rank. */
static int copy_set(volley_comm *comm, volley_h5 weights, const char *name, int bytes,
                    const volley_weight_set *set) {
    volley_h5 group = 0;
    uint64_t n, rows;
    enum volley_h5_type type = bytes == 4 ? VOLLEY_H5_FLOAT32 : VOLLEY_H5_FLOAT64;
    copy copies[] = {{0, set->source, VOLLEY_H5_UINT64, 0, 0, 0},
                     {0, set->destination, VOLLEY_H5_UINT64, 0, 0, 0},
                     {0, set->delay, VOLLEY_H5_FLOAT64, 0, 0, 0},
                     {0, set->weight, type, (uint64_t)set->snapshots, 0, 0}};
    static const char *const names[] = {"source_node_id", "target_node_id", "delay"};
    double *values = NULL;
    int code = VOLLEY_NEW(values, COPY_SYNAPSES);
    if (code == VOLLEY_OK)
        code = volley_h5_open_group(weights, name, &group);
    for (int i = 0; i < 3 && code == VOLLEY_OK; i++)
        code = volley_h5_open_dataset(group, names[i], &copies[i].from, &n);
    if (code == VOLLEY_OK)
        code = volley_h5_open_table(group, "weight", &copies[3].from, &rows, &n);
    code = volley_io_together(comm, code);
    for (int i = 0; i < 4 && code == VOLLEY_OK; i++)
        code = copy_dataset(comm, &copies[i], set->ranges.total, values);
    for (int i = 0; i < 4; i++)
        volley_h5_close(&copies[i].from);
    volley_h5_close(&group);
    free(values);
    return code;
}

static int copy_sets(volley_comm *comm, const volley_network *network, const char *path,
                     const volley_weight_set *sets) {
    volley_h5 file = 0, weights = 0;
    int code = volley_h5_open(path, &file);
    if (code == VOLLEY_OK)
        code = volley_h5_open_group(file, "weights", &weights);
    code = volley_io_together(comm, code);
    for (int32_t i = 0; i < network->n_weight_records && code == VOLLEY_OK; i++) {
        const volley_projection *projection = &network->projections[network->weight_records[i].projection];
        if (sets[i].snapshots > 0)
            code = copy_set(comm, weights, projection->name, projection->weight_bytes, &sets[i]);
    }
    volley_h5_close(&weights);
    volley_h5_close(&file);
    return code;
}

/* The row of a snapshot in the old file, by its time. */
static int find_row(volley_h5 group, const char *path, double time_ms, uint64_t *row) {
    volley_h5 dataset;
    uint64_t n;
    double *times = NULL;
    TRY(volley_h5_open_dataset(group, "time", &dataset, &n));
    int code = VOLLEY_NEW(times, n);
    if (code == VOLLEY_OK)
        code = volley_h5_read(dataset, VOLLEY_H5_FLOAT64, 0, n, times);
    volley_h5_close(&dataset);
    for (*row = 0; code == VOLLEY_OK && *row < n && !(fabs(times[*row] - time_ms) <= 1e-12 * fabs(time_ms));)
        ++*row;
    if (code == VOLLEY_OK && *row == n)
        code = volley_fail(VOLLEY_USAGE, "%s does not hold the snapshot of %.10g ms, before the checkpoint",
                           path, time_ms);
    free(times);
    return code;
}

/* Collective. Copies the first `rows` snapshots of a record. */
static int copy_snapshots(volley_comm *comm, const volley_network *network,
                          const volley_weight_record *record, const char *path, int64_t rows,
                          volley_weight_set *set) {
    const volley_projection *projection = &network->projections[record->projection];
    volley_h5 file = 0, weights = 0, group = 0;
    copy c = {0, set->weight, projection->weight_bytes == 4 ? VOLLEY_H5_FLOAT32 : VOLLEY_H5_FLOAT64, 1, 0, 0};
    uint64_t found[2] = {0, 0};
    double *values = NULL;
    int code = VOLLEY_NEW(values, COPY_SYNAPSES);
    if (code == VOLLEY_OK)
        code = volley_h5_open(path, &file);
    if (code == VOLLEY_OK)
        code = volley_h5_open_group(file, "weights", &weights);
    if (code == VOLLEY_OK)
        code = volley_h5_open_group(weights, projection->name, &group);
    if (code == VOLLEY_OK)
        code = volley_h5_open_table(group, "weight", &c.from, &found[0], &found[1]);
    if (code == VOLLEY_OK && found[1] != set->ranges.total)
        code = volley_fail(VOLLEY_USAGE, "%s holds another number of synapses of %s", path, projection->name);
    code = volley_io_together(comm, code);
    for (int64_t i = 0; i < rows && code == VOLLEY_OK; i++) {
        double time_ms = volley_step_to_ms(network, volley_weight_record_step(network, record, i));
        code = volley_io_together(comm, find_row(group, path, time_ms, &c.from_row));
        c.to_row = (uint64_t)i;
        if (code == VOLLEY_OK)
            code = copy_dataset(comm, &c, set->ranges.total, values);
    }
    set->written = rows;
    volley_h5_close(&c.from);
    volley_h5_close(&group);
    volley_h5_close(&weights);
    volley_h5_close(&file);
    free(values);
    return code;
}

int volley_weight_file_go_on(volley_comm *comm, const volley_network *network,
                             const volley_provenance *provenance, const char *directory, int64_t step,
                             volley_weight_set *sets, volley_shared_file *file) {
    const char *old = NULL;
    char *unfinished = NULL;
    int code = create(comm, network, provenance, directory, sets, ".new", file);
    if (code == VOLLEY_OK)
        code = volley_shared_file_find_old(file, &unfinished, &old);
    for (int32_t i = 0; i < network->n_weight_records && code == VOLLEY_OK; i++) {
        int64_t rows = volley_weight_record_until(network, &network->weight_records[i], step);
        if (rows > 0)
            code = copy_snapshots(comm, network, &network->weight_records[i], old, rows, &sets[i]);
    }
    free(unfinished);
    return code == VOLLEY_OK ? volley_shared_file_take_place(file) : code;
}

int volley_weight_file_shorten(volley_shared_file *file, const volley_network *network,
                               const volley_provenance *provenance, const char *directory,
                               volley_weight_set *sets) {
    int32_t n = network->n_weight_records;
    volley_weight_set *shorter = NULL;
    bool any = false;
    int closed = close_sets(sets, n), closed_too = volley_h5_close(&file->file);
    int code = VOLLEY_NEW(shorter, n);
    code = volley_io_together(file->comm, code != VOLLEY_OK     ? code
                                          : closed != VOLLEY_OK ? closed
                                                                : closed_too);
    for (int32_t i = 0; i < n && code == VOLLEY_OK; i++) {
        shorter[i] = sets[i]; /* borrows its targets */
        shorter[i].snapshots = sets[i].written;
        any |= sets[i].written > 0;
    }
    if (code == VOLLEY_OK && any) {
        volley_shared_file copied;
        code = create(file->comm, network, provenance, directory, shorter, ".short", &copied);
        if (code == VOLLEY_OK)
            code = copy_sets(file->comm, network, file->temporary, shorter);
        code = volley_weight_file_finish(&copied, shorter, n, code);
    }
    free(shorter);
    file->needed = code != VOLLEY_OK;
    volley_weight_file_finish(file, sets, n, VOLLEY_FAILED); /* removes it */
    return code;
}
