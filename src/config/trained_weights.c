/* SPDX-License-Identifier: BSD-3-Clause */
/* Finds the projection and snapshot in another run's weights.h5, from which initial weights come. */
#include "config/trained_weights.h"

#include "base/hash.h"
#include "base/inputs.h"
#include "base/memory.h"
#include "base/status.h"

#include <math.h>
#include <stdlib.h>

/* Weights read at once. */
enum { PIECE = 1 << 14 };

int volley_trained_open(const char *directory, const char *projection, volley_weight_tables *tables,
                        volley_weight_table *table) {
    TRY(volley_weight_tables_open(directory, tables));
    CHECK(tables->file != 0, VOLLEY_USAGE, "%s holds no weights.h5", directory);
    TRY(volley_input_list(tables->path));
    int index = volley_weight_tables_find(tables, projection);
    CHECK(index >= 0, VOLLEY_USAGE, "%s holds no weights of projection %s", tables->path, projection);
    return volley_weight_table_open(tables, index, table);
}

/* The snapshot of a time, within a millionth of a ms. */
static int find_snapshot(const volley_weight_table *table, const char *path, double time_ms,
                         uint64_t *snapshot) {
    *snapshot = table->snapshots - 1;
    if (isnan(time_ms))
        return VOLLEY_OK;
    uint64_t nearest = 0;
    ASSERT(table->time != NULL); /* an open table has its times */
    for (uint64_t i = 0; i < table->snapshots; i++)
        if (fabs(table->time[i] - time_ms) < fabs(table->time[nearest] - time_ms))
            nearest = i;
    *snapshot = nearest;
    CHECK(fabs(table->time[nearest] - time_ms) < 1e-6, VOLLEY_USAGE,
          "%s has no snapshot of this time: value %.10g; the nearest is %.10g ms", path, time_ms,
          table->time[nearest]);
    return VOLLEY_OK;
}

static int find_bounds(const volley_weight_table *table, uint64_t snapshot, double *weights, double *low,
                       double *high, uint64_t *content) {
    *low = INFINITY;
    *high = -INFINITY;
    *content = 0;
    for (uint64_t done = 0; done < table->synapses; done += PIECE) {
        uint64_t left = table->synapses - done, n = left < PIECE ? left : PIECE;
        TRY(volley_h5_read_table(table->weight, VOLLEY_H5_FLOAT64, snapshot, 1, done, n, weights));
        *content = volley_hash_add(*content, volley_input_hash(weights, n * sizeof *weights));
        for (uint64_t i = 0; i < n; i++) {
            CHECK(isfinite(weights[i]), VOLLEY_USAGE, "weight %llu is not a finite number",
                  (unsigned long long)(done + i));
            *low = fmin(*low, weights[i]);
            *high = fmax(*high, weights[i]);
        }
    }
    if (table->synapses == 0) /* bounds that are never used */
        *low = *high = 1.0;
    return VOLLEY_OK;
}

int volley_trained_find(const char *directory, const char *projection, double time_ms,
                        volley_trained *trained, double *low, double *high) {
    volley_weight_tables tables;
    volley_weight_table table = {0};
    double *weights = NULL;
    int status = volley_trained_open(directory, projection, &tables, &table);
    if (status == VOLLEY_OK)
        status = find_snapshot(&table, tables.path, time_ms, &trained->snapshot);
    if (status == VOLLEY_OK)
        status = VOLLEY_NEW(weights, PIECE);
    if (status == VOLLEY_OK)
        status = find_bounds(&table, trained->snapshot, weights, low, high, &trained->content);
    trained->synapses = table.synapses;
    free(weights);
    volley_weight_table_close(&table);
    volley_weight_tables_close(&tables);
    return status;
}
