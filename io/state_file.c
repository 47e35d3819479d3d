#include "io/state_file.h"

#include "base/memory.h"
#include "base/status.h"
#include "io/publish.h"
#include "io/redistribute.h"
#include "io/together.h"
#include "net/part.h"
#include "net/result_names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for attributes and groups, generously; the config text is added. */
enum { METADATA_BYTES = 1 << 16 };

/* What the columns are, in this rank's block of them. */
typedef struct mapping {
    uint64_t first, count;
    uint64_t *node_ids, *pointers; /* [count], [count + 1] */
    uint32_t *zeros;               /* [count], also as float32 */
} mapping;

static int fill_mapping(const volley_population *population, const volley_state_record *record,
                        uint64_t first, uint64_t end, mapping *m) {
    *m = (mapping){.first = first, .count = end - first};
    TRY(VOLLEY_NEW(m->node_ids, m->count));
    TRY(VOLLEY_NEW(m->pointers, m->count + 1));
    TRY(VOLLEY_NEW(m->zeros, m->count));
    for (uint64_t i = 0; i < m->count; i++)
        m->node_ids[i] = record->node_ids
                             ? record->node_ids[first + i]
                             : (uint64_t)volley_part_id(
                                   population, volley_subset_at(&record->neurons, (int64_t)(first + i)));
    for (uint64_t i = 0; i <= m->count; i++)
        m->pointers[i] = first + i;
    return VOLLEY_OK;
}

/* Collective, also after a failure on this rank: `code` of all ranks decides. */
static int write_column(volley_comm *comm, volley_h5 group, const char *name, enum volley_h5_type type,
                        uint64_t total, uint64_t first, uint64_t count, const void *values) {
    volley_h5 dataset = 0;
    TRY(volley_io_together(comm, volley_h5_create_dataset(group, name, type, total, &dataset)));
    int code = volley_h5_write(comm, dataset, type, first, count, values);
    int closed = volley_h5_close(&dataset);
    return volley_io_together(comm, code != VOLLEY_OK ? code : closed);
}

/* The mapping of columns to neurons: one element each. index_pointers is what the readers of the Blue Brain
 * ask for, index_pointer what those of the Allen Institute do. */
static int write_mapping(volley_comm *comm, volley_h5 group, uint64_t total, const mapping *m) {
    uint64_t last = m->first + m->count == total && m->count > 0;
    TRY(write_column(comm, group, "node_ids", VOLLEY_H5_UINT64, total, m->first, m->count, m->node_ids));
    TRY(write_column(comm, group, "index_pointers", VOLLEY_H5_UINT64, total + 1, m->first, m->count + last,
                     m->pointers));
    TRY(volley_io_together(comm, volley_h5_link(group, "index_pointers", "index_pointer")));
    TRY(write_column(comm, group, "element_ids", VOLLEY_H5_UINT32, total, m->first, m->count, m->zeros));
    return write_column(comm, group, "element_pos", VOLLEY_H5_FLOAT32, total, m->first, m->count, m->zeros);
}

/* Frames stand at tstart, tstart + dt, ... below tstop. */
static int write_time(volley_comm *comm, const volley_network *network, const volley_state_record *record,
                      volley_h5 group) {
    int64_t first = record->first_frame * record->interval;
    double times[3] = {volley_step_to_ms(network, first),
                       volley_step_to_ms(network, first + record->frames * record->interval),
                       volley_step_to_ms(network, record->interval)};
    volley_h5 dataset = 0;
    int code =
        volley_io_together(comm, volley_h5_create_dataset(group, "time", VOLLEY_H5_FLOAT64, 3, &dataset));
    if (code == VOLLEY_OK)
        code =
            volley_h5_write(comm, dataset, VOLLEY_H5_FLOAT64, 0, volley_comm_rank(comm) == 0 ? 3 : 0, times);
    if (code == VOLLEY_OK)
        code = volley_h5_put_string(dataset, "units", "ms");
    int closed = volley_h5_close(&dataset);
    return volley_io_together(comm, code != VOLLEY_OK ? code : closed);
}

