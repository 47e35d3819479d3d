/* SPDX-License-Identifier: BSD-3-Clause */
/* Writes positions.h5: the coordinates of all neurons of populations that have positions. */
#include "io/recordings/position_file.h"

#include "base/memory.h"
#include "base/status.h"
#include "files/publish.h"
#include "files/redistribute.h"
#include "files/shared_file.h"
#include "files/together.h"

#include <stdlib.h>
#include <string.h>

/* Room for attributes and groups, generously; the config text is added. */
enum { METADATA_BYTES = 1 << 16, METADATA_BYTES_PER_POPULATION = 1 << 14 };

/* This rank's block of a population. */
typedef struct block {
    uint64_t total, first, n;
    double *at[VOLLEY_AXES]; /* [n], owned */
    uint64_t *index;         /* [n], owned */
    uint32_t *zeros;         /* [n], owned */
} block;

static int fill(const volley_population *population, block *b) {
    const volley_positions *positions = population->positions;
    for (int axis = 0; axis < positions->dimensions; axis++)
        TRY(VOLLEY_NEW(b->at[axis], b->n));
    TRY(VOLLEY_NEW(b->index, b->n));
    TRY(VOLLEY_NEW(b->zeros, b->n));
    for (uint64_t i = 0; i < b->n; i++) {
        double at[VOLLEY_AXES];
        volley_position(positions, (int64_t)(b->first + i), at);
        for (int axis = 0; axis < positions->dimensions; axis++)
            b->at[axis][i] = at[axis];
        b->index[i] = b->first + i;
    }
    return VOLLEY_OK;
}

/* Collective. One column of the population. */
static int put_column(volley_comm *comm, volley_h5 group, const char *name, enum volley_h5_type type,
                      const char *units, const block *b, const void *values) {
    volley_h5 dataset = 0;
    int code = volley_h5_create_dataset(group, name, type, b->total, &dataset);
    if (code == VOLLEY_OK && units != NULL)
        code = volley_h5_put_string(dataset, "units", units);
    code = volley_io_together(comm, code);
    if (code == VOLLEY_OK)
        code = volley_h5_write(comm, dataset, type, b->first, b->n, values);
    int closed = volley_h5_close(&dataset);
    return volley_io_together(comm, code != VOLLEY_OK ? code : closed);
}

static int put_columns(volley_comm *comm, volley_h5 group, int dimensions, const block *b) {
    static const char *const names[VOLLEY_AXES] = {"x", "y", "z"};
    volley_h5 inner = 0;
    ASSERT(dimensions <= VOLLEY_AXES);
    TRY(put_column(comm, group, "node_group_index", VOLLEY_H5_UINT64, NULL, b, b->index));
    TRY(put_column(comm, group, "node_type_id", VOLLEY_H5_UINT32, NULL, b, b->zeros));
    TRY(volley_io_together(comm, volley_h5_link(group, "node_type_id", "node_group_id")));
    int code = volley_io_together(comm, volley_h5_create_group(group, "0", &inner));
    for (int axis = 0; axis < dimensions && code == VOLLEY_OK; axis++)
        code = put_column(comm, inner, names[axis], VOLLEY_H5_FLOAT64, "mm", b, b->at[axis]);
    int closed = volley_h5_close(&inner);
    return code != VOLLEY_OK ? code : closed;
}

static int put_population(volley_comm *comm, volley_h5 nodes, const volley_population *population) {
    int ranks = volley_comm_size(comm), rank = volley_comm_rank(comm);
    block b = {.total = (uint64_t)population->size};
    volley_h5 group = 0;
    b.first = volley_block_first(b.total, ranks, rank);
    b.n = volley_block_first(b.total, ranks, rank + 1) - b.first;
    int code = fill(population, &b);
    if (code == VOLLEY_OK)
        code = volley_h5_create_group(nodes, population->name, &group);
    code = volley_io_together(comm, code);
    if (code == VOLLEY_OK)
        code = put_columns(comm, group, population->positions->dimensions, &b);
    int closed = volley_h5_close(&group);
    for (int axis = 0; axis < VOLLEY_AXES; axis++)
        free(b.at[axis]);
    free(b.index);
    free(b.zeros);
    return code != VOLLEY_OK ? code : closed;
}

static int put_contents(volley_comm *comm, const volley_network *network, const volley_provenance *provenance,
                        volley_h5 file) {
    volley_h5 nodes = 0;
    int code = volley_provenance_put(file, provenance);
    if (code == VOLLEY_OK)
        code = volley_h5_create_group(file, "nodes", &nodes);
    code = volley_io_together(comm, code);
    for (int32_t p = 0; p < network->n_populations && code == VOLLEY_OK; p++)
        if (network->populations[p].positions != NULL)
            code = put_population(comm, nodes, &network->populations[p]);
    int closed = volley_h5_close(&nodes);
    return code != VOLLEY_OK ? code : closed;
}

int volley_positions_write(volley_comm *comm, const volley_network *network, const char *directory,
                           const volley_provenance *mine) {
    volley_provenance *provenance = NULL;
    volley_shared_file file;
    uint64_t bytes = METADATA_BYTES + strlen(mine->config);
    bool any = false;
    for (int32_t p = 0; p < network->n_populations; p++)
        if (network->populations[p].positions != NULL) {
            any = true;
            bytes += METADATA_BYTES_PER_POPULATION +
                     (uint64_t)network->populations[p].size * (8 * VOLLEY_AXES + 12);
        }
    if (!any || !network->record_positions)
        return VOLLEY_OK;
    int code = volley_provenance_share(comm, mine, &provenance);
    if (code != VOLLEY_OK)
        return volley_comm_agree(comm, code);
    char *path = volley_path(directory, "positions.h5");
    code = volley_shared_file_create(comm, path, "", bytes, VOLLEY_OK, &file);
    if (code == VOLLEY_OK)
        code = volley_shared_file_reserve(&file, VOLLEY_OK);
    if (code == VOLLEY_OK)
        code = put_contents(comm, network, provenance, file.file);
    code = volley_shared_file_finish(&file, code);
    free(provenance);
    return volley_comm_agree(comm, code);
}
