/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads the edges of a list from CSV, HDF5 or SONATA, and turns ids into positions of the projection's
 * subsets. */
#include "config/edge_reader.h"

#include "base/status.h"
#include "net/part.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The columns of a list in this order; those it has are chosen. */
static const char *const list_columns[] = {"source", "target", "weight", "delay"};

static int open_list(const char *path, const char *group, bool weight, bool delay, int part, int parts,
                     volley_table **table) {
    const char *names[4] = {list_columns[0], list_columns[1]};
    int n = 2;
    if (weight)
        names[n++] = list_columns[2];
    if (delay)
        names[n++] = list_columns[3];
    TRY(volley_table_open(path, group, true, table));
    return volley_table_choose(*table, names, n, part, parts);
}

int volley_edge_columns(const char *path, const char *group, bool *weight, bool *delay) {
    volley_table *table = NULL;
    TRY(volley_table_open(path, group, true, &table));
    *weight = volley_table_has(table, list_columns[2]);
    *delay = volley_table_has(table, list_columns[3]);
    volley_table_close(&table);
    int status = open_list(path, group, *weight, *delay, 0, 1, &table);
    volley_table_close(&table);
    return status;
}

/* Fails with the config's place and the row's. */
static int fail_row(const volley_edge_reader *r, const char *column, double value, const char *allowed) {
    char place[4300];
    if (r->sonata)
        snprintf(place, sizeof place, "%s: edge %llu", r->projection->list->file, (unsigned long long)r->row);
    else
        volley_table_place(r->table, place, sizeof place);
    return volley_fail(VOLLEY_USAGE, "%s: %s: %s out of range: value %.10g; allowed %s",
                       r->projection->list->place, place, column, value, allowed);
}

/* Position in the subset; -1 for a neuron of another part, when edges of those are left out. */
static int find_end(const volley_edge_reader *r, int column, double id, const volley_subset *subset,
                    int64_t *position) {
    const volley_population *population = &r->network->populations[subset->population];
    const volley_edge_selection *selection = r->projection->list->selection;
    char allowed[200];
    bool inside = id >= 0 && id < (double)volley_part_size(population) && id == floor(id);
    int64_t index = inside ? volley_part_find(population, (int64_t)id) : -1;
    *position = index >= 0 ? volley_subset_find(subset, index) : -1;
    if (*position >= 0 || (inside && index < 0 && selection && selection->pair))
        return VOLLEY_OK;
    snprintf(allowed, sizeof allowed, "%s 0 to %lld of %.100s",
             !inside     ? "whole numbers"
             : index < 0 ? "neurons of this model among"
                         : "neurons of the subset among",
             (long long)volley_part_size(population) - 1, volley_part_name(population));
    return fail_row(r, list_columns[column], id, allowed);
}

static int find_delay(volley_edge_reader *r, double ms, double *steps) {
    double exact = volley_ms_to_steps(r->network, ms), dt = r->network->dt_ms;
    char allowed[100];
    *steps = volley_nearest_step(exact);
    r->rounded |= fabs(*steps - exact) > 1e-6;
    if (*steps >= 1.0 && *steps <= VOLLEY_MAX_DELAY)
        return VOLLEY_OK;
    snprintf(allowed, sizeof allowed, "%.10g to %.10g ms", 0.5 * dt, VOLLEY_MAX_DELAY * dt);
    return fail_row(r, list_columns[3], ms, allowed);
}

/* The columns that the list has, of the next row. */
static int next_row(volley_edge_reader *r, double *row, bool *more) {
    volley_sonata_edge e;
    if (!r->sonata)
        return volley_table_next(r->table, row, more);
    TRY(volley_sonata_edges_next(r->sonata, &e, more));
    if (!*more)
        return VOLLEY_OK;
    r->row = e.row;
    row[0] = (double)e.source;
    row[1] = (double)e.target;
    row[2] = e.weight;
    row[2 + r->projection->list->has_weight] = e.delay_ms;
    return VOLLEY_OK;
}

/* Fails with the config's place too, where a message names the file alone. */
static int fail_in_list(const volley_edge_reader *r, int status) {
    char message[1500];
    if (status != VOLLEY_USAGE)
        return status;
    snprintf(message, sizeof message, "%s", volley_error_message());
    volley_error_clear();
    return volley_fail(VOLLEY_USAGE, "%s: %s", r->projection->list->place, message);
}

int volley_edge_reader_next(volley_edge_reader *r, volley_edge *e, bool *more) {
    const volley_edge_list *list = r->projection->list;
    double row[4] = {0};
    do {
        int status = next_row(r, row, more);
        if (status != VOLLEY_OK || !*more)
            return fail_in_list(r, status);
        TRY(find_end(r, 0, row[0], &r->projection->source, &e->source));
        TRY(find_end(r, 1, row[1], &r->projection->target, &e->target));
    } while (e->source < 0 || e->target < 0);
    e->weight = list->has_weight ? row[2] : 0.0;
    e->steps = 0.0;
    return list->has_delay ? find_delay(r, row[2 + list->has_weight], &e->steps) : VOLLEY_OK;
}

int volley_edge_reader_open(const volley_network *network, int32_t p, int part, int parts,
                            volley_edge_reader *r) {
    const volley_edge_list *list = network->projections[p].list;
    *r = (volley_edge_reader){.network = network, .projection = &network->projections[p]};
    if (list->selection) {
        TRY(volley_sonata_edges_open(list->file, list->selection, &r->sonata));
        return volley_sonata_edges_part(r->sonata, part, parts);
    }
    return open_list(list->file, list->group, list->has_weight, list->has_delay, part, parts, &r->table);
}

void volley_edge_reader_close(volley_edge_reader *r) {
    volley_table_close(&r->table);
    volley_sonata_edges_close(&r->sonata);
}