static int create_mapping(volley_state_file *file, const volley_network *network,
                          const volley_state_record *record, volley_h5 population) {
    volley_comm *comm = file->shared.comm;
    int ranks = volley_comm_size(comm), rank = volley_comm_rank(comm);
    uint64_t total = (uint64_t)record->columns;
    mapping m;
    volley_h5 group = 0;
    int code =
        fill_mapping(&network->populations[record->neurons.population], record,
                     volley_block_first(total, ranks, rank), volley_block_first(total, ranks, rank + 1), &m);
    code = volley_io_together(comm, code);
    if (code == VOLLEY_OK)
        code = volley_io_together(comm, volley_h5_create_group(population, "mapping", &group));
    if (code == VOLLEY_OK)
        code = write_mapping(comm, group, total, &m);
    if (code == VOLLEY_OK)
        code = write_time(comm, network, record, group);
    int closed = volley_h5_close(&group);
    free(m.node_ids);
    free(m.pointers);
    free(m.zeros);
    return code != VOLLEY_OK ? code : closed;
}

static int create_population(volley_state_file *file, const volley_network *network,
                             const volley_state_record *record, volley_h5 report) {
    const volley_population *population = &network->populations[record->neurons.population];
    const volley_field *variable = &population->model->states[record->variable];
    volley_h5 group = 0;
    int code = volley_h5_create_group(report, volley_part_name(population), &group);
    if (code == VOLLEY_OK)
        code =
            volley_h5_create_table(group, "data", record->bytes == 4 ? VOLLEY_H5_FLOAT32 : VOLLEY_H5_FLOAT64,
                                   (uint64_t)record->frames, (uint64_t)record->columns, &file->data);
    if (code == VOLLEY_OK)
        code = volley_h5_put_string(file->data, "units", variable->unit);
    if (code == VOLLEY_OK)
        code = volley_h5_put_string(file->data, "variable", variable->name);
    code = volley_io_together(file->shared.comm, code);
    if (code == VOLLEY_OK)
        code = create_mapping(file, network, record, group);
    int closed = volley_h5_close(&group);
    return code != VOLLEY_OK ? code : closed;
}

static int create_contents(volley_state_file *file, const volley_network *network,
                           const volley_state_record *record, const volley_provenance *provenance) {
    volley_h5 report = 0;
    int code = volley_provenance_put(file->shared.file, provenance);
    if (code == VOLLEY_OK)
        code = volley_h5_create_group(file->shared.file, "report", &report);
    code = volley_io_together(file->shared.comm, code);
    if (code == VOLLEY_OK)
        code = create_population(file, network, record, report);
    int closed = volley_h5_close(&report);
    return code != VOLLEY_OK ? code : closed;
}

/* Bytes of the file; refused where they do not fit into 64 bits. */
static int count_bytes(const volley_population *population, const volley_state_record *record,
                       const volley_provenance *provenance, uint64_t *bytes) {
    uint64_t columns = (uint64_t)record->columns;
    double needed = (double)columns * ((double)record->frames * (double)record->bytes + 24);
    CHECK(needed < 9e18, VOLLEY_EXHAUSTED, "the states of population %s would take %.3g GB",
          volley_part_name(population), needed / 1e9);
    *bytes = METADATA_BYTES + strlen(provenance->config) +
             columns * ((uint64_t)record->frames * (uint64_t)record->bytes + 24);
    return VOLLEY_OK;
}

static int create(volley_comm *comm, const volley_network *network, const volley_state_record *record,
                  const volley_provenance *provenance, const char *directory, const char *suffix,
                  volley_state_file *file) {
    *file = (volley_state_file){0};
    const volley_population *population = &network->populations[record->neurons.population];
    char *name = volley_state_file_name(network, record),
         *path = name ? volley_path(directory, "%s", name) : NULL;
    free(name);
    uint64_t bytes = 0;
    int code = count_bytes(population, record, provenance, &bytes);
    TRY(volley_shared_file_create(comm, path, suffix, bytes, code, &file->shared));
    return volley_shared_file_reserve(&file->shared, create_contents(file, network, record, provenance));
}

int volley_state_file_create(volley_comm *comm, const volley_network *network,
                             const volley_state_record *record, const volley_provenance *provenance,
                             const char *directory, volley_state_file *file) {
    return create(comm, network, record, provenance, directory, "", file);
}

int volley_state_file_finish(volley_state_file *file, int code) {
    if (file->shared.comm == NULL)
        return code;
    int closed = volley_h5_close(&file->data);
    code = volley_shared_file_finish(&file->shared, code != VOLLEY_OK ? code : closed);
    *file = (volley_state_file){0};
    return code;
}

