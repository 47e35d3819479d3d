/* SPDX-License-Identifier: BSD-3-Clause */
/* A CSV file of numbers: read whole and in parts, with and without a header. */
#define _GNU_SOURCE
#include "fuzz/fuzz.h"

#include "base/memory.h"
#include "files/csv.h"

#include <math.h>
#include <sys/mman.h>
#include <unistd.h>

enum { COLUMNS = 3 }; /* that are read */

typedef struct rows {
    double *values; /* owned; [n] */
    size_t n, capacity;
    int n_fields;
} rows;

/* Appends part `part` of `parts` of the file. */
static int read_part(const char *path, bool header, int part, int parts, rows *all) {
    static const int fields[COLUMNS] = {0, 1, 2};
    volley_csv csv;
    int status = volley_csv_open(path, header, &csv);
    int n = csv.n_fields < COLUMNS ? csv.n_fields : COLUMNS;
    all->n_fields = csv.n_fields;
    if (status == VOLLEY_OK)
        status = volley_csv_part(&csv, part, parts);
    bool more = status == VOLLEY_OK;
    while (more && status == VOLLEY_OK) {
        double row[COLUMNS] = {0.0};
        status = volley_csv_next(&csv, fields, n, row, &more);
        if (status != VOLLEY_OK || !more)
            continue;
        FUZZ_REQUIRE(VOLLEY_RESERVE(all->values, &all->capacity, all->n + COLUMNS) == VOLLEY_OK);
        for (int i = 0; i < COLUMNS; i++) {
            FUZZ_REQUIRE(isfinite(row[i]));
            all->values[all->n++] = row[i];
        }
    }
    volley_csv_close(&csv);
    FUZZ_REQUIRE((status == VOLLEY_OK) == (volley_error_message()[0] == '\0'));
    FUZZ_REQUIRE(status == VOLLEY_OK || status == VOLLEY_USAGE, "%s\n", volley_error_message());
    volley_error_clear();
    return status;
}

/* The parts of a file hold what the file holds, in its order. */
static void check(const char *path, bool header) {
    rows whole = {0};
    bool good = read_part(path, header, 0, 1, &whole) == VOLLEY_OK;
    for (int parts = 2; parts <= 5; parts += 3) {
        rows cut = {0};
        bool all_good = true;
        for (int part = 0; part < parts; part++)
            all_good &= read_part(path, header, part, parts, &cut) == VOLLEY_OK;
        FUZZ_REQUIRE(all_good == good);
        FUZZ_REQUIRE(!good || cut.n == whole.n, "%zu values in %d parts, %zu in all\n", cut.n, parts,
                     whole.n);
        if (good && whole.n > 0)
            FUZZ_REQUIRE(memcmp(cut.values, whole.values, whole.n * sizeof *whole.values) == 0);
        free(cut.values);
    }
    free(whole.values);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char path[64];
    int file = memfd_create("numbers.csv", 0);
    FUZZ_REQUIRE(file >= 0 && write(file, data, size) == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    check(path, true);
    check(path, false);
    close(file);
    return 0;
}
