/* SPDX-License-Identifier: BSD-3-Clause */
/* The method `file`: the part of each neuron stands in a file. */
#include "partition/partition_file.h"

#include "base/memory.h"
#include "base/status.h"
#include "files/numbers.h"
#include "partition/partition.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define MOST_PARTS 2147483647.0

typedef struct part_list {
    uint32_t *parts;
    size_t n, capacity;
} part_list;

/* What is said about the file gets the place in the config in front. */
static int at_place(const volley_parts_file *file, int status) {
    if (status != VOLLEY_USAGE)
        return status;
    char message[1500];
    snprintf(message, sizeof message, "%s", volley_error_message());
    volley_error_clear();
    return volley_fail(VOLLEY_USAGE, "%s: %s", file->place, message);
}

static int read_rows(volley_table *table, part_list *list) {
    for (;;) {
        double value;
        bool more;
        TRY(volley_table_next(table, &value, &more));
        if (!more)
            return VOLLEY_OK;
        if (value < 0 || value >= MOST_PARTS || value != floor(value)) {
            char place[4300];
            volley_table_place(table, place, sizeof place);
            return volley_fail(VOLLEY_USAGE,
                               "%s: part out of range: value %.10g; allowed whole numbers from 0", place,
                               value);
        }
        TRY(VOLLEY_RESERVE(list->parts, &list->capacity, list->n + 1));
        list->parts[list->n++] = (uint32_t)value;
    }
}

static int read_share(const volley_parts_file *file, int rank, int ranks, part_list *list) {
    volley_table *table = NULL;
    int status = volley_numbers_open(file->path, file->column, file->dataset, rank, ranks, &table);
    if (status == VOLLEY_OK)
        status = read_rows(table, list);
    volley_table_close(&table);
    return at_place(file, status);
}

/* Collective. Puts the shares together: where they begin in the whole, in bytes. */
static int join(volley_comm *comm, const volley_network *network, const part_list *list, uint32_t *parts) {
    int ranks = volley_comm_size(comm);
    double mine = (double)(list->n * sizeof *parts), *bytes = NULL;
    uint64_t *start = NULL;
    int status = VOLLEY_NEW(bytes, ranks);
    if (status == VOLLEY_OK)
        status = VOLLEY_NEW(start, ranks + 1);
    status = volley_comm_worst(comm, status);
    ASSERT(status != VOLLEY_OK || (bytes && start));
    if (status == VOLLEY_OK) {
        volley_comm_gather_double(comm, &mine, 1, bytes);
        for (int r = 0; r < ranks; r++)
            start[r + 1] = start[r] + (uint64_t)bytes[r];
        uint32_t *own = parts + start[volley_comm_rank(comm)] / sizeof *parts;
        for (size_t i = 0; i < list->n; i++)
            own[i] = list->parts[i];
        volley_comm_gather_bytes(comm, parts, start, (uint64_t)network->n_neurons * sizeof *parts);
    }
    free(bytes);
    free(start);
    return status;
}

static int read_all(volley_comm *comm, const volley_network *network, part_list *list, uint32_t **parts) {
    int rank = comm != NULL ? volley_comm_rank(comm) : 0, ranks = comm != NULL ? volley_comm_size(comm) : 1;
    const volley_parts_file *file = &network->parts_file;
    TRY(volley_comm_worst(comm, read_share(file, rank, ranks, list)));
    uint64_t rows = list->n;
    if (comm != NULL)
        volley_comm_sum_u64(comm, &rows, 1);
    CHECK(rows == (uint64_t)network->n_neurons, VOLLEY_USAGE,
          "%s: %s has %llu numbers; allowed %lld, the part of each neuron in the order of the config",
          file->place, file->path, (unsigned long long)rows, (long long)network->n_neurons);
    if (comm == NULL) {
        *parts = list->parts;
        list->parts = NULL;
        return VOLLEY_OK;
    }
    TRY(volley_comm_worst(comm, VOLLEY_NEW(*parts, network->n_neurons)));
    return join(comm, network, list, *parts);
}

int volley_partition_file_read(volley_comm *comm, const volley_network *network, uint32_t **parts,
                               uint32_t *n_parts) {
    part_list list = {0};
    *parts = NULL;
    *n_parts = 1;
    int status = read_all(comm, network, &list, parts);
    free(list.parts);
    ASSERT(status != VOLLEY_OK || *parts);
    for (int64_t i = 0; status == VOLLEY_OK && i < network->n_neurons; i++)
        if ((*parts)[i] >= *n_parts)
            *n_parts = (*parts)[i] + 1;
    if (status != VOLLEY_OK) {
        free(*parts);
        *parts = NULL;
    }
    return status;
}

extern const volley_partition_method volley_partition_file;
const volley_partition_method volley_partition_file = {
    .name = "file",
    .meaning = "the part of each neuron, in the order of the config, from a file (of METIS, CSV, HDF5)",
    .from_file = true,
};
