/* SPDX-License-Identifier: BSD-3-Clause */
/* Tables of numbers in files: every row is in just one part, in order, whatever the parts and the ends of
 * lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/status.h"
#include "files/csv.h"
#include "files/h5.h"
#include "files/column_file.h"

enum { ROWS = 37 };

static char path[64];

static void write_text(const char *text) {
    FILE *file = fopen(path, "w");
    fputs(text, file);
    fclose(file);
}

/* Column b of row i is i, that of a something else; rows have different lengths. */
static void write_rows(const char *end, const char *between, const char *last) {
    char text[8000];
    int used = snprintf(text, sizeof text, " \"a\" ,b%s", end);
    for (int i = 0; i < ROWS; i++)
        used += snprintf(text + used, sizeof text - (size_t)used, "%.*f, %d %s%s", i % 13, 1.0 / 3, i,
                         i + 1 < ROWS ? end : last, i % 5 == 0 && i + 1 < ROWS ? between : "");
    write_text(text);
}

static void check_parts(int parts) {
    static const char *const names[] = {"b"};
    double next = 0;
    for (int part = 0; part < parts; part++) {
        volley_table *table;
        double value;
        bool more = true;
        assert_int_equal(volley_table_open(path, NULL, true, &table), VOLLEY_OK);
        assert_int_equal(volley_table_choose(table, names, 1, part, parts), VOLLEY_OK);
        for (;;) {
            assert_int_equal(volley_table_next(table, &value, &more), VOLLEY_OK);
            if (!more)
                break;
            assert_true(value == next);
            next++;
        }
        volley_table_close(&table);
    }
    assert_true(next == ROWS);
}

static void test_parts(void **state) {
    (void)state;
    static const char *const ends[] = {"\n", "\r\n"}, *const between[] = {"", "\n", " \r\n\n"};
    for (int i = 0; i < 12; i++) {
        write_rows(ends[i % 2], between[i / 2 % 3], i < 6 ? ends[i % 2] : "");
        for (int parts = 1; parts < 60; parts++)
            check_parts(parts);
        check_parts(1000);
    }
    double rows[ROWS];
    for (int i = 0; i < ROWS; i++)
        rows[i] = i;
    volley_h5 file, dataset;
    assert_int_equal(volley_h5_create(NULL, path, &file), VOLLEY_OK);
    assert_int_equal(volley_h5_create_dataset(file, "b", VOLLEY_H5_FLOAT64, ROWS, &dataset), VOLLEY_OK);
    assert_int_equal(volley_h5_write(NULL, dataset, VOLLEY_H5_FLOAT64, 0, ROWS, rows), VOLLEY_OK);
    volley_h5_close(&dataset);
    volley_h5_close(&file);
    for (int parts = 1; parts < 60; parts++)
        check_parts(parts);
}

/* The message about the first row that cannot be read. */
static void assert_refused(const char *text, const char *name, const char *message) {
    volley_table *table;
    double value;
    bool more = true;
    char expected[200];
    write_text(text);
    int status = volley_table_open(path, NULL, name != NULL, &table);
    if (status == VOLLEY_OK)
        status = volley_table_choose(table, &name, 1, 0, 1);
    while (status == VOLLEY_OK && more)
        status = volley_table_next(table, &value, &more);
    snprintf(expected, sizeof expected, "%s%s", path, message);
    assert_int_equal(status, VOLLEY_USAGE);
    assert_string_equal(volley_error_message(), expected);
    volley_error_clear();
    volley_table_close(&table);
}

static void test_refused(void **state) {
    (void)state;
    assert_refused("1\n\n2\nthree\n", NULL, ":4: must be a finite number: value \"three\"");
    assert_refused("1\n2,3\n", NULL, ":2: more values than columns; allowed 1");
    assert_refused("a,b\n1,2\n3\n", "b", ":3: fewer values than columns; allowed 2");
    assert_refused("a,b\n1,0x10\n", "b", ":2: column b must be a finite number: value \"0x10\"");
    assert_refused("a,b\n1,1e999\n", "b", ":2: column b must be a finite number: value \"1e999\"");
    assert_refused("a,b\n", "c", ": has no column c; allowed a, b");
    assert_refused("", "c", ": has no header line with the names of its columns");
}

int main(void) {
    snprintf(path, sizeof path, "/tmp/volley-test-table-%d", (int)getpid());
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_parts), cmocka_unit_test(test_refused)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    return failed;
}
