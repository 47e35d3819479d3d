/* SPDX-License-Identifier: BSD-3-Clause */
/* Makes and opens one node report on all ranks, with its mapping; shortens that of an earlier run, from which
 * this one resumes. */
#include "io/recordings/state_file.h"

#include "base/memory.h"
#include "base/status.h"
#include "files/publish.h"
#include "files/redistribute.h"
#include "files/together.h"
#include "net/part.h"
#include "net/result_names.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for attributes and groups, generously; the config text is added. */
enum { METADATA_BYTES = 1 << 16 };

/* Columns whose mapping is written at once. */
enum { ROUND = 1 << 18 };

/* What some of the columns are. */
typedef struct mapping {
    uint64_t *node_ids, *pointers; /* [ROUND], [ROUND + 1] */
    uint32_t *zeros;               /* [ROUND], also as float32 */
} mapping;

/* The datasets of the mapping: index_pointers is what the readers of the Blue Brain ask for, index_pointer
 * what those of the Allen Institute do. */
enum { NODE_IDS, INDEX_POINTERS, ELEMENT_IDS, ELEMENT_POS, MAPPING };
static const struct {
    const char *name;
    enum volley_h5_type type;
} mapping_of[MAPPING] = {[NODE_IDS] = {"node_ids", VOLLEY_H5_UINT64},
                         [INDEX_POINTERS] = {"index_pointers", VOLLEY_H5_UINT64},
                         [ELEMENT_IDS] = {"element_ids", VOLLEY_H5_UINT32},
                         [ELEMENT_POS] = {"element_pos", VOLLEY_H5_FLOAT32}};

static int make_mapping(uint64_t columns, mapping *m) {
    uint64_t n = columns < ROUND ? columns : ROUND;
    *m = (mapping){0};
    TRY(VOLLEY_NEW(m->node_ids, n));
    TRY(VOLLEY_NEW(m->pointers, n + 1));
    return VOLLEY_NEW(m->zeros, n);
}

/* Writes what columns [first, first + n) are: one element each. The last ones bring the end of the pointers.
 */
static int write_mapping(const volley_population *population, const volley_state_record *record,
                         const volley_h5 *datasets, uint64_t first, uint64_t n, const mapping *m) {
    uint64_t last = first + n == (uint64_t)record->columns;
    for (uint64_t i = 0; i < n; i++)
        m->node_ids[i] = record->node_ids
                             ? record->node_ids[first + i]
                             : (uint64_t)volley_part_id(
                                   population, volley_subset_at(&record->neurons, (int64_t)(first + i)));
    for (uint64_t i = 0; i < n + last; i++)
        m->pointers[i] = first + i;
    const void *const values[MAPPING] = {m->node_ids, m->pointers, m->zeros, m->zeros};
    for (int i = 0; i < MAPPING; i++)
        TRY(volley_h5_write(NULL, datasets[i], mapping_of[i].type, first, i == INDEX_POINTERS ? n + last : n,
                            values[i]));
    return VOLLEY_OK;
}

/* Frames stand at tstart, tstart + dt, ... below tstop. */
static int put_time(const volley_network *network, const volley_state_record *record, volley_h5 group) {
    int64_t first = record->first_frame * record->interval;
    double times[3] = {volley_step_to_ms(network, first),
                       volley_step_to_ms(network, first + record->frames * record->interval),
                       volley_step_to_ms(network, record->interval)};
    volley_h5 dataset = 0;
    int code = volley_h5_create_dataset(group, "time", VOLLEY_H5_FLOAT64, 3, &dataset);
    if (code == VOLLEY_OK)
        code = volley_h5_write(NULL, dataset, VOLLEY_H5_FLOAT64, 0, 3, times);
    if (code == VOLLEY_OK)
        code = volley_h5_put_string(dataset, "units", "ms");
    int closed = volley_h5_close(&dataset);
    return code != VOLLEY_OK ? code : closed;
}

static int put_columns(const volley_network *network, const volley_state_record *record, volley_h5 group) {
    const volley_population *population = &network->populations[record->neurons.population];
    uint64_t columns = (uint64_t)record->columns;
    volley_h5 datasets[MAPPING] = {0};
    mapping m;
    int code = make_mapping(columns, &m);
    for (int i = 0; i < MAPPING && code == VOLLEY_OK; i++)
        code = volley_h5_create_dataset(group, mapping_of[i].name, mapping_of[i].type,
                                        i == INDEX_POINTERS ? columns + 1 : columns, &datasets[i]);
    if (code == VOLLEY_OK)
        code = volley_h5_link(group, "index_pointers", "index_pointer");
    for (uint64_t first = 0; first < columns && code == VOLLEY_OK; first += ROUND)
        code = write_mapping(population, record, datasets, first,
                             columns - first < ROUND ? columns - first : ROUND, &m);
    for (int i = 0; i < MAPPING; i++) {
        int closed = volley_h5_close(&datasets[i]);
        code = code != VOLLEY_OK ? code : closed;
    }
    free(m.node_ids);
    free(m.pointers);
    free(m.zeros);
    return code;
}

