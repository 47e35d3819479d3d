#include "io/read_weights.h"

#include "base/memory.h"
#include "base/status.h"
#include "io/publish.h"

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
    for (int i = 0; i < tables->n; i++)
        if (strcmp(tables->name[i], name) == 0)
            return i;
    return -1;
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
    TRY(code);
    return volley_h5_get_string(t->weight, "units", &t->unit);
}

int volley_weight_table_open(const volley_weight_tables *tables, int index, volley_weight_table *table) {
    volley_h5 group = 0;
    *table = (volley_weight_table){0};
    TRY(volley_h5_open_group(tables->group, tables->name[index], &group));
    int code = open_datasets(group, tables->path, tables->name[index], table);
    volley_h5_close(&group);
    return code;
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