/* Opens the table of a closed file on this rank alone, with room for `rows` rows of `columns` items. */
static int open_table(const char *path, const char *population, uint64_t rows, uint64_t columns, int bytes,
                      volley_h5 *file, volley_h5 *table, void **buffer, uint64_t *found) {
    char name[512];
    snprintf(name, sizeof name, "report/%s/data", population);
    *buffer = volley_alloc(rows * columns, (size_t)bytes);
    TRY(volley_alloc_status());
    TRY(volley_h5_open(path, file));
    return volley_h5_open_table(*file, name, table, &found[0], &found[1]);
}

/* Copies the first `rows` rows of the table in the closed file `path`, each rank its block of columns. */
static int copy_rows(volley_comm *comm, const char *path, const char *population,
                     const volley_state_record *record, uint64_t rows, volley_h5 to) {
    enum { ROUND_BYTES = 16 << 20 };
    enum volley_h5_type type = record->bytes == 4 ? VOLLEY_H5_FLOAT32 : VOLLEY_H5_FLOAT64;
    int ranks = volley_comm_size(comm), rank = volley_comm_rank(comm);
    uint64_t total = (uint64_t)record->columns, first = volley_block_first(total, ranks, rank);
    uint64_t columns = volley_block_first(total, ranks, rank + 1) - first;
    uint64_t widest = volley_block_first(total, ranks, 1) * (uint64_t)record->bytes; /* rank 0's */
    uint64_t round = ROUND_BYTES / widest > 0 ? ROUND_BYTES / widest : 1;
    round = round < rows ? round : rows;
    volley_h5 file = 0, from = 0;
    void *buffer = NULL;
    uint64_t found[2] = {0, 0};
    int code = open_table(path, population, round, columns, record->bytes, &file, &from, &buffer, found);
    if (code == VOLLEY_OK &&
        (found[0] < rows || found[1] != total || volley_h5_float_bytes(from) != record->bytes))
        code = volley_fail(VOLLEY_USAGE, "%s does not hold the %llu frames up to the checkpoint", path,
                           (unsigned long long)rows);
    code = volley_io_together(comm, code);
    for (uint64_t done = 0; done < rows && code == VOLLEY_OK; done += round) {
        uint64_t n = rows - done < round ? rows - done : round;
        code = volley_io_together(comm, volley_h5_read_table(from, type, done, n, first, columns, buffer));
        if (code == VOLLEY_OK)
            code = volley_h5_write_table(comm, to, type, done, n, first, columns, buffer);
    }
    volley_h5_close(&from);
    volley_h5_close(&file);
    free(buffer);
    return code;
}

int volley_state_file_shorten(volley_state_file *file, const volley_network *network,
                              const volley_state_record *record, const volley_provenance *provenance,
                              const char *directory) {
    int closed = volley_h5_close(&file->data);
    int closed_too = volley_h5_close(&file->shared.file);
    int code = volley_io_together(file->shared.comm, closed != VOLLEY_OK ? closed : closed_too);
    volley_state_record written = *record; /* borrows the neurons */
    written.frames = file->written;
    if (code == VOLLEY_OK && written.frames > 0) {
        volley_state_file shorter;
        code = create(file->shared.comm, network, &written, provenance, directory, ".short", &shorter);
        if (code == VOLLEY_OK)
            code = copy_rows(file->shared.comm, file->shared.temporary,
                             volley_part_name(&network->populations[record->neurons.population]), record,
                             (uint64_t)written.frames, shorter.data);
        code = volley_state_file_finish(&shorter, code);
    }
    file->shared.needed = code != VOLLEY_OK;
    volley_state_file_finish(file, VOLLEY_FAILED); /* removes it */
    return code;
}

int volley_state_file_go_on(volley_comm *comm, const volley_network *network,
                            const volley_state_record *record, const volley_provenance *provenance,
                            const char *directory, int64_t frames, volley_state_file *file) {
    const char *old = NULL;
    int code = create(comm, network, record, provenance, directory, ".new", file);
    if (code == VOLLEY_OK && frames > 0) {
        char *unfinished = NULL;
        code = volley_shared_file_find_old(&file->shared, &unfinished, &old);
        if (code == VOLLEY_OK)
            code = copy_rows(comm, old, volley_part_name(&network->populations[record->neurons.population]),
                             record, (uint64_t)frames, file->data);
        free(unfinished);
    }
    if (code == VOLLEY_OK)
        code = volley_shared_file_take_place(&file->shared);
    file->written = frames;
    return code;
}
