/* SPDX-License-Identifier: BSD-3-Clause */
/* Prints mean and spread of the weights of a result at the first and last snapshot. */
#include "commands/weights_text.h"

#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"
#include "files/weight_reader.h"

#include <math.h>
#include <stdlib.h>

/* Weights read at once. */
enum { ROUND = 1 << 20 };

/* Running mean and variance (Welford). */
typedef struct summary {
    double n, mean, squares, low, high;
} summary;

static void add(summary *s, const double *weights, uint64_t n) {
    for (uint64_t i = 0; i < n; i++) {
        double off = weights[i] - s->mean;
        s->n++;
        s->mean += off / s->n;
        s->squares += off * (weights[i] - s->mean);
        s->low = fmin(s->low, weights[i]);
        s->high = fmax(s->high, weights[i]);
    }
}

static int print_snapshot(const volley_weight_table *table, const char *name, uint64_t snapshot,
                          double *weights, FILE *out) {
    summary s = {.low = INFINITY, .high = -INFINITY};
    for (uint64_t done = 0; done < table->synapses; done += ROUND) {
        uint64_t left = table->synapses - done, n = left < ROUND ? left : ROUND;
        TRY(volley_weight_table_weights(table, snapshot, done, n, weights));
        add(&s, weights, n);
    }
    volley_text_print(out, "%-20s %12llu %14.10g", name, (unsigned long long)table->synapses,
                      table->time[snapshot]);
    if (s.n > 0)
        fprintf(out, " %12.6g %12.6g %12.6g %12.6g\n", s.mean, sqrt(s.squares / s.n), s.low, s.high);
    else
        fprintf(out, " %12s %12s %12s %12s\n", "-", "-", "-", "-");
    return VOLLEY_OK;
}

static int print_projection(const volley_weight_tables *tables, int i, double *weights, FILE *out) {
    volley_weight_table table;
    int code = volley_weight_table_open(tables, i, &table);
    if (code == VOLLEY_OK)
        code = print_snapshot(&table, tables->name[i], 0, weights, out);
    if (code == VOLLEY_OK && table.snapshots > 1)
        code = print_snapshot(&table, tables->name[i], table.snapshots - 1, weights, out);
    volley_weight_table_close(&table);
    return code;
}

int volley_weights_info(const char *directory, FILE *out) {
    volley_weight_tables tables;
    double *weights = NULL;
    int code = volley_weight_tables_open(directory, &tables);
    if (code == VOLLEY_OK && tables.n > 0) {
        code = VOLLEY_NEW(weights, ROUND);
        fprintf(out, "%-20s %12s %14s %12s %12s %12s %12s\n", "weights of", "synapses", "time (ms)", "mean",
                "std", "min", "max");
    }
    for (int i = 0; code == VOLLEY_OK && i < tables.n; i++)
        code = print_projection(&tables, i, weights, out);
    free(weights);
    volley_weight_tables_close(&tables);
    return code;
}