static int put_mapping(const volley_network *network, const volley_state_record *record,
                       volley_h5 population) {
    volley_h5 group = 0;
    int code = volley_h5_create_group(population, "mapping", &group);
    if (code == VOLLEY_OK)
        code = put_columns(network, record, group);
    if (code == VOLLEY_OK)
        code = put_time(network, record, group);
    int closed = volley_h5_close(&group);
    return code != VOLLEY_OK ? code : closed;
}

static enum volley_h5_type data_type(const volley_state_record *record) {
    return record->bytes == 4 ? VOLLEY_H5_FLOAT32 : VOLLEY_H5_FLOAT64;
}

static int put_population(const volley_network *network, const volley_state_record *record,
                          volley_h5 report) {
    const volley_population *population = &network->populations[record->neurons.population];
    const volley_field *variable = &population->model->states[record->variable];
    volley_h5 group = 0, data = 0;
    int code = volley_h5_create_group(report, volley_part_name(population), &group);
    if (code == VOLLEY_OK)
        code = volley_h5_create_table(group, "data", data_type(record), (uint64_t)record->frames,
                                      (uint64_t)record->columns, &data);
    if (code == VOLLEY_OK)
        code = volley_h5_put_string(data, "units", variable->unit);
    if (code == VOLLEY_OK)
        code = volley_h5_put_string(data, "variable", variable->name);
    if (code == VOLLEY_OK)
        code = put_mapping(network, record, group);
    int closed = volley_h5_close(&data), closed_too = volley_h5_close(&group);
    return code != VOLLEY_OK ? code : closed != VOLLEY_OK ? closed : closed_too;
}

typedef struct contents {
    const volley_network *network;
    const volley_state_record *record;
    const volley_provenance *provenance;
} contents;

static int put_contents(volley_h5 file, void *context) {
    const contents *c = context;
    volley_h5 report = 0;
    int code = volley_provenance_put(file, c->provenance);
    if (code == VOLLEY_OK)
        code = volley_h5_create_group(file, "report", &report);
    if (code == VOLLEY_OK)
        code = put_population(c->network, c->record, report);
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

/* A file that rank 0 alone writes: where there are very many, it is opening them on all ranks that costs. */
static bool is_small(const volley_state_record *record) {
    enum { SMALL_BYTES = 1 << 20 };
    return (double)record->columns * (double)record->frames * record->bytes <= SMALL_BYTES;
}

static int open_data(const volley_population *population, volley_state_file *file) {
    char name[512];
    uint64_t rows, columns;
    snprintf(name, sizeof name, "report/%s/data", volley_part_name(population));
    return file->shared.file != 0
               ? volley_h5_open_table(file->shared.file, name, &file->data, &rows, &columns)
               : VOLLEY_OK;
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
    contents c = {network, record, provenance};
    TRY(volley_shared_file_make(comm, path, suffix, bytes, code, is_small(record), put_contents, &c,
                                &file->shared));
    return volley_io_together(comm, open_data(population, file));
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

static int together(volley_comm *comm, int code) {
    return comm != NULL ? volley_io_together(comm, code) : code;
}

/* Copies the first `rows` rows of the table in the closed file `path`, each rank its block of columns;
 * without a comm this rank all of them. */
static int copy_table(volley_comm *comm, const char *path, const char *population,
                      const volley_state_record *record, uint64_t rows, volley_h5 to) {
    enum { ROUND_BYTES = 16 << 20 };
    enum volley_h5_type type = data_type(record);
    int ranks = comm != NULL ? volley_comm_size(comm) : 1, rank = comm != NULL ? volley_comm_rank(comm) : 0;
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
    code = together(comm, code);
    for (uint64_t done = 0; done < rows && code == VOLLEY_OK; done += round) {
        uint64_t n = rows - done < round ? rows - done : round;
        code = together(comm, volley_h5_read_table(from, type, done, n, first, columns, buffer));
        if (code == VOLLEY_OK)
            code = volley_h5_write_table(comm, to, type, done, n, first, columns, buffer);
    }
    volley_h5_close(&from);
    volley_h5_close(&file);
    free(buffer);
    return code;
}

/* Collective. */
static int copy_rows(const volley_state_file *to, const volley_network *network,
                     const volley_state_record *record, const char *path, uint64_t rows) {
    volley_comm *comm = to->shared.comm;
    const char *population = volley_part_name(&network->populations[record->neurons.population]);
    if (!to->shared.alone)
        return copy_table(comm, path, population, record, rows, to->data);
    bool root = volley_comm_rank(comm) == 0;
    return volley_io_together(comm,
                              root ? copy_table(NULL, path, population, record, rows, to->data) : VOLLEY_OK);
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
            code = copy_rows(&shorter, network, record, file->shared.temporary, (uint64_t)written.frames);
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
            code = copy_rows(file, network, record, old, (uint64_t)frames);
        free(unfinished);
    }
    if (code == VOLLEY_OK)
        code = volley_shared_file_take_place(&file->shared);
    file->written = frames;
    return code;
}
