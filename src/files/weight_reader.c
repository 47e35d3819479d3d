/* SPDX-License-Identifier: BSD-3-Clause */
/* Opens the projections of a weights.h5, and reads their synapses and weights in pieces. */
#include "files/weight_reader.h"

#include "base/memory.h"
#include "base/status.h"
#include "files/publish.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int volley_weight_tables_open(const char *directory, volley_weight_tables *tables) {
    *tables = (volley_weight_tables){.path = volley_path(directory, "weights.h5")};
    if (tables->path == NULL)
        return VOLLEY_EXHAUSTED;
    if (access(tables->path, F_OK) != 0)
        return VOLLEY_OK;
    TRY(volley_h5_open(tables->path, &tables->file));
    TRY(volley_h5_open_group(tables->file, "weights", &tables->group));
    return volley_h5_children(tables->group, &tables->name, &tables->n);
}

void volley_weight_tables_close(volley_weight_tables *tables) {
    for (int i = 0; i < tables->n; i++)
        free(tables->name[i]);
    free(tables->name);
    free(tables->path);
    volley_h5_close(&tables->group);
    volley_h5_close(&tables->file);
    *tables = (volley_weight_tables){0};
}

int volley_weight_tables_find(const volley_weight_tables *tables, const char *name) {
    int low = 0, high = tables->n; /* they are ascending */
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (strcmp(tables->name[middle], name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < tables->n && strcmp(tables->name[low], name) == 0 ? low : -1;
}

static int open_datasets(volley_h5 group, const char *path, const char *name, volley_weight_table *t) {
    uint64_t n[3], times;
    volley_h5 time = 0;
    TRY(volley_h5_open_dataset(group, "source_node_id", &t->source, &n[0]));
    TRY(volley_h5_open_dataset(group, "target_node_id", &t->target, &n[1]));
    TRY(volley_h5_open_dataset(group, "delay", &t->delay, &n[2]));
    TRY(volley_h5_open_table(group, "weight", &t->weight, &t->snapshots, &t->synapses));
    TRY(volley_h5_open_dataset(group, "time", &time, &times));
    t->weight_bytes = volley_h5_float_bytes(t->weight);
    int code = VOLLEY_OK;
    if (n[0] != t->synapses || n[1] != t->synapses || n[2] != t->synapses || times != t->snapshots ||
        times == 0)
        code = volley_fail(VOLLEY_FAILED, "%s: projection %s: datasets of different lengths", path, name);
    if (code == VOLLEY_OK)
        code = VOLLEY_NEW(t->time, times);
    if (code == VOLLEY_OK)
        code = volley_h5_read(time, VOLLEY_H5_FLOAT64, 0, times, t->time);
    volley_h5_close(&time);
    for (uint64_t i = 0; i < times && code == VOLLEY_OK; i++)
        if (!isfinite(t->time[i]) || t->time[i] < 0.0)
            code = volley_fail(VOLLEY_FAILED, "%s: projection %s: time of snapshot %llu is none: value %.10g",
                               path, name, (unsigned long long)i, t->time[i]);
    TRY(code);
    return volley_h5_get_string(t->weight, "units", &t->unit);
}

int volley_weight_table_open(const volley_weight_tables *tables, int index, volley_weight_table *table) {
    volley_h5 group = 0;
    *table = (volley_weight_table){.path = tables->path, .name = tables->name[index]};
    TRY(volley_h5_open_group(tables->group, tables->name[index], &group));
    int code = open_datasets(group, tables->path, tables->name[index], table);
    volley_h5_close(&group);
    return code;
}

int volley_weight_table_weights(const volley_weight_table *table, uint64_t snapshot, uint64_t first,
                                uint64_t n, double *weights) {
    TRY(volley_h5_read_table(table->weight, VOLLEY_H5_FLOAT64, snapshot, 1, first, n, weights));
    for (uint64_t i = 0; i < n; i++)
        CHECK(isfinite(weights[i]), VOLLEY_FAILED,
              "%s: projection %s: weight %llu of snapshot %llu is not a finite number: value %.10g",
              table->path, table->name, (unsigned long long)(first + i), (unsigned long long)snapshot,
              weights[i]);
    return VOLLEY_OK;
}

int volley_weight_table_delays(const volley_weight_table *table, uint64_t first, uint64_t n, double *delays) {
    TRY(volley_h5_read(table->delay, VOLLEY_H5_FLOAT64, first, n, delays));
    for (uint64_t i = 0; i < n; i++)
        CHECK(isfinite(delays[i]) && delays[i] >= 0.0, VOLLEY_FAILED,
              "%s: projection %s: delay %llu is none: value %.10g", table->path, table->name,
              (unsigned long long)(first + i), delays[i]);
    return VOLLEY_OK;
}

void volley_weight_table_close(volley_weight_table *table) {
    volley_h5_close(&table->source);
    volley_h5_close(&table->target);
    volley_h5_close(&table->delay);
    volley_h5_close(&table->weight);
    free(table->time);
    free(table->unit);
    *table = (volley_weight_table){0};
}
