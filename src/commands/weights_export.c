/* SPDX-License-Identifier: BSD-3-Clause */
/* Writes the last weights of a projection as CSV. */
#include "commands/weights_text.h"

#include "base/memory.h"
#include "base/status.h"
#include "files/publish.h"
#include "files/weight_reader.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Synapses read at once. */
enum { ROUND = 1 << 16 };

typedef struct piece {
    uint64_t source[ROUND], target[ROUND];
    double weight[ROUND], delay[ROUND];
} piece;

void volley_number_text(double value, int bytes, char text[32]) {
    int least = bytes == 4 ? 6 : 15, most = bytes == 4 ? 9 : 17;
    for (int digits = least; digits <= most; digits++) {
        snprintf(text, 32, "%.*g", digits, value);
        if (bytes == 4 ? strtof(text, NULL) == (float)value : strtod(text, NULL) == value)
            break;
    }
}

static int read_piece(const volley_weight_table *t, uint64_t first, uint64_t n, piece *p) {
    TRY(volley_h5_read(t->source, VOLLEY_H5_UINT64, first, n, p->source));
    TRY(volley_h5_read(t->target, VOLLEY_H5_UINT64, first, n, p->target));
    TRY(volley_weight_table_delays(t, first, n, p->delay));
    return volley_weight_table_weights(t, t->snapshots - 1, first, n, p->weight);
}

/* What cannot be read is wrong usage, unlike what cannot be written. */
static int unreadable(int code) {
    return code == VOLLEY_FAILED ? VOLLEY_USAGE : code;
}

static int write_piece(const volley_weight_table *t, uint64_t first, uint64_t n, piece *p, FILE *out,
                       const char *name) {
    char weight[32], delay[32];
    TRY(unreadable(read_piece(t, first, n, p)));
    for (uint64_t i = 0; i < n; i++) {
        volley_number_text(p->weight[i], t->weight_bytes, weight);
        volley_number_text(p->delay[i], 8, delay);
        if (fprintf(out, "%" PRIu64 ",%" PRIu64 ",%s,%s\n", p->source[i], p->target[i], weight, delay) < 0)
            return volley_fail_errno("cannot write", name);
    }
    return VOLLEY_OK;
}

static int write_table(const volley_weight_tables *tables, int index, FILE *out, const char *name) {
    volley_weight_table table;
    piece *p = NULL;
    int code = unreadable(volley_weight_table_open(tables, index, &table));
    if (code == VOLLEY_OK)
        code = VOLLEY_NEW(p, 1);
    if (code == VOLLEY_OK && fputs("source,target,weight,delay\n", out) < 0)
        code = volley_fail_errno("cannot write", name);
    for (uint64_t done = 0; code == VOLLEY_OK && done < table.synapses; done += ROUND)
        code = write_piece(&table, done, table.synapses - done < ROUND ? table.synapses - done : ROUND, p,
                           out, name);
    free(p);
    volley_weight_table_close(&table);
    return code;
}

static int find(const volley_weight_tables *tables, const char *directory, const char *projection,
                int *index) {
    char names[500] = "";
    *index = volley_weight_tables_find(tables, projection);
    for (int i = 0; i < tables->n; i++) {
        size_t used = strlen(names);
        snprintf(names + used, sizeof names - used, "%s%s", i > 0 ? ", " : "", tables->name[i]);
    }
    CHECK(tables->n > 0, VOLLEY_USAGE, "export: %s holds no weights.h5", directory);
    CHECK(*index >= 0, VOLLEY_USAGE, "export: --weights %s: unknown projection; allowed %s", projection,
          names);
    return VOLLEY_OK;
}

int volley_weights_export(const char *directory, const char *projection, FILE *out, const char *name) {
    volley_weight_tables tables;
    int index = -1, code = unreadable(volley_weight_tables_open(directory, &tables));
    if (code == VOLLEY_OK)
        code = find(&tables, directory, projection, &index);
    if (code == VOLLEY_OK)
        code = out != NULL ? write_table(&tables, index, out, name) : VOLLEY_OK;
    volley_weight_tables_close(&tables);
    return code;
}
